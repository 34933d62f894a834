import type { Fault } from "../../config.ts";
import type { Dict, Located, Place } from "../../config/located.ts";
import { readYaml } from "../../config/yaml_file.ts";
import type { Inquiry, Question } from "./question.ts";

/** What is made of one file. */
interface Reading {
  readonly questions: Question[];
  readonly recorded: string[];
  report(place: Place, message: string): void;
}

const KINDS = ["alert", "record"] as const;

function textOf(node: Located | undefined): string | undefined {
  return node?.kind === "scalar" && node.value !== null ? String(node.value) : undefined;
}

function valueOf(node: Located | undefined, key: string): Located | undefined {
  return node?.kind === "map" ? node.entries.get(key)?.value : undefined;
}

function readRule(rule: Located, { questions, recorded, report }: Reading): void {
  const kind = KINDS.find((each) => valueOf(rule, each));
  const name = kind && textOf(valueOf(rule, kind));
  if (kind === undefined || name === undefined) {
    return report(rule.place, 'expected a rule, with the key "alert" or "record"');
  }
  const node = valueOf(rule, "expr");
  const expression = textOf(node);
  if (node === undefined || expression === undefined) {
    return report(node?.place ?? rule.place, `expected the expression of ${kind} ${JSON.stringify(name)} at "expr"`);
  }
  if (kind === "record") recorded.push(name);
  const [line = ""] = /\d+$/.exec(node.place.source) ?? [];
  questions.push({ owner: `${kind} ${JSON.stringify(name)}`, place: `line ${line}`, expression });
}

function readGroups(root: Dict, reading: Reading): void {
  // Prometheus' operator has the same below "spec".
  const groups = valueOf(root, "groups") ?? valueOf(valueOf(root, "spec"), "groups");
  if (groups?.kind !== "list") {
    return reading.report(groups?.place ?? root.place, 'expected a file of rules: a list at "groups"');
  }
  for (const group of groups.items) {
    const rules = valueOf(group, "rules");
    if (rules?.kind === "list") { for (const rule of rules.items) readRule(rule, reading); }
    else if (group.kind !== "map" || rules) reading.report(group.place, 'expected a group, with a list at "rules"');
  }
}

/** What a file of Prometheus' rules asks; what is wrong with it is told to `faults`. */
export async function readRules(file: string, text: string, faults: (fault: Fault) => void): Promise<Inquiry> {
  let broken = false;
  const reading: Reading = {
    questions: [],
    recorded: [],
    report({ origin, path }, message) {
      broken = true;
      faults({ origin, path, message });
    },
  };
  const root = await readYaml(file, text, reading.report);
  if (root && !broken) readGroups(root, reading);
  return { file, questions: reading.questions, recorded: reading.recorded, notes: [] };
}
