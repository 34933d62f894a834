/**
 * `/proc/net/rpc/nfs` and `/proc/net/rpc/nfsd`: rpc_proc_show() and svc_seq_show() in the kernel. A line per subject, each
 * of numbers; those named `proc` say first how many follow.
 *
 * @module
 */

import { decimalNumber, malformed } from "./kernel_text.ts";

/** Procedures of version 2, RFC 1094, in their order, under the peer's names. */
export const NFS2_PROCEDURES: readonly string[] = (
  "Null GetAttr SetAttr Root Lookup ReadLink Read WrCache Write Create Remove Rename Link SymLink MkDir " +
  "RmDir ReadDir FsStat"
).split(" ");

/** Procedures of version 3, RFC 1813, in their order, under the peer's names. */
export const NFS3_PROCEDURES: readonly string[] = (
  "Null GetAttr SetAttr Lookup Access ReadLink Read Write Create MkDir SymLink MkNod Remove RmDir Rename " +
  "Link ReadDir ReadDirPlus FsStat FsInfo PathConf Commit"
).split(" ");

/** Numbers of each line by its first word. */
export type RpcLines = ReadonlyMap<string, readonly number[]>;

/**
 * Parses a file of RPC statistics.
 *
 * @param shortest how many numbers these lines have at least, by their first word; a line that is not there is none
 * @throws {SyntaxError} if a line is not a word and numbers, or has fewer than it must
 */
export function parseRpc(file: string, text: string, shortest: Readonly<Record<string, number>>): RpcLines {
  const lines = new Map<string, readonly number[]>();
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const [key = "", ...columns] = line.trim().split(/\s+/);
    const numbers = columns.flatMap((column) => decimalNumber(column) ?? []);
    const count = /^proc\d/.test(key) ? numbers.shift() : undefined;
    const tooFew = numbers.length < (new Map(Object.entries(shortest)).get(key) ?? 0);
    if (columns.length === 0 || columns.length !== numbers.length + (count === undefined ? 0 : 1)) {
      throw malformed(file, line);
    }
    if (tooFew || count !== undefined && count !== numbers.length) throw malformed(file, line);
    lines.set(key, numbers);
  }
  return lines;
}

/** Calls by procedure; 0 where the line is not there, or of a kernel that has fewer, as with the peer. */
export function callsOf(
  procedures: readonly string[],
  calls: readonly number[] | undefined,
): (readonly [method: string, calls: number])[] {
  return procedures.map((method, i) => [method, calls?.[i] ?? 0] as const);
}
