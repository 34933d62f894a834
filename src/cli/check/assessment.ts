import { failureMessage } from "../../failure.ts";
import type { Catalog, Verdict } from "./catalog.ts";
import { nameOrPattern, patternOf } from "./grafana_variables.ts";
import type { MetricSelector, PromqlReader } from "./promql.ts";
import type { Inquiry, Question } from "./question.ts";

/** One metric that is asked for and not served, or one expression that cannot be read. */
export interface Shortfall {
  /** Who asks. */
  readonly owner: string;
  /** Where it asks so. */
  readonly places: readonly string[];
  /** The metric's name, or the pattern of names. */
  readonly metric?: string;
  /** Why it is not served. */
  readonly verdict?: Exclude<Verdict, { readonly kind: "served" }>;
  /** Why the expression cannot be read. */
  readonly fault?: string;
}

/** What a configuration serves of what a file asks for. */
export interface Assessment {
  /** What the file asks. */
  readonly inquiry: Inquiry;
  /** Metrics that it asks for, and whether they are served. */
  readonly metrics: ReadonlyMap<string, Verdict>;
  /** In the order of the file; one for each who asks, and metric. */
  readonly shortfalls: readonly Shortfall[];
}

/** What a selector asks for, with variables as patterns; `undefined` where that may be anything. */
function resolved(selector: MetricSelector): MetricSelector | undefined {
  return "name" in selector ? nameOrPattern(selector.name) : patternOf(selector.pattern);
}

const textOf = (selector: MetricSelector): string => "name" in selector ? selector.name : `=~"${selector.pattern}"`;

/** Holds what a file asks for against what is served. */
export function assess(inquiry: Inquiry, reader: PromqlReader, catalog: Catalog): Assessment {
  const metrics = new Map<string, Verdict>();
  const shortfalls = new Map<string, Shortfall & { readonly places: string[] }>();
  const note = ({ owner, place }: Question, more: Omit<Shortfall, "owner" | "places">): void => {
    const key = JSON.stringify([owner, more.metric, more.fault]);
    const known = shortfalls.get(key);
    if (!known) shortfalls.set(key, { owner, places: [place], ...more });
    else if (!known.places.includes(place)) known.places.push(place);
  };
  for (const question of inquiry.questions) {
    try {
      for (const selector of reader.metrics(question.expression)) {
        const meant = resolved(selector);
        if (!meant) continue;
        const metric = textOf(meant);
        const verdict = metrics.get(metric) ?? catalog.verdict(meant);
        metrics.set(metric, verdict);
        if (verdict.kind !== "served") note(question, { metric, verdict });
      }
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      note(question, { fault: failureMessage(error) });
    }
  }
  return { inquiry, metrics, shortfalls: [...shortfalls.values()] };
}
