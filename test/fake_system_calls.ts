/**
 * System calls that answer what a host's did: netlink with the tables of test/fixtures/netlink, adjtimex with what it is
 * given.
 *
 * @module
 */

import type { OpenSource } from "../src/source.ts";
import type { ClockState, SystemCalls } from "../src/system_calls.ts";
import { hostOf } from "./context.ts";

const read = (name: string) => Deno.readFileSync(new URL(`fixtures/netlink/${name}.bin`, import.meta.url));
/**
 * Answers to requests for whole tables, by type of request. The host had, beside `lo`, two pairs of devices, `d0` with `p0`
 * and `d1` with `p1`, routes of many kinds, and a queueing discipline of every kind that its kernel knew.
 */
export const TABLES: ReadonlyMap<number, Uint8Array<ArrayBuffer>> = new Map([
  [18, read("links")],
  [26, read("routes")],
  [38, read("qdiscs")],
]);

/** System calls of which a test gives some; the rest fail. */
export function callsOf(given: Partial<SystemCalls>): SystemCalls {
  const refuse = (): never => {
    throw new Error("Cannot make a system call: the test expects none");
  };
  return { adjtimex: refuse, rtnetlink: refuse, openIcmp: refuse, ...given };
}

/** Answers from {@linkcode TABLES}. */
export const tables: SystemCalls = callsOf({
  rtnetlink: (request) =>
    Promise.resolve(TABLES.get(new DataView(request.buffer).getUint16(4, true)) ?? new Uint8Array()),
});

/** A host whose system calls are these. */
export function hostCalling(calls: SystemCalls | undefined): OpenSource {
  return { ...hostOf({}), systemCalls: () => calls };
}

/** The answer of adjtimex with these 64-bit numbers, and status and TAI offset of 32 bits, by their place in `struct timex`. */
export function clockState(state: number, fields: Readonly<Record<number, number>>): ClockState {
  const view = new DataView(new ArrayBuffer(208));
  for (const [offset, value] of Object.entries(fields)) view.setBigInt64(Number(offset), BigInt(value), true);
  return { state, timex: new Uint8Array(view.buffer) };
}
