/**
 * The script `query_response`: what is waited for and what is said, line by line, as blackbox_exporter does it.
 *
 * Where it differs: bytes that come in pieces are waited for until there are enough of them, while the peer fails at the first
 * piece; and what comes is bounded.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { setImmediate } from "node:timers";
import type { Labels } from "../../../src/collector.ts";
import type { Pattern, PatternMatch } from "../../../src/pattern.ts";
import { ByteStream } from "./byte_stream.ts";
import type { Connection } from "../connection.ts";
import { expand } from "./expansion.ts";
import { LineScanner } from "./line_scanner.ts";
import type { DialogueStep } from "../module.ts";
import type { ProbeTools } from "../prober.ts";
import { ProbeError } from "../result.ts";
import type { Timeline } from "../timeline.ts";

/** What a dialogue came to, filled in as it goes. */
export interface Said {
  /** Whether it failed for a line that did not come. */
  failedByPattern: boolean;
  /** Whether it failed for bytes that were others. */
  failedByBytes: boolean;
  /** Labels of the steps that matched. */
  readonly matches: Labels[];
}

/** A dialogue that has not begun. */
export function nothingSaid(): Said {
  return { failedByPattern: false, failedByBytes: false, matches: [] };
}

/** What a dialogue is held with. */
export interface Partner {
  /** Ends whatever is waited for. */
  readonly signal: AbortSignal;
  /** Passes through `request` while something is sent, `processing` while it is waited for, `validate` when it was wrong. */
  readonly timeline: Timeline;
  /** Told what happens. */
  readonly trace: ProbeTools["trace"];
  /** Begins TLS on a connection. */
  secure(connection: Connection): Promise<Connection>;
}

/** Bytes that a step may wait through. */
const MOST_BYTES = 16 * 1024 * 1024;
/** Lines after which others have their turn. */
const LINES_A_TURN = 256;
/** Lines of a step that are told of. */
const MOST_TOLD = 20;

const utf8 = new TextDecoder();
const LF = "\n";

/**
 * Goes through `steps` over a connection that nobody has read from.
 *
 * @throws {ProbeError} `response` if what came was not what was waited for, `size` if it was too much, `reset` if the other
 * side left
 * @throws what `partner.secure` throws, the socket's error, or the reason for which the signal aborted
 */
export async function converse(
  connection: Connection,
  steps: readonly DialogueStep[],
  partner: Partner,
  said: Said,
): Promise<void> {
  let current = connection;
  let speaker = new Speaker(current, partner, said);
  try {
    for (const [i, step] of steps.entries()) {
      partner.trace.note("debug", "Processing query response entry", { entry_number: i });
      await speaker.take(step);
      if (!step.startTls) continue;
      speaker[Symbol.dispose]();
      current = await partner.secure(current);
      speaker = new Speaker(current, partner, said);
    }
  } finally {
    speaker[Symbol.dispose]();
  }
}

/** A dialogue over one connection. */
class Speaker implements Disposable {
  readonly #stream: ByteStream;
  readonly #lines: LineScanner;
  readonly #partner: Partner;
  readonly #said: Said;
  /** Bytes that may still come in this step. */
  #left = MOST_BYTES;

  constructor(connection: Connection, partner: Partner, said: Said) {
    this.#stream = new ByteStream(connection, partner.signal);
    this.#lines = new LineScanner((most) => this.#read(most));
    this.#partner = partner;
    this.#said = said;
  }

  async take({ expect, expectBytes, labels, send }: DialogueStep): Promise<void> {
    const { timeline } = this.#partner;
    let text = send;
    if (expect || expectBytes) {
      timeline.enter("processing");
      this.#left = MOST_BYTES;
    }
    if (expect) {
      const match = await this.#expect(expect);
      text = expand(send, match);
      if (labels.length > 0) this.#said.matches.push(expandLabels(labels, match));
    }
    if (expectBytes) await this.#expectBytes(expectBytes);
    if (text.length === 0) return;
    timeline.enter("request");
    // What is said may be a password.
    this.#partner.trace.note("debug", "Sending line", { bytes: text.length });
    await this.#stream.write(Buffer.concat([text, Buffer.from(LF)]));
  }

  [Symbol.dispose](): void {
    this.#stream[Symbol.dispose]();
  }

  async #read(most: number): Promise<Uint8Array | undefined> {
    const bytes = await this.#stream.read(most);
    this.#left -= bytes?.length ?? 0;
    if (this.#left < 0) throw new ProbeError("size", `what is waited for is not among ${MOST_BYTES} bytes`);
    return bytes;
  }

  /** Reads lines until one matches. */
  async #expect(pattern: Pattern): Promise<PatternMatch> {
    const { trace, timeline, signal } = this.#partner;
    for (let count = 1;; count++) {
      const line = await this.#lines.next();
      if (line === undefined) break;
      const text = utf8.decode(line);
      if (count <= MOST_TOLD) trace.note("debug", "Read line", { line: text });
      const match = pattern.match(line);
      if (match) {
        trace.note("debug", "Regexp matched", { regexp: pattern.source, line: text });
        return match;
      }
      if (count % LINES_A_TURN === 0) await new Promise<void>((resolve) => setImmediate(resolve));
      signal.throwIfAborted();
    }
    trace.note("error", "Regexp did not match", { regexp: pattern.source });
    this.#said.failedByPattern = true;
    timeline.enter("validate");
    throw new ProbeError("response", `no line matched ${JSON.stringify(pattern.source)}`);
  }

  /** Reads as many bytes as are wanted; not those that the lines have been told from. */
  async #expectBytes(expected: Uint8Array): Promise<void> {
    const { trace, timeline } = this.#partner;
    const found = Buffer.alloc(expected.length);
    for (let length = 0; length < found.length;) {
      const bytes = await this.#read(found.length - length);
      if (!bytes) throw new ProbeError("reset", `the connection was closed after ${length} of ${found.length} bytes`);
      found.set(bytes, length);
      length += bytes.length;
    }
    trace.note("debug", "Read bytes", { bytes: utf8.decode(found) });
    if (found.equals(expected)) return trace.note("debug", "Bytes matched", { bytes: utf8.decode(found) });
    trace.note("error", "Bytes did not match", { expected: utf8.decode(expected), bytes: utf8.decode(found) });
    this.#said.failedByBytes = true;
    timeline.enter("validate");
    throw new ProbeError("response", `${JSON.stringify(utf8.decode(found))} came in place of the bytes expected`);
  }
}

/** The labels of a step that matched. */
export function expandLabels(labels: DialogueStep["labels"], match: PatternMatch): Labels {
  return Object.fromEntries(
    labels.map(({ name, value }) => [name, utf8.decode(expand(Buffer.from(value), match))]),
  );
}
