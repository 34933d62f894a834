import { table } from "../table.ts";
import type { Comparison } from "./comparison.ts";
import type { Verdict } from "./tally.ts";

/** Whom a comparison compared. */
export interface Compared {
  /** Address of the reference. */
  readonly reference: string;
  /** Address of the other, or what stands for it. */
  readonly ours: string;
  /** Whether extra families and what was seen in passing are faults. */
  readonly strict: boolean;
}

/** How many differences are faults. */
export function faultCount({ verdicts, extraFamilies }: Comparison, { strict }: Pick<Compared, "strict">): number {
  return verdicts.filter(({ fault }) => fault).length + (strict ? extraFamilies.length : 0);
}

const count = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`;

function what({ family, series, expected, actual, detail }: Verdict): string {
  const subject = series ?? family;
  if (expected !== undefined) return `${subject}: expected ${expected}, is ${actual}`;
  return detail === undefined ? subject : `${subject} (${detail})`;
}

function row(verdict: Verdict, rounds: number): readonly string[] {
  const often = verdict.rounds < rounds ? ` (in ${verdict.rounds} of ${rounds} rounds)` : "";
  return [verdict.kind, `${what(verdict)}${often}`];
}

/** A comparison, for people: a line for each difference. */
export function textReport(comparison: Comparison, compared: Compared): string {
  const { rounds, verdicts, extraFamilies, notCompared, families, series } = comparison;
  const faults = verdicts.filter(({ fault }) => fault);
  const passing = verdicts.filter(({ fault }) => !fault);
  const extra = compared.strict ? "extra families" : "extra families, no fault";
  const names = (list: readonly string[]) => list.length === 0 ? "none" : `${list.length}: ${list.join(", ")}`;
  const total = faultCount(comparison, compared);
  const sections = [
    table([["reference", compared.reference], ["ours", compared.ours]]),
    table(faults.map((verdict) => row(verdict, rounds))),
    passing.length > 0 ? `seen in passing, no fault:\n${table(passing.map((verdict) => row(verdict, rounds)))}` : "",
    `${extra}: ${names(extraFamilies)}\nnot compared: ${names(notCompared)}\n`,
    `${total === 0 ? "equal" : count(total, "difference")}: ${count(families, "family", "families")}, ` +
    `${count(series, "series", "series")} of both in ${count(rounds, "round")}\n`,
  ];
  return sections.filter((section) => section !== "").join("\n");
}

/** A comparison, for programs. */
export function jsonReport(comparison: Comparison, compared: Compared): string {
  const { verdicts, ...rest } = comparison;
  const differences = verdicts.map(({ passing: _, ...verdict }) => verdict);
  return `${
    JSON.stringify({ ...compared, equal: faultCount(comparison, compared) === 0, ...rest, differences }, null, 2)
  }\n`;
}
