import assert from "node:assert/strict";
import fc from "fast-check";
import {
  gather,
  InvalidSampleError,
  KeyedSamples,
  matchesPattern,
  parseLabels,
  renderLabels,
  samplesOf,
  seriesCount,
} from "../src/batch.ts";
import type { AnyCollector, AnyEmit, Metrics } from "../src/collector.ts";

function emitting(metrics: Metrics, samples: (emit: AnyEmit) => void, openFamilies?: readonly string[]): AnyCollector {
  return { name: "c", help: "h", metrics, openFamilies, read: () => 1, samples: (_value, emit) => samples(emit) };
}

const labelled = { a: { type: "gauge", help: "A.", labels: ["y", "x"] } } as const;

Deno.test("gather: keys series by labels sorted by name, in the order of emission", () => {
  const { batch } = gather(
    emitting(labelled, (emit) => {
      emit("a", 2, { y: "2", x: 'q"\\\n' });
      emit("a", 1, { x: "1", y: "1" });
      emit("a", undefined, { x: "0", y: "0" });
    }),
    undefined,
  );
  assert.deepEqual([...batch.get("a")?.series ?? []], [['x="q\\"\\\\\\n",y="2"', 2], ['x="1",y="1"', 1]]);
  assert.equal(seriesCount(batch), 2);
  assert.deepEqual(samplesOf(batch)[0], { name: "a", labels: { x: 'q"\\\n', y: "2" }, value: 2 });
});

Deno.test("gather: of a series emitted twice the first stands, and is named", () => {
  const collector = emitting({ a: { type: "gauge", help: "A." } }, (emit) => {
    emit("a", 1);
    emit("a", 2);
  });
  const { batch, duplicate } = gather(collector, undefined);
  assert.deepEqual([[...batch.get("a")?.series ?? []], duplicate], [[["", 1]], '"a"']);
});

Deno.test("gather: refuses what is not as declared", () => {
  const metrics: Metrics = {
    ...labelled,
    b: { type: "gauge", help: "B." },
    h: { type: "histogram", help: "H." },
    s: { type: "summary", help: "S." },
    o: { type: "gauge", help: "O.", labels: ["target"], openLabels: true },
  };
  const text: unknown = "1";
  const number: unknown = 7;
  const cases: [(emit: AnyEmit) => void, string][] = [
    [(emit) => emit("c", 1), 'Cannot emit "c": collector "c" does not declare it'],
    [(emit) => emit("a", 1), 'Cannot emit "a": expected the labels "x", "y", found (none)'],
    [(emit) => emit("a", 1, { x: "1", z: "2" }), 'Cannot emit "a": expected a string for label "y", found undefined'],
    [(emit) => emit("b", 1, { x: "1" }), 'Cannot emit "b": expected the labels (none), found "x"'],
    [(emit) => Reflect.apply(emit, null, ["b", text]), 'Cannot emit "b": expected the value of a gauge, found 1'],
    [
      (emit) => Reflect.apply(emit, null, ["a", 1, { x: number, y: "" }]),
      'Cannot emit "a": expected a string for label "x", found 7',
    ],
    [(emit) => emit("h", 1), 'Cannot emit "h": expected the value of a histogram, found 1'],
    [
      (emit) => emit("h", { buckets: new Map([[1, 5], [0.5, 9]]), sum: 1, count: 9 }),
      'Cannot emit "h": expected the value of a histogram, found an object',
    ],
    [
      (emit) => emit("h", { buckets: new Map([[1, 5], [2, 4]]), sum: 1, count: 9 }),
      'Cannot emit "h": expected the value of a histogram, found an object',
    ],
    [
      (emit) => emit("h", { buckets: new Map([[1, 5]]), sum: 1, count: 4 }),
      'Cannot emit "h": expected the value of a histogram, found an object',
    ],
    [
      (emit) => emit("s", { quantiles: new Map([[2, 5]]), sum: 1, count: 4 }),
      'Cannot emit "s": expected the value of a summary, found an object',
    ],
    [(emit) => emit("o", 1, { team: "a", x: "b" }), 'Cannot emit "o": the labels "target" are missing'],
    [
      (emit) => emit("o", 1, { target: "a", __x: "b" }),
      'Cannot declare family "o": "__x" is no label name',
    ],
    [
      (emit) => emit.family({ name: "node_x", type: "gauge", help: "", samples: [] }),
      'Cannot emit "node_x": collector "c" does not declare it',
    ],
  ];
  for (const [samples, message] of cases) {
    assert.throws(() => gather(emitting(metrics, samples), undefined), (error) => {
      assert.ok(error instanceof InvalidSampleError);
      assert.equal(error.message, message);
      assert.equal(error.failureReason, "invalid");
      return true;
    });
  }
});

Deno.test("gather: label sets that come again are keyed alike, and checked alike, however many there are", () => {
  const metrics: Metrics = { a: { type: "gauge", help: "A.", labels: ["x", "y"] } };
  const keys = (count: number) => {
    const all = Array.from({ length: count }, (_, i) => ({ y: String(i % 7), x: `${i}"` }));
    const { batch } = gather(emitting(metrics, (emit) => all.forEach((labels) => emit("a", 1, labels))), undefined);
    assert.deepEqual([...batch.get("a")?.series.keys() ?? []], all.map(renderLabels));
  };
  for (const count of [3, 3, 2000, 2000, 3]) keys(count);
  gather(emitting(metrics, (emit) => emit("a", 1, { x: "", y: "" })), undefined);
  const other = emitting(metrics, (emit) => emit("a", 1, { x: "", z: "" }));
  assert.throws(() => gather(other, undefined), /expected a string for label "y"/);
});

Deno.test("gather: refuses declarations that Prometheus would", () => {
  const cases: [Metrics, string][] = [
    [
      { "1a": { type: "gauge", help: "" } },
      'Cannot declare family "1a": a name has the form ^[a-zA-Z_:][a-zA-Z0-9_:]*$',
    ],
    [{ a: { type: "gauge", help: "", labels: ["a-b"] } }, 'Cannot declare family "a": "a-b" is no label name'],
    [{ a: { type: "gauge", help: "", labels: ["x", "x"] } }, 'Cannot declare family "a": label "x" stands twice'],
    [
      { a: { type: "histogram", help: "", labels: ["le"] } },
      'Cannot declare family "a": label "le" is made by the histogram itself',
    ],
  ];
  for (const [metrics, message] of cases) {
    assert.throws(() => gather(emitting(metrics, () => {}), undefined), { message });
  }
});

Deno.test("gather: takes open families and open labels that were declared open", () => {
  const metrics: Metrics = { o: { type: "gauge", help: "O.", labels: ["target"], openLabels: true } };
  const collector = emitting(metrics, (emit) => {
    emit("o", 1, { target: "a", team: "b" });
    emit("o", 2, { target: "a" });
    emit.family({
      name: "node_x",
      type: "counter",
      help: "X.",
      labels: ["l"],
      samples: [{ labels: { l: "1" }, value: 3 }],
    });
  }, ["node_*"]);
  assert.deepEqual(samplesOf(gather(collector, undefined).batch), [
    { name: "o", labels: { target: "a", team: "b" }, value: 1 },
    { name: "o", labels: { target: "a" }, value: 2 },
    { name: "node_x", labels: { l: "1" }, value: 3 },
  ]);
});

Deno.test("parseLabels: reads back what renderLabels wrote", () => {
  const name = fc.stringMatching(/^[a-zA-Z][a-zA-Z0-9_]{0,8}$/);
  fc.assert(fc.property(fc.dictionary(name, fc.string({ unit: "grapheme" })), (labels) => {
    assert.deepEqual({ ...parseLabels(renderLabels(labels)) }, { ...labels });
  }));
});

Deno.test("renderLabels: replaces half a surrogate pair, which no UTF-8 page can hold", () => {
  assert.equal(renderLabels({ a: "x\ud800" }), 'a="x\ufffd"');
});

Deno.test("matchesPattern: a star stands for any characters", () => {
  assert.equal(matchesPattern("node_memory_x_bytes", ["node_memory_*"]), true);
  assert.equal(matchesPattern("node_memory", ["node_memory_*"]), false);
  assert.equal(matchesPattern("a", ["a"]), true);
  assert.equal(matchesPattern("ab", ["ab*b"]), false);
  assert.equal(matchesPattern("anything", ["*"]), true);
});

Deno.test("KeyedSamples: are taken over as they are, once, and are samples like any other", () => {
  const series = new Map([['a="1"', 5]]);
  const samples = new KeyedSamples(series);
  assert.deepEqual([...samples], [{ labels: { a: "1" }, value: 5 }]);
  const gathered = (times: number) =>
    gather(
      emitting({}, (emit) => {
        for (let i = 0; i < times; i++) emit.family({ name: "x", type: "gauge", help: "X.", labels: ["a"], samples });
      }, ["*"]),
      0,
    );
  assert.equal(gathered(1).batch.get("x")?.series, series);
  assert.throws(() => gathered(2), /^InvalidSampleError: Cannot emit "x": it has been emitted already/);
});
