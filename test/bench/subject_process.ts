/**
 * A subject measured in a process of its own, so that no other's garbage weighs on it.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import type { Row } from "./figure.ts";

/** Measured values by name. */
export type Values = Readonly<Record<string, number>>;

/**
 * Runs a module as a program that measures one subject and prints {@linkcode Values} by {@linkcode report}.
 *
 * @throws {Error} if it fails
 */
export async function measureIn(module: string, args: readonly string[]): Promise<Values> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--quiet", fileURLToPath(module), ...args],
    stdin: "null",
    stderr: "inherit",
  });
  const { success, code, stdout } = await command.output();
  if (!success) throw new Error(`Cannot measure ${args.join(" ")}: the subject ended with status ${code}`);
  const values: Values = JSON.parse(new TextDecoder().decode(stdout));
  return values;
}

/** Hands values over, and ends the process: what the subject has left running must not go on. */
export function report(values: Values): never {
  console.log(JSON.stringify(values));
  Deno.exit(0);
}

/**
 * Measures subjects in turn, round by round, so that what else the machine does falls on all of them alike.
 *
 * @param args arguments by subject
 * @returns the values of every round, by subject
 */
export async function interleaved(
  module: string,
  args: Readonly<Record<string, readonly string[]>>,
  rounds: number,
): Promise<ReadonlyMap<string, readonly Values[]>> {
  const found = new Map<string, Values[]>(Object.keys(args).map((subject) => [subject, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [subject, values] of found) values.push(await measureIn(module, args[subject] ?? []));
  }
  return found;
}

/** The rows of one figure: a value that {@linkcode interleaved} found, of each subject in each round. */
export function rowsOf(found: ReadonlyMap<string, readonly Values[]>, key: string): Row[] {
  return [...found].map(([subject, rounds]) => ({ subject, rounds: rounds.map((values) => values[key] ?? NaN) }));
}
