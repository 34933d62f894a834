import assert from "node:assert/strict";
import fc from "fast-check";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { type Batch, gather } from "../src/batch.ts";
import type { AnyEmit, Metrics } from "../src/collector.ts";
import { Exposition } from "../src/exposition.ts";
import type { Refusal } from "../src/family.ts";
import { FakeClock } from "./fake_clock.ts";

function batch(metrics: Metrics, samples: (emit: AnyEmit) => void): Batch {
  const collector = {
    name: "c",
    help: "h",
    metrics,
    read: () => 1,
    samples: (_: unknown, emit: AnyEmit) => samples(emit),
  };
  return gather(collector, undefined).batch;
}

const gauges = (values: Readonly<Record<string, number>>, name = "a"): Batch =>
  batch({ [name]: { type: "gauge", help: "A.", labels: ["l"] } }, (emit) => {
    for (const [l, value] of Object.entries(values)) emit(name, value, { l });
  });

function exposition(owners: readonly string[], registry?: Registry) {
  const refusals: Refusal[] = [];
  const unreadable: string[] = [];
  const clock = new FakeClock();
  const shown = new Exposition({
    registry,
    clock,
    refused: (refusal) => refusals.push(refusal),
    unreadable: (name, error) => unreadable.push(`${name}: ${error}`),
  });
  shown.setOrder(owners);
  return { shown, refusals, unreadable, clock };
}

const text = async (shown: Exposition, format: "text" | "openmetrics" = "text") => (await shown.page(format)).text;

const everything = batch({
  z_total: { type: "counter", help: "A counter." },
  errors: { type: "counter", help: "A counter of an old name." },
  g: { type: "gauge", help: 'Back\\slash, "quote"\nnewline.', labels: ["b", "a"] },
  h: { type: "histogram", help: "A histogram.", labels: ["x"] },
  s: { type: "summary", help: "A summary." },
  u: { type: "untyped", help: "Untyped." },
}, (emit) => {
  emit("z_total", 1e21);
  emit("errors", 2);
  emit("g", NaN, { a: "1", b: 'x"\\\n' });
  emit("g", -Infinity, { a: "2", b: "ü" });
  emit("h", { buckets: new Map([[0.5, 1], [1, 2]]), sum: 2.5, count: 3 }, { x: "y" });
  emit("s", { quantiles: new Map([[0.5, 1.5]]), sum: 3, count: 2 });
  emit("u", 0.1);
});

Deno.test("Exposition.page: renders every type in the text format, families sorted, each once", async () => {
  const { shown } = exposition(["n"]);
  shown.commit("n", everything);
  assert.equal(
    await text(shown),
    `# HELP errors A counter of an old name.
# TYPE errors counter
errors 2
# HELP g Back\\\\slash, "quote"\\nnewline.
# TYPE g gauge
g{a="1",b="x\\"\\\\\\n"} NaN
g{a="2",b="ü"} -Inf
# HELP h A histogram.
# TYPE h histogram
h_bucket{x="y",le="0.5"} 1
h_bucket{x="y",le="1.0"} 2
h_bucket{x="y",le="+Inf"} 3
h_sum{x="y"} 2.5
h_count{x="y"} 3
# HELP s A summary.
# TYPE s summary
s{quantile="0.5"} 1.5
s_sum 3
s_count 2
# HELP u Untyped.
# TYPE u untyped
u 0.1
# HELP z_total A counter.
# TYPE z_total counter
z_total 1e+21
`,
  );
});

Deno.test("Exposition.page: OpenMetrics has the same lines under its own headers", async () => {
  const { shown } = exposition(["n"]);
  shown.commit("n", everything);
  const open = await text(shown, "openmetrics");
  const lines = (page: string) => page.split("\n").filter((line) => !line.startsWith("#"));
  assert.deepEqual(lines(open), lines(await text(shown)));
  assert.ok(open.endsWith("# EOF\n"));
  assert.ok(open.includes('# HELP g Back\\\\slash, \\"quote\\"\\nnewline.\n'));
  assert.ok(open.includes("# TYPE z counter\nz_total 1e+21\n"));
  assert.ok(open.includes("# TYPE errors unknown\nerrors 2\n"));
  assert.ok(open.includes("# TYPE u unknown\n"));
});

Deno.test("Exposition.page: OpenMetrics keeps a counter's name where its short name is another family's", async () => {
  const { shown } = exposition(["n"]);
  shown.commit(
    "n",
    batch({ x: { type: "gauge", help: "G." }, x_total: { type: "counter", help: "C." } }, (emit) => {
      emit("x", 1);
      emit("x_total", 2);
    }),
  );
  assert.ok((await text(shown, "openmetrics")).includes("# TYPE x_total unknown\nx_total 2\n"));
});

Deno.test("Exposition.page: is prom-client's own page of the same registry, where that is right", async () => {
  const { shown } = exposition(["n"]);
  shown.commit("n", everything);
  const lines = (page: string) => page.split("\n").filter((line) => line !== "").sort();
  const known = (page: string) =>
    lines(page.replaceAll(" Nan\n", " NaN\n").replace(/^(h_bucket)\{(le="[^"]*"),x="y"\}/gm, '$1{x="y",$2}'));
  assert.deepEqual(known(await shown.registry.metrics()), known(await text(shown)));
});

Deno.test("Exposition.page: a family without samples is not printed, nor one whose samples went", async () => {
  const { shown } = exposition(["n"]);
  shown.commit("n", gauges({}));
  assert.equal(await text(shown), "");
  shown.commit("n", gauges({ x: 1 }));
  shown.commit("n", new Map());
  assert.equal(await text(shown), "");
  assert.equal(await shown.registry.metrics(), "\n");
});

Deno.test("Exposition.commit: whatever differs from the samples before is shown", async () => {
  const { shown } = exposition(["n"]);
  const sum = { buckets: new Map<number, number>(), sum: 1, count: 1 };
  const commit = (help: string, value: number) =>
    shown.commit(
      "n",
      batch({ g: { type: "gauge", help }, h: { type: "histogram", help: "H." } }, (emit) => {
        emit("g", value);
        emit("h", sum);
      }),
    );
  for (const [help, value, line] of [["G.", 0, "g 0"], ["G.", -0, "g -0"], ["G.", NaN, "g NaN"]] as const) {
    commit(help, value);
    assert.ok((await text(shown)).includes(`${line}\n`), line);
  }
  commit("Another.", NaN);
  assert.match(await text(shown), /^# HELP g Another\.$/m);
  sum.sum = 2;
  commit("Another.", NaN);
  assert.match(await text(shown), /^h_sum 2$/m, "a histogram that was changed where it stands");
});

Deno.test("Exposition.commit: returns the series that went", () => {
  const { shown } = exposition(["n"]);
  assert.deepEqual([...shown.commit("n", gauges({ x: 1, y: 2 }))], []);
  assert.deepEqual([...shown.commit("n", gauges({ y: 3 }))], ['a{l="x"}']);
  assert.deepEqual([...shown.commit("n", gauges({ y: 3 }, "b"))], ['a{l="y"}']);
});

Deno.test("Exposition.commit: refuses samples of a node that is not there", () => {
  const { shown } = exposition(["n"]);
  assert.throws(() => shown.commit("m", gauges({})), {
    message: 'Cannot commit samples of "m": there is no such node',
  });
});

Deno.test("Exposition: of two nodes that offer one series, the order of nodes decides, whoever comes first", async () => {
  for (const commits of [["n", "m"], ["m", "n"]]) {
    const { shown, refusals } = exposition(["n", "m"]);
    const batches: Record<string, Batch> = { n: gauges({ x: 1, y: 1 }), m: gauges({ y: 2, z: 2 }) };
    for (const owner of commits) shown.commit(owner, batches[owner] ?? new Map());
    assert.equal(
      (await text(shown)).replace(/^#.*\n/gm, ""),
      'a{l="x"} 1\na{l="y"} 1\na{l="z"} 2\n',
    );
    assert.deepEqual(refusals, [{ owner: "m", winner: "n", series: 'a{l="y"}' }]);
    shown.commit("n", gauges({ x: 1 }));
    assert.match(await text(shown), /a\{l="y"\} 2/, "the loser's series shows when the winner's goes");
  }
});

Deno.test("Exposition: of two types of one family, the order of nodes decides, and the other node keeps the rest", async () => {
  const { shown, refusals } = exposition(["n", "m"]);
  shown.commit(
    "m",
    batch({ a: { type: "counter", help: "C." }, b: { type: "gauge", help: "B." } }, (emit) => {
      emit("a", 9);
      emit("b", 8);
    }),
  );
  shown.commit("n", gauges({ x: 1 }));
  assert.equal(await text(shown), '# HELP a A.\n# TYPE a gauge\na{l="x"} 1\n# HELP b B.\n# TYPE b gauge\nb 8\n');
  assert.deepEqual(refusals, [{ owner: "m", winner: "n", series: "a" }]);
});

Deno.test("Exposition.setOrder: a reload that turns the order round turns the winner round; others' samples go", async () => {
  const { shown } = exposition(["n", "m", "o"]);
  shown.commit("n", gauges({ x: 1 }));
  shown.commit("m", gauges({ x: 2 }));
  shown.commit("o", gauges({ y: 3 }));
  assert.match(await text(shown), /x"\} 1/);
  shown.setOrder(["m", "n"]);
  assert.equal((await text(shown)).replace(/^#.*\n/gm, ""), 'a{l="x"} 2\n');
});

Deno.test("Exposition: shows of many nodes what their order gives, whatever is committed in whatever order", async () => {
  const owners = ["a", "b", "c", "d"];
  const step = fc.record({
    owner: fc.constantFrom(...owners),
    values: fc.dictionary(fc.constantFrom("x", "y", "z"), fc.integer()),
    counter: fc.boolean(),
  });
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
    const { shown } = exposition(owners);
    const model = new Map<string, { values: Record<string, number>; counter: boolean }>();
    for (const { owner, values, counter } of steps) {
      const type = counter ? "counter" : "gauge";
      const one = batch({ f: { type, help: "F.", labels: ["l"] } }, (emit) => {
        for (const [l, value] of Object.entries(values)) emit("f", value, { l });
      });
      shown.commit(owner, one);
      if (Object.keys(values).length > 0) model.set(owner, { values, counter });
      else model.delete(owner);
      const expected = new Map<string, number>();
      const present = owners.flatMap((name) => model.get(name) ?? []);
      for (const part of present) {
        if (part.counter !== present[0]?.counter) continue;
        for (const [l, value] of Object.entries(part.values)) if (!expected.has(l)) expected.set(l, value);
      }
      const found = new Map(
        [...(await text(shown)).matchAll(/^f\{l="(.)"\} (.*)$/gm)].map(([, l, v]) => [l, Number(v)]),
      );
      assert.deepEqual(found, expected);
    }
  }));
});

Deno.test("Exposition.page: the same page until the next commit, in each format", async () => {
  const { shown } = exposition(["n"]);
  shown.commit("n", gauges({ x: 1 }));
  const page = await shown.page("text");
  assert.equal(await shown.page("text"), page);
  assert.notEqual(await shown.page("openmetrics"), page);
  shown.commit("n", gauges({ x: 2 }));
  assert.notEqual(await shown.page("text"), page);
});

Deno.test("Exposition.page: filters nodes and families, and shows other samples instead", async () => {
  const { shown } = exposition(["n", "m"]);
  shown.commit("n", gauges({ x: 1 }));
  shown.commit("m", gauges({ y: 2 }, "b"));
  const bare = async (filter: Parameters<Exposition["page"]>[1]) =>
    (await shown.page("text", filter)).text.replace(/^#.*\n/gm, "");
  assert.equal(await bare({ shows: (owner) => owner === "m" }), 'b{l="y"} 2\n');
  assert.equal(await bare({ families: new Set(["a"]) }), 'a{l="x"} 1\n');
  assert.equal(await bare({ instead: new Map([["n", gauges({ z: 9 })]]) }), 'a{l="z"} 9\nb{l="y"} 2\n');
  assert.equal(await bare(undefined), 'a{l="x"} 1\nb{l="y"} 2\n');
});

Deno.test("Exposition.page: a long page is rendered in turns, and shows no commit that came meanwhile", async () => {
  const { shown, clock } = exposition(["n", "m"]);
  const many = (value: number) =>
    gauges(Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`v${i}`, value])));
  shown.commit("n", many(1));
  shown.commit("m", gauges({ x: 1 }, "zz"));
  const monotonic = clock.monotonic.bind(clock);
  clock.monotonic = () => (clock.block(0.001), monotonic());
  const page = shown.page("text");
  assert.ok(page instanceof Promise);
  shown.commit("n", many(2));
  shown.commit("m", gauges({ x: 2 }, "zz"));
  await clock.advance(1);
  const values = new Set(
    (await page).text.replace(/^#.*\n/gm, "").trim().split("\n").map((line) => line.split(" ")[1]),
  );
  assert.deepEqual(values, new Set(["1"]));
  const next = shown.page("text");
  await clock.advance(1);
  assert.match((await next).text, /zz\{l="x"\} 2/);
});

Deno.test("Exposition: an app's own prom-client metrics are on the page, read at each scrape", async () => {
  const registry = new Registry();
  const counter = new Counter({ name: "app_requests", help: "R.", labelNames: ["b", "a"], registers: [registry] });
  const histogram = new Histogram({ name: "app_seconds", help: "S.", buckets: [1], registers: [registry] });
  new Gauge({
    name: "app_nan",
    help: "N.",
    registers: [registry],
    collect() {
      this.set(NaN);
    },
  });
  new Gauge({ name: "app_empty", help: "E.", labelNames: ["x"], registers: [registry] });
  const { shown } = exposition(["n"], registry);
  shown.commit("n", gauges({ x: 1 }));
  counter.inc({ a: '"', b: "2" });
  histogram.observe(0.5);
  assert.equal(
    await text(shown),
    `# HELP a A.
# TYPE a gauge
a{l="x"} 1
# HELP app_requests R.
# TYPE app_requests counter
app_requests{a="\\"",b="2"} 1
# HELP app_seconds S.
# TYPE app_seconds histogram
app_seconds_bucket{le="1"} 1
app_seconds_bucket{le="+Inf"} 1
app_seconds_sum 0.5
app_seconds_count 1
# HELP app_nan N.
# TYPE app_nan gauge
app_nan NaN
`,
  );
  counter.inc({ a: '"', b: "2" });
  assert.match(await text(shown), /app_requests\{.*\} 2/);
  const open = await text(shown, "openmetrics");
  assert.ok(open.includes("# TYPE app_requests unknown\napp_requests{"), "the name is the app's in OpenMetrics too");
  assert.ok((await text(shown)).includes("# TYPE app_requests counter\napp_requests{"));
});

Deno.test("Exposition: an app's metric that cannot be read costs only itself, and is told", async () => {
  const registry = new Registry();
  new Gauge({ name: "broken", help: "B.", registers: [registry], collect: () => Promise.reject(new Error("no")) });
  new Gauge({ name: "sound", help: "S.", registers: [registry] }).set(1);
  const { shown, unreadable } = exposition(["n"], registry);
  shown.commit("n", gauges({ x: 1 }));
  assert.equal((await text(shown)).replace(/^#.*\n/gm, ""), 'a{l="x"} 1\nsound 1\n');
  assert.deepEqual(unreadable, ["broken: Error: no"]);
});

Deno.test("Exposition: a family that the app has is the app's, and the node that lost it is told", async () => {
  const registry = new Registry();
  new Gauge({ name: "a", help: "The app's.", registers: [registry] }).set(7);
  const { shown, refusals } = exposition(["n"], registry);
  shown.commit("n", gauges({ x: 1 }));
  assert.equal(await text(shown), "# HELP a The app's.\n# TYPE a gauge\na 7\n");
  assert.deepEqual(refusals, [{ owner: "n", winner: "the app's registry", series: "a" }]);
});

Deno.test("Exposition.registry: new metrics of prom-client register in ours, as in their own", async () => {
  const { shown } = exposition(["n"]);
  const counter = new Counter({ name: "app_total", help: "T.", registers: [shown.registry] });
  counter.inc(3);
  assert.equal(await text(shown), "# HELP app_total T.\n# TYPE app_total counter\napp_total 3\n");
  shown.commit("n", gauges({ x: 1 }));
  shown.registry.resetMetrics();
  assert.match(await text(shown), /app_total 0/);
  assert.throws(() => counter.inc(-1), /not possible to decrease a counter/);
});

Deno.test("Exposition: an app's metric that never answers costs a second once, and only itself", async () => {
  const registry = new Registry();
  let asked = 0;
  new Gauge({ name: "hung", help: "H.", registers: [registry], collect: () => (asked++, new Promise<void>(() => {})) });
  new Gauge({ name: "sound", help: "S.", registers: [registry] }).set(1);
  const { shown, unreadable, clock } = exposition(["n"], registry);
  const pages = [text(shown), text(shown)];
  await clock.advance(0.9);
  assert.equal(unreadable.length, 0);
  await clock.advance(0.2);
  for (const page of await Promise.all(pages)) assert.equal(page.replace(/^#.*\n/gm, ""), "sound 1\n");
  assert.equal((await text(shown)).replace(/^#.*\n/gm, ""), "sound 1\n");
  assert.deepEqual([asked, unreadable.length, unreadable[0]], [1, 3, "hung: Error: no answer within 1 s"]);
});

Deno.test("Exposition.page: few of many nodes are shown as they are among many, with what another shows in their place", async () => {
  const owners = Array.from({ length: 200 }, (_, i) => `n${i}`);
  const { shown, refusals } = exposition(owners);
  for (const [i, owner] of owners.entries()) {
    if (i % 3 > 0) shown.commit(owner, gauges({ [String(i)]: i, ...(i === 1 || i === 100 ? { same: i } : {}) }));
  }
  assert.deepEqual([refusals[0]?.owner, refusals[0]?.winner], ["n100", "n1"]);
  const head = "# HELP a A.\n# TYPE a gauge\n";
  const page = async (...few: readonly string[]) =>
    (await shown.page("text", { shows: (owner) => few.includes(owner) })).text;
  assert.equal(await page("n7", "n2"), `${head}a{l="2"} 2\na{l="7"} 7\n`);
  assert.equal(await page("n100"), `${head}a{l="100"} 100\n`, "its series that n1 shows is not its own");
  assert.equal(await page("n0", "none"), "");
  shown.commit("n102", gauges({ same: 2 }));
  assert.equal(await page("n102"), "", "a family of which nothing is left has no header");
  const many = owners.slice(0, 150);
  assert.equal((await page(...many)).split("\n").length, 3 + 100 + 1);
});
