import assert from "node:assert/strict";
import dns from "../../collectors/dns.ts";
import { systemClock } from "../../src/clock.ts";
import type { SampleValue } from "../../src/collector.ts";
import { contextOf, samplesOf } from "../context.ts";
import { addressRecord, nameServer, zoneRecord } from "./probe/dns_server.ts";

const timing = { intervalSeconds: 15, timeoutSeconds: undefined };

/** Every series of one probe of the one target of a configuration, by name and labels beside `target`. */
async function seriesOf(configuration: unknown): Promise<Record<string, SampleValue>> {
  assert(dns.options && dns.instances);
  const [node, ...others] = dns.instances(dns.options.parse(configuration), timing);
  assert(node && others.length === 0);
  const reading: unknown = await dns.read(contextOf({ clock: systemClock, options: node.options }));
  const record: unknown = dns.fold?.(reading, undefined);
  const series: Record<string, SampleValue> = {};
  for (const { name, labels: { target, ...more }, value } of samplesOf(dns, record)) {
    assert.equal(target, node.name);
    const key = [name, ...Object.entries(more).map(([k, v]) => `${k}=${v}`)].join(" ");
    assert(!Object.hasOwn(series, key), `${key} twice`);
    series[key] = value;
  }
  return series;
}

Deno.test("dns: a target without a module is asked for the root's name servers", async () => {
  await using server = await nameServer(() => [{ answer: [] }]);
  const series = await seriesOf({ target: [`127.0.0.1:${server.port}`] });
  assert.equal(series.probe_success, 1);
  assert.deepEqual(server.asked.map(({ question }) => question), [{ name: ".", type: 2, class: 1 }]);
  assert.equal(series["sonde_probe_attempts_total"], 1);
  assert.equal(series["sonde_probe_failures_total reason=response phase=validate"], 0);
});

Deno.test("dns: a module's question, its answer, and why that was not accepted", async () => {
  await using server = await nameServer(() => [{ answer: [zoneRecord("probe.test", 7), addressRecord("192.0.2.1")] }]);
  const modules = {
    zone: {
      prober: "dns",
      dns: {
        query_name: "probe.test",
        query_type: "SOA",
        validate_answer_rrs: { fail_if_not_matches_regexp: ["SOA"] },
      },
    },
  };
  const probes = [{ name: "zone", target: `127.0.0.1:${server.port}`, module: "zone" }];
  const series = await seriesOf({ modules, probes });
  const expected = {
    probe_success: 0,
    probe_ip_protocol: 4,
    probe_dns_query_succeeded: 1,
    probe_dns_answer_rrs: 2,
    probe_dns_authority_rrs: 0,
    probe_dns_additional_rrs: 0,
    probe_dns_serial: 7,
    "sonde_probe_failures_total reason=answer phase=validate": 1,
    "sonde_probe_failures_total reason=response phase=validate": 0,
  };
  for (const [key, value] of Object.entries(expected)) assert.equal(series[key], value, key);
  const phases = Object.keys(series).filter((key) => key.startsWith("sonde_probe_phase_duration_seconds"));
  assert.deepEqual(phases.map((key) => key.split("=")[1]), ["resolve", "connect", "request", "validate"]);
});
