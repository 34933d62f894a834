import { formatDuration } from "../duration.ts";
import type { Command, CommandOption } from "./command.ts";
import { COMPARE_DEFAULTS } from "./compare/defaults.ts";

const OPTIONS: readonly CommandOption[] = [
  { name: "with", placeholder: "url", description: "Compare this exporter, instead of the configuration." },
  { name: "rounds", placeholder: "number", description: `How often. (default: ${COMPARE_DEFAULTS.rounds})` },
  {
    name: "pause",
    placeholder: "duration",
    description: `Time between rounds. (default: ${formatDuration(COMPARE_DEFAULTS.pauseSeconds)})`,
  },
  {
    name: "timeout",
    placeholder: "duration",
    description: `Longest time for one page. (default: ${formatDuration(COMPARE_DEFAULTS.timeoutSeconds)})`,
  },
  { name: "ca-file", placeholder: "file", description: "PEM certificates to trust instead of the system's." },
  { name: "ignore", placeholder: "pattern", repeatable: true, description: "Families to leave out, by RE2." },
  { name: "drop-label", placeholder: "label", repeatable: true, description: "Label to leave out on both sides." },
  { name: "strict", description: "Take extra families, and what differed in few rounds, for faults." },
  { name: "json", description: "Print JSON." },
];

/** `sonde compare`; most of it is loaded when it is asked for. */
export const compare: Command = {
  name: "compare",
  description: "Compare a running exporter's page with this configuration's; exit with 1 if anything differs.",
  argument: { name: "url" },
  options: OPTIONS,
  run: async (invocation) => await (await import("./compare/run.ts")).runCompare(invocation),
};
