import assert from "node:assert/strict";
import fc from "fast-check";
import { readDashboard } from "../../../src/cli/check/dashboard_file.ts";
import type { Fault } from "../../../src/config.ts";

function read(dashboard: unknown) {
  const faults: Fault[] = [];
  const inquiry = readDashboard("d.json", JSON.stringify(dashboard), (fault) => faults.push(fault));
  const asked = inquiry.questions.map(({ owner, place, expression }) => `${owner}, ${place}: ${expression}`);
  return { ...inquiry, asked, faults: faults.map(({ origin, message }) => `${origin}: ${message}`) };
}

const target = (expr: string, more: Record<string, unknown> = {}) => ({ refId: "A", expr, ...more });

Deno.test("readDashboard: finds panels wherever versions of Grafana put them", () => {
  const panel = { title: "P", targets: [target("a")] };
  const cases: readonly (readonly [dashboard: unknown, asked: readonly string[]])[] = [
    [{ panels: [panel] }, ['panel "P", query A: a']],
    [{ rows: [{ title: "R", panels: [panel] }] }, ['panel "P", query A: a']],
    [{ panels: [{ type: "row", title: "R", panels: [{ id: 7, ...panel }] }] }, ['panel "P" (id 7), query A: a']],
    [{ dashboard: { panels: [panel] }, meta: {} }, ['panel "P", query A: a']],
    [
      { kind: "Dashboard", spec: { elements: { "panel-1": { spec: { title: "P", data: { spec: target("a") } } } } } },
      ['panel "P", query A: a'],
    ],
    [{ title: "D", panels: [{ targets: [{ expr: "a" }] }] }, ['dashboard "D", query: a']],
  ];
  for (const [dashboard, asked] of cases) assert.deepEqual(read(dashboard).asked, asked, JSON.stringify(dashboard));
});

Deno.test("readDashboard: leaves out Loki's queries, and takes what a panel of mixed sources asks Prometheus", () => {
  const loki = { datasource: { type: "loki" } };
  const prometheus = { datasource: { type: "prometheus" } };
  const panels = [
    { title: "L", ...loki, targets: [target("no"), target("a", prometheus)] },
    { title: "M", targets: [target("no", loki), target("b"), target("c", { datasource: "$source" })] },
    { title: "O", datasource: "Loki", targets: [target("no")] },
  ];
  assert.deepEqual(read({ panels }).questions.map(({ expression }) => expression), ["a", "b", "c"]);
});

Deno.test("readDashboard: tells what it cannot use", () => {
  for (const value of [null, 1, "x", [], {}, { panels: 5 }, { dashboard: {} }]) {
    assert.deepEqual(read(value).faults, ['d.json:1: expected a dashboard of Grafana: an object with "panels"']);
  }
  let deep: unknown = target("a");
  for (let i = 0; i < 60; i++) deep = { panels: [deep] };
  assert.deepEqual(read(deep).faults, ["d.json: nested more than 100 levels deep"]);
});

Deno.test("readDashboard: throws nothing, whatever the JSON", () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => {
    read({ panels: value, templating: { list: value }, __elements: value });
  }));
});
