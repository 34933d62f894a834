import assert from "node:assert/strict";
import { builtInModule } from "../../../collectors/probe/built_in_modules.ts";
import { defineProber } from "../../../collectors/probe/define_prober.ts";
import { FAILURES } from "../../../collectors/probe/evidence.ts";
import { RESULT_FAMILIES } from "../../../collectors/probe/families.ts";
import type { TcpModule } from "../../../collectors/probe/module.ts";
import type { Prober, ProbeTools } from "../../../collectors/probe/prober.ts";
import { type Outcome, ProbeError, type ProbeResult } from "../../../collectors/probe/result.ts";
import type { AnyCollector, Instance, SampleValue } from "../../../src/collector.ts";
import { Engine } from "../../../src/engine.ts";
import { buildGraph } from "../../../src/graph.ts";
import { Scope } from "../../../src/scope.ts";
import { contextOf, hostOf, seriesOf } from "../../context.ts";
import { FakeClock } from "../../fake_clock.ts";

type Probe = (target: string, module: TcpModule, tools: ProbeTools) => Promise<ProbeResult>;

const fine: Outcome = { success: true, durationSeconds: 0.02 };
const refused: Outcome = {
  success: false,
  durationSeconds: 0.01,
  failure: { reason: "refused", phase: "connect", message: "nobody there" },
};
const resultOf = (outcome: Outcome, more: Partial<ProbeResult> = {}): ProbeResult => ({
  outcome,
  lookupSeconds: 0,
  durations: { resolve: 0.001, connect: 0.009 },
  ...more,
});

/** A prober that comes to what a test says, with two ways to fail. */
function proberOf(probe: Probe): Prober {
  return {
    name: "tcp",
    help: "A prober of the test.",
    placeholder: "host:port",
    metrics: RESULT_FAMILIES,
    durationBounds: [0.01, 0.1],
    standard: builtInModule("tcp_connect", "tcp"),
    checkTarget: (target: string) => {
      if (!target.includes(":")) throw new SyntaxError(`Cannot use target "${target}": it has no port`);
    },
    stops: () => [{ reason: "internal", phase: "resolve" }, { reason: "refused", phase: "connect" }],
    probe,
    failed: (error: unknown) =>
      resultOf({
        success: false,
        failure: { reason: "internal", phase: "resolve", message: error instanceof Error ? error.message : "" },
      }, { durations: {} }),
    emit(result, emit, labels) {
      emit("probe_success", result.outcome.success ? 1 : 0, labels);
      emit("probe_duration_seconds", result.outcome.durationSeconds, labels);
    },
  };
}

function nodesOf(collector: AnyCollector, input: unknown): readonly Instance<unknown>[] {
  assert(collector.options && collector.instances);
  return collector.instances(collector.options.parse(input), { intervalSeconds: 15, timeoutSeconds: undefined });
}

/** A collector with one node, which runs when it is told to. */
function runner(probe: Probe, input: unknown = { probes: [{ name: "t", target: "a:1", module: "tcp_connect" }] }) {
  const collector = defineProber(proberOf(probe));
  const [node] = nodesOf(collector, input);
  assert(node);
  const clock = new FakeClock();
  const scope = new Scope();
  let record: unknown;
  return {
    collector,
    clock,
    scope,
    run: async (signal = new AbortController().signal) => {
      record = collector.fold?.(
        await collector.read(contextOf({ clock, scope, signal, options: node.options })),
        record,
      );
    },
    fail: (error: unknown) => record = collector.fold?.(collector.failureValue?.(error, node.options), record),
    series: (): Record<string, SampleValue> => seriesOf(collector, record),
    next: () => collector.nextSeconds?.(record),
  };
}

Deno.test("defineProber: a success is the peer's families and ours, under the target's labels", async () => {
  const input = {
    probes: [{ name: "t", target: "a:1", module: "tcp_connect", labels: { team: "x" } }],
  };
  const { run, series } = runner(() => Promise.resolve(resultOf(fine)), input);
  await run();
  const t = `target="t",team="x"`;
  assert.deepEqual(series(), {
    [`probe_success{${t}}`]: 1,
    [`probe_duration_seconds{${t}}`]: 0.02,
    [`sonde_probe_wait_seconds{${t}}`]: 0,
    [`sonde_probe_phase_duration_seconds{phase="resolve",${t}}`]: 0.001,
    [`sonde_probe_phase_duration_seconds{phase="connect",${t}}`]: 0.009,
    [`sonde_probe_duration_seconds{${t}}`]: { buckets: new Map([[0.01, 0], [0.1, 1]]), sum: 0.02, count: 1 },
    [`sonde_probe_attempts_total{${t}}`]: 1,
    [`sonde_probe_failures_total{phase="resolve",reason="internal",${t}}`]: 0,
    [`sonde_probe_failures_total{phase="connect",reason="refused",${t}}`]: 0,
  });
});

Deno.test("defineProber: a run that fails itself counts as an attempt, and totals go on", async () => {
  const outcomes = [fine, refused, fine];
  const { run, fail, series } = runner(() => Promise.resolve(resultOf(outcomes.shift() ?? fine)));
  await run();
  fail(new Error("too late"));
  await run();
  await run();
  const shown = series();
  assert.equal(shown['sonde_probe_attempts_total{target="t"}'], 4);
  assert.equal(shown['sonde_probe_failures_total{phase="resolve",reason="internal",target="t"}'], 1);
  assert.equal(shown['sonde_probe_failures_total{phase="connect",reason="refused",target="t"}'], 1);
  const durations = shown['sonde_probe_duration_seconds{target="t"}'];
  assert(typeof durations === "object" && durations.count === 2);
  fail(new Error("too late"));
  assert.equal(series()['probe_success{target="t"}'], 0);
  assert.equal(series()['sonde_probe_wait_seconds{target="t"}'], undefined);
  assert(!Object.keys(series()).some((key) => key.startsWith("sonde_probe_phase_duration_seconds")));
});

Deno.test("defineProber: without the module's word there is no histogram, but attempts and failures", async () => {
  const { run, series } = runner(() => Promise.resolve(resultOf(fine)), {
    modules: { plain: { prober: "tcp" } },
    probes: [{ name: "t", target: "a:1", module: "plain" }],
  });
  await run();
  assert(!('sonde_probe_duration_seconds{target="t"}' in series()));
  assert.equal(series()['sonde_probe_attempts_total{target="t"}'], 1);
});

Deno.test("defineProber: a probe has its own interval and limit, and its node a second more", () => {
  const collector = defineProber(proberOf(() => Promise.resolve(resultOf(fine))));
  const timesOf = (probe: Readonly<Record<string, unknown>>, more = {}, timing = {}) => {
    assert(collector.options && collector.instances);
    const options = collector.options.parse({ ...more, probes: [{ target: "x:1", module: "tcp_connect", ...probe }] });
    const [node] = collector.instances(options, { intervalSeconds: 15, timeoutSeconds: undefined, ...timing });
    const limit = typeof node?.options === "object" && node.options && Reflect.get(node.options, "timeoutSeconds");
    return [node?.intervalSeconds, limit, node?.timeoutSeconds];
  };
  assert.deepEqual(timesOf({}), [undefined, 9.5, 10.5]);
  assert.deepEqual(timesOf({ interval: "5s" }), [5, 5, 6]);
  assert.deepEqual(timesOf({ interval: "1m" }), [60, 9.5, 10.5]);
  assert.deepEqual(timesOf({ interval: "5s", timeout: "20s" }), [5, 20, 21]);
  assert.deepEqual(timesOf({}, {}, { intervalSeconds: 2 }), [undefined, 2, 3]);
  assert.deepEqual(timesOf({}, {}, { intervalSeconds: 2, timeoutSeconds: 4 }), [undefined, 4, 5]);
  const modules = { slow: { prober: "tcp", timeout: "30s" } };
  assert.deepEqual(timesOf({ module: "slow" }, { modules }), [undefined, 30, 31]);
  assert.deepEqual(timesOf({ module: "slow", timeout: "1s" }, { modules }), [undefined, 1, 2]);
});

Deno.test("defineProber: targets of other probers are none of its nodes", () => {
  const collector = defineProber(proberOf(() => Promise.resolve(resultOf(fine))));
  const nodes = nodesOf(collector, {
    modules: { mine: { prober: "tcp", tcp: { tls: true } } },
    target: ["own:1"],
    probes: [{ target: "http://x" }, { target: "a:1", module: "mine" }, { target: "b:1", module: "tls_connect" }],
  });
  assert.deepEqual(nodes.map(({ name }) => name), ["own:1", "a:1", "b:1"]);
});

Deno.test("defineProber: as long as the last probe failed, the next one comes after interval_on_failure", async () => {
  const outcomes = [fine, refused, fine];
  const { run, fail, next } = runner(() => Promise.resolve(resultOf(outcomes.shift() ?? fine)), {
    probes: [{ target: "a:1", module: "tcp_connect", interval_on_failure: "2s" }],
  });
  const nexts: unknown[] = [];
  for (let i = 0; i < 3; i++) {
    await run();
    nexts.push(next());
  }
  fail(new Error("no"));
  assert.deepEqual([...nexts, next()], [undefined, 2, undefined, 2]);
});

Deno.test("defineProber: a failure is kept as evidence, with what the probe told; a success is not", async () => {
  const outcomes = [fine, refused];
  const { run, scope, clock } = runner(async (_target, _module, { trace }) => {
    trace.note("info", "Resolving target address", { target: "a" });
    await Promise.resolve();
    clock.block(0.25);
    trace.note("error", "Error dialing TCP");
    return resultOf(outcomes.shift() ?? fine, { address: { ip: "192.0.2.1", family: 4 } });
  });
  await run();
  assert.deepEqual(FAILURES.of(scope).targets(), []);
  await run();
  await run();
  const [evidence, ...others] = FAILURES.of(scope).of("t");
  assert.deepEqual(others, []);
  assert.equal(evidence?.beganSeconds, 1_700_000_000.25);
  assert.deepEqual([evidence?.prober, evidence?.module, evidence?.reason, evidence?.phase, evidence?.address], [
    "tcp",
    "tcp_connect",
    "refused",
    "connect",
    "192.0.2.1",
  ]);
  assert.deepEqual(evidence?.events.map(({ atSeconds, message }) => [atSeconds, message]), [
    [0, "Resolving target address"],
    [0.25, "Error dialing TCP"],
  ]);
});

Deno.test("defineProber: a run that fails itself is evidence too, unless the exporter stops", async () => {
  const failing: Probe = (_target, _module, { signal }) =>
    Promise.reject(signal.aborted ? signal.reason : new TypeError("a mistake"));
  const { run, scope } = runner(failing);
  await assert.rejects(run(), /a mistake/);
  assert.deepEqual(FAILURES.of(scope).of("t").map(({ reason, message }) => [reason, message]), [[
    "internal",
    "a mistake",
  ]]);
  const aborting = (name: string) => {
    const controller = new AbortController();
    const { run, scope } = runner((target, module, tools) => {
      controller.abort(new DOMException("the end", name));
      return failing(target, module, tools);
    });
    return { ended: run(controller.signal), scope };
  };
  for (const [name, count] of [["AbortError", 0], ["TimeoutError", 1]] as const) {
    const { ended, scope } = aborting(name);
    await assert.rejects(ended, /the end/);
    assert.equal(FAILURES.of(scope).of("t").length, count, name);
  }
});

Deno.test("defineProber: a probe waits for its turn, which is no part of its duration or of its limit", async () => {
  const clock = new FakeClock();
  const collector = defineProber(proberOf((_target, _module, tools) => {
    const began = tools.clock.monotonic();
    return new Promise((resolve) =>
      tools.clock.timer(
        () => resolve(resultOf({ success: true, durationSeconds: tools.clock.monotonic() - began })),
        tools.timeoutSeconds - 0.001,
      )
    );
  }));
  const nodes = nodesOf(collector, {
    probe: { concurrency: 1 },
    probes: [1, 2, 3].map((port) => ({ target: `a:${port}`, module: "tcp_connect", timeout: "2s" })),
  });
  const scope = new Scope();
  const readings = nodes.map(({ options, timeoutSeconds }) => {
    const began = clock.monotonic();
    return Promise.resolve(collector.read(contextOf({ clock, scope, options }))).then((reading) => {
      assert.ok(clock.monotonic() - began < (timeoutSeconds ?? 0), "the node's deadline leaves room for it");
      return seriesOf(collector, collector.fold?.(reading, undefined));
    });
  });
  await clock.advance(5);
  const shown = await Promise.all(readings);
  assert.deepEqual(shown.map((series, i) => series[`sonde_probe_wait_seconds{target="a:${i + 1}"}`]), [0, 0.05, 0.1]);
  for (const [i, series] of shown.entries()) {
    const seconds = Number(series[`probe_duration_seconds{target="a:${i + 1}"}`]);
    assert.ok(Math.abs(seconds - 1.999) < 1e-6, String(seconds));
  }
});

Deno.test("defineProber: an address that the operator denies cannot be connected to", async () => {
  const seen: string[] = [];
  const { run } = runner((_target, _module, { admit }) => {
    for (const ip of ["192.0.2.1", "198.51.100.1", "203.0.113.1"]) {
      try {
        admit({ ip, family: 4 });
        seen.push(ip);
      } catch (error) {
        assert(error instanceof ProbeError && error.reason === "refused");
      }
    }
    return Promise.resolve(resultOf(fine));
  }, {
    probe: { allow: ["192.0.2.0/24", "198.51.100.0/24"], deny: ["198.51.100.1"] },
    target: ["a:1"],
  });
  await run();
  assert.deepEqual(seen, ["192.0.2.1"]);
});

Deno.test("defineProber: in the engine, totals survive failures, other intervals and a reload, and are never ahead of runs", async () => {
  const clock = new FakeClock();
  let count = 0;
  const collector = defineProber(proberOf(() => {
    if (++count % 5 === 0) return Promise.reject(new Error("a mistake"));
    return Promise.resolve(resultOf(count % 3 === 0 ? refused : fine));
  }));
  const engine = new Engine({
    source: hostOf({}),
    clock,
    machineId: "m",
    log: () => {},
    version: "1.2.3",
    runtime: "test 1",
  });
  const apply = (interval: string, extra = {}) => {
    const options = collector.options?.parse({
      probes: [{ name: "t", target: "a:1", module: "tcp_connect", interval, timeout: "1s" }],
      ...extra,
    });
    engine.apply([collector], new Map([["tcp", { enabled: true, options }]]), { exporterMetrics: false });
  };
  const page = async () => {
    const { page } = await engine.scrape({ format: "text", budgetSeconds: 1 });
    const text = await new Response(page.body()).text();
    const valuesOf = (name: string) =>
      [...text.matchAll(new RegExp(`^${name}\\{[^}]*\\} (\\S+)$`, "gm"))].map(([, value]) => Number(value));
    const sum = (name: string) => valuesOf(name).reduce((total, value) => total + value, 0);
    return {
      attempts: sum("sonde_probe_attempts_total"),
      failures: sum("sonde_probe_failures_total"),
      successes: sum("sonde_probe_duration_seconds_count"),
    };
  };
  apply("10s");
  engine.start();
  let before = 0;
  const deny = { probe: { deny: ["192.0.2.1"] } };
  const module = { modules: { tcp_connect: { prober: "tcp", histogram: true, tcp: { tls: true } } } };
  for (const [interval, extra] of [["10s"], ["10s"], ["7s"], ["7s", deny], ["20s", deny], ["20s", module]] as const) {
    apply(interval, extra);
    for (let i = 0; i < 10; i++) {
      await clock.advance(4);
      const { attempts, failures, successes } = await page();
      // A node that a reload replaced shows nothing until it has run.
      if (i < 3 && attempts === 0) continue;
      assert.equal(attempts, failures + successes);
      assert.ok(attempts >= before);
      before = attempts;
    }
  }
  assert.equal(before, engine.nodes()[0]?.runs);
  assert.ok(before > 15);
  await engine.stop();
});

Deno.test("defineProber: a target's name is its node's, by default without user-info", () => {
  const collector = defineProber(proberOf(() => Promise.resolve(resultOf(fine))));
  const options = collector.options?.parse({ target: ["tcp://user:secret@a:1"] });
  const { nodes } = buildGraph([collector], new Map([["tcp", { enabled: true, options }]]));
  assert.deepEqual([...nodes.keys()], ["tcp:tcp://a:1"]);
});
