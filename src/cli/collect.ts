import { applyConfig, assemble } from "../assembly.ts";
import { silentLogger } from "../log.ts";
import type { Command } from "./command.ts";
import { statfsHelper } from "./statfs_helper.ts";

/** Of what a scrape may run: each node has its own deadline, which is shorter. */
const BUDGET_SECONDS = 60;

/** `sonde collect`. */
export const collect: Command = {
  name: "collect",
  description: "Run every collector once and print the page; exit with 1 if any fails.",
  async run({ surroundings, load }) {
    const { collectors, config } = await load();
    const { clock, runtime } = surroundings;
    const helper = statfsHelper(surroundings, silentLogger);
    const parts = {
      path: config.path,
      clock,
      runtime: `deno ${runtime.deno}`,
      log: silentLogger,
      statfs: helper.statfs,
    };
    const { engine, source } = assemble(parts);
    try {
      applyConfig(engine, collectors, config);
      await engine.collect();
      const { page } = await engine.scrape({ format: "text", budgetSeconds: BUDGET_SECONDS });
      surroundings.print(page.text);
      const failed = engine.nodes().filter(({ state }) => state === "failed" || state === "pending");
      for (const { id, lastError } of failed) {
        surroundings.printError(`Cannot collect ${JSON.stringify(id)}: ${lastError ?? "it did not end in time"}\n`);
      }
      return failed.length > 0 ? 1 : 0;
    } finally {
      await Promise.all([engine.stop(), helper.stop()]);
      source.close();
    }
  },
};
