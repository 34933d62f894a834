/**
 * The parts of a probe's configuration that do not depend on its prober.
 *
 * @module
 */

import * as z from "zod";
import { checked } from "../../src/checked.ts";
import { parseDuration } from "../../src/duration.ts";

/** Seconds of a duration longer than 0, written as text. */
export const positiveDuration: z.ZodType<number, string> = z.string()
  .transform(checked(positiveSeconds))
  .meta({ placeholder: "duration" });

function positiveSeconds(text: string): number {
  const seconds = parseDuration(text);
  const fault = seconds === 0 ? "it must be longer than 0s" : Number.isFinite(seconds) ? undefined : "it is too long";
  if (fault) throw new RangeError(`Cannot use duration ${JSON.stringify(text)}: ${fault}`);
  return seconds;
}

const LABEL_NAME = /^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/;
/** Labels that Prometheus gives a meaning, and those of probers' families. */
const TAKEN = new Set([
  ...["job", "instance", "le", "quantile"],
  ...["target", "phase", "reason", "state", "ip", "position", "serving_status", "version", "cipher", "error"],
  ...["fingerprint_sha256", "subject", "issuer", "subjectalternative", "serialnumber"],
]);

/** Labels that a target's samples get, by name; none that Prometheus or a prober uses. */
export const targetLabels: z.ZodType<Record<string, string>> = z.record(z.string(), z.string())
  .superRefine((labels, context) => {
    for (const name of Object.keys(labels)) {
      const reason = name.startsWith("__") || TAKEN.has(name)
        ? "it is taken"
        : LABEL_NAME.test(name)
        ? undefined
        : "expected letters, digits and underscores, the first no digit";
      if (reason === undefined) continue;
      const message = `Cannot use label ${JSON.stringify(name)}: ${reason}`;
      context.addIssue({ code: "custom", message, path: [name] });
    }
    // Beside values of the wrong type too, so that all that is wrong is said at once.
  }, { when: ({ value }) => typeof value === "object" && value !== null && !Array.isArray(value) });

/** A name, and where in the configuration it was given. */
export interface Named {
  /** Of a node, and of its label `target`. */
  readonly name: string;
  /** Key path. */
  readonly path: (string | number)[];
}

/** Reports names that were given before. */
export function refuseDuplicates(
  targets: readonly Named[],
  report: (issue: { code: "custom"; message: string; path: (string | number)[] }) => void,
): void {
  const seen = new Set<string>();
  for (const { name, path } of targets) {
    if (seen.has(name)) {
      const message = `Cannot use target name ${JSON.stringify(name)}: there are two of it`;
      report({ code: "custom", message, path });
    }
    seen.add(name);
  }
}
