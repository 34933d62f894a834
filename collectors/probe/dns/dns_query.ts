/**
 * A question of DNS on its way, and its answer told from all else that may arrive.
 *
 * @module
 */

import { type DnsMessage, encodeQuery, parseMessage, type Question } from "./dns_message.ts";
import { ProbeError } from "../result.ts";

/** A question on the wire, and what its answer must carry. */
export interface DnsQuery {
  /** The message. */
  readonly bytes: Uint8Array;
  /** Its number. */
  readonly id: number;
  /** What it asks, as it will be read from the answer. */
  readonly question: Question;
}

/**
 * A question with a number that nobody can guess.
 *
 * @throws {ProbeError} `internal`, if the name cannot be asked for
 */
export function newQuery(question: Question, recursionDesired: boolean): DnsQuery {
  const [id = 0] = crypto.getRandomValues(new Uint16Array(1));
  try {
    const bytes = encodeQuery(id, question, recursionDesired);
    const [asked = question] = parseMessage(bytes).questions;
    return { bytes, id, question: asked };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new ProbeError("internal", error.message, { cause: error });
  }
}

/** Beyond it answers over UDP may not be, unless the question says so. */
const LONGEST_DATAGRAM = 512;

/**
 * The answer that a message is to `query`; `undefined` if it is something else: of another number, a question itself,
 * about something that was not asked.
 *
 * @throws {ProbeError} `protocol`, if it has the question's number and cannot be read
 */
export function answerTo(query: DnsQuery, bytes: Uint8Array): DnsMessage | undefined {
  if (((bytes[0] ?? 0) << 8 | (bytes[1] ?? 0)) !== query.id || bytes.length < 2) return undefined;
  const message = read(bytes);
  const [question] = message.questions;
  return message.isResponse && (!question || isSame(question, query.question)) ? message : undefined;
}

/**
 * The same for a datagram, of which no more counts than is allowed, as the peer has it.
 *
 * @throws {ProbeError} `protocol`, if it has the question's number and cannot be read
 */
export function answerToDatagram(query: DnsQuery, bytes: Uint8Array): DnsMessage | undefined {
  try {
    return answerTo(query, bytes.subarray(0, LONGEST_DATAGRAM));
  } catch (error) {
    if (bytes.length <= LONGEST_DATAGRAM || !(error instanceof ProbeError)) throw error;
    const message = `the answer has ${bytes.length} bytes, more than the ${LONGEST_DATAGRAM} that were asked for`;
    throw new ProbeError("protocol", message, { cause: error });
  }
}

function read(bytes: Uint8Array): DnsMessage {
  try {
    return parseMessage(bytes);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new ProbeError("protocol", `the answer cannot be read: ${error.message}`, { cause: error });
  }
}

/** Names are the same in any case; some ask in a mix of both to tell answers from forged ones. */
function isSame(one: Question, other: Question): boolean {
  return one.type === other.type && one.class === other.class && one.name.toLowerCase() === other.name.toLowerCase();
}
