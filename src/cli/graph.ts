import { collectorSettings } from "../assembly.ts";
import { buildGraph, GRAPH_FORMATS, printGraph } from "../graph.ts";
import type { Command } from "./command.ts";

/** `sonde graph`. */
export const graph: Command = {
  name: "graph",
  description: "Print which collectors run, and what they need of one another.",
  options: [{ name: "format", description: "How it is printed. (default: text)", choices: GRAPH_FORMATS }],
  async run({ surroundings, options, load }) {
    const { collectors, config } = await load();
    const format = GRAPH_FORMATS.find((each) => each === options.get("format")) ?? "text";
    surroundings.print(printGraph(buildGraph(collectors, collectorSettings(collectors, config)), format));
    return 0;
  },
};
