/**
 * Sends one echo request, and waits for its reply.
 *
 * @module
 */

import { type Stop, stopsIn } from "../accounting.ts";
import { addressBytes } from "../address/address.ts";
import { attempt } from "../attempt.ts";
import type { IcmpModule } from "../module.ts";
import { probeHost } from "../address/over_addresses.ts";
import { type EchoReply, type Pinger, PINGERS } from "./pinger.ts";
import type { ProbeTools } from "../prober.ts";
import { type Address, ProbeError, type ProbeResult } from "../result.ts";

/** What an echo request came to. */
export interface IcmpResult extends ProbeResult {
  /** The reply, if one has come. */
  readonly reply?: EchoReply;
}

/** The peer's. */
const STANDARD_PAYLOAD_BYTES = 28;
/** What every way takes whole: RFC 791's 68 bytes without the headers of IPv4 and ICMP. */
const SHORT_PAYLOAD_BYTES = 40;

/** The ways in which a probe with this module can stop. */
export function icmpStops({ payloadBytes }: IcmpModule): readonly Stop[] {
  return [
    ...stopsIn("resolve", "internal", "dns", "timeout"),
    ...stopsIn("connect", "internal", "refused", "timeout"),
    ...stopsIn("processing", "refused", "timeout", "response"),
    ...payloadBytes > SHORT_PAYLOAD_BYTES ? [...stopsIn("connect", "size"), ...stopsIn("processing", "size")] : [],
  ];
}

/**
 * Pings the host `target`, as `module` asks. Its phases: `connect` until the request is sent, then `processing`, which is as
 * long as the kernel's times say.
 *
 * @throws what is no outcome: the reason for which the tools' signal aborted, or a fault of this host
 */
export async function probeIcmp(target: string, module: IcmpModule, tools: ProbeTools): Promise<IcmpResult> {
  return await probeHost<IcmpResult>(target, module.address, tools, {}, async (address, seconds) => {
    let reply: EchoReply | undefined;
    const { outcome, durations } = await attempt(tools, seconds, "connect", async (signal, timeline) => {
      reply = await pingOnce(address, module, tools, signal, () => timeline.enter("processing"));
    });
    return {
      outcome,
      durations: reply ? { ...durations, processing: reply.roundTripSeconds } : durations,
      reply,
      lookupSeconds: 0,
      address,
    };
  });
}

async function pingOnce(
  address: Address,
  { sourceAddress, payloadBytes, dontFragment, ttl }: IcmpModule,
  { admit, clock, scope, source, trace }: ProbeTools,
  signal: AbortSignal,
  sent: () => void,
): Promise<EchoReply> {
  admit(address);
  trace.note("debug", "Creating socket");
  const pinger: Pinger = PINGERS.of(scope).of(address.family, source.systemCalls());
  if (sourceAddress !== undefined) trace.note("debug", "Using source address", { srcIP: sourceAddress });
  const length = payloadBytes || STANDARD_PAYLOAD_BYTES;
  trace.note("debug", "Creating ICMP packet", { socket: pinger.kind, payload_bytes: length, ttl });
  const to = {
    ip: address.ip,
    bytes: addressBytes(address.ip),
    hopLimit: ttl,
    dontFragment,
    source: sourceAddress === undefined ? undefined : sourceBytes(sourceAddress, address),
  };
  const ping = {
    to,
    payloadBytes: length,
    sent() {
      sent();
      trace.note("debug", "Waiting for reply packets");
    },
  };
  try {
    const reply = await pinger.ping(ping, clock, signal);
    trace.note("debug", "Found matching reply packet", {
      hop_limit: reply.hopLimit ?? "unknown",
      rtt_seconds: reply.roundTripSeconds,
    });
    return reply;
  } catch (error) {
    if (!hasCode(error, "EMSGSIZE")) throw error;
    const message = `a packet with ${length} bytes of payload is too long for the device or for ICMP`;
    throw new ProbeError("size", message, { cause: error });
  }
}

/** An address of ours from which the target's can be reached. */
function sourceBytes(source: string, { ip, family }: Address): Uint8Array {
  const bytes = addressBytes(source);
  if (bytes.length === (family === 4 ? 4 : 16)) return bytes;
  throw new ProbeError("refused", `cannot send from ${source} to ${ip}: they are of different families`);
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
