/**
 * The same name servers asked by a real blackbox_exporter and by us. Left out where none is installed.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { createServer as createSecureServer } from "node:tls";
import { fileURLToPath } from "node:url";
import { dnsProber } from "../../../../collectors/probe/dns/dns_prober.ts";
import type { Labels, SampleValue } from "../../../../src/collector.ts";
import { testWith } from "../../../e2e/programs.ts";
import { PEER, startBlackbox } from "../blackbox.ts";
import { dnsModule } from "../dns_module.ts";
import { addressRecord, encodeMessage, joined, nameServer, type Say, zoneRecord } from "../dns_server.ts";
import { probeTools, tlsFixture } from "../target.ts";

const TIMEOUT_SECONDS = 2;

type Series = Record<string, number | string>;

/** Times are alike if both are zero or neither is; all else is the same number. */
function comparable(entries: Iterable<readonly [key: string, value: number]>): Series {
  const isTime = (key: string) => /_seconds(?:\{|$)/.test(key);
  return Object.fromEntries(
    [...entries].map(([key, value]) => [key, isTime(key) && value > 0 ? "time" : value] as const)
      .sort(([a], [b]) => a < b ? -1 : 1),
  );
}

function peerSeries(page: string): Series {
  return comparable(
    [...page.matchAll(/^(probe_\S+) (\S+)$/gm)].map(([, key = "", value = ""]) => [key, Number(value)] as const),
  );
}

async function ownSeries(name: string, target: string): Promise<Series> {
  const result = await dnsProber.probe(
    target,
    dnsModule(MODULES[name]),
    probeTools({ timeoutSeconds: TIMEOUT_SECONDS }),
  );
  const entries: [string, number][] = [];
  const emit = (name: string, value: SampleValue | undefined, labels: Labels = {}) => {
    const pairs = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
    if (typeof value === "number") entries.push([pairs.length > 0 ? `${name}{${pairs}}` : name, value]);
  };
  dnsProber.emit(result, Object.assign(emit, { family: () => assert.fail("no open families") }), {});
  return comparable(entries);
}

const address = [addressRecord("192.0.2.1")];
const many = Array.from({ length: 40 }, (_, i) => addressRecord(`192.0.2.${i}`));
const zone = [zoneRecord("probe.test", 2026081701)];
const RULES = {
  fail_if_matches_regexp: ["192\\.0\\.2\\.1$"],
  fail_if_all_match_regexp: ["192\\.0\\.2\\.1$"],
  fail_if_not_matches_regexp: ["\\t60\\tIN\\tA\\t192\\.0\\.2\\.1$"],
  fail_if_none_matches_regexp: ["192\\.0\\.2\\.1$"],
};

/** Sections of a module beside the usual. */
const MODULES: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  usual: {},
  any: { query_type: undefined },
  "no recursion": { recursion_desired: false, query_class: "CH" },
  tcp: { transport_protocol: "tcp" },
  soa: { query_type: "SOA", query_name: "probe.test" },
  "nxdomain accepted": { valid_rcodes: ["NXDOMAIN"] },
  "no ip6": { preferred_ip_protocol: "ip6", ip_protocol_fallback: false },
  "bad name": { query_name: "a..b" },
  "bad name, tcp": { query_name: "a..b", transport_protocol: "tcp" },
  "name with an escape": { query_name: "a\\.b\\007.test." },
  "own address": { source_ip_address: "127.0.0.1" },
  "other's address": { source_ip_address: "192.0.2.55" },
  "other's address, tcp": { source_ip_address: "192.0.2.55", transport_protocol: "tcp" },
  tls: { transport_protocol: "tcp", dns_over_tls: true, tls_config: { insecure_skip_verify: true } },
  "tls verified": { transport_protocol: "tcp", dns_over_tls: true },
  "tls with our authority": {
    transport_protocol: "tcp",
    dns_over_tls: true,
    tls_config: { ca_file: fileURLToPath(new URL("../../../fixtures/tls/authority.pem", import.meta.url)) },
  },
  ...Object.fromEntries(
    ["answer", "authority", "additional"].flatMap((section) =>
      Object.entries(RULES).map((
        [rule, patterns],
      ) => [`${section} ${rule}`, { [`validate_${section}_rrs`]: { [rule]: patterns } }])
    ),
  ),
};

/** What servers say, and which modules ask them, beside `usual` and `tcp`. */
const SERVERS: Readonly<Record<string, { say: Say; modules?: readonly string[] }>> = {
  "an address": {
    say: () => [{ answer: address }],
    modules: Object.keys(MODULES).filter((name) => !name.includes("tls")),
  },
  "two addresses": {
    say:
      () => [{ answer: [...address, addressRecord("192.0.2.2")], authority: [...address, addressRecord("192.0.2.2")] }],
    modules: Object.keys(MODULES).filter((name) => name.includes("_")),
  },
  "other addresses": {
    say: () => [{
      answer: [addressRecord("192.0.2.3"), addressRecord("192.0.2.2")],
      additional: [addressRecord("192.0.2.2")],
    }],
    modules: Object.keys(MODULES).filter((name) => name.includes("_")),
  },
  nothing: { say: () => [{}], modules: ["soa", ...Object.keys(MODULES).filter((name) => name.includes("_"))] },
  "a zone": { say: () => [{ answer: zone, authority: address, additional: address }], modules: ["soa"] },
  "a zone that refuses": { say: () => [{ flags: 0x8185, answer: zone }], modules: ["soa"] },
  nxdomain: { say: () => [{ flags: 0x8183, authority: zone }], modules: ["nxdomain accepted", "soa"] },
  servfail: { say: () => [{ flags: 0x8182 }] },
  "no question": { say: ({ id }) => [encodeMessage({ id, flags: 0x8181 })] },
  truncated: { say: () => [{ flags: 0x8380, answer: address }] },
  oversized: { say: () => [{ answer: [addressRecord("192.0.2.1", "a.test"), ...many] }] },
  "oversized, cut between records": { say: () => [{ answer: many }] },
  "counts that lie": { say: () => [{ answer: address, counts: [1, 5, 5, 5] }] },
  "bytes after the end": {
    say: ({ id, question }) => [joined(encodeMessage({ id, question, answer: address }), Uint8Array.of(1, 2))],
  },
  "broken off": { say: ({ id, question }) => [encodeMessage({ id, question, answer: address }).subarray(0, -2)] },
  "answers out of order": { say: ({ id }) => [{ id: id ^ 1, answer: [] }, { answer: address }] },
  "name in another case": { say: ({ question }) => [{ question: { ...question, name: question.name.toUpperCase() } }] },
  silence: { say: ({ transport, id }) => transport === "udp" ? [] : [{ id: id ^ 1 }] },
  "the end": { say: () => [], modules: [] },
};

/** The peer, with some of the modules. */
function startPeer(path: string, names: readonly string[]) {
  const modules = names.map((name) => {
    const dns = { query_name: "www.probe.test", query_type: "A", preferred_ip_protocol: "ip4", ...MODULES[name] };
    return [name, { prober: "dns", timeout: `${TIMEOUT_SECONDS}s`, dns }];
  });
  return startBlackbox(path, Object.fromEntries(modules));
}

testWith("dns: asks and shows what blackbox_exporter does", [PEER], async (path) => {
  await using peer = await startPeer(path(PEER), Object.keys(MODULES));
  const compare = async (what: string, module: string, target: string) => {
    const [own, page] = await Promise.all([ownSeries(module, target), peer.probe(module, target)]);
    assert.deepEqual(own, peerSeries(page), `${what}, asked by ${module}`);
    const help = [...page.matchAll(/^# HELP (\S+) (.*)$/gm)].map(([, name = "", words]) => [name, words]);
    const families: Readonly<Record<string, { readonly help: string }>> = dnsProber.metrics;
    assert.deepEqual(help.map(([name = ""]) => [name, families[name]?.help]), help);
  };
  for (const [what, { say, modules = [] }] of Object.entries(SERVERS)) {
    await using server = await nameServer(say);
    for (const module of new Set(["usual", "tcp", ...modules])) {
      await compare(what, module, `127.0.0.1:${server.port}`);
      const [one, other] = server.asked.splice(0).map(({ bytes }) => bytes.subarray(2)); // all but its number
      assert.deepEqual(one, other, `the question of ${module}`);
    }
  }
  for (const target of ["nonexistent.invalid", "a b", "a\nb", `${"a".repeat(64)}.test`]) {
    await compare(target, "usual", target);
  }
});

testWith("dns: shows what blackbox_exporter shows over TLS", [PEER], async (path) => {
  const identity = { cert: tlsFixture("server.pem"), key: tlsFixture("server.key") };
  const modules = ["tls", "tls verified", "tls with our authority"];
  await using peer = await startPeer(path(PEER), modules);
  const secure = (take: (socket: Socket) => void) => createSecureServer(identity, take).on("tlsClientError", () => {});
  await using server = await nameServer(() => [{ answer: address }], secure);
  await using plain = await nameServer(() => [{ answer: address }]);
  for (const target of [server, plain].flatMap(({ port }) => [`127.0.0.1:${port}`, `localhost:${port}`])) {
    for (const module of modules) {
      const page = await peer.probe(module, target);
      assert.deepEqual(await ownSeries(module, target), peerSeries(page), `${module} of ${target}`);
    }
  }
});
