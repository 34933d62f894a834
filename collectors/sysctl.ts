/**
 * Parameters of the kernel that the operator names: `/proc/sys` of proc_sys(5). One file each; one series per number or
 * word of it. One that cannot be read, or is not what its option says, fails the run, but does not cost the others; with
 * the peer it costs those that are named after it.
 *
 * @module
 */

import * as z from "zod";
import { checked } from "../src/checked.ts";
import { defineCollector, type FailureReason, type FileTree } from "../src/collector.ts";
import { failureMessage, failureReason } from "../src/failure.ts";
import { malformed } from "../src/kernel_text.ts";

/** A parameter as the operator names it: `fs.file-nr`, or `fs.file-nr:total,current,max` with a name per column. */
export interface Parameter {
  /** Its name, as sysctl(8) writes it. */
  readonly name: string;
  /** Names of its columns; empty for none. */
  readonly keys: readonly string[];
}

/** One family of numbers. */
export interface SysctlNumbers {
  /** The parameter. */
  readonly parameter: Parameter;
  /** Its columns. */
  readonly numbers: readonly number[];
}

/** What the named files hold. */
export interface Sysctls {
  /** Parameters read as numbers. */
  readonly numbers: readonly SysctlNumbers[];
  /** Words of parameters read as text, by name. */
  readonly words: ReadonlyMap<string, readonly string[]>;
}

/** A run in which some of the parameters could not be read. */
class PartlyReadError extends Error {
  override readonly name = "PartlyReadError";
  readonly failureReason: FailureReason;
  /** Those that could. */
  readonly others: Sysctls;

  constructor(faults: readonly unknown[], others: Sysctls) {
    super(faults.map(failureMessage).join("; "), { cause: faults[0] });
    this.failureReason = failureReason(faults[0]);
    this.others = others;
  }
}

const parameters = (description: string) =>
  z.array(z.string().min(1).transform(checked(parseParameter))).default([]).meta({
    description,
    placeholder: "NAME[:KEY,KEY...]",
  });

export default defineCollector({
  name: "sysctl",
  help: "Parameters of the kernel that are named by option.",
  enabled: false,
  peer: true,
  platforms: ["linux"],
  freshnessSeconds: 0.1,
  options: z.strictObject({
    include: parameters("Parameters to report as numbers, as fs.file-nr or fs.file-nr:total,current,max."),
    "include-info": parameters("Parameters to report as text in labels.").refine(
      (list) => list.every(({ keys }) => keys.length === 0),
      { message: "a parameter reported as text has no keys" },
    ),
  }),
  metrics: {
    node_sysctl_info: { type: "gauge", help: "sysctl info", labels: ["name", "value", "index"] },
  },
  openFamilies: ["node_sysctl_*"],
  sources: ["/proc/sys/*"],
  read({ source: { proc }, options }): Sysctls {
    const faults: unknown[] = [];
    const readable = <T>(list: readonly Parameter[], read: (parameter: Parameter) => T): T[] =>
      list.flatMap((parameter) => {
        try {
          return [read(parameter)];
        } catch (error) {
          faults.push(error);
          return [];
        }
      });
    const sysctls = {
      numbers: readable(options.include, (parameter) => ({ parameter, numbers: readNumbers(proc, parameter) })),
      words: new Map(readable(options["include-info"], ({ name }) => [name, columnsOf(proc, name)])),
    };
    if (faults.length > 0) throw new PartlyReadError(faults, sysctls);
    return sysctls;
  },
  failureValue: (error): Sysctls => error instanceof PartlyReadError ? error.others : { numbers: [], words: new Map() },
  samples({ numbers, words }, emit) {
    for (const one of numbers) emitNumbers(one, emit.family);
    for (const [name, values] of words) {
      for (const [index, value] of values.entries()) {
        emit("node_sysctl_info", 1, { name, value, index: String(index) });
      }
    }
  },
});

type EmitFamily = (family: {
  name: string;
  type: "untyped";
  help: string;
  labels?: readonly string[];
  samples: { labels?: Record<string, string>; value: number }[];
}) => void;

function emitNumbers({ parameter: { name, keys }, numbers }: SysctlNumbers, family: EmitFamily): void {
  const base = `node_sysctl_${sanitized(name)}`;
  const indexed = keys.length === 0 && numbers.length > 1;
  for (const [index, value] of numbers.entries()) {
    const key = keys[index];
    family({
      name: key === undefined ? base : `${base}_${sanitized(key)}`,
      type: "untyped",
      help: key === undefined ? `sysctl ${name}` : `sysctl ${name}, field ${index}`,
      ...(indexed ? { labels: ["index"] } : {}),
      samples: [{ ...(indexed ? { labels: { index: String(index) } } : {}), value }],
    });
  }
}

function sanitized(name: string): string {
  return name.replace(/[^a-zA-Z0-9_]/g, "_");
}

/**
 * Parses a parameter as the operator names it.
 *
 * @throws {SyntaxError} if it has no name, or leaves the folder of parameters
 */
export function parseParameter(text: string): Parameter {
  const [name = "", ...keys] = text.split(":", 2).flatMap((part, i) => i === 0 ? part : part.split(","));
  if (name === "" || name.split(/[./]/).includes("")) {
    throw new SyntaxError(`Cannot parse parameter ${JSON.stringify(text)}, expected one like "kernel.threads-max"`);
  }
  return { name, keys };
}

function columnsOf(proc: FileTree, name: string): string[] {
  const path = `sys/${name.replaceAll(".", "/")}`;
  const columns = proc(path).split(/\s+/).filter((column) => column !== "");
  if (columns.length === 0) throw new SyntaxError(`Cannot parse "${proc.locate(path)}": it is empty`);
  return columns;
}

/**
 * A whole number as the peer reads it: decimal, or as its prefix says, `0x1f`, `0b11`, `0o17` or `017`. Unlike there one
 * beyond 2⁶³ is one too, as `kernel.shmmax` is. `undefined` for any other text.
 */
export function parseNumber(text: string): number | undefined {
  const [, sign, digits = ""] = /^([+-]?)(0x[\da-f]+|0b[01]+|0o?[0-7]+|0|[1-9]\d*)$/i.exec(text) ?? [];
  if (sign === undefined) return undefined;
  const number = Number(/^0\d/.test(digits) ? `0o${digits}` : digits);
  if (number > 2 ** 64) return undefined;
  return sign === "-" ? -number || 0 : number;
}

function readNumbers(proc: FileTree, { name, keys }: Parameter): number[] {
  const numbers = columnsOf(proc, name).map((digits) => {
    const number = parseNumber(digits);
    if (number === undefined) throw malformed(proc.locate(`sys/${name.replaceAll(".", "/")}`), digits);
    return number;
  });
  if (keys.length > 0 && keys.length !== numbers.length || keys.length > 0 && numbers.length === 1) {
    throw new SyntaxError(`Cannot name the columns of "${name}": it has ${numbers.length}, with ${keys.length} names`);
  }
  return numbers;
}
