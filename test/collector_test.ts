/** The contract's types: what must not compile stands behind `@ts-expect-error`, which fails the check if it does compile. */

import assert from "node:assert/strict";
import * as z from "zod";
import { type AnyCollector, defineCollector, type Emit, type Labels, type OpenEmit } from "../src/collector.ts";

const stat = defineCollector({
  name: "stat",
  help: "h",
  metrics: {
    node_boot_time_seconds: { type: "gauge", help: "b" },
    node_cpu_seconds_total: { type: "counter", help: "c", labels: ["cpu", "mode"] },
  },
  read: ({ source }) => ({ boot: source.proc("stat").length, cpus: [1, 2, 3] }),
  samples: (v, emit) => {
    emit("node_boot_time_seconds", v.boot);
    emit("node_boot_time_seconds", undefined);
    for (const [i, s] of v.cpus.entries()) emit("node_cpu_seconds_total", s, { cpu: String(i), mode: "idle" });
    // @ts-expect-error wrong name
    emit("node_boot_time", 1);
    // @ts-expect-error missing label
    emit("node_cpu_seconds_total", 1, { cpu: "0" });
    // @ts-expect-error superfluous label
    emit("node_cpu_seconds_total", 1, { cpu: "0", mode: "x", extra: "y" });
    // @ts-expect-error label on an unlabelled family
    emit("node_boot_time_seconds", 1, { a: "b" });
    // @ts-expect-error no labels at all
    emit("node_cpu_seconds_total", 1);
    // @ts-expect-error no such field
    v.nope;
    // @ts-expect-error no open families are declared
    emit.family;
  },
});

const usage = defineCollector({
  name: "usage",
  help: "h",
  needs: { stat, other: "plugin_x" },
  options: z.strictObject({ percent: z.boolean().default(true) }),
  metrics: { system_usage: { type: "gauge", help: "u", labels: ["resource_type"] } },
  read: ({ needs, options }) => {
    const boot: number = needs.stat.value.boot;
    const unknown: unknown = needs.other.value;
    // @ts-expect-error unknown need
    needs.nope;
    return { boot, percent: options.percent, unknown };
  },
  fold: (now, previous: { last: number; ratio: number } | undefined) => ({
    last: now.boot,
    ratio: previous ? now.boot - previous.last : 0,
  }),
  samples: (v, emit) => emit("system_usage", v.ratio, { resource_type: "CPU" }),
});

const dependent = defineCollector({
  name: "dependent",
  help: "h",
  needs: { usage },
  metrics: { x: { type: "gauge", help: "u" } },
  read: ({ needs }) => {
    // @ts-expect-error a dependent sees the folded value, not the reading
    needs.usage.value.boot;
    return needs.usage.value.ratio;
  },
  samples: (v, emit) => emit("x", v),
});

const histogram = defineCollector({
  name: "histogram",
  help: "h",
  metrics: { a: { type: "histogram", help: "x" }, b: { type: "summary", help: "x" } },
  read: async ({ signal }) => {
    await Promise.resolve(signal);
    return Math.random() > 2 ? null : { n: 1 };
  },
  samples: (v, emit) => {
    emit("a", { buckets: new Map(), sum: v.n, count: 1 });
    emit("b", { quantiles: new Map(), sum: v.n, count: 1 });
    // @ts-expect-error a histogram takes no number
    emit("a", 1);
    // @ts-expect-error a summary takes no histogram
    emit("b", { buckets: new Map(), sum: v.n, count: 1 });
  },
});

const open = defineCollector({
  name: "open",
  help: "h",
  metrics: { a: { type: "gauge", help: "x", labels: ["target"], openLabels: true } },
  openFamilies: ["node_memory_*"],
  read: (): Labels => ({ team: "a" }),
  correct: (now, previous) => ({ ...previous, ...now }),
  samples: (v, emit) => {
    emit("a", 1, { target: "x", ...v });
    // @ts-expect-error the declared label is missing
    emit("a", 1, { team: "a" });
    emit.family({ name: "node_memory_x", type: "gauge", help: "x", samples: [{ value: 1 }] });
  },
});

const instances = defineCollector({
  name: "instances",
  help: "h",
  metrics: { a: { type: "gauge", help: "x" } },
  options: z.strictObject({ target: z.array(z.string()).default([]) }),
  instances: ({ target }) => target.map((url) => ({ name: url, options: { url } })),
  read: async ({ options }) => {
    // @ts-expect-error a run gets its instance's options, not the collector's
    options.target;
    await Promise.resolve();
    return { url: options.url, ok: 1 };
  },
  failureValue: (_error, { url }) => ({ url, ok: 0 }),
  samples: (v, emit) => emit("a", v.ok),
});

Deno.test("defineCollector: every typed collector is one of an erased list, and is returned as it is", () => {
  const list: readonly AnyCollector[] = [stat, usage, dependent, histogram, open, instances];
  assert.deepEqual(list.map(({ name }) => name), ["stat", "usage", "dependent", "histogram", "open", "instances"]);
});

Deno.test("defineCollector: emit of a typed collector reports what it is given", () => {
  const emitted: [string, unknown, Labels | undefined][] = [];
  const emit: Emit<typeof usage.metrics> = (name, value, labels) => emitted.push([name, value, labels]);
  usage.samples({ last: 1, ratio: 0.5 }, emit);
  assert.deepEqual(emitted, [["system_usage", 0.5, { resource_type: "CPU" }]]);
});

Deno.test("defineCollector: emit.family is there where open families are declared", () => {
  const families: string[] = [];
  const emit: OpenEmit<typeof open.metrics> = Object.assign(() => {}, {
    family: ({ name }: { name: string }) => families.push(name),
  });
  open.samples({ team: "b" }, emit);
  assert.deepEqual(families, ["node_memory_x"]);
});
