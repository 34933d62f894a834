/**
 * Messages of ICMP as sockets pass them on, made by hand.
 *
 * @module
 */

import { type Echo, echoRequest, internetChecksum } from "../../../collectors/probe/icmp/icmp_packet.ts";
import type { IcmpMessage, IcmpSocket } from "../../../src/system_calls.ts";

/** Who sends, and where our own packets went. */
export const SENDER = {
  4: { from: Uint8Array.of(192, 0, 2, 1), to: Uint8Array.of(192, 0, 2, 9) },
  6: {
    from: Uint8Array.of(0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1),
    to: Uint8Array.of(0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9),
  },
} as const;

/** With its checksum, where we are to see to that. */
function summed(family: 4 | 6, bytes: Uint8Array): Uint8Array {
  bytes.set([0, 0], 2);
  if (family === 4) new DataView(bytes.buffer).setUint16(2, internetChecksum(bytes));
  return bytes;
}

/** A packet of IP without options. */
function packet(family: 4 | 6, from: Uint8Array, to: Uint8Array, content: Uint8Array): Uint8Array {
  const header = new Uint8Array(family === 4 ? 20 : 40);
  if (family === 4) {
    header.set([0x45]);
    header[9] = 1;
    header.set(from, 12);
    header.set(to, 16);
  } else {
    header.set([0x60]);
    header[6] = 58;
    header.set(from, 8);
    header.set(to, 24);
  }
  return Uint8Array.of(...header, ...content);
}

function passedOn(family: 4 | 6, kind: IcmpSocket["kind"], from: Uint8Array, message: Uint8Array): IcmpMessage {
  const bytes = kind === "raw" && family === 4 ? packet(4, from, SENDER[4].from, message) : message;
  return { bytes, sender: from, hopLimit: 61, ageSeconds: 0 };
}

/** The reply to a request, by whom it was sent to. */
export function reply(
  family: 4 | 6,
  kind: IcmpSocket["kind"],
  echo: Echo,
  from: Uint8Array = SENDER[family].to,
): IcmpMessage {
  const message = echoRequest(family, echo);
  message[0] = family === 4 ? 0 : 129;
  return passedOn(family, kind, from, summed(family, message));
}

/** What a router says that has no way to the host that a request went to. */
export function unreachable(
  family: 4 | 6,
  kind: IcmpSocket["kind"],
  echo: Echo,
  to: Uint8Array = SENDER[family].to,
): IcmpMessage {
  const request = echoRequest(family, echo);
  const [type, code] = family === 4 ? [3, 1] : [1, 3];
  const { from } = SENDER[family];
  if (kind === "datagram") return { bytes: request, sender: to, ageSeconds: 0, error: { type, code, from } };
  const quoted = packet(family, from, to, request);
  return passedOn(family, kind, from, summed(family, Uint8Array.of(type, code, 0, 0, 0, 0, 0, 0, ...quoted)));
}
