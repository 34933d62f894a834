import type { Fault } from "../../config.ts";
import { withoutVariables } from "./grafana_variables.ts";
import { jsonFault } from "./json_fault.ts";
import type { Inquiry, Question } from "./question.ts";

type Members = Readonly<Record<string, unknown>>;

/** Where in a dashboard its walk is. */
interface Position {
  /** What the objects here are. */
  readonly section: "dashboard" | "panel" | "variable" | "annotation";
  /** The nearest of them that has a name. */
  readonly owner: string;
  /** Whether what is asked here is no PromQL. */
  readonly foreign: boolean;
  readonly depth: number;
}

const DEEPEST = 100;
const SECTIONS: Readonly<Record<string, Position["section"]>> = {
  panels: "panel",
  rows: "panel",
  elements: "panel",
  __elements: "panel",
  templating: "variable",
  variables: "variable",
  annotations: "annotation",
};
/** Queries of variables that hold an expression, and those that hold a pattern of names. */
const LABEL_VALUES = /^\s*label_values\s*\(([^]*),[^,]*\)\s*$/;
const QUERY_RESULT = /^\s*query_result\s*\(([^]*)\)\s*$/;
const METRICS = /^\s*metrics\s*\(([^]*)\)\s*$/;

function isObject(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const nameOf = (value: unknown): string | undefined =>
  typeof value === "string" && value.trim() !== "" ? value : undefined;

/** The expression that the query of a variable stands for. */
function variableExpression(query: string): string | undefined {
  const [, expression] = LABEL_VALUES.exec(query) ?? QUERY_RESULT.exec(query) ?? [];
  if (expression !== undefined) return expression;
  const [, pattern] = METRICS.exec(query) ?? [];
  return pattern === undefined ? undefined : `{__name__=~${JSON.stringify(`.*(?:${pattern.trim()}).*`)}}`;
}

/** Walks through a dashboard of any version, from the first to the newest, which differ in where panels stand. */
class Walk {
  readonly questions: Question[] = [];
  readonly notes: string[] = [];
  /** Library panels that are referred to, by uid, and those that are there. */
  readonly referred = new Map<string, string>();
  readonly present = new Set<string>();

  visit(value: unknown, at: Position): void {
    if (at.depth > DEEPEST) throw new RangeError(`nested more than ${DEEPEST} levels deep`);
    if (Array.isArray(value)) { for (const item of value) this.visit(item, { ...at, depth: at.depth + 1 }); }
    if (isObject(value)) this.#object(value, at);
  }

  #object(members: Members, at: Position): void {
    const here = { ...at, owner: ownerOf(members, at), foreign: isForeign(members, at.foreign), depth: at.depth + 1 };
    if (!here.foreign) this.#ask(members, here);
    this.#library(members);
    for (const [key, value] of Object.entries(members)) {
      this.visit(value, { ...here, section: SECTIONS[key] ?? here.section });
    }
  }

  #ask(members: Members, { section, owner }: Position): void {
    const reference = nameOf(members.refId);
    const add = (expression: string, place: string) =>
      this.questions.push({ owner, place, expression: withoutVariables(expression) });
    if (nameOf(members.expr)) add(String(members.expr), reference ? `query ${reference}` : "query");
    if (section !== "variable") return;
    for (const key of ["query", "definition"]) {
      const expression = variableExpression(String(members[key]));
      if (expression !== undefined) add(expression, key);
    }
  }

  #library({ libraryPanel, model, uid }: Members): void {
    if (isObject(model)) this.present.add(String(uid));
    if (isObject(libraryPanel) && !isObject(libraryPanel.model)) {
      this.referred.set(String(libraryPanel.uid), String(libraryPanel.name ?? libraryPanel.uid));
    }
  }
}

function ownerOf({ title, name, id }: Members, { section, owner }: Position): string {
  const own = section === "panel" || section === "dashboard" ? nameOf(title) : nameOf(name);
  if (own === undefined) return owner;
  const number = section === "panel" && typeof id === "number" ? ` (id ${id})` : "";
  return `${section} ${JSON.stringify(own)}${number}`;
}

/** Loki's queries are in the same place, and no PromQL. */
function isForeign({ datasource }: Members, otherwise: boolean): boolean {
  const type = isObject(datasource) ? datasource.type : datasource;
  return typeof type === "string" && !type.startsWith("$") ? /^loki$/i.test(type) : otherwise;
}

/** The dashboard itself, which exports by the API and manifests wrap. */
function dashboardIn(value: unknown): Members | undefined {
  if (!isObject(value)) return undefined;
  const isDashboard = (each: unknown): each is Members =>
    isObject(each) && ["panels", "rows", "elements"].some((key) => typeof each[key] === "object");
  return [value, value.dashboard, value.spec].find(isDashboard);
}

/** What a dashboard of Grafana asks; what is wrong with it is told to `faults`. */
export function readDashboard(file: string, text: string, faults: (fault: Fault) => void): Inquiry {
  const empty: Inquiry = { file, questions: [], recorded: [], notes: [] };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    const { line = 1, column = 1, expected = "JSON" } = jsonFault(text) ?? {};
    faults({ origin: `${file}:${line}:${column}`, path: "", message: `JSON syntax: expected ${expected}` });
    return empty;
  }
  const dashboard = dashboardIn(value);
  if (!dashboard) {
    faults({ origin: `${file}:1`, path: "", message: 'expected a dashboard of Grafana: an object with "panels"' });
    return empty;
  }
  const walk = new Walk();
  try {
    walk.visit(dashboard, { section: "dashboard", owner: "dashboard", foreign: false, depth: 0 });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    faults({ origin: file, path: "", message: error.message });
  }
  const absent = [...walk.referred].filter(([uid]) => !walk.present.has(uid));
  const notes = absent.map(([, name]) => `the library panel ${JSON.stringify(name)} is not in this file`);
  return { ...empty, title: nameOf(dashboard.title), questions: walk.questions, notes };
}
