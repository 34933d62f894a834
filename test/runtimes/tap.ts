/**
 * The least that runs checks on every runtime alike: prints them in the Test Anything Protocol, and lets the process end by
 * itself, so that what they leave running shows.
 *
 * @module
 */

import process from "node:process";

/** A named check, which throws if it fails. */
export type Check = readonly [name: string, run: () => void | Promise<void>];

/** Runs checks one after the other; the process then ends with 1 if one failed. */
export async function runChecks(checks: readonly Check[]): Promise<void> {
  console.log(`1..${checks.length}`);
  for (const [index, [name, run]] of checks.entries()) {
    try {
      await run();
      console.log(`ok ${index + 1} - ${name}`);
    } catch (error) {
      process.exitCode = 1;
      const reason = error instanceof Error ? error.stack ?? error.message : String(error);
      console.log(`not ok ${index + 1} - ${name}\n${reason.replaceAll(/^/gm, "# ")}`);
    }
  }
}

/** What {@linkcode runChecks} printed of one check. */
export interface Result {
  readonly name: string;
  readonly passed: boolean;
  /** Why it failed. */
  readonly reason: string;
}

/**
 * Reads what {@linkcode runChecks} printed.
 *
 * @throws {SyntaxError} if not all checks that were announced have a result
 */
export function parseTap(text: string): readonly Result[] {
  const results: Result[] = [];
  for (const block of text.split(/^(?=ok |not ok )/m)) {
    const [, outcome, name = ""] = /^(ok|not ok) \d+ - (.*)$/m.exec(block) ?? [];
    if (outcome) results.push({ name, passed: outcome === "ok", reason: block });
  }
  const announced = Number(/^1\.\.(\d+)$/m.exec(text)?.[1]);
  if (results.length === announced && announced > 0) return results;
  throw new SyntaxError(`Cannot read the results: ${results.length} of ${announced} checks are there in: ${text}`);
}
