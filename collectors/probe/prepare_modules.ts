/**
 * Makes ready what modules need and cannot have at once: programs of CEL.
 *
 * @module
 */

import type { CelProgram, HttpModule, Module } from "./module.ts";

/** A fault of a module, where it stands. */
export interface ModuleIssue {
  /** What kind of issue it is, as schemas have it. */
  readonly code: "custom";
  /** Keys on the way to it, from the top of the file. */
  readonly path: readonly (string | number)[];
  /** What is wrong. */
  readonly message: string;
}

/** Some modules cannot be used. */
export class ModulesError extends SyntaxError {
  /** Name of the class. */
  override readonly name = "ModulesError";
  /** All that is wrong. */
  readonly issues: readonly ModuleIssue[];

  /** An error for some issues, at least one. */
  constructor(issues: readonly ModuleIssue[]) {
    super(issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("\n"));
    this.issues = issues;
  }
}

type Placed = readonly [path: readonly (string | number)[], program: CelProgram];

/**
 * Prepares all programs of `modules`; the language is loaded only if there is one.
 *
 * @throws {ModulesError} with every program that cannot be compiled
 */
export async function prepareModules(modules: ReadonlyMap<string, Module>): Promise<void> {
  const programs = [...modules].flatMap(([name, module]) =>
    module.prober === "http"
      ? programsOf(module).map(([path, program]): Placed => [["modules", name, "http", ...path], program])
      : []
  );
  const issues: ModuleIssue[] = [];
  for (const [path, program] of programs) {
    try {
      await program.prepare();
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      issues.push({ code: "custom", path, message: error.message });
    }
  }
  if (issues.length > 0) throw new ModulesError(issues);
}

/** The programs of a module, by the keys of its section. */
export function programsOf({ failIfJsonMatches, failIfJsonNotMatches, jsonMetrics }: HttpModule): readonly Placed[] {
  const all: (readonly [path: readonly (string | number)[], program: CelProgram | undefined])[] = [
    [["fail_if_body_json_matches_cel"], failIfJsonMatches],
    [["fail_if_body_json_not_matches_cel"], failIfJsonNotMatches],
    ...jsonMetrics.flatMap(({ value, each, labels }, i) => [
      [["json_metrics", i, "value"], value] as const,
      [["json_metrics", i, "each"], each] as const,
      ...Object.entries(labels).map(([name, program]) => [["json_metrics", i, "labels", name], program] as const),
    ]),
  ];
  return all.flatMap(([path, program]) => program ? [[path, program]] : []);
}
