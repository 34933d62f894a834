/**
 * Memory by NUMA node: `meminfo` and `numastat` of each node in sysfs (Documentation/ABI/stable/sysfs-devices-node). Two
 * files and about 45 series per node.
 *
 * @module
 */

import { defineCollector, type MetricType } from "../src/collector.ts";
import { malformed, wholeNumber } from "../src/kernel_text.ts";

const FOLDER = "devices/system/node";

/** One number of one node. */
export interface NumaFigure {
  /** Number of the node. */
  readonly node: string;
  /** The kernel's name of it, as the end of a family's. */
  readonly field: string;
  /** Bytes, or `HugePages_` pages, or allocations. */
  readonly value: number;
}

/** What sysfs says of all nodes. */
export interface MemoryOfNodes {
  /** Of `meminfo`. */
  readonly memory: readonly NumaFigure[];
  /** Of `numastat`. */
  readonly allocations: readonly NumaFigure[];
}

export default defineCollector({
  name: "meminfo_numa",
  help: "Memory of each NUMA node.",
  enabled: false,
  peer: true,
  platforms: ["linux"],
  freshnessSeconds: 0.1,
  metrics: {},
  openFamilies: ["node_memory_numa_*"],
  sources: [`/sys/${FOLDER}/node*/meminfo`, `/sys/${FOLDER}/node*/numastat`],
  read({ source: { sys } }): MemoryOfNodes {
    // To the peer a host without nodes is no failure.
    const folders = sys.list(FOLDER)?.filter((name) => /^node\d+$/.test(name)) ?? [];
    return {
      memory: folders.flatMap((folder) =>
        parseNodeMeminfo(folder.slice("node".length), sys(`${FOLDER}/${folder}/meminfo`))
      ),
      allocations: folders.flatMap((folder) =>
        parseNumastat(folder.slice("node".length), sys(`${FOLDER}/${folder}/numastat`))
      ),
    };
  },
  samples({ memory, allocations }, emit) {
    const show = (figures: readonly NumaFigure[], type: MetricType) => {
      for (const { node, field, value } of figures) {
        emit.family({
          name: `node_memory_numa_${field}`,
          type,
          help: `Memory information field ${field}.`,
          labels: ["node"],
          samples: [{ labels: { node }, value }],
        });
      }
    };
    show(memory, "gauge");
    show(allocations, "counter");
  },
});

/**
 * Parses a node's `meminfo`, whose lines say the node's number too.
 *
 * @throws {SyntaxError} if a line breaks the format
 */
export function parseNodeMeminfo(node: string, text: string): NumaFigure[] {
  return text.split("\n").filter((line) => line.trim() !== "").map((line) => {
    const [, told = node, name = "", digits, unit] = /^\s*Node\s+(\d+)\s+([\w()]+):\s+(\d+)(\s+kB)?\s*$/.exec(line) ??
      [];
    const field = name.replace(/\((.*)\)/, "_$1");
    const number = wholeNumber(digits);
    if (number === undefined || !/^\w+$/.test(field)) throw malformed(`/sys/${FOLDER}/node${node}/meminfo`, line);
    return { node: told, field, value: unit ? number * 1024 : number };
  });
}

/**
 * Parses a node's `numastat`.
 *
 * @throws {SyntaxError} if a line breaks the format
 */
export function parseNumastat(node: string, text: string): NumaFigure[] {
  return text.split("\n").filter((line) => line.trim() !== "").map((line) => {
    const [, name, digits] = /^\s*(\w+)\s+(\d+)\s*$/.exec(line) ?? [];
    const value = wholeNumber(digits);
    if (name === undefined || value === undefined) throw malformed(`/sys/${FOLDER}/node${node}/numastat`, line);
    return { node, field: `${name}_total`, value };
  });
}
