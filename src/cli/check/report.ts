import type { Assessment, Shortfall } from "./assessment.ts";
import type { Verdict } from "./catalog.ts";

/** Why a metric is not served, and what would change that. */
function why(verdict: Shortfall["verdict"]): string {
  switch (verdict?.kind) {
    case "off":
      return verdict.flags.length === 0
        ? "left out by its collector's options"
        : `turned on by ${verdict.flags.join(" ")}`;
    case "left out":
      return "left out by metrics.include or metrics.exclude";
    case "not seen":
      return "not on this host's page";
    case "absent":
      return `of node_exporter's collector ${
        JSON.stringify(verdict.collector)
      }, which is not here: it ${verdict.reason}`;
    default:
      return `unknown to Sonde${verdict?.near === undefined ? "" : `, did you mean ${JSON.stringify(verdict.near)}?`}`;
  }
}

function shortfallLine({ owner, places, metric, verdict, fault }: Shortfall): string {
  const what = fault ?? `${metric}: ${why(verdict)}`;
  const [first = "", ...others] = places;
  const more = others.map((place) => `, ${place.replace(/^(?:query|line) /, "")}`).join("");
  return `  ${owner}, ${first}${more}: ${what}\n`;
}

function fileText({ inquiry, metrics, shortfalls }: Assessment): string {
  const { file, title, notes } = inquiry;
  const lacking = [...metrics.values()].filter(({ kind }) => kind !== "served").length;
  const head = `${file}${title === undefined ? "" : ` ${JSON.stringify(title)}`}`;
  return [
    `${head}: ${metrics.size - lacking} of ${metrics.size} metrics are served\n`,
    ...shortfalls.map(shortfallLine),
    ...notes.map((note) => `  note: ${note}\n`),
  ].join("");
}

/** What is not served, and by whom it is asked for, file by file, and all together. */
export function servingReport(assessments: readonly Assessment[]): string {
  const all = new Map<string, Verdict>(assessments.flatMap(({ metrics }) => [...metrics]));
  const verdicts = [...all.values()];
  const count = (kind: Verdict["kind"]) => verdicts.filter((verdict) => verdict.kind === kind).length;
  const flags = new Set(verdicts.flatMap((verdict) => verdict.kind === "off" ? verdict.flags : []));
  const faults = assessments.flatMap(({ shortfalls }) => shortfalls.filter(({ fault }) => fault !== undefined)).length;
  const rest = [
    [count("off"), `turned on by ${[...flags].join(" ") || "options"}`],
    [count("left out"), "left out by patterns"],
    [count("not seen"), "not on this host's page"],
    [count("absent"), "of collectors that are not here"],
    [count("unknown"), "unknown to Sonde"],
  ] as const;
  const lacking = rest.filter(([n]) => n > 0).map(([n, what]) => `; ${n} ${what}`).join("");
  const unread = faults === 0 ? "" : `; expressions that cannot be read: ${faults}`;
  return `${assessments.map(fileText).join("")}${
    count("served")
  } of ${all.size} metrics are served${lacking}${unread}\n`;
}

/** Whether everything is served that is asked for. */
export function isServed(assessments: readonly Assessment[]): boolean {
  return assessments.every(({ shortfalls }) => shortfalls.length === 0);
}
