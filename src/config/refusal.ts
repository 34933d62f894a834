import { failureMessage } from "../failure.ts";
import { suggestion } from "../nearest.ts";
import { expectation, KINDS } from "./expectation.ts";
import { unknownKey } from "./fit.ts";
import { type Issue, issuesOf, UNWORDED } from "./issue.ts";
import { joinPath, type Located, type Place, type Report, scalars } from "./located.ts";
import { type Scrubber, scrubber, shown } from "./redact.ts";
import { type JsonSchema, propertiesOf, property, resolve } from "./shape.ts";

/** The issues that tell the reader most: those of the branch of a union that is the nearest to what was found. */
function innermost(issue: Issue): readonly Issue[] {
  if (issue.code !== "invalid_union" || issue.message !== UNWORDED) return [issue];
  const ofThisType = (issue.errors ?? []).filter((branch) =>
    branch.every(({ code, path }) => path.length > 0 || (code !== "invalid_type" && code !== "invalid_value"))
  );
  const wrong = (branch: readonly Issue[]) => branch.reduce((sum, { keys }) => sum + (keys?.length ?? 1), 0);
  const [nearest] = ofThisType.sort((a, b) => wrong(a) - wrong(b));
  if (!nearest) return [issue];
  return nearest.flatMap((inner) => innermost({ ...inner, path: [...issue.path, ...inner.path] }));
}

/** A node of the tree, or where it would be. */
interface Spot {
  readonly place: Place;
  readonly node: Located | undefined;
  readonly broken: boolean;
}

/** What a schema refused, and what that schema was. */
export interface Refusal {
  /** What `parse` threw. */
  readonly error: unknown;
  /** What it was given. */
  readonly input: Located;
  readonly schema: JsonSchema | undefined;
  /** Keys of `input` that stand at the top of the configuration. */
  readonly topLevel?: readonly string[];
}

function spotOf({ input, topLevel = [] }: Refusal, path: readonly unknown[]): Spot {
  let node: Located | undefined = input;
  let place = input.place;
  for (const [i, segment] of path.entries()) {
    const key: string | number = typeof segment === "number" ? segment : String(segment);
    const next: Located | undefined = node?.kind === "map"
      ? node.entries.get(String(key))?.value
      : node?.kind === "list"
      ? node.items[Number(key)]
      : undefined;
    if (node?.kind === "scalar") break; // an issue within a value that is one to us
    const parent = i === 0 && topLevel.includes(String(key)) ? "" : place.path;
    place = next?.place ?? { ...place, path: joinPath(parent, key) };
    node = next;
  }
  return { place, node, broken: node?.kind === "scalar" && node.broken === true };
}

function schemaAt(schema: JsonSchema | undefined, path: readonly unknown[]): JsonSchema | undefined {
  let at = schema;
  for (const segment of path) {
    const next: unknown = typeof segment === "number" ? at?.items : property(at, String(segment));
    at = schema && resolve(next, schema);
  }
  return at;
}

function reportIssue(issue: Issue, refusal: Refusal, scrub: Scrubber, report: Report): void {
  const { place, node, broken } = spotOf(refusal, issue.path);
  if (broken) return;
  if (issue.code === "unrecognized_keys" && node?.kind === "map") {
    const known = Object.keys(propertiesOf(schemaAt(refusal.schema, issue.path)));
    for (const key of issue.keys ?? []) report(node.entries.get(key)?.key ?? place, unknownKey(key, known));
    return;
  }
  if (issue.message !== UNWORDED) {
    return report(place, scrub(issue.message, node?.kind === "scalar" && node.secret ? String(node.value) : undefined));
  }
  if (issue.code === "invalid_key") {
    const words = issue.issues?.[0] && expectation(issue.issues[0]);
    return report(place, `unusable key${words ? `, expected ${words}` : ""}`);
  }
  const isDuration = schemaAt(refusal.schema, issue.path)?.placeholder === "duration";
  const words = isDuration && issue.code === "invalid_type" ? KINDS.duration : expectation(issue);
  if (!node) return report(place, words ? `missing, expected ${words}` : "missing");
  const values = issue.values ?? issue.options;
  const near = node.kind === "scalar" && !node.secret && typeof node.value === "string" && values
    ? suggestion(node.value, values.map(String))
    : "";
  report(place, words ? `expected ${words}, found ${shown(node)}${near}` : `cannot be ${shown(node)}`);
}

/** Reports what a schema refused, each fault where it was written and in plain words. */
export function reportRefusal(refusal: Refusal, report: Report): void {
  const scrub = scrubber(refusal.input);
  const issues = issuesOf(refusal.error);
  if (issues) {
    for (const issue of issues.flatMap(innermost)) reportIssue(issue, refusal, scrub, report);
    return;
  }
  // For all we know, it follows from what has been reported.
  if ([...scalars(refusal.input)].some(({ broken }) => broken)) return;
  report(refusal.input.place, scrub(failureMessage(refusal.error)));
}
