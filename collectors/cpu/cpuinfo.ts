/**
 * Make and model of each processor: /proc/cpuinfo, proc_cpuinfo(5). The file is text for people, in words that differ
 * from architecture to architecture: blocks of `key : value`, a block per processor; keys before the first processor's
 * are of all processors, and a block of its own may tell about the whole machine.
 *
 * @module
 */

import { malformed, signedNumber, wholeNumber } from "../../src/kernel_text.ts";

const FILE = "/proc/cpuinfo";

/** The words for a field on x86, s390x, ppc64, riscv64, arm and mips. */
const FIELDS: Readonly<Record<string, Exclude<keyof CpuInfo, "cpu" | "megahertz" | "flags" | "bugs">>> = {
  vendor: "vendor",
  vendor_id: "vendor",
  cpu: "vendor",
  "system type": "vendor",
  "cpu family": "family",
  model: "model",
  "model name": "modelName",
  Processor: "modelName",
  "cpu model": "modelName",
  isa: "modelName",
  microcode: "microcode",
  stepping: "stepping",
  "cache size": "cacheSize",
  "physical id": "package",
  "core id": "core",
  hart: "core",
};
const LISTS: Readonly<Record<string, "flags" | "bugs">> = {
  flags: "flags",
  Features: "flags",
  features: "flags",
  bugs: "bugs",
};
const FREQUENCIES: readonly string[] = ["cpu MHz", "cpu MHz dynamic", "clock"];

/** A processor as `/proc/cpuinfo` describes it; what it does not say is empty. */
export interface CpuInfo {
  /** Number. */
  readonly cpu: string;
  /** Number of the socket. */
  readonly package: string;
  /** Number of the core in its socket. */
  readonly core: string;
  /** Maker, as `GenuineIntel`. */
  readonly vendor: string;
  /** Family, a number. */
  readonly family: string;
  /** Model, a number. */
  readonly model: string;
  /** Model in words. */
  readonly modelName: string;
  /** Version of its microcode. */
  readonly microcode: string;
  /** Revision, a number. */
  readonly stepping: string;
  /** Size of its cache with the unit, as `8192 KB`. */
  readonly cacheSize: string;
  /** Frequency now; 0 where the file does not tell. */
  readonly megahertz: number;
  /** What it can. */
  readonly flags: readonly string[];
  /** What it does wrong. */
  readonly bugs: readonly string[];
}

const NOTHING: CpuInfo = {
  cpu: "",
  package: "",
  core: "",
  vendor: "",
  family: "",
  model: "",
  modelName: "",
  microcode: "",
  stepping: "",
  cacheSize: "",
  megahertz: 0,
  flags: [],
  bugs: [],
};

/**
 * Parses `/proc/cpuinfo`.
 *
 * @throws {SyntaxError} if the number or frequency of a processor is none, or there is no processor
 */
export function parseCpuinfo(text: string): readonly CpuInfo[] {
  const cpus: CpuInfo[] = [];
  let common: Partial<CpuInfo> = {};
  let current: number | undefined;
  for (const line of text.split(/\r?\n/)) {
    // What follows an empty line is of the next processor, which says so, or of none.
    if (line.trim() === "") current = undefined;
    const colon = line.indexOf(":");
    const key = line.slice(0, Math.max(colon, 0)).trim();
    const value = line.slice(colon + 1).replace(/^ /, "");
    // On s390x the number stands before the colon: `processor 0: version = FF, …`.
    const numbered = /^processor\s+(\d+)$/.exec(key)?.[1];
    if (numbered !== undefined || key === "processor" || key === "cpu number") {
      const number = wholeNumber(numbered ?? value.trim());
      if (number === undefined) throw malformed(FILE, line);
      current = cpus.findIndex(({ cpu }) => cpu === String(number));
      if (current < 0) current = cpus.push({ ...NOTHING, ...common, cpu: String(number) }) - 1;
      continue;
    }
    const told = fieldOf(key, value, line);
    const cpu = cpus[current ?? -1];
    if (cpu && current !== undefined) cpus[current] = { ...cpu, ...told };
    else if (cpus.length === 0) common = { ...common, ...told };
  }
  if (cpus.length === 0) throw new SyntaxError(`Cannot parse "${FILE}": no line is a processor's`);
  return cpus;
}

function fieldOf(key: string, value: string, line: string): Partial<CpuInfo> {
  if (FREQUENCIES.includes(key)) {
    const megahertz = signedNumber(/^[\d.]+/.exec(value)?.[0]);
    if (megahertz === undefined) throw malformed(FILE, line);
    return { megahertz };
  }
  const field = Object.hasOwn(FIELDS, key) ? FIELDS[key] : undefined;
  if (field) return { [field]: value };
  const list = Object.hasOwn(LISTS, key) ? LISTS[key] : undefined;
  return list ? { [list]: value.split(/\s+/).filter((word) => word !== "") } : {};
}
