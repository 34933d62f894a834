/**
 * Probes each address of a name that the module asks for, and makes one result of them.
 *
 * A prober of hosts is {@linkcode probeHost} with a function that probes one address:
 *
 *     probeHost<TcpResult>(host, module.address, tools, {}, async (address, seconds) => {
 *       const facts: { tls?: TlsFacts } = {};
 *       const attempted = await attempt(tools, seconds, "connect", async (signal, timeline) => {
 *         tools.admit(address);
 *         const connection = await openSocket(address, port, signal);
 *         …
 *       });
 *       return { ...attempted, ...facts, lookupSeconds: 0, address };
 *     })
 *
 * @module
 */

import { toNanosecond } from "../../../src/clock.ts";
import { type Addresses, resolveAddresses } from "./address.ts";
import { attempt } from "../attempt.ts";
import type { AddressChoice } from "../module.ts";
import type { ProbeTools } from "../prober.ts";
import type { Address, ProbeResult } from "../result.ts";
import { sumDurations } from "../timeline.ts";

/**
 * Probes one address.
 *
 * @param seconds that it may take
 * @returns its result: durations and outcome of this address alone, without the phase `resolve`
 */
export type ProbeAddress<R extends ProbeResult> = (address: Address, seconds: number) => Promise<R>;

/**
 * Resolves `host`, probes the addresses that `choice` asks for, and adds up: `lookupSeconds`, the phase `resolve`, the
 * duration of the whole. What the resolver throws is the outcome.
 *
 * @param particulars what a result holds beside a {@linkcode ProbeResult} where no address was found
 * @throws what is no outcome: the reason for which the tools' signal aborted, or a fault of this host
 */
export async function probeHost<R extends ProbeResult>(
  host: string,
  choice: AddressChoice,
  tools: ProbeTools,
  particulars: Omit<R, keyof ProbeResult>,
  once: ProbeAddress<R>,
): Promise<Omit<R, keyof ProbeResult> & ProbeResult> {
  const { clock, timeoutSeconds } = tools;
  const begin = clock.monotonic();
  let addresses: Addresses | undefined;
  const resolved = await attempt(tools, timeoutSeconds, "resolve", async (signal) => {
    addresses = await resolveAddresses(host, choice, tools, signal);
  });
  const lookupSeconds = resolved.durations.resolve ?? 0;
  if (!addresses) return { ...particulars, ...resolved, lookupSeconds };
  const endSeconds = begin + timeoutSeconds;
  const probed = await overAddresses(addresses, choice.resolve, tools, endSeconds, once);
  return {
    ...probed,
    outcome: { ...probed.outcome, durationSeconds: toNanosecond(clock.monotonic() - begin) },
    durations: sumDurations([resolved.durations, probed.durations]),
    lookupSeconds,
  };
}

/**
 * Probes addresses one after the other, each with an equal share of the time that is left. `first`: the first alone.
 * `all`: every one, all must succeed. `any`: until one succeeds.
 *
 * @param endSeconds when the time is up, on the tools' monotonic clock
 * @returns the result that decided: with `all` the first failure or else the last, with `any` the last; its `durations`
 * are the sum over all that were tried, and `addresses` says how each ended, unless only the first was asked for
 */
export async function overAddresses<R extends ProbeResult>(
  addresses: Addresses,
  mode: AddressChoice["resolve"],
  { clock }: Pick<ProbeTools, "clock">,
  endSeconds: number,
  once: ProbeAddress<R>,
): Promise<R> {
  const left = () => Math.max(0, endSeconds - clock.monotonic());
  const [first, ...others] = addresses;
  let decisive = await once(first, mode === "first" ? left() : left() / addresses.length);
  if (mode === "first") return decisive;
  const results = [{ address: first, outcome: decisive.outcome }];
  const durations = [decisive.durations];
  for (const [i, address] of others.entries()) {
    if (mode === "any" && decisive.outcome.success) break;
    const result = await once(address, left() / (others.length - i));
    results.push({ address, outcome: result.outcome });
    durations.push(result.durations);
    if (mode === "any" || decisive.outcome.success) decisive = result;
  }
  return { ...decisive, durations: sumDurations(durations), addresses: results };
}
