/**
 * Caches of kernel objects: `/proc/slabinfo` of slabinfo(5), which only root may read. 5 series per cache; one file, which
 * takes the kernel locks of each cache to make.
 *
 * @module
 */

import * as z from "zod";
import { defineCollector } from "../src/collector.ts";
import { malformed, wholeNumber } from "../src/kernel_text.ts";
import { patternOption, wanted } from "../src/pattern.ts";

const FILE = "/proc/slabinfo";

/** One cache. */
export interface Slab {
  /** Its name. */
  readonly name: string;
  /** Objects in use. */
  readonly active: number;
  /** Objects allocated. */
  readonly objects: number;
  /** Size of an object in bytes. */
  readonly objectBytes: number;
  /** Objects in one slab. */
  readonly perSlab: number;
  /** Pages of one slab. */
  readonly pagesPerSlab: number;
}

export default defineCollector({
  name: "slabinfo",
  help: "Caches of kernel objects; readable by root only.",
  enabled: false,
  peer: true,
  platforms: ["linux"],
  freshnessSeconds: 0.1,
  options: z.strictObject({
    "slabs-include": z.string().default(".*").transform(patternOption).describe("Caches to report."),
    "slabs-exclude": z.string().default("").transform(patternOption).describe("Caches to leave out."),
  }),
  metrics: {
    node_slabinfo_active_objects: {
      type: "gauge",
      help: "The number of objects that are currently active (i.e., in use).",
      labels: ["slab"],
    },
    node_slabinfo_objects: {
      type: "gauge",
      help: "The total number of allocated objects (i.e., objects that are both in use and not in use).",
      labels: ["slab"],
    },
    node_slabinfo_object_size_bytes: {
      type: "gauge",
      help: "The size of objects in this slab, in bytes.",
      labels: ["slab"],
    },
    node_slabinfo_objects_per_slab: {
      type: "gauge",
      help: "The number of objects stored in each slab.",
      labels: ["slab"],
    },
    node_slabinfo_pages_per_slab: {
      type: "gauge",
      help: "The number of pages allocated for each slab.",
      labels: ["slab"],
    },
  },
  sources: [FILE],
  read({ source, options }): Slab[] | null {
    const text = source.proc.try("slabinfo");
    return text === undefined
      ? null
      : parseSlabinfo(text).filter(({ name }) => wanted(name, options["slabs-include"], options["slabs-exclude"]));
  },
  samples(slabs, emit) {
    for (const { name: slab, active, objects, objectBytes, perSlab, pagesPerSlab } of slabs) {
      emit("node_slabinfo_active_objects", active, { slab });
      emit("node_slabinfo_objects", objects, { slab });
      emit("node_slabinfo_object_size_bytes", objectBytes, { slab });
      emit("node_slabinfo_objects_per_slab", perSlab, { slab });
      emit("node_slabinfo_pages_per_slab", pagesPerSlab, { slab });
    }
  },
});

/**
 * Parses `/proc/slabinfo` of version 2.
 *
 * @throws {SyntaxError} if a line breaks the format
 */
export function parseSlabinfo(text: string): Slab[] {
  const slabs: Slab[] = [];
  for (const line of text.split("\n")) {
    if (line === "" || line.startsWith("#") || line.startsWith("slabinfo - version")) continue;
    // A module may put spaces into the name of its cache.
    const [, name, ...columns] = /^(\S.*?) +(\d+) +(\d+) +(\d+) +(\d+) +(\d+) +: tunables /.exec(line) ?? [];
    const [active, objects, objectBytes, perSlab, pagesPerSlab] = columns.map(wholeNumber);
    if (
      name === undefined || active === undefined || objects === undefined || objectBytes === undefined ||
      perSlab === undefined || pagesPerSlab === undefined
    ) throw malformed(FILE, line);
    slabs.push({ name, active, objects, objectBytes, perSlab, pagesPerSlab });
  }
  return slabs;
}
