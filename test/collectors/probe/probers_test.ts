import assert from "node:assert/strict";
import { builtInModules } from "../../../collectors/probe/built_in_modules.ts";
import type { Module } from "../../../collectors/probe/module.ts";
import { moduleSchema } from "../../../collectors/probe/modules/module.ts";
import type { Prober } from "../../../collectors/probe/prober.ts";
import { PROBERS } from "../../../collectors/probe/probers.ts";
import { PHASES, REASONS } from "../../../collectors/probe/result.ts";
import { samplesOf } from "../../context.ts";

/** Reason and phase of every way in which a probe with this module can stop. */
function stopsOf(written: Readonly<Record<string, unknown>>): readonly string[] {
  const module: Module = { name: "m", ...moduleSchema.parse(written) };
  const prober = PROBERS.get(module.prober);
  assert(prober, module.prober);
  return prober.stops(module).map(({ reason, phase }) => `${reason} in ${phase}`);
}

const each = (check: (prober: Prober, module: Module) => void) => {
  for (const prober of PROBERS.values()) {
    check(prober, prober.standard);
    for (const module of builtInModules().values()) if (module.prober === prober.name) check(prober, module);
  }
};

Deno.test("PROBERS: a prober is found by the name that its modules have", () => {
  for (const [name, prober] of PROBERS) {
    assert.equal(prober.name, name);
    assert.equal(prober.standard.prober, name);
    assert.ok(prober.standard.histogram, "what is there without being configured counts durations");
  }
});

Deno.test("Prober.stops: every way to fail is of the closed sets, there once, and a run that fails itself is one", () => {
  each((prober, module) => {
    const stops = prober.stops(module);
    const texts = stops.map(({ reason, phase }) => `${reason} in ${phase}`);
    assert.equal(new Set(texts).size, texts.length, `${module.name}: ${texts}`);
    assert.ok(stops.every(({ reason, phase }) => REASONS.includes(reason) && PHASES.includes(phase)));
    assert.ok(texts.includes("internal in resolve"), module.name);
    assert.ok(texts.some((text) => text.startsWith("timeout ")), module.name);
  });
});

Deno.test("Prober.stops: what the module does not have cannot fail", () => {
  const plain = [{ prober: "tcp" }, { prober: "unix" }, { prober: "grpc" }, { prober: "icmp" }];
  for (const written of plain.filter(({ prober }) => [...PROBERS.keys()].some((name) => name === prober))) {
    const stops = stopsOf(written);
    assert.deepEqual(stops.filter((stop) => stop.startsWith("tls ") || stop.endsWith(" tls")), [], written.prober);
  }
  const http = stopsOf({ prober: "http" });
  assert.deepEqual(http.filter((stop) => /^(?:body|header) /.test(stop)), []);
  assert.ok(stopsOf({ prober: "http", http: { fail_if_body_matches_regexp: ["a"] } }).includes("body in validate"));
  const headers = { fail_if_header_matches: [{ header: "a", regexp: "b" }] };
  assert.ok(stopsOf({ prober: "http", http: headers }).includes("header in validate"));
});

Deno.test("Prober.durationBounds: ascend, and are those of a histogram", () => {
  for (const { name, durationBounds } of PROBERS.values()) {
    assert.ok(durationBounds.length >= 8, name);
    assert.deepEqual([...durationBounds], durationBounds.toSorted((a, b) => a - b));
    assert.equal(new Set(durationBounds).size, durationBounds.length);
  }
});

Deno.test("Prober.failed: a run that failed itself is shown as a failure, by the families that are declared", () => {
  for (const prober of PROBERS.values()) {
    const result = prober.failed(new Error("a mistake"));
    assert(!result.outcome.success);
    assert.deepEqual([result.outcome.failure.reason, result.outcome.failure.phase], ["internal", "resolve"]);
    const collector = {
      name: prober.name,
      help: "",
      metrics: prober.metrics,
      openFamilies: prober.openFamilies ?? [],
      read: () => null,
      samples: (_: unknown, emit: Parameters<Prober["emit"]>[1]) => prober.emit(result, emit, { target: "t" }),
    };
    const success = samplesOf(collector, {}).filter(({ name }) => name === "probe_success");
    assert.deepEqual(success.map(({ value, labels }) => [value, labels]), [[0, { target: "t" }]]);
  }
});

Deno.test("Prober: what is no target is refused, whatever it is, and without its credentials", () => {
  const texts = ["", " ", "\n", "http://u:sesame@[", "ü".repeat(5), "x".repeat(65_536), "a\0b", "://", "u:sesame@:-1"];
  for (const prober of PROBERS.values()) {
    for (const text of texts) {
      try {
        prober.checkTarget(text);
      } catch (error) {
        assert(error instanceof SyntaxError, `${prober.name} ${JSON.stringify(text)}: ${error}`);
        assert.doesNotMatch(error.message, /sesame/);
        assert.ok(error.message.length < 400, `${prober.name}: ${error.message.length} characters`);
      }
    }
  }
});
