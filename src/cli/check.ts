import { collectorSettings } from "../assembly.ts";
import { buildGraph } from "../graph.ts";
import type { Command } from "./command.ts";

/** `sonde check`: what is wrong is thrown on the way, all of it at once. */
export const check: Command = {
  name: "check",
  description: "Check configuration, plugins and graph; exit with 2 if anything is wrong.",
  async run({ surroundings, load }) {
    const { collectors, config } = await load();
    const { nodes } = buildGraph(collectors, collectorSettings(collectors, config));
    surroundings.print(`OK: ${nodes.size} nodes of ${collectors.length} collectors\n`);
    return 0;
  },
};
