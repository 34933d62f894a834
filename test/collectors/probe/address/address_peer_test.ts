/**
 * Names of both families, resolved by a real blackbox_exporter and by us. Left out where none is installed, or where nobody
 * may have an /etc/hosts of his own.
 *
 * @module
 */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { folder, output, start, testWith } from "../../../e2e/programs.ts";

const HOSTS = `
127.0.0.1 localhost both four
192.0.2.2 one4
::1 both
2001:db8::1 one6 six
2001:db8::2 six
192.0.2.1 four
::ffff:192.0.2.7 mapped
192.0.2.9 with_underscore
`;
const NAMES = ["both", "BOTH", "one4", "one6", "six", "four", "mapped", "with_underscore", "192.0.2.1", "::1", "127.1"];
/** The libraries sort addresses of one family differently, so that the last of several is not the same. */
const UNLIKE = ["four preferring ip6"];
const CHOICES = ["ip4", "ip6"].flatMap((preferred) => [true, false].map((fallback) => ({ preferred, fallback })));

const PEER = "newest blackbox_exporter";

testWith("resolveAddresses: chooses what blackbox_exporter chooses", [PEER, "mount namespace"], async (path) => {
  await using place = await folder();
  const [hosts, config] = [`${place.path}/hosts`, `${place.path}/blackbox.yml`];
  await Deno.writeTextFile(hosts, HOSTS);
  const modules = Object.fromEntries(CHOICES.map(({ preferred, fallback }) => [
    `${preferred} ${fallback}`,
    { prober: "tcp", timeout: "100ms", tcp: { preferred_ip_protocol: preferred, ip_protocol_fallback: fallback } },
  ]));
  await Deno.writeTextFile(config, JSON.stringify({ modules }));
  const within = (...command: string[]) => [
    ...[path("mount namespace"), "--mount", "sh", "-c", 'mount --bind "$0" /etc/hosts && exec "$@"', hosts],
    ...command,
  ];
  const script = fileURLToPath(new URL("resolve.ts", import.meta.url));
  const own = await output(within(Deno.execPath(), "run", "-A", "--no-check", script, JSON.stringify(NAMES)));
  assert.equal(own.code, 0, own.stderr);
  const chosen: unknown = JSON.parse(own.stdout);

  await using peer = start(within(path(PEER), `--config.file=${config}`, "--web.listen-address=127.0.0.1:0"));
  const [, port] = await peer.says(/address=127\.0\.0\.1:(\d+)/);
  const expected: Record<string, number> = {};
  for (const name of NAMES) {
    for (const { preferred, fallback } of CHOICES) {
      const target = name.includes(":") ? `[${name}]:1` : `${name}:1`;
      const query = new URLSearchParams({ target, module: `${preferred} ${fallback}` });
      const page = await (await fetch(`http://127.0.0.1:${port}/probe?${query}`)).text();
      const [, hash] = /^probe_ip_addr_hash (\S+)$/m.exec(page) ?? [];
      expected[`${name} preferring ${preferred}${fallback ? "" : " alone"}`] = Number(hash);
    }
  }
  for (const key of UNLIKE) delete expected[key];
  assert(typeof chosen === "object" && chosen !== null);
  for (const key of UNLIKE) Reflect.deleteProperty(chosen, key);
  assert.deepEqual(chosen, expected);
});
