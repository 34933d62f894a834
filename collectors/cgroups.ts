/**
 * Controllers of control groups: `/proc/cgroups` of cgroups(7). 2 series per controller.
 *
 * @module
 */

import { defineCollector } from "../src/collector.ts";
import { malformed, wholeNumber } from "../src/kernel_text.ts";

const FILE = "/proc/cgroups";

/** One controller. */
export interface CgroupController {
  /** Its name, as `memory`. */
  readonly name: string;
  /** Control groups in its hierarchy. */
  readonly cgroups: number;
  /** 1 if it is enabled, 0 if a parameter of the kernel disables it. */
  readonly enabled: number;
}

export default defineCollector({
  name: "cgroups",
  help: "Controllers of control groups, and how many groups each has.",
  enabled: false,
  peer: true,
  platforms: ["linux"],
  freshnessSeconds: 0.1,
  metrics: {
    node_cgroups_cgroups: {
      type: "gauge",
      help: "Current cgroup number of the subsystem.",
      labels: ["subsys_name"],
    },
    node_cgroups_enabled: {
      type: "gauge",
      help: "Current cgroup number of the subsystem.",
      labels: ["subsys_name"],
    },
  },
  sources: [FILE],
  read({ source }): CgroupController[] | null {
    const text = source.proc.try("cgroups");
    return text === undefined ? null : parseCgroups(text);
  },
  samples(controllers, emit) {
    for (const { name: subsys_name, cgroups, enabled } of controllers) {
      emit("node_cgroups_cgroups", cgroups, { subsys_name });
      emit("node_cgroups_enabled", enabled, { subsys_name });
    }
  },
});

/**
 * Parses `/proc/cgroups`.
 *
 * @throws {SyntaxError} if a line breaks the format
 */
export function parseCgroups(text: string): CgroupController[] {
  return text.split("\n").filter((line) => line !== "" && !line.startsWith("#")).map((line) => {
    const [name = "", hierarchy, groups, flag] = line.trim().split(/\s+/);
    const [cgroups, enabled] = [wholeNumber(groups), wholeNumber(flag)];
    if (wholeNumber(hierarchy) === undefined || cgroups === undefined || enabled === undefined) {
      throw malformed(FILE, line);
    }
    return { name, cgroups, enabled };
  });
}
