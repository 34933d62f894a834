import assert from "node:assert/strict";
import { readRules } from "../../../src/cli/check/rules_file.ts";

Deno.test("readRules: takes Prometheus' files and its operator's resources, in YAML and JSON", async () => {
  const groups = [{ name: "g", rules: [{ record: "a:b", expr: "b" }, { alert: "C", expr: 1 }] }];
  const texts = [
    JSON.stringify({ groups }),
    JSON.stringify({ apiVersion: "monitoring.coreos.com/v1", kind: "PrometheusRule", spec: { groups } }),
    "groups:\n- name: g\n  rules:\n  - record: a:b\n    expr: |\n      b\n  - alert: C\n    expr: 1\n- name: empty\n",
  ];
  for (const text of texts) {
    const { questions, recorded } = await readRules("r.yml", text, (fault) => assert.fail(fault.message));
    assert.deepEqual(recorded, ["a:b"]);
    const asked = questions.map(({ owner, expression }) => `${owner}: ${expression.trim()}`);
    assert.deepEqual(asked, ['record "a:b": b', 'alert "C": 1']);
  }
});
