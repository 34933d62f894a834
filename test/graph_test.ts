import assert from "node:assert/strict";
import fc from "fast-check";
import type { AnyCollector } from "../src/collector.ts";
import { buildGraph, type CollectorSettings, GRAPH_FORMATS, GraphError, printGraph } from "../src/graph.ts";

function collector(name: string, needs: readonly string[] = [], more: Partial<AnyCollector> = {}): AnyCollector {
  return {
    name,
    help: "h",
    metrics: {},
    needs: Object.fromEntries(needs.map((need) => [need, need])),
    read: () => 1,
    samples: () => {},
    ...more,
  };
}

function settings(enabled: readonly string[], more: Partial<CollectorSettings> = {}): Map<string, CollectorSettings> {
  return new Map(enabled.map((name) => [name, { enabled: true, options: undefined, ...more }]));
}

function faults(build: () => unknown): readonly string[] {
  try {
    build();
  } catch (error) {
    assert.ok(error instanceof GraphError);
    return error.faults;
  }
  throw new Error("no fault was found");
}

Deno.test("buildGraph: orders needs before dependents and keeps the order of the list", () => {
  const graph = buildGraph([collector("c", ["b"]), collector("b", ["a"]), collector("a")], settings(["a", "b", "c"]));
  assert.deepEqual(graph.order, ["a", "b", "c"]);
  assert.deepEqual([...graph.nodes.keys()], ["c", "b", "a"]);
});

Deno.test("buildGraph: a needed node that is not enabled runs hidden, an unneeded one not at all", () => {
  const graph = buildGraph([collector("a"), collector("b", ["a"]), collector("x")], settings(["b"]));
  assert.deepEqual([...graph.nodes.values()].map((n) => [n.id, n.exposed]), [["a", false], ["b", true]]);
});

Deno.test("buildGraph: expose false hides an enabled node", () => {
  const graph = buildGraph([collector("a", [], { expose: false })], settings(["a"]));
  assert.equal(graph.nodes.get("a")?.exposed, false);
});

Deno.test("buildGraph: a need given as an object need not be in the list", () => {
  const a = collector("a");
  const graph = buildGraph([collector("b", [], { needs: { first: a } })], settings(["b"]));
  assert.deepEqual([...graph.nodes.get("b")?.needs ?? []], [["first", "a"]]);
  assert.equal(graph.nodes.get("a")?.collector, a);
});

Deno.test("buildGraph: a missing name is named with the nearest, a cycle with its way, all at once", () => {
  const list = [
    collector("stat"),
    collector("cpu", ["stta"]),
    collector("a", ["b"]),
    collector("b", ["c"]),
    collector("c", ["a"]),
  ];
  assert.deepEqual(faults(() => buildGraph(list, settings(["cpu", "a", "b", "c"]))), [
    'Cannot give "cpu" what it needs: there is no collector "stta", did you mean "stat"?',
    "Cannot order the collectors: a → b → c → a is a cycle",
  ]);
  assert.deepEqual(faults(() => buildGraph([collector("a", ["a"])], settings(["a"]))), [
    "Cannot order the collectors: a → a is a cycle",
  ]);
});

Deno.test("buildGraph: two collectors of one name are refused", () => {
  assert.deepEqual(faults(() => buildGraph([collector("a"), collector("a")], settings(["a"]))), [
    'Cannot add collector "a": there is another of that name',
  ]);
});

Deno.test("buildGraph: instances are nodes of their own, which can be needed by their id", () => {
  const probes = collector("http", [], {
    instances: () => [{ name: "one", options: 1, intervalSeconds: 5 }, { name: "two", options: 2 }],
  });
  const graph = buildGraph(
    [probes, collector("sum", ["http:two"])],
    settings(["http", "sum"], { intervalSeconds: 30 }),
  );
  assert.deepEqual([...graph.nodes.values()].map((n) => [n.id, n.options, n.intervalSeconds]), [
    ["http:one", 1, 5],
    ["http:two", 2, 30],
    ["sum", undefined, 30],
  ]);
  assert.deepEqual(faults(() => buildGraph([probes, collector("sum", ["http"])], settings(["http", "sum"]))), [
    'Cannot give "sum" what it needs, "http": collector "http" has the nodes http:one, http:two',
  ]);
  assert.deepEqual(faults(() => buildGraph([probes, collector("sum", ["http:tow"])], settings(["http", "sum"]))), [
    'Cannot give "sum" what it needs, "http:tow": collector "http" has the nodes http:one, http:two, did you mean "http:two"?',
  ]);
});

Deno.test("buildGraph: instances of one name are refused", () => {
  const probes = collector("http", [], { instances: () => [{ name: "x", options: 1 }, { name: "x", options: 2 }] });
  assert.deepEqual(faults(() => buildGraph([probes], settings(["http"]))), [
    'Cannot add node "http:x": there are two of that name',
  ]);
});

Deno.test("buildGraph: instances that cannot be made are a fault that names their collector", () => {
  const broken = collector("broken", [], {
    instances: () => {
      throw new Error("no targets file");
    },
  });
  assert.deepEqual(faults(() => buildGraph([broken], settings(["broken"]))), [
    'Cannot make the nodes of collector "broken": no targets file',
  ]);
});

Deno.test("buildGraph: timing that cannot be is a fault, wherever it comes from", () => {
  const wrong = (more: Partial<AnyCollector>, set: Partial<CollectorSettings> = {}) =>
    faults(() => buildGraph([collector("c", [], more)], settings(["c"], set)));
  const cases: [Partial<AnyCollector>, string][] = [
    [{ intervalSeconds: -1 }, 'Cannot run node "c": its interval is -1 s, expected 0 or more'],
    [{ intervalSeconds: NaN }, 'Cannot run node "c": its interval is NaN s, expected 0 or more'],
    [{ intervalSeconds: Infinity }, 'Cannot run node "c": its interval is Infinity s, expected 0 or more'],
    [{ timeoutSeconds: 0 }, 'Cannot run node "c": its timeout is 0 s, expected more than 0'],
    [{ freshnessSeconds: -1 }, 'Cannot run node "c": its freshness is -1 s, expected 0 or more'],
    [
      { intervalSeconds: 0, fold: (now) => now },
      'Cannot run node "c": its interval is 0 s, expected a longer one, on which alone it runs',
    ],
  ];
  for (const [more, fault] of cases) assert.deepEqual(wrong(more), [fault]);
  assert.deepEqual(wrong({}, { maxAgeSeconds: NaN }), [
    'Cannot run node "c": its maximal age is NaN s, expected more than 0',
  ]);
});

Deno.test("buildGraph: what is read for each page cannot be needed", () => {
  const list = [collector("health", [], { observes: true }), collector("a", ["health"])];
  assert.deepEqual(faults(() => buildGraph(list, settings(["health", "a"]))), [
    'Cannot give "a" what it needs: "health" is read for each page, after all others',
  ]);
});

Deno.test("buildGraph: timing has the defaults of the contract", () => {
  const timing = (c: AnyCollector, more: Partial<CollectorSettings> = {}) => {
    const node = buildGraph([c], settings([c.name], more)).nodes.get(c.name);
    return [node?.intervalSeconds, node?.timeoutSeconds, node?.freshnessSeconds, node?.maxAgeSeconds];
  };
  assert.deepEqual(timing(collector("remote")), [15, 5, undefined, 35]);
  assert.deepEqual(timing(collector("local", [], { freshnessSeconds: 0.1 })), [15, 1, 0.1, 31]);
  const slow = collector("slow", [], { timeoutSeconds: 3, timeoutFor: (options) => Number(options) });
  assert.deepEqual(timing(slow, { options: 7 })[1], 7);
  assert.deepEqual(timing(slow, { options: 7, timeoutSeconds: 2 })[1], 2);
  assert.deepEqual(timing(slow, { options: undefined })[1], 3);
  assert.deepEqual(timing(collector("fast", [], { intervalSeconds: 2 })), [2, 2, undefined, 6]);
  assert.deepEqual(timing(collector("atScrape", [], { intervalSeconds: 0 })), [0, 5, 0, Infinity]);
  assert.deepEqual(timing(collector("fold", [], { freshnessSeconds: 0.1, fold: (now) => now })), [
    15,
    1,
    undefined,
    31,
  ]);
  assert.deepEqual(
    timing(collector("set"), { intervalSeconds: 60, timeoutSeconds: 2, freshnessSeconds: 3, maxAgeSeconds: 4 }),
    [60, 2, 3, 4],
  );
});

Deno.test("buildGraph: order respects needs in every acyclic graph", () => {
  const names = ["a", "b", "c", "d", "e", "f"];
  const edges = fc.tuple(...names.map((_, i) => fc.subarray(names.slice(0, i))));
  fc.assert(fc.property(edges, fc.shuffledSubarray(names, { minLength: 6 }), (needs, listed) => {
    const all = new Map(names.map((name, i) => [name, collector(name, needs[i])]));
    const { order, nodes } = buildGraph(listed.flatMap((name) => all.get(name) ?? []), settings(names));
    assert.equal(order.length, names.length);
    for (const [i, id] of order.entries()) {
      for (const need of nodes.get(id)?.needs.values() ?? []) assert.ok(order.indexOf(need) < i);
    }
  }));
});

Deno.test("printGraph: prints text, Mermaid, DOT and JSON", () => {
  const graph = buildGraph([collector("stat"), collector('c"pu', ["stat"])], settings(['c"pu']));
  const printed = GRAPH_FORMATS.map((format) => printGraph(graph, format));
  assert.deepEqual(printed.slice(0, 3), [
    'stat (hidden)\nc"pu ← stat\n',
    'flowchart LR\n  n0(["stat"])\n  n1["c#34;pu"]\n  n0 --> n1\n',
    'digraph sonde {\n  rankdir=LR;\n  "stat" [style=dashed];\n  "c\\"pu";\n  "stat" -> "c\\"pu";\n}\n',
  ]);
  assert.deepEqual(JSON.parse(printed[3] ?? ""), [
    {
      id: "stat",
      collector: "stat",
      exposed: false,
      intervalSeconds: 15,
      timeoutSeconds: 5,
      maxAgeSeconds: 35,
      needs: [],
    },
    {
      id: 'c"pu',
      collector: 'c"pu',
      exposed: true,
      intervalSeconds: 15,
      timeoutSeconds: 5,
      maxAgeSeconds: 35,
      needs: ["stat"],
    },
  ]);
});
