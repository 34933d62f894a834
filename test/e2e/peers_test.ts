/** Beside the newest blackbox_exporter, on the same targets, Sonde shows the same. */

import assert from "node:assert/strict";
import { pageOf, servePeer } from "./node_exporter.ts";
import { type Page, seriesName } from "./page.ts";
import { folder, testWith, until } from "./programs.ts";
import { serveSonde } from "./sonde.ts";

/** Figures that differ from probe to probe. */
const TIMED = /^probe_(duration|dns_lookup_time|http_duration)_seconds/;

/** Samples of probes, without their target; `undefined` where figures differ anyway. */
function probeSamples({ samples }: Page, ofTarget = ""): Record<string, number | undefined> {
  const entries = [...samples].filter(([series]) => series.startsWith("probe_") && series.includes(ofTarget));
  return Object.fromEntries(
    entries.map(([series, value]) => {
      const name = series.replace(/,?target="[^"]*"/, "").replace("{,", "{").replace("{}", "");
      return [name, TIMED.test(name) ? undefined : value];
    }),
  );
}

/** A target that answers well, redirects to where it does, or does not know. */
function answer({ url }: Request): Response {
  const headers = { "last-modified": "Wed, 21 Oct 2015 07:28:00 GMT", location: "/well" };
  if (url.endsWith("/well")) return new Response("well", { headers });
  return new Response("not here", { status: url.endsWith("/elsewhere") ? 302 : 404, headers });
}

testWith(
  "peers: beside the newest blackbox_exporter Sonde has the same probe_ families, labels and figures, well or not",
  ["newest blackbox_exporter"],
  async (path) => {
    await using own = await folder();
    const modules = { http_2xx: { prober: "http", http: { preferred_ip_protocol: "ip4" } } };
    const file = await own.write("blackbox.yml", JSON.stringify({ modules }));
    await using peer = await servePeer(path("newest blackbox_exporter"), `--config.file=${file}`);
    await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, answer);
    const origin = `http://127.0.0.1:${server.addr.port}`;
    const targets = [`${origin}/well`, `${origin}/elsewhere`, `${origin}/missing`, "http://127.0.0.1:1/refused"];
    const flags = targets.map((target) => `--collector.http.target=${target}`);
    await using sonde = await serveSonde([...flags, "--collector.http.interval=1s"]);
    const page = await until(async () => {
      const page = await sonde.page();
      return targets.every((target) => page.samples.has(seriesName("probe_success", { target }))) && page;
    }, "every target was probed");

    for (const target of targets) {
      const query = new URLSearchParams({ module: "http_2xx", target });
      const expected = await pageOf(`http://${peer.host}/probe?${query}`);
      assert.deepEqual(probeSamples(page, `target="${target}"`), probeSamples(expected), target);
      for (const [name, { type, help }] of expected.families) {
        const ours = page.families.get(name);
        assert.deepEqual([ours?.type, ours?.help], [type, help], name);
      }
    }
  },
);
