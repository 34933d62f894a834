import assert from "node:assert/strict";
import { comparedPage } from "../../../src/cli/compare/compared_page.ts";
import { Comparer, type ComparisonRules } from "../../../src/cli/compare/comparison.ts";
import { jsonReport, textReport } from "../../../src/cli/compare/report.ts";
import { FAULTS, PAGE } from "./doctored_page.ts";

const SIDES = { reference: "theirs", ours: "ours", strict: false };
const RULES: ComparisonRules = { ignores: () => false, strict: false };

type Round = readonly [before: string, ours: string, after: string];

function compare(rounds: readonly Round[], rules: Partial<ComparisonRules> = {}) {
  const comparer = new Comparer({ ...RULES, ...rules });
  for (const [before, ours, after] of rounds) {
    comparer.add(comparedPage(before), comparedPage(ours), comparedPage(after));
  }
  const result = comparer.result();
  const text = textReport(result, { ...SIDES, strict: rules.strict ?? false });
  const faults = text.split("\n\n").at(1) ?? "";
  return { result, text, faults: faults.split("\n").map((line) => line.replace(/ {2,}/g, " ")) };
}

/** A page of one gauge. */
const gauge = (value: number, name = "test_moving"): string => `# TYPE ${name} gauge\n${name} ${value}\n`;
const untyped = (value: number): string => `test_untyped ${value}\n`;
const NOTHING = "extra families, no fault: none";

for (const { name, from, to, said } of FAULTS) {
  Deno.test(`Comparer: names one fault, and nothing besides: ${name}`, () => {
    const doctored = PAGE.replace(from, to);
    assert.notEqual(doctored, PAGE);
    assert.deepEqual(compare([[PAGE, doctored, PAGE]]).faults, [...said]);
  });
}

Deno.test("Comparer: equal pages differ in nothing, in whatever order their lines and labels stand", () => {
  const reordered = PAGE.replace('branch="x",version="1"', 'version="1",branch="x"').replace('le="1.0"', 'le="1"');
  const families = reordered.split(/(?=# HELP)/);
  const { result, text } = compare([[PAGE, families.toReversed().join(""), PAGE]]);
  assert.deepEqual(result.verdicts, []);
  assert.deepEqual([result.families, result.series], [10, 19]);
  assert.match(text, /\nequal: 10 families, 19 series of both in 1 round\n$/);
});

Deno.test("Comparer: a counter lies between the two readings around it, in every round", () => {
  const at = (value: number) => `# TYPE a_total counter\na_total ${value}\n`;
  const good: Round = [at(5), at(6), at(7)];
  assert.deepEqual(compare([good, [at(7), at(9), at(9)]]).result.verdicts, []);
  for (const wrong of [4, 8]) {
    const { result } = compare([good, good, [at(5), at(wrong), at(7)]]);
    assert.deepEqual(result.verdicts.map(({ fault, rounds }) => [fault, rounds]), [[true, 1]]);
  }
});

Deno.test("Comparer: who reads the states of processes may run or not; any other state is there on both sides", () => {
  const states = (...all: readonly string[]) =>
    ["# TYPE node_processes_state gauge", ...all.map((state) => `node_processes_state{state="${state}"} 9`), ""].join(
      "\n",
    );
  const kinds = (theirs: string, ours: string) =>
    compare([[theirs, ours, theirs]]).result.verdicts.map(({ kind, series }) => `${kind} ${series}`);
  assert.deepEqual(kinds(states("S"), states("S", "R")), []);
  assert.deepEqual(kinds(states("S", "R"), states("S")), []);
  assert.deepEqual(kinds(states("S", "Z"), states("S")), ['missing series node_processes_state{state="Z"}']);
});

Deno.test("Comparer: a gauge that moves may be where the reference ever was, and as far beside", () => {
  const rounds: Round[] = [[gauge(10), gauge(10), gauge(20)], [gauge(20), gauge(28), gauge(20)]];
  assert.deepEqual(compare(rounds).result.verdicts, []);
  assert.equal(compare([rounds[0] ?? ["", "", ""], [gauge(20), gauge(31), gauge(20)]]).result.verdicts.length, 1);
});

Deno.test("Comparer: a gauge that is elsewhere in few rounds is told, and is a fault only where strict", () => {
  const good: Round = [gauge(1), gauge(1), gauge(1)];
  const rounds: Round[] = [good, [gauge(1), gauge(2), gauge(1)], good];
  const { text, result } = compare(rounds);
  assert.deepEqual(result.verdicts.map(({ fault, rounds }) => [fault, rounds]), [[false, 1]]);
  assert.match(text, /seen in passing, no fault:\nvalue {2}test_moving: expected 1, is 2 \(in 1 of 3 rounds\)\n/);
  assert.ok(compare(rounds, { strict: true }).result.verdicts.every(({ fault }) => fault));
  const often: Round[] = [good, [gauge(1), gauge(2), gauge(1)], [gauge(1), gauge(3), gauge(1)]];
  assert.deepEqual(compare(often).faults, ["value test_moving: expected 1, is 2 (in 2 of 3 rounds)"]);
});

Deno.test("Comparer: what is untyped counts for a counter until it falls", () => {
  const rising: Round = [untyped(10), untyped(25), untyped(20)];
  assert.equal(compare([rising]).result.verdicts.length, 1);
  assert.deepEqual(compare([rising, [untyped(20), untyped(15), untyped(10)]]).result.verdicts, []);
});

Deno.test("Comparer: what is there three times in one round was seen in one round", () => {
  const thrice = "test_a 1\n".repeat(3);
  const rounds: Round[] = [["test_a 1\n", thrice, "test_a 1\n"], ["test_a 1\n", "test_a 1\n", "test_a 1\n"]];
  assert.deepEqual(compare(rounds).result.verdicts.map(({ kind, rounds }) => [kind, rounds]), [["twice", 1]]);
});

Deno.test("Comparer: what only one reading of the reference has is optional", () => {
  const both = gauge(1) + gauge(2, "test_other");
  assert.deepEqual(compare([[both, gauge(1), gauge(1)], [gauge(1), both, both]]).result.verdicts, []);
  const one = 'a{x="1"} 1\n';
  const two = `${one}a{x="2"} 1\n`;
  assert.deepEqual(compare([[one, two, two], [two, one, one]]).result.verdicts, []);
});

Deno.test("Comparer: families of ours alone are told, and are faults only where strict", () => {
  const round: Round = [gauge(1), gauge(1) + gauge(1, "sonde_own"), gauge(1)];
  assert.match(compare([round]).text, /\nextra families, no fault: 1: sonde_own\n[^]*\nequal: /);
  assert.match(compare([round], { strict: true }).text, /\nextra families: 1: sonde_own\n[^]*\n1 difference: /);
});

Deno.test("Comparer: families left out are named and counted", () => {
  const round: Round = [gauge(1, "go_gc") + gauge(1), gauge(1) + gauge(1, "process_x"), gauge(1, "go_gc") + gauge(1)];
  const { text } = compare([round], { ignores: (family) => /^(go|process)_/.test(family) });
  assert.ok(text.includes(`${NOTHING}\nnot compared: 2: go_gc, process_x\n`), text);
});

Deno.test("comparedPage: series that only a dropped label told apart are one", () => {
  const text = 'a{x="1",y="1"} 2\na{x="2",y="1"} 3\n';
  const page = comparedPage(text, new Set(["x"]));
  assert.deepEqual([...page.families.get("a")?.series.entries() ?? []], [
    ['a{y="1"}', { shape: "a{y}", value: 5, counts: false }],
  ]);
  assert.deepEqual(page.twice, []);
});

Deno.test("jsonReport: has every difference", () => {
  const { result } = compare([[gauge(1), gauge(2), gauge(1)]]);
  const report = JSON.parse(jsonReport(result, SIDES));
  assert.equal(report.equal, false);
  assert.deepEqual(report.differences, [
    { kind: "value", family: "test_moving", series: "test_moving", expected: "1", actual: "2", rounds: 1, fault: true },
  ]);
});
