/**
 * Attributes: the kernel's files of one value, as those of sysfs.
 *
 * @module
 */

import type { FileTree } from "./collector.ts";
import { malformed, signedNumber } from "./kernel_text.ts";

const HEXADECIMAL = /^0[xX][\da-fA-F]{1,16}$/;
/** The file is there, and this user may not read it. */
const FORBIDDEN: readonly unknown[] = ["EACCES", "EPERM"];

/**
 * The number in a file, decimal or, with `0x` before it, hexadecimal; `undefined` where there is no file or its device
 * has no value now.
 *
 * @throws {SyntaxError} if the file holds anything else
 */
export function signedIn(tree: FileTree, path: string): number | undefined {
  const text = tree.value(path);
  if (text === undefined) return undefined;
  const number = HEXADECIMAL.test(text) ? Number(text) : signedNumber(text);
  if (number === undefined) throw malformed(tree.locate(path), text);
  return number;
}

/** What `read` gives; `undefined` if this user may not read the file that it reads, as serial numbers are root's. */
export function permitted<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    if (cause instanceof Error && "code" in cause && FORBIDDEN.includes(cause.code)) return undefined;
    throw error;
  }
}

/** The entries of a folder that are `prefix` and a number, as `cpu3`, in the order of their names: path and number. */
export function numbered(tree: FileTree, folder: string, prefix: string): readonly { path: string; number: string }[] {
  return (tree.list(folder) ?? [])
    .filter((name) => name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length)))
    .map((name) => ({ path: `${folder}/${name}`, number: name.slice(prefix.length) }));
}

/** The kernel numbers no more processors than this; a garbled range must not fill the memory. */
const MOST_CPUS = 65536;

/**
 * The numbers in a file that lists processors, as `0-3,8`; `undefined` where there is no file.
 *
 * @throws {SyntaxError} if the file holds anything else
 */
export function cpuListIn(tree: FileTree, path: string): ReadonlySet<number> | undefined {
  const text = tree.value(path);
  if (text === undefined) return undefined;
  const cpus = new Set<number>();
  for (const range of text.split(",")) {
    if (range === "") continue;
    const [, first, last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(range) ?? [];
    if (first === undefined || Number(last) >= MOST_CPUS) throw malformed(tree.locate(path), text);
    for (let cpu = Number(first); cpu <= Number(last); cpu++) cpus.add(cpu);
  }
  return cpus;
}
