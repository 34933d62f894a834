import { collectorSettings, configWarnings } from "../assembly.ts";
import { buildGraph } from "../graph.ts";
import type { Command } from "./command.ts";
import { UsageError } from "./usage_error.ts";

/** `sonde check`: what is wrong with the configuration is thrown on the way, all of it at once. */
export const check: Command = {
  name: "check",
  description:
    "Check configuration, plugins and graph, and whether rules and dashboards get what they ask for; exit with 2 if " +
    "anything is wrong, with 1 if a metric is not served.",
  options: [
    { name: "rules", placeholder: "file", repeatable: true, description: "Prometheus rules, a file or pattern." },
    { name: "dashboards", placeholder: "file", repeatable: true, description: "Grafana JSON, a file or pattern." },
    { name: "run", description: "Also run every collector once: is each metric there on this host?" },
  ],
  async run(invocation) {
    const { surroundings, options, load } = invocation;
    const loaded = await load();
    const { collectors, config } = loaded;
    if (config.web.configFile !== undefined) {
      const { readWebFile } = await import("./web_file.ts");
      await readWebFile(config.web.configFile);
    }
    for (const warning of configWarnings(collectors, config)) surroundings.printError(`Warning: ${warning}\n`);
    const { nodes } = buildGraph(collectors, collectorSettings(collectors, config));
    const asks = options.has("rules") || options.has("dashboards");
    if (!asks && options.has("run")) throw new UsageError('Cannot use "--run": it needs "--rules" or "--dashboards"');
    surroundings.print(`OK: ${nodes.size} nodes of ${collectors.length} collectors\n`);
    if (!asks) return 0;
    const { checkServing } = await import("./check/serving.ts");
    return await checkServing(invocation, loaded) ? 0 : 1;
  },
};
