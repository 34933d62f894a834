/**
 * What messages of ICMP say of packets that did not arrive.
 *
 * @module
 */

import type { IcmpReport } from "../../../src/system_calls.ts";
import { ProbeError } from "../result.ts";

/** By family, type and perhaps code, as in RFC 792, RFC 1122, RFC 1812 and RFC 4443. */
const WORDS: Readonly<Record<string, string>> = {
  "4/3": "the destination is unreachable",
  "4/3/0": "the network is unreachable",
  "4/3/1": "the host is unreachable",
  "4/3/2": "the host does not speak ICMP",
  "4/3/4": "the packet is too long, and must not be fragmented",
  "4/3/9": "the network is administratively prohibited",
  "4/3/10": "the host is administratively prohibited",
  "4/3/13": "a filter prohibits it",
  "4/4": "packets come too fast",
  "4/11": "the time to live ran out on the way",
  "4/11/1": "its fragments did not come together",
  "4/12": "the header is refused",
  "6/1": "the destination is unreachable",
  "6/1/0": "there is no route",
  "6/1/1": "a filter prohibits it",
  "6/1/3": "the host is unreachable",
  "6/2": "the packet is too long",
  "6/3": "the hop limit ran out on the way",
  "6/3/1": "its fragments did not come together",
  "6/4": "the header is refused",
};

const TOO_LONG = new Set(["4/3/4", "6/2/0"]);
const UNREACHABLE = new Set(["4/3", "6/1"]);

/**
 * The failure that a message of ICMP stands for: `size` if the packet is too long for the way, `refused` if nobody is there
 * or somebody prohibits it, `response` if it broke off on the way for another reason.
 */
export function icmpFault(family: 4 | 6, { type, code, from }: IcmpReport): ProbeError {
  const exact = `${family}/${type}/${code}`;
  const kind = `${family}/${type}`;
  const reason = TOO_LONG.has(exact) ? "size" : UNREACHABLE.has(kind) ? "refused" : "response";
  const words = WORDS[exact] ?? WORDS[kind] ?? "the packet did not arrive";
  const numbers = `ICMP${family === 6 ? "v6" : ""} type ${type}, code ${code}`;
  return new ProbeError(reason, `${addressText(from)} says: ${words} (${numbers})`);
}

function addressText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join(".");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const groups = Array.from({ length: bytes.length >> 1 }, (_, i) => view.getUint16(i * 2).toString(16)).join(":");
  const url = `http://[${groups}]/`;
  return URL.canParse(url) ? new URL(url).hostname.slice(1, -1) : "somebody";
}
