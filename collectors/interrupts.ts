/**
 * Interrupts by processor: `/proc/interrupts` of proc_interrupts(5). One file, long on large hosts: series are processors
 * times interrupts.
 *
 * @module
 */

import * as z from "zod";
import { defineCollector } from "../src/collector.ts";
import { malformed, wholeNumber } from "../src/kernel_text.ts";
import { patternOption, wanted } from "../src/pattern.ts";

const FILE = "/proc/interrupts";

/** One interrupt. */
export interface Interrupt {
  /** Its number or abbreviation, as `9` or `LOC`. */
  readonly type: string;
  /** The controller of a numbered interrupt, the description of another. */
  readonly info: string;
  /** Drivers that serve a numbered interrupt. */
  readonly devices: string;
  /** Times served by each processor, in the order of columns. */
  readonly counts: readonly number[];
}

export default defineCollector({
  name: "interrupts",
  help: "Interrupts served by each processor.",
  enabled: false,
  peer: true,
  platforms: ["linux"],
  freshnessSeconds: 0.1,
  options: z.strictObject({
    "name-include": z.string().default("").transform(patternOption).describe(
      "Interrupts to report, as type;info;devices.",
    ),
    "name-exclude": z.string().default("").transform(patternOption).describe(
      "Interrupts to leave out, as type;info;devices.",
    ),
    "include-zeros": z.boolean().default(true).describe("Report interrupts that a processor never served."),
  }).refine((options) => !options["name-include"] || !options["name-exclude"], {
    message: "name-include and name-exclude cannot both be given",
  }),
  metrics: {
    node_interrupts_total: {
      type: "counter",
      help: "Interrupt details.",
      labels: ["cpu", "type", "info", "devices"],
    },
  },
  sources: [FILE],
  read({ source, options }): Interrupt[] | null {
    const zeros = options["include-zeros"];
    const text = source.proc.try("interrupts");
    return text === undefined
      ? null
      : parseInterrupts(text).filter(({ type, info, devices }) =>
        wanted(`${type};${info};${devices}`, options["name-include"], options["name-exclude"])
      ).map((interrupt) => zeros ? interrupt : { ...interrupt, counts: interrupt.counts.map((count) => count || NaN) });
  },
  samples(interrupts, emit) {
    for (const { type, info, devices, counts } of interrupts) {
      for (const [cpu, count] of counts.entries()) {
        if (Number.isNaN(count)) continue;
        emit("node_interrupts_total", count, { cpu: String(cpu), type, info, devices });
      }
    }
  },
});

/**
 * Parses `/proc/interrupts`. Lines without a column per processor, as `ERR`, count for none of them, and are left out.
 *
 * @throws {SyntaxError} if a count is no number, or the first line is missing
 */
export function parseInterrupts(text: string): Interrupt[] {
  const [header = "", ...lines] = text.split("\n");
  const cpus = words(header).length;
  if (cpus === 0) throw new SyntaxError(`Cannot parse "${FILE}": its first line names no processor`);
  const interrupts = new Map<string, Interrupt>();
  for (const line of lines) {
    const colon = line.indexOf(":");
    if (colon < 0) continue;
    const columns = words(line.slice(colon + 1));
    if (columns.length <= cpus) continue;
    const type = line.slice(0, colon).trim();
    const counts = columns.slice(0, cpus).map((digits) => {
      const count = wholeNumber(digits);
      if (count === undefined) throw malformed(FILE, line);
      return count;
    });
    const [controller = "", ...devices] = columns.slice(cpus);
    interrupts.set(
      type,
      /^\d+$/.test(type)
        ? { type, info: controller, devices: devices.join(" "), counts }
        : { type, info: [controller, ...devices].join(" "), devices: "", counts },
    );
  }
  return [...interrupts.values()];
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}
