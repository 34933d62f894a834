import { applyConfig, assemble } from "../assembly.ts";
import { silentLogger } from "../log.ts";
import type { Loaded } from "./command.ts";
import { statfsHelper } from "./statfs_helper.ts";
import type { Surroundings } from "./surroundings.ts";

/** Of what a scrape may run: each node has its own deadline, which is shorter. */
const BUDGET_SECONDS = 60;

/** What a configuration shows when every collector has run once. */
export interface OnePage {
  /** In the text format. */
  readonly text: string;
  /** Nodes without figures, and why. */
  readonly failures: readonly { readonly id: string; readonly reason: string }[];
}

/**
 * Runs every collector once, in an engine of its own.
 *
 * @throws {GraphError} if the collectors make no graph
 */
export async function onePage(
  surroundings: Surroundings,
  { collectors, config }: Pick<Loaded, "collectors" | "config">,
): Promise<OnePage> {
  const { clock, runtime } = surroundings;
  const helper = statfsHelper(surroundings, silentLogger);
  const { engine, source } = assemble({
    path: config.path,
    clock,
    runtime: `deno ${runtime.deno}`,
    log: silentLogger,
    statfs: helper.statfs,
  });
  try {
    applyConfig(engine, collectors, config);
    await engine.collect();
    const { page } = await engine.scrape({ format: "text", budgetSeconds: BUDGET_SECONDS });
    const failed = engine.nodes().filter(({ state }) => state === "failed" || state === "pending");
    const failures = failed.map(({ id, lastError }) => ({ id, reason: lastError ?? "it did not end in time" }));
    return { text: page.text, failures };
  } finally {
    await Promise.all([engine.stop(), helper.stop()]);
    source.close();
  }
}

/** Failures as lines for standard error. */
export function failureLines({ failures }: OnePage): string {
  return failures.map(({ id, reason }) => `Cannot collect ${JSON.stringify(id)}: ${reason}\n`).join("");
}
