import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as z from "zod";
import { collectors } from "../../collectors/mod.ts";
import { PEER_COLLECTORS } from "../../src/cli/peer_collectors.ts";
import type { AnyCollector } from "../../src/collector.ts";
import { CONFORMANCE } from "../conformance/fixtures.ts";
import { command, withFolder } from "./surroundings.ts";

const SERVING = fileURLToPath(new URL("../fixtures/serving", import.meta.url));
const RULES = join(SERVING, "rules.yml");
const DASHBOARD = join(SERVING, "dashboard.json");

/** Its lines without those that say that the configuration is fine, and the names of files. */
function said(out: string): string[] {
  const lines = out.trimEnd().split("\n").filter((line) => !line.startsWith("OK: "));
  return lines.map((line) => line.replace(/^\S*\/(\w+\.\w+)/, "$1"));
}

Deno.test("check: lists by rule and panel what is not served, and what would turn it on", async () => {
  const { code, out, err } = await command(["check", "--rules", RULES, "--dashboards", join(SERVING, "*.json")]);
  assert.deepEqual([code, err], [1, ""]);
  assert.deepEqual(said(out), [
    "rules.yml: 8 of 10 metrics are served",
    '  alert "InterruptsMany", line 9: node_interrupts_total: turned on by --collector.interrupts',
    '  alert "Misspelt", line 15: node_lod15: unknown to Sonde, did you mean "node_load15"?',
    'dashboard.json "Everything at once": 7 of 9 metrics are served',
    '  variable "old", query: node_of_old: unknown to Sonde',
    '  panel "Nested" (id 2), query B, C: node_interrupts_total: turned on by --collector.interrupts',
    '  panel "Broken" (id 6), query A: Cannot parse the expression: its end at character 20 is not expected there',
    '  note: the library panel "Elsewhere" is not in this file',
    "14 of 17 metrics are served; 1 turned on by --collector.interrupts; 2 unknown to Sonde; " +
    "expressions that cannot be read: 1",
  ]);
});

/** A collector with all that decides whether a family is served. */
const shop: AnyCollector = {
  name: "shop",
  help: "A shop.",
  metrics: {
    shop_open: { type: "gauge", help: "Open." },
    shop_detail: { type: "gauge", help: "Detail." },
    shop_long: { type: "gauge", help: "Long." },
    shop_wait_seconds: { type: "histogram", help: "Wait." },
  },
  openFamilies: ["shop_item_*"],
  options: z.strictObject({
    short: z.boolean().default(true).meta({ description: "Short." }),
    other: z.boolean().default(false).meta({ description: "Other." }),
    detail: z.boolean().default(false).meta({ description: "Detail." }),
  }),
  omits: (given) => {
    const options = z.object({ detail: z.boolean(), short: z.boolean() }).parse(given);
    return [...options.detail ? [] : ["shop_detail"], ...options.short ? ["shop_long"] : []];
  },
  read: () => 1,
  samples: (_, emit) => emit("shop_open", 1),
};
const store: AnyCollector = {
  name: "store",
  help: "A store.",
  enabled: false,
  metrics: { store_open: { type: "gauge", help: "Open." } },
  read: () => 1,
  samples: () => {},
};

/** What is said of each expression, in rules of that name. */
async function verdicts(expressions: readonly string[], ...args: string[]): Promise<(string | undefined)[]> {
  const all: (string | undefined)[] = [];
  await withFolder(async (folder) => {
    const rules = expressions.map((expr, i) => ({ alert: `rule ${i}`, expr }));
    const file = join(folder, "rules.json");
    await Deno.writeTextFile(file, JSON.stringify({ groups: [{ name: "all", rules }] }));
    const { code, out, err } = await command(["check", `--rules=${file}`, ...args], { collectors: [shop, store] });
    assert.equal(err, "");
    for (const i of expressions.keys()) {
      all.push(new RegExp(`^  alert "rule ${i}", line \\d+: (.*)$`, "m").exec(out)?.[1]);
    }
    assert.equal(code, all.some((line) => line !== undefined) ? 1 : 0);
  });
  return all;
}

Deno.test("check: what is served, and why the rest is not", async () => {
  const [peer] = PEER_COLLECTORS;
  const absent = peer?.families[0]?.replace("*", "x") ?? "";
  const served = ["shop_open", "shop_wait_seconds_bucket", "shop_wait_seconds_sum", "shop_item_a", "up", "ALERTS"];
  assert.deepEqual(await verdicts(served), served.map(() => undefined));
  assert.deepEqual(await verdicts(["shop_detail"], "--collector.shop.detail"), [undefined]);
  assert.deepEqual(
    await verdicts([
      "shop_detail",
      "shop_long",
      "store_open",
      "shop_wait_seconds",
      absent,
      '{__name__=~"st.*_open"}',
      '{__name__=~"st.*|shop_item_.*"}',
      '{__name__=~"x("}',
    ]),
    [
      "shop_detail: turned on by --collector.shop.detail",
      "shop_long: turned on by --no-collector.shop.short",
      "store_open: turned on by --collector.store",
      'shop_wait_seconds: unknown to Sonde, did you mean "shop_wait_seconds_sum"?',
      `${absent}: of node_exporter's collector "${peer?.name}", which is not here: it ${peer?.reason}`,
      '=~"st.*_open": turned on by --collector.store',
      undefined,
      'Cannot compile pattern "x(": error parsing regexp: missing closing ): `x(`',
    ],
  );
  assert.deepEqual(await verdicts(["shop_detail", "shop_long"], "--no-collector.shop"), [
    "shop_detail: turned on by --collector.shop --collector.shop.detail",
    "shop_long: turned on by --collector.shop --no-collector.shop.short",
  ]);
  assert.deepEqual(await verdicts(["shop_open"], "--no-collector.shop"), ["shop_open: turned on by --collector.shop"]);
  assert.deepEqual(
    await verdicts(["shop_open", "shop_item_a"], "--metrics.exclude=shop_.*"),
    ["shop_open", "shop_item_a"].map((name) => `${name}: left out by metrics.include or metrics.exclude`),
  );
});

Deno.test("check: --run looks whether this host has what would be served", async () => {
  assert.deepEqual(await verdicts(["shop_open", '{__name__=~"shop_o.*"}', "shop_item_a"], "--run"), [
    undefined,
    undefined,
    "shop_item_a: not on this host's page",
  ]);
});

Deno.test("check: tells every fault of the files, with file, line and what is expected", async () => {
  await withFolder(async (folder) => {
    const files = {
      "a.yml": "groups:\n  - name: a\n    rules:\n      - expr: up\n      - alert: B\n  - rules: 5\n",
      "b.yml": "groups: [\n",
      "c.yml": "- up\n",
      "d.json": '{\n  "panels": [1,]\n}\n',
      "e.json": '{ "title": "none" }\n',
    };
    for (const [name, text] of Object.entries(files)) await Deno.writeTextFile(join(folder, name), text);
    const args = [`--rules=${join(folder, "*.yml")}`, `--dashboards=${join(folder, "*.json")}`];
    const { code, err } = await command(["check", ...args], { collectors: [shop] });
    assert.equal(code, 2);
    assert.deepEqual(err.trimEnd().replaceAll(`${folder}/`, "").split("\n"), [
      'a.yml:4:9: groups[0].rules[0]: expected a rule, with the key "alert" or "record"',
      'a.yml:5:9: groups[0].rules[1]: expected the expression of alert "B" at "expr"',
      'a.yml:6:5: groups[1]: expected a group, with a list at "rules"',
      "b.yml:2:1: YAML syntax: Flow sequence in block collection must be sufficiently indented and end with a ]",
      "c.yml:1:1: expected a map of keys to values",
      "d.json:2:16: JSON syntax: expected a value",
      'e.json:1: expected a dashboard of Grafana: an object with "panels"',
    ]);
  });
});

Deno.test("check: a file that is too large is refused unread", async () => {
  await withFolder(async (folder) => {
    const file = join(folder, "large.json");
    await Deno.writeTextFile(file, "");
    await Deno.truncate(file, 2 ** 25 + 1);
    const { code, err } = await command(["check", `--dashboards=${file}`], { collectors: [shop] });
    assert.deepEqual([code, err], [2, `Cannot read "${file}": it is larger than 32 MiB\n`]);
  });
});

Deno.test("check: usage", async () => {
  const cases: readonly (readonly [readonly string[], string])[] = [
    [["--run"], 'Cannot use "--run": it needs "--rules" or "--dashboards"\n'],
    [["--rules=/nonexistent/*.yml"], 'Cannot use "--rules=/nonexistent/*.yml": there is no such file\n'],
    [["--dashboards=/nonexistent"], 'Cannot use "--dashboards=/nonexistent": there is no such file\n'],
  ];
  for (const [args, expected] of cases) {
    const { code, err } = await command(["check", ...args], { collectors: [shop] });
    assert.deepEqual([code, err], [2, expected]);
  }
});

Deno.test("check: a file is asked once, by however many patterns", async () => {
  const { out } = await command(["check", `--dashboards=${DASHBOARD}`, `--dashboards=${join(SERVING, "*.json")}`]);
  assert.equal(out.match(/Everything at once/g)?.length, 1);
});

Deno.test({
  name: "check: with every collector, Node Exporter Full and node-mixin lack nothing but what is not here" +
    (CONFORMANCE === undefined ? " (ignored: SONDE_CONFORMANCE)" : ""),
  ignore: CONFORMANCE === undefined,
  fn: async () => {
    const folder = `${CONFORMANCE}dashboards/`;
    const everything = collectors.filter(({ enabled }) => enabled === false).map(({ name }) => `--collector.${name}`);
    const files = [`--rules=${folder}node-mixin-rules.json`, `--dashboards=${folder}node-exporter-full.json`];
    const { code, out, err } = await command(["check", ...files, ...everything]);
    assert.deepEqual([code, err], [1, ""]);
    assert.match(out, /"Node Exporter Full": \d+ of 229 metrics are served\n/);
    const lacking = said(out).filter((line) => line.startsWith("  ") && !line.includes("which is not here"));
    assert.deepEqual(lacking, [
      // The exporter calls it node_kernel_hung_tasks_total.
      '  panel "Processes Status" (id 62), query C: node_kernel_hung_tasks: unknown to Sonde, did you mean ' +
      '"node_kernel_hung_tasks_total"?',
    ]);
  },
});
