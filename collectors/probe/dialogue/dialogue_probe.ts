/**
 * What the probers of TCP and of Unix sockets have in common: a connection, TLS perhaps, and a dialogue over it.
 *
 * @module
 */

import type { AnyEmit, Labels, Metrics } from "../../../src/collector.ts";
import { type Stop, stopsIn } from "../accounting.ts";
import { type Attempt, attempt } from "../attempt.ts";
import { type Connection, secureSocket } from "../connection.ts";
import { converse, nothingSaid, type Said } from "./dialogue.ts";
import { emitTls, EXPECT_FAMILY, REGEX_FAMILY, TLS_FAMILIES } from "../families.ts";
import type { TcpModule, UnixModule } from "../module.ts";
import type { ProbeTools } from "../prober.ts";
import type { Phase, ProbeResult, Reason } from "../result.ts";
import type { Timeline } from "../timeline.ts";
import { type TlsFacts, UnverifiedError } from "../tls/tls_facts.ts";

/** What is known of a dialogue beside how it ended. */
export interface DialogueFacts {
  /** What was said; absent where the connection could never be used. */
  said?: Said;
  /** The last TLS that was spoken, also where its certificate was not accepted. */
  tls?: TlsFacts;
  /** The last TLS whose certificate was accepted. */
  acceptedTls?: TlsFacts;
  /** Unix time of the last handshake, in seconds. */
  wallSeconds: number;
}

/** What a probe that holds a dialogue came to. */
export interface DialogueResult extends ProbeResult, Readonly<DialogueFacts> {
  /** Whether a name was to be resolved; absent: it was. */
  readonly resolves?: boolean;
  /** The last TLS that was spoken, also where its certificate was not accepted. */
  readonly tls?: TlsFacts;
}

/** How a dialogue is held. */
type DialogueModule = TcpModule | UnixModule;

/**
 * Connects by `dial` and goes through the module's dialogue, for at most `seconds`.
 *
 * @param host name that certificates must be for, unless the module has one
 * @throws what is no outcome: the reason for which the tools' signal aborted, or a fault of this host
 */
export async function attemptDialogue(
  dial: (signal: AbortSignal) => Promise<Connection>,
  host: string,
  module: DialogueModule,
  tools: ProbeTools,
  seconds: number,
): Promise<Attempt & DialogueFacts> {
  const facts: DialogueFacts = { wallSeconds: 0 };
  const open: Connection[] = [];
  const attempted = await attempt(tools, seconds, "connect", async (signal, timeline) => {
    const secure = async (plain: Connection) => {
      const secured = await begunTls(plain, host, module, tools, { signal, timeline, facts });
      open.push(secured);
      return secured;
    };
    try {
      let connection = await dial(signal);
      connection.socket.allowHalfOpen = true; // who has no more to say may still listen
      open.push(connection);
      if (module.useTls) connection = await secure(connection);
      tools.trace.note("debug", "Successfully dialed");
      facts.said = nothingSaid();
      await converse(connection, module.dialogue, { signal, timeline, trace: tools.trace, secure }, facts.said);
    } catch (error) {
      const err = error instanceof Error ? error.message : String(error);
      if (timeline.phase !== "validate") tools.trace.note("error", wordsFor(timeline.phase, module, facts), { err });
      throw error;
    } finally {
      for (const { socket } of open.reverse()) socket.destroy();
    }
  });
  return { ...attempted, ...facts };
}

/** What the peer says of a failure. */
function wordsFor(phase: Phase, { prober }: DialogueModule, { said }: DialogueFacts): string {
  if (!said) return `Error dialing ${prober === "tcp" ? "TCP" : prober}`;
  if (phase === "tls") return "TLS Handshake (client) failed";
  return phase === "request" ? "Failed to send" : "Error reading from connection";
}

async function begunTls(
  plain: Connection,
  host: string,
  { tls }: DialogueModule,
  { source, clock, trace }: ProbeTools,
  { signal, timeline, facts }: {
    readonly signal: AbortSignal;
    readonly timeline: Timeline;
    readonly facts: DialogueFacts;
  },
): Promise<Connection> {
  timeline.enter("tls");
  facts.wallSeconds = clock.wall();
  try {
    const connection = await secureSocket(plain, { tls, host, source }, signal);
    connection.socket.allowHalfOpen = true;
    facts.tls = facts.acceptedTls = connection.facts;
    trace.note("debug", "TLS Handshake (client) succeeded.");
    return connection;
  } catch (error) {
    if (error instanceof UnverifiedError) facts.tls = error.facts;
    throw error;
  }
}

const open = { openLabels: true } as const;
const { probe_tls_cipher_info: _, ...TLS_BUT_CIPHER } = TLS_FAMILIES;

/** What a dialogue's last result says; the peer tells the cipher of HTTP alone. */
export const DIALOGUE_FAMILIES: Metrics = {
  ...REGEX_FAMILY,
  probe_failed_due_to_bytes: { type: "gauge", help: "Indicates if probe failed due to bytes", ...open },
  ...EXPECT_FAMILY,
  ...TLS_BUT_CIPHER,
};

/** Emits {@linkcode DIALOGUE_FAMILIES}: none where the connection could never be used. */
export function emitDialogue(emit: AnyEmit, labels: Labels, { said, acceptedTls, wallSeconds }: DialogueFacts): void {
  if (!said) return;
  emit("probe_failed_due_to_regex", said.failedByPattern ? 1 : 0, labels);
  emit("probe_failed_due_to_bytes", said.failedByBytes ? 1 : 0, labels);
  emitMatches(emit, labels, said.matches);
  if (acceptedTls) emitTls(emit, labels, { ...acceptedTls, cipher: undefined }, wallSeconds);
}

/** Emits `probe_expect_info`, one series for each set of labels; those of the target win. */
export function emitMatches(emit: AnyEmit, labels: Labels, matches: readonly Labels[]): void {
  const seen = new Set<string>();
  for (const match of matches) {
    const all = { ...match, ...labels };
    const key = JSON.stringify(Object.entries(all).sort(([a], [b]) => a < b ? -1 : 1));
    if (!seen.has(key)) emit("probe_expect_info", 1, all);
    seen.add(key);
  }
}

/** The ways in which a connection and the dialogue over it can stop. */
export function dialogueStops(module: DialogueModule): readonly Stop[] {
  const { dialogue, useTls, tls } = module;
  const hasTls = useTls || dialogue.some(({ startTls }) => startTls);
  const late: Reason[] = hasTls ? ["tls", "reset", "timeout"] : ["reset", "timeout"];
  const hasFiles = tls.ca !== undefined || tls.cert !== undefined;
  const expects = dialogue.some(({ expect, expectBytes }) => expect ?? expectBytes);
  return [
    ...stopsIn("connect", "refused", "reset", "timeout"),
    ...hasTls ? stopsIn("tls", "tls", "reset", "timeout", ...hasFiles ? ["internal" as const] : []) : [],
    ...dialogue.some(({ send }) => send.length > 0) ? stopsIn("request", ...late) : [],
    ...expects ? [...stopsIn("processing", ...late, "size"), ...stopsIn("validate", "response")] : [],
  ];
}
