/** A kernel's table of addresses, beside the tables that were recorded. */

import { parseDeviceNames, parseTable } from "../../../src/netlink.ts";
import { TABLES, tables } from "../../fake_system_calls.ts";

/** linux/rtnetlink.h */
const RTM_GETADDR = 22;
const DONE = [20, 0, 0, 0, 3, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

/** An entry of the table: attributes by their number, each of a multiple of four bytes. */
export function entry(
  device: number,
  prefixLength: number,
  attributes: readonly (readonly [type: number, value: readonly number[]])[],
): number[] {
  const parts = attributes.flatMap(([type, value]) => [4 + value.length, 0, type, 0, ...value]);
  return [2, prefixLength, 0, 0, device, 0, 0, 0, ...parts];
}

const message = (body: readonly number[]) => [16 + body.length, 0, 0, 0, 20, 0, 2, 0, ...Array(8).fill(0), ...body];
const names = parseDeviceNames(parseTable(TABLES.get(18) ?? new Uint8Array()).bodies);
const d0 = [...names].find(([, name]) => name === "d0")?.[0] ?? 0;
const ENTRIES = [
  // 1 is IFA_ADDRESS, here the far end, and 2 IFA_LOCAL.
  entry(d0, 24, [[1, [192, 0, 2, 8]], [2, [192, 0, 2, 7]]]),
  entry(d0, 128, [[1, [...Array(15).fill(0), 1]]]),
  entry(d0, 8, []),
  entry(250, 8, [[1, [10, 0, 0, 1]]]),
];

/** Answers as a host with `d0`, of which it has two addresses, one without address, and one of a device that went away. */
export function rtnetlink(request: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  if (request[4] !== RTM_GETADDR) return tables.rtnetlink(request);
  return Promise.resolve(Uint8Array.from([...ENTRIES.flatMap(message), ...DONE]));
}
