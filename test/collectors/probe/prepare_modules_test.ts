import assert from "node:assert/strict";
import http from "../../../collectors/http.ts";
import pages from "../../../collectors/probe.ts";
import { ModulesError, prepareModules } from "../../../collectors/probe/prepare_modules.ts";
import { moduleSchema } from "../../../collectors/probe/modules/module.ts";
import { ConfigError, loadConfig } from "../../../src/config.ts";

const load = (text: string) => loadConfig({ collectors: [http, pages], file: { name: "x.yml", text } });

/** Where faults are, and the last clause of what they say. */
async function faultsOf(text: string): Promise<readonly string[]> {
  try {
    await load(text);
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.faults.map(({ origin, path, message }) => `${origin} ${path}: ${message}`);
  }
  return [];
}

Deno.test("prepareModules: every program that is none is a fault at its line, of all modules at once", async () => {
  const text = `modules:
  good:
    prober: http
    http:
      fail_if_body_json_matches_cel: "body.a == 1"
  bad:
    prober: http
    http:
      fail_if_body_json_matches_cel: "body.a = 1"
      fail_if_body_json_not_matches_cel: |
        body.a == 1 &&
        bdy.b == 2
  metrics:
    prober: http
    http:
      json_metrics:
      - name: fine
        value: body.x
      - name: wrong
        value: item.x
        each: "["
        labels:
          one: "'a'"
          two: nothing()
      - name: alone
        value: item.x
`;
  const faults = await faultsOf(text);
  assert.deepEqual(faults.map((fault) => fault.replace(/: Cannot compile CEL program "(?:[^"\\]|\\.)*"/, "")), [
    "x.yml:9:38 modules.bad.http.fail_if_body_json_matches_cel: 1:8: found = but expecting end of input",
    'x.yml:10:42 modules.bad.http.fail_if_body_json_not_matches_cel: there is no variable "bdy"',
    "x.yml:21:15 modules.metrics.http.json_metrics[1].each: it is not complete",
    'x.yml:24:16 modules.metrics.http.json_metrics[1].labels.two: there is no function "nothing"',
    'x.yml:26:16 modules.metrics.http.json_metrics[2].value: there is no variable "item"',
  ]);
});

Deno.test("prepareModules: refuses names and labels of json_metrics that are taken or none", async () => {
  const faults = await faultsOf(`modules:
  m:
    prober: http
    http:
      json_metrics:
      - { name: probe_x, value: "1" }
      - { name: 9x, value: "1" }
      - { name: x, value: "1", labels: { target: "1", le: "2", "a-b": "3" } }
      - { name: y, colour: red }
`);
  assert.equal(faults.length, 7, faults.join("\n"));
  for (const line of [6, 7, 8, 9]) assert(faults.some((fault) => fault.startsWith(`x.yml:${line}:`)), String(line));
});

Deno.test("prepareModules: leaves other probers alone, and throws what a schema would", async () => {
  const module = moduleSchema.parse({ prober: "tcp" });
  await prepareModules(new Map([["tcp", { ...module, name: "tcp" }]]));
  const bad = moduleSchema.parse({ prober: "http", http: { fail_if_body_json_matches_cel: "(" } });
  await assert.rejects(prepareModules(new Map([["bad", { ...bad, name: "bad" }]])), (error) => {
    assert(error instanceof ModulesError);
    assert.deepEqual(error.issues.map(({ path }) => path), [[
      "modules",
      "bad",
      "http",
      "fail_if_body_json_matches_cel",
    ]]);
    return true;
  });
});
