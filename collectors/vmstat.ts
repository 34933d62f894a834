/**
 * Counters of virtual memory: /proc/vmstat, of which the pattern `fields` chooses; 7 series of about 180 lines. The
 * kernel documents them nowhere but in mm/vmstat.c.
 *
 * @module
 */

import * as z from "zod";
import { defineCollector } from "../src/collector.ts";
import { malformed, signedNumber } from "../src/kernel_text.ts";
import { patternOption } from "../src/pattern.ts";

const PATTERN = { placeholder: "pattern" };

const FILE = "/proc/vmstat";

const metrics = {
  node_vmstat_oom_kill: { type: "untyped", help: "/proc/vmstat information field oom_kill." },
  node_vmstat_pgfault: { type: "untyped", help: "/proc/vmstat information field pgfault." },
  node_vmstat_pgmajfault: { type: "untyped", help: "/proc/vmstat information field pgmajfault." },
  node_vmstat_pgpgin: { type: "untyped", help: "/proc/vmstat information field pgpgin." },
  node_vmstat_pgpgout: { type: "untyped", help: "/proc/vmstat information field pgpgout." },
  node_vmstat_pswpin: { type: "untyped", help: "/proc/vmstat information field pswpin." },
  node_vmstat_pswpout: { type: "untyped", help: "/proc/vmstat information field pswpout." },
} as const;

/** The chosen figures by the kernel's name, as `pgfault`. */
export type VirtualMemory = ReadonlyMap<string, number>;

export default defineCollector({
  name: "vmstat",
  help: "Counters of virtual memory.",
  peer: true,
  freshnessSeconds: 0.1,
  platforms: ["linux"],
  options: z.strictObject({
    fields: z.string().default("^(oom_kill|pgpg|pswp|pg.*fault).*").transform(patternOption)
      .describe("Regexp of fields to return for vmstat collector.").meta(PATTERN),
  }),
  metrics,
  openFamilies: ["node_vmstat_*"],
  sources: [FILE],
  read({ source, options: { fields } }): VirtualMemory {
    return parseVmstat(source.proc("vmstat"), (field) => fields?.test(field) ?? true);
  },
  samples(fields, emit) {
    for (const [field, value] of fields) {
      const name = `node_vmstat_${field.replace(/\W/g, "_")}`;
      if (isKnown(name)) emit(name, value);
      else emit.family({ name, type: "untyped", help: `${FILE} information field ${field}.`, samples: [{ value }] });
    }
  },
});

function isKnown(name: string): name is keyof typeof metrics {
  return Object.hasOwn(metrics, name);
}

/**
 * Parses `/proc/vmstat`.
 *
 * @throws {SyntaxError} if a line does not have a name and a value, or the value of a field that is wanted is no number
 */
export function parseVmstat(text: string, isWanted: (field: string) => boolean = () => true): VirtualMemory {
  const fields = new Map<string, number>();
  for (const line of text.split("\n")) {
    if (line.trim() === "") continue;
    const [, field, digits] = /^\s*(\S+)\s+(\S+)/.exec(line) ?? [];
    if (field === undefined) throw malformed(FILE, line);
    if (!isWanted(field)) continue;
    const number = signedNumber(digits);
    if (number === undefined) throw malformed(FILE, line);
    fields.set(field, number);
  }
  return fields;
}
