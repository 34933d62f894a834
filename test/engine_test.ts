import assert from "node:assert/strict";
import fc from "fast-check";
import type { Clock } from "../src/clock.ts";
import { type AnyCollector, defineCollector, type EngineView } from "../src/collector.ts";
import { Engine } from "../src/engine.ts";
import type { CollectorSettings } from "../src/graph.ts";
import { FakeClock } from "./fake_clock.ts";
import { hostOf } from "./context.ts";

const on = (more: Partial<CollectorSettings> = {}): CollectorSettings => ({
  enabled: true,
  options: undefined,
  ...more,
});

function engineOf(
  clock: Clock,
  collectors: readonly AnyCollector[],
  settings: ReadonlyMap<string, CollectorSettings> = new Map(collectors.map(({ name }) => [name, on()])),
): { engine: Engine; lines: string[] } {
  const lines: string[] = [];
  const engine = new Engine({
    source: hostOf({}),
    clock,
    machineId: "m",
    log: (level, message, fields) => lines.push(`${level} ${message} ${JSON.stringify(fields)}`),
    version: "1.2.3",
    runtime: "test 1",
  });
  engine.apply(collectors, settings, { exporterMetrics: true });
  return { engine, lines };
}

const whole = { format: "text", budgetSeconds: 10 } as const;

async function stop(engine: Engine, clock: FakeClock): Promise<void> {
  const stopped = engine.stop();
  await clock.advance(1);
  await stopped;
}

/** Values by series of a page. */
function parse(text: string): Map<string, number> {
  return new Map(
    text.split("\n").filter((line) => line !== "" && !line.startsWith("#")).map((line) => {
      const space = line.lastIndexOf(" ");
      return [line.slice(0, space), Number(line.slice(space + 1))];
    }),
  );
}

const gauge = (name: string, read: AnyCollector["read"], more: Partial<AnyCollector> = {}): AnyCollector => ({
  name,
  help: "h",
  freshnessSeconds: 0.1,
  metrics: { [name]: { type: "gauge", help: "G." } },
  read,
  samples: (value, emit) => emit(name, Number(value)),
  ...more,
});

const health = (read: (engine: EngineView) => unknown = (engine) => engine): AnyCollector =>
  defineCollector({
    name: "health",
    help: "h",
    observes: true,
    metrics: {
      success: { type: "gauge", help: "S.", labels: ["collector"] },
      supported: { type: "gauge", help: "S.", labels: ["collector"] },
      runs_total: { type: "counter", help: "R.", labels: ["collector"] },
      process_x: { type: "gauge", help: "P." },
    },
    read: ({ engine }) => (read(engine), engine.collectors),
    samples: (collectors, emit) => {
      for (const { collector, success, supported, runs } of collectors) {
        emit("success", success === undefined ? undefined : Number(success), { collector });
        emit("supported", supported === undefined ? undefined : Number(supported), { collector });
        emit("runs_total", runs, { collector });
      }
      emit("process_x", 1);
    },
  });

Deno.test("Engine.scrape: shows what succeeded; what failed is absent and has success 0, what is not here has 1", async () => {
  const clock = new FakeClock();
  const { engine, lines } = engineOf(clock, [
    gauge("good", () => 7),
    gauge("bad", () => {
      throw new Error("broken");
    }),
    gauge("nothere", () => null),
    gauge("elsewhere", () => 1, { platforms: ["windows"] }),
    health(),
  ]);
  const { page, failed, useful } = await engine.scrape(whole);
  assert.deepEqual([...parse(page.text)].filter(([name]) => !name.startsWith("runs")), [
    ["good", 7],
    ["process_x", 1],
    ['success{collector="good"}', 1],
    ['success{collector="bad"}', 0],
    ['success{collector="nothere"}', 1],
    ['success{collector="elsewhere"}', 1],
    ['supported{collector="good"}', 1],
    ['supported{collector="bad"}', 1],
    ['supported{collector="nothere"}', 0],
    ['supported{collector="elsewhere"}', 0],
  ]);
  assert.deepEqual([failed, useful], [["bad"], true]);
  assert.deepEqual(lines, [
    'warn collector failed {"collector":"bad","node":"bad","reason":"error","error":"broken"}',
  ]);
});

Deno.test("Engine.scrape: a failed node's samples are withdrawn, not frozen", async () => {
  const clock = new FakeClock();
  let fails = false;
  const { engine } = engineOf(clock, [gauge("a", () => {
    if (fails) throw new Error("broken");
    return 1;
  })]);
  assert.equal(parse((await engine.scrape(whole)).page.text).get("a"), 1);
  fails = true;
  await clock.advance(1);
  const { page, useful } = await engine.scrape(whole);
  assert.equal(parse(page.text).has("a"), false);
  assert.equal(useful, false, "no node succeeded");
});

Deno.test("Engine.scrape: a node that is not fresh in time is absent from that page alone, with success 0", async () => {
  const clock = new FakeClock();
  let slow = false;
  const late = () => new Promise<number>((resolve) => clock.timer(() => resolve(2), 0.8));
  const { engine } = engineOf(clock, [gauge("a", () => slow ? late() : 1), gauge("b", () => 1), health()]);
  await engine.scrape(whole);
  slow = true;
  await clock.advance(1);
  const scrape = Promise.resolve(engine.scrape({ ...whole, budgetSeconds: 0.5 }));
  await clock.advance(0.6);
  const { page, failed } = await scrape;
  const samples = parse(page.text);
  assert.deepEqual([samples.has("a"), samples.get("b"), failed], [false, 1, ["a"]]);
  assert.deepEqual([samples.get('success{collector="a"}'), samples.get('success{collector="b"}')], [0, 1]);
  await clock.advance(0.3);
  slow = false;
  const next = parse((await engine.scrape(whole)).page.text);
  assert.deepEqual([next.get("a"), next.get('success{collector="a"}')], [1, 1]);
});

Deno.test("Engine.scrape: shows only what it is asked for, of health too", async () => {
  const { engine } = engineOf(new FakeClock(), [gauge("a", () => 1), gauge("b", () => 1), health()]);
  const { page } = await engine.scrape({ ...whole, collectors: new Set(["b", ...engine.observers]) });
  assert.deepEqual([...parse(page.text).keys()], [
    "b",
    "process_x",
    'runs_total{collector="b"}',
    'success{collector="b"}',
    'supported{collector="b"}',
  ]);
  const bare = await engine.scrape({ ...whole, collectors: new Set(["b"]) });
  assert.deepEqual([...parse(bare.page.text).keys()], ["b"]);
  const one = await engine.scrape({ ...whole, families: new Set(["a", "nope"]) });
  assert.deepEqual([...parse(one.page.text).keys()], ["a"]);
});

Deno.test("Engine.scrape: nothing new gives the very page of before, until something is", async () => {
  const clock = new FakeClock();
  const { engine } = engineOf(clock, [gauge("a", () => 1), health()]);
  const first = await engine.scrape(whole);
  assert.equal(await engine.scrape(whole), first);
  await clock.advance(0.2);
  assert.notEqual(await engine.scrape(whole), first);
});

Deno.test("Engine.scrape: an observer that throws costs only itself", async () => {
  const { engine, lines } = engineOf(new FakeClock(), [
    gauge("a", () => 1),
    health(() => {
      throw new Error("blind");
    }),
  ]);
  assert.deepEqual([...parse((await engine.scrape(whole)).page.text).keys()], ["a"]);
  assert.deepEqual(lines, ['warn collector failed {"collector":"health","node":"health","error":"blind"}']);
});

Deno.test("Engine.apply: without the exporter's metrics there are no process figures", async () => {
  const { engine } = engineOf(new FakeClock(), []);
  const list = [gauge("a", () => 1), health()];
  engine.apply(list, new Map(list.map(({ name }) => [name, on()])), { exporterMetrics: false });
  assert.equal(parse((await engine.scrape(whole)).page.text).has("process_x"), false);
});

Deno.test("Engine.apply: a collector that emits what it does not declare fails as invalid, whole", async () => {
  const { engine } = engineOf(new FakeClock(), [gauge("a", () => 1, { samples: (_v, emit) => emit("other", 1) })]);
  const { failed } = await engine.scrape(whole);
  assert.deepEqual(failed, ["a"]);
  assert.equal(engine.nodes()[0]?.failures.invalid, 1);
  assert.equal(engine.nodes()[0]?.lastError, 'Cannot emit "other": collector "a" does not declare it');
});

Deno.test("Engine.apply: two collectors that show one series: the first keeps it, the other counts a duplicate", async () => {
  const { engine, lines } = engineOf(new FakeClock(), [
    gauge("first", () => 1),
    gauge("second", () => 2, {
      metrics: { first: { type: "gauge", help: "G." } },
      samples: (_v, emit) => emit("first", 2),
    }),
  ]);
  assert.equal(parse((await engine.scrape(whole)).page.text).get("first"), 1);
  assert.deepEqual(engine.nodes().map(({ failures }) => failures.duplicate), [0, 1]);
  assert.match(lines[0] ?? "", /"series":"first","owner":"first"/);
});

Deno.test("Engine.apply: a reload that changes nothing changes no sample", async () => {
  const clock = new FakeClock();
  const total = gauge("total", () => 1, {
    freshnessSeconds: undefined,
    intervalSeconds: 2,
    fold: (now, before) => Number(now) + Number(before ?? 0),
  });
  const list = [total, gauge("a", () => 1, { options: { parse: (x) => x } })];
  const settings = () => new Map([["total", on()], ["a", on({ options: { x: /a/, y: new Map([[1, 2]]) } })]]);
  const { engine } = engineOf(clock, list, settings());
  engine.start();
  await clock.advance(9);
  const { page } = await engine.scrape(whole);
  engine.apply(list, settings(), { exporterMetrics: true });
  assert.equal((await engine.scrape(whole)).page.text, page.text);
  await clock.advance(4);
  assert.equal(parse((await engine.scrape(whole)).page.text).get("total"), (parse(page.text).get("total") ?? 0) + 2);
  await stop(engine, clock);
});

Deno.test("Engine.apply: folded values survive another interval and start anew with other options; counts go on", async () => {
  const clock = new FakeClock();
  const total = gauge("total", () => 1, {
    freshnessSeconds: undefined,
    fold: (now, before) => Number(now) + Number(before ?? 0),
  });
  const { engine } = engineOf(clock, [total], new Map([["total", on({ intervalSeconds: 2, options: 1 })]]));
  engine.start();
  await clock.advance(8.1);
  assert.equal(parse((await engine.scrape(whole)).page.text).get("total"), 4);
  engine.apply([total], new Map([["total", on({ intervalSeconds: 4, options: 1 })]]), { exporterMetrics: true });
  await clock.advance(4.1);
  assert.equal(parse((await engine.scrape(whole)).page.text).get("total"), 5);
  engine.apply([total], new Map([["total", on({ intervalSeconds: 4, options: 2 })]]), { exporterMetrics: true });
  await clock.advance(4.1);
  assert.equal(parse((await engine.scrape(whole)).page.text).get("total"), 1);
  assert.equal(engine.nodes()[0]?.runs, 6);
  await stop(engine, clock);
});

Deno.test("Engine.apply: folded values that belong to the node's name survive other options too", async () => {
  const clock = new FakeClock();
  const total = gauge("total", () => 1, {
    freshnessSeconds: undefined,
    fold: (now, before) => Number(now) + Number(before ?? 0),
    keepsFold: true,
  });
  const { engine } = engineOf(clock, [total], new Map([["total", on({ intervalSeconds: 2, options: 1 })]]));
  engine.start();
  await clock.advance(8.1);
  engine.apply([total], new Map([["total", on({ intervalSeconds: 4, options: 2 })]]), { exporterMetrics: true });
  await clock.advance(4.1);
  assert.equal(parse((await engine.scrape(whole)).page.text).get("total"), 5);
  await stop(engine, clock);
});

Deno.test("Engine.apply: a graph that cannot be leaves everything as it was", async () => {
  const { engine } = engineOf(new FakeClock(), [gauge("a", () => 1)]);
  const bad = gauge("b", () => 1, { needs: { x: "nope" } });
  assert.throws(
    () => engine.apply([bad], new Map([["b", on()]]), { exporterMetrics: true }),
    /there is no collector "nope"/,
  );
  assert.equal(parse((await engine.scrape(whole)).page.text).get("a"), 1);
});

Deno.test("Engine.apply: counts of nodes that a reload removed stay in their collector's sums", async () => {
  const clock = new FakeClock();
  const targets = gauge("t", () => 1, {
    metrics: { t: { type: "gauge", help: "T.", labels: ["target"] } },
    instances: (options) => String(options).split(",").map((name) => ({ name, options: name })),
    samples: (_value, emit) => emit("t", 1, { target: String(Math.random()) }),
  });
  const list = [targets, health()];
  const settings = (options: string) => new Map([["t", on({ options })], ["health", on()]]);
  const { engine } = engineOf(clock, list, settings("a,b,c"));
  const runs = async () => parse((await engine.scrape(whole)).page.text).get('runs_total{collector="t"}');
  assert.equal(await runs(), 3);
  engine.apply(list, settings("a"), { exporterMetrics: true });
  assert.equal(await runs(), 3);
  await clock.advance(1);
  assert.equal(await runs(), 4);
});

Deno.test("Engine: a node's failure value stands while it fails, and what it folds goes on", async () => {
  const clock = new FakeClock();
  let fails = false;
  const probe = gauge("ok", () => {
    if (fails) throw new Error("broken");
    return 1;
  }, {
    freshnessSeconds: undefined,
    intervalSeconds: 1,
    metrics: { ok: { type: "gauge", help: "O." }, attempts_total: { type: "counter", help: "A." } },
    failureValue: () => 0,
    fold: (now, before) => [now, Number(Array.isArray(before) ? before[1] : 0) + 1],
    samples: (value, emit) => {
      const [ok, attempts] = Array.isArray(value) ? value : [];
      emit("ok", ok);
      emit("attempts_total", attempts);
    },
  });
  const { engine } = engineOf(clock, [probe]);
  engine.start();
  await clock.advance(3);
  fails = true;
  await clock.advance(2);
  const samples = parse((await engine.scrape(whole)).page.text);
  assert.deepEqual([samples.get("ok"), samples.get("attempts_total")], [0, 5]);
  assert.equal(engine.nodes()[0]?.state, "failed");
  await stop(engine, clock);
});

Deno.test("Engine: a run tells what it leaves out once, until a run leaves it out no more; and knows a stated max-age", async () => {
  const clock = new FakeClock();
  let left = ["a", "a"];
  const ages: unknown[] = [];
  const warner = gauge("w", ({ warn, maxAgeSeconds }) => {
    for (const file of left) warn(`left out ${file}`);
    return ages.push(maxAgeSeconds);
  });
  const { engine, lines } = engineOf(
    clock,
    [warner, gauge("v", ({ maxAgeSeconds }) => ages.push(maxAgeSeconds))],
    new Map([
      ["w", on({ maxAgeSeconds: 3600 })],
      ["v", on()],
    ]),
  );
  for (const next of [["a", "b"], [], ["a"]]) {
    await engine.scrape(whole);
    left = next;
    await clock.advance(1);
  }
  await engine.scrape(whole);
  assert.deepEqual(lines.map((line) => /left out \w/.exec(line)?.[0]), ["left out a", "left out b", "left out a"]);
  assert.deepEqual(ages.slice(0, 2), [3600, undefined]);
  await stop(engine, clock);
});

Deno.test("Engine.route: gives those of enabled collectors, also without nodes; of two at one path the first stays", async () => {
  const route = (name: string, more: Partial<AnyCollector> = {}) =>
    gauge(name, () => 1, { routes: { "/x/": () => new Response(name) }, ...more });
  const list = [route("off"), route("bare", { instances: () => [] }), route("late")];
  const { engine } = engineOf(new FakeClock(), list, new Map([["bare", on()], ["late", on()]]));
  const answer = async (path: string) => await (await engine.route(path)?.(new Request("http://localhost/")))?.text();
  assert.equal(await answer("/x/"), "bare");
  assert.equal(await answer("/x/y/z"), "bare");
  assert.equal(await answer("/x"), undefined);
  assert.equal(await answer("/"), undefined);
});

Deno.test("Engine.ready: once every node of at most a minute has run, failed, or is not here", async () => {
  const clock = new FakeClock();
  const { engine } = engineOf(clock, [
    gauge("a", () => 1, { freshnessSeconds: undefined, intervalSeconds: 60 }),
    gauge("b", () => null, { intervalSeconds: 0 }),
    gauge("slow", () => 1, { freshnessSeconds: undefined, intervalSeconds: 61, timeoutSeconds: 5 }),
  ]);
  engine.start();
  await clock.advance(0);
  assert.equal(engine.ready(), false);
  await clock.advance(10);
  assert.equal(engine.ready(), true);
  await stop(engine, clock);
});

Deno.test("Engine: a collector that throws, returns or rejects with what cannot be handled costs only itself", async () => {
  const hostile = new Proxy({}, {
    get: () => {
      throw new Error("hands off");
    },
    has: () => {
      throw new Error("hands off");
    },
    getPrototypeOf: () => {
      throw new Error("hands off");
    },
  });
  const { engine } = engineOf(new FakeClock(), [
    gauge("good", () => 1),
    gauge("thenable", () => ({
      then() {
        throw new Error("no promise");
      },
    })),
    gauge("proxy", () => hostile),
    gauge("thrower", () => {
      throw hostile;
    }),
    gauge("long", () => {
      throw new Error("x".repeat(5_000_000));
    }),
  ]);
  const { page, failed } = await engine.scrape(whole);
  assert.deepEqual([[...parse(page.text).keys()], failed], [["good"], ["thenable", "proxy", "thrower", "long"]]);
  assert.deepEqual(engine.nodes().map(({ lastError }) => lastError?.slice(0, 1000)), [
    undefined,
    "no promise",
    "hands off",
    "something that cannot be shown was thrown",
    "x".repeat(1000),
  ]);
});

/** What a run does, drawn by fast-check. */
interface Fate {
  readonly delay: number;
  readonly fails: boolean;
}

/** Collectors over sources that only grow, which do what they are told and notice what must never be. */
class World {
  readonly clock = new FakeClock();
  readonly #fates: readonly Fate[];
  readonly #inFlight = new Map<string, number>();
  #drawn = 0;
  /** Nodes of which two runs were in flight at once; to throw there would be a failed run like any other. */
  readonly overlaps: string[] = [];

  constructor(fates: readonly Fate[]) {
    this.#fates = fates;
  }

  /** The time at the beginning of the run, after the run's fate. */
  #read(name: string): unknown {
    const began = this.clock.monotonic();
    const fate = this.#fates[this.#drawn++ % this.#fates.length];
    const inFlight = (this.#inFlight.get(name) ?? 0) + 1;
    if (inFlight > 1) this.overlaps.push(name);
    this.#inFlight.set(name, inFlight);
    const end = () => {
      this.#inFlight.set(name, 0);
      if (fate?.fails) throw new Error("fate");
      return began;
    };
    if (!fate || fate.delay === 0) return end();
    return new Promise<void>((resolve) => this.clock.timer(resolve, fate.delay)).then(end);
  }

  collectors(): readonly AnyCollector[] {
    const read = (name: string, more: Partial<AnyCollector>): AnyCollector =>
      gauge(name, () => this.#read(name), {
        metrics: { [`${name}_total`]: { type: "counter", help: "C." } },
        samples: (value, emit) => emit(`${name}_total`, Number(value)),
        ...more,
      });
    const base = read("base", {});
    return [
      base,
      read("dependent", {
        needs: { base },
        metrics: {
          dependent_total: { type: "counter", help: "C." },
          dependent_need_total: { type: "counter", help: "C." },
        },
        read: async ({ needs }) => {
          const seen: unknown = Reflect.get(Object(needs), "base");
          return [await this.#read("dependent"), Number(Reflect.get(Object(seen), "value"))];
        },
        samples: (value, emit) => {
          const [own, need] = Array.isArray(value) ? value : [];
          emit("dependent_total", own);
          emit("dependent_need_total", need);
        },
      }),
      read("scheduled", { freshnessSeconds: undefined, intervalSeconds: 3 }),
      read("folded", {
        freshnessSeconds: undefined,
        intervalSeconds: 2,
        fold: (now, before) => [Number(now), Number(Array.isArray(before) ? before[1] : 0) + 1],
        samples: (value, emit) => emit("folded_total", Number(Array.isArray(value) ? value[1] : NaN)),
      }),
    ];
  }
}

const fate = fc.record({
  delay: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 40 }).map((n) => n / 10)),
  fails: fc.boolean(),
});
const action = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant("scrape"), seconds: fc.integer({ min: 0, max: 20 }).map((n) => n / 10) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant("wait"), seconds: fc.integer({ min: 0, max: 40 }).map((n) => n / 10) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("reload"), seconds: fc.integer({ min: 1, max: 5 }) }),
  },
);

Deno.test("Engine: no counter falls, no two runs overlap, nothing is older than its bound, no dependent is ahead of the page", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fate, { minLength: 1, maxLength: 20 }),
      fc.array(action, { maxLength: 40 }),
      async (fates, actions) => {
        const world = new World(fates);
        const { clock } = world;
        const collectors = world.collectors();
        const settings = (seconds: number) =>
          new Map(
            collectors.map((
              { name },
            ) => [name, on(name === "base" ? { options: seconds } : { intervalSeconds: seconds })]),
          );
        const { engine } = engineOf(clock, collectors);
        engine.start();
        const highest = new Map<string, number>();
        const scrapes: Promise<void>[] = [];
        const check = (text: string, arrivedAt: number) => {
          const now = clock.monotonic();
          const samples = parse(text);
          for (const [series, value] of samples) {
            assert.ok(value >= (highest.get(series) ?? -Infinity), `${series} fell to ${value}`);
            highest.set(series, value);
          }
          for (const name of ["base", "dependent_need", "dependent"]) {
            assert.ok((samples.get(`${name}_total`) ?? Infinity) >= arrivedAt - 0.1 - 1e-6, `${name} is not fresh`);
          }
          assert.ok((samples.get("scheduled_total") ?? Infinity) >= now - (2 * 5 + 5) - 1e-6, "scheduled is too old");
          const need = samples.get("dependent_need_total");
          const base = samples.get("base_total");
          if (need !== undefined && base !== undefined) assert.ok(base >= need, "a dependent is ahead of the page");
        };
        for (const { kind, seconds } of actions) {
          if (kind === "scrape") {
            const arrivedAt = clock.monotonic();
            scrapes.push(
              Promise.resolve(engine.scrape({ ...whole, budgetSeconds: seconds })).then(({ page }) =>
                check(page.text, arrivedAt)
              ),
            );
          } else if (kind === "wait") await clock.advance(seconds);
          else {
            const wanted = settings(seconds);
            if (seconds === 4) { for (const name of ["base", "dependent"]) wanted.delete(name); }
            engine.apply(collectors, wanted, { exporterMetrics: true });
          }
        }
        await clock.advance(10);
        await Promise.all(scrapes);
        await stop(engine, clock);
        await clock.advance(10);
        assert.equal(clock.timers, 0);
        assert.deepEqual(world.overlaps, []);
      },
    ),
    { numRuns: 500 },
  );
});
