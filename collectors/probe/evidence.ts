/**
 * What is kept of failed probes, so that an alert can lead to the evidence of that very outage.
 *
 * A fixed number of bytes for all targets together: each failure is kept as encoded text, whose size is known. Of targets that
 * failed several times the older failures go first, then the newest of those that failed longest ago.
 *
 * @module
 */

import { Shared } from "../../src/scope.ts";
import type { ProbeResult } from "./result.ts";
import type { Durations } from "./timeline.ts";
import type { TraceEvent } from "./trace.ts";

/** How an address ended. */
export interface AddressEvidence {
  /** Its text. */
  readonly ip: string;
  /** Whether it did. */
  readonly success: boolean;
  /** Why it did not, as `refused in connect: …`. */
  readonly failure?: string;
}

/** What is kept of a certificate. */
export interface CertificateEvidence {
  /** Name of its owner. */
  readonly subject: string;
  /** Name of who signed it. */
  readonly issuer: string;
  /** Unix time from which it is valid, in seconds. */
  readonly notBeforeSeconds: number;
  /** Unix time at which it expires, in seconds. */
  readonly notAfterSeconds: number;
  /** The first of the DNS names that it is for. */
  readonly dnsNames: readonly string[];
  /** SHA-256 of the whole, hexadecimal. */
  readonly sha256: string;
}

/** What is kept of TLS. */
export interface TlsEvidence {
  /** As `TLS 1.3`. */
  readonly version?: string;
  /** IANA's name of the cipher suite. */
  readonly cipher?: string;
  /** Whether the certificate was verified. */
  readonly verified: boolean;
  /** Why it could not be. */
  readonly verificationError?: string;
  /** The first certificates shown, the server's own first. */
  readonly chain: readonly CertificateEvidence[];
}

/** A failed probe. */
export interface FailureEvidence {
  /** Name of the target. */
  readonly target: string;
  /** Name of the prober. */
  readonly prober: string;
  /** Name of the module. */
  readonly module: string;
  /** Unix time at which it began, in seconds. */
  readonly beganSeconds: number;
  /** How long it waited for other probes before, in seconds. */
  readonly waitedSeconds: number;
  /** Why it failed. */
  readonly reason: string;
  /** Where it stopped. */
  readonly phase: string;
  /** One line for a person. */
  readonly message: string;
  /** How long it took in seconds; absent if it did not get so far as to fail. */
  readonly durationSeconds?: number;
  /** Seconds spent in each phase that was reached. */
  readonly durations: Durations;
  /** The address that was probed; of several the last. */
  readonly address?: string;
  /** How each address ended, where several were tried. */
  readonly addresses?: readonly AddressEvidence[];
  /** The last TLS that was spoken. */
  readonly tls?: TlsEvidence;
  /** What the probe told on its way: its timeline, with what matched. */
  readonly events: readonly TraceEvent[];
  /** Lines that were left out of the middle of `events`. */
  readonly eventsLeftOut: number;
}

/** What a failure is told of beside the probe's result. */
export type Circumstances = Pick<
  FailureEvidence,
  "target" | "prober" | "module" | "beganSeconds" | "waitedSeconds" | "events"
>;

const LONGEST_TEXT = 300;
const MOST_ADDRESSES = 16;
const MOST_CERTIFICATES = 5;
const MOST_NAMES = 10;
/** Bytes of one failure; events are left out of what is larger. */
const LARGEST_BYTES = 16 * 1024;

const brief = (text: string): string => text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT - 1)}…` : text;

/** The evidence of a failed probe; `undefined` of one that succeeded. */
export function evidenceOf(result: ProbeResult, circumstances: Circumstances): FailureEvidence | undefined {
  const { outcome, durations, address, addresses, tls } = result;
  if (outcome.success) return undefined;
  const { reason, phase, message } = outcome.failure;
  return {
    ...circumstances,
    reason,
    phase,
    message: brief(message),
    durationSeconds: outcome.durationSeconds,
    durations,
    address: address?.ip,
    addresses: addresses?.slice(0, MOST_ADDRESSES).map(({ address: { ip }, outcome }) =>
      outcome.success ? { ip, success: true } : {
        ip,
        success: false,
        failure: brief(`${outcome.failure.reason} in ${outcome.failure.phase}: ${outcome.failure.message}`),
      }
    ),
    tls: tls && tlsEvidence(tls),
    eventsLeftOut: 0,
  };
}

function tlsEvidence(
  { version, cipher, verified, verificationError, chain }: NonNullable<ProbeResult["tls"]>,
): TlsEvidence {
  return {
    version,
    cipher,
    verified,
    verificationError: verificationError && brief(verificationError),
    chain: chain.slice(0, MOST_CERTIFICATES).map((certificate) => ({
      subject: brief(certificate.subject),
      issuer: brief(certificate.issuer),
      notBeforeSeconds: certificate.notBeforeSeconds,
      notAfterSeconds: certificate.notAfterSeconds,
      dnsNames: certificate.dnsNames.slice(0, MOST_NAMES).map(brief),
      sha256: certificate.sha256,
    })),
  };
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** As bytes; of too many events the first and the last are kept. */
function encode(evidence: FailureEvidence): Uint8Array {
  const { events } = evidence;
  let bytes = encoder.encode(JSON.stringify(evidence));
  for (let kept = events.length; bytes.length > LARGEST_BYTES && kept > 0;) {
    kept >>= 1;
    const head = events.slice(0, kept >> 1);
    const tail = events.slice(events.length - (kept - head.length));
    const shorter = { ...evidence, events: [...head, ...tail], eventsLeftOut: events.length - kept };
    bytes = encoder.encode(JSON.stringify(shorter));
  }
  return bytes;
}

interface Entry {
  readonly target: string;
  readonly beganSeconds: number;
  readonly bytes: Uint8Array;
}

/** What an entry and its places in lists take beside its bytes. */
const ENTRY_BYTES = 400;
const MOST_PER_TARGET = 10;
const BUDGET_BYTES = 16 * 1024 * 1024;

/** The bounds of an {@linkcode EvidenceStore}. */
export interface EvidenceBounds {
  /** Bytes of all failures together. */
  readonly bytes: number;
  /** Failures of one target. */
  readonly perTarget: number;
}

/** How a target did, for lists. */
export interface TargetFailures {
  /** Its name. */
  readonly target: string;
  /** Failures that are kept. */
  readonly count: number;
  /** Unix time at which the newest began, in seconds. */
  readonly lastSeconds: number;
}

/** The last failures of targets. */
export class EvidenceStore {
  readonly #bounds: EvidenceBounds;
  /** Failures by target, oldest first; targets in the order of their newest. */
  readonly #byTarget = new Map<string, Entry[]>();
  /** Failures that are not their target's newest, in the order in which they ceased to be. */
  readonly #superseded = new Set<Entry>();
  #bytes = 0;

  /** An empty one. */
  constructor(bounds: EvidenceBounds = { bytes: BUDGET_BYTES, perTarget: MOST_PER_TARGET }) {
    this.#bounds = bounds;
  }

  /** Bytes that it takes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Keeps a failure, at the cost of older ones. */
  add(evidence: FailureEvidence): void {
    const { target, beganSeconds } = evidence;
    const entry: Entry = { target, beganSeconds, bytes: encode(evidence) };
    const entries = this.#byTarget.get(target) ?? [];
    const former = entries.at(-1);
    if (former) this.#superseded.add(former);
    entries.push(entry);
    this.#byTarget.delete(target);
    this.#byTarget.set(target, entries);
    this.#bytes += sizeOf(entry);
    if (entries.length > this.#bounds.perTarget) this.#drop(entries[0]);
    while (this.#bytes > this.#bounds.bytes) this.#drop(this.#oldest());
  }

  /** Failures of a target, the newest first. */
  of(target: string): readonly FailureEvidence[] {
    return (this.#byTarget.get(target) ?? []).toReversed().map(({ bytes }): FailureEvidence =>
      JSON.parse(decoder.decode(bytes))
    );
  }

  /** Targets of which failures are kept, the one that failed last first. */
  targets(): readonly TargetFailures[] {
    return [...this.#byTarget].reverse().map(([target, entries]) => ({
      target,
      count: entries.length,
      lastSeconds: entries.at(-1)?.beganSeconds ?? 0,
    }));
  }

  #oldest(): Entry | undefined {
    const [superseded] = this.#superseded;
    if (superseded) return superseded;
    const [entries] = this.#byTarget.values();
    return entries?.[0];
  }

  /** Of a target its oldest always goes first. */
  #drop(entry: Entry | undefined): void {
    const entries = entry && this.#byTarget.get(entry.target);
    if (!entries || entries[0] !== entry) throw new Error("Cannot drop evidence: it is not its target's oldest");
    entries.shift();
    this.#superseded.delete(entry);
    this.#bytes -= sizeOf(entry);
    if (entries.length === 0) this.#byTarget.delete(entry.target);
  }
}

function sizeOf({ target, bytes }: Entry): number {
  return bytes.length + 2 * target.length + ENTRY_BYTES;
}

/** The failures of an exporter's targets. */
export const FAILURES: Shared<EvidenceStore> = new Shared(() => new EvidenceStore());

/** Those of targets that were asked for on demand, apart: who asks for many must not push the others out. */
export const FAILURES_ON_DEMAND: Shared<EvidenceStore> = new Shared(() =>
  new EvidenceStore({ bytes: BUDGET_BYTES / 4, perTarget: MOST_PER_TARGET })
);
