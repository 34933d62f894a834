/**
 * One worker, as it is known to who adds up: what it was asked, what it answered, whether it is there.
 *
 * @module
 */

import type { FamilyBatch } from "../batch.ts";
import type { SampleValue } from "../collector.ts";
import { deferred } from "../deferred.ts";
import type { Channel } from "./channel.ts";
import { notOfWorkers } from "./gauge_rules.ts";
import { FamilyRefusedError, isSummed } from "./totals.ts";
import { type AnswerPart, ASK, decodeMessage } from "./worker_message.ts";

/** Series of one worker, beyond which it is not believed. */
const MOST_SERIES = 200_000;

/** What a {@linkcode Member} tells of itself. */
export interface MemberEvents {
  /** It has shown an exporter of this instance: the first time, or in place of the one before. */
  readonly joined: (member: Member, instance: string) => void;
  /**
   * It has reported a family that is summed, or some series of it.
   *
   * @returns number of series that it has in all
   * @throws {FamilyRefusedError} if the family cannot be summed
   */
  readonly counted: (member: Member, family: FamilyBatch) => number;
  /** It has answered. */
  readonly answered: (member: Member, before: ReadonlyMap<string, FamilyBatch>) => void;
  /** It has said something that no exporter says. */
  readonly lied: (member: Member, error: unknown) => void;
  /** It has ended. */
  readonly left: (member: Member, expected: boolean) => void;
}

/** An answer that is coming in. */
interface Draft {
  readonly sequence: number;
  parts: number;
  series: number;
  readonly gauges: Map<string, FamilyBatch & { readonly series: Map<string, SampleValue> }>;
  readonly refused: Map<string, FamilyRefusedError>;
}

/** What was made of an answer. */
interface Answer {
  readonly gauges: ReadonlyMap<string, FamilyBatch>;
  readonly refused: readonly FamilyRefusedError[];
}

const NO_ANSWER: Answer = { gauges: new Map(), refused: [] };

/** A worker that is connected. */
export class Member {
  /** As the app calls it. */
  readonly id: string;
  readonly #channel: Channel;
  readonly #events: MemberEvents;
  readonly #ends: (() => void)[];
  #instance = "";
  #process = "";
  #sequence = 0;
  #draft: Draft | undefined;
  #asked: { readonly answered: Promise<void>; readonly end: () => void } | undefined;
  #late = false;
  #present = false;
  #answer = NO_ANSWER;

  /** Listens at once. */
  constructor(id: string, channel: Channel, events: MemberEvents) {
    this.id = id;
    this.#channel = channel;
    this.#events = events;
    this.#ends = [channel.onMessage((message) => this.#take(message))];
    const onClose = channel.onClose?.((expected) => this.#leave(expected));
    if (onClose) this.#ends.push(onClose);
  }

  /** Of its exporter; empty before it has said anything. */
  get instance(): string {
    return this.#instance;
  }

  /** Of its process; empty before it has said anything. */
  get process(): string {
    return this.#process;
  }

  /** Whether it has answered when it was asked last. */
  get present(): boolean {
    return this.#present;
  }

  /** Gauges of its last answer. */
  get gauges(): ReadonlyMap<string, FamilyBatch> {
    return this.#answer.gauges;
  }

  /** Families of its last answer that could not be added. */
  get refused(): readonly FamilyRefusedError[] {
    return this.#answer.refused;
  }

  /**
   * Asks, unless it has a question to answer. Fulfilled when it has answered or ended, at once if it is overdue with an
   * answer: nobody waits twice for a worker that does not answer.
   */
  ask(): Promise<void> {
    if (this.#asked) return this.#late ? Promise.resolve() : this.#asked.answered;
    const { promise, resolve } = deferred<void>();
    this.#asked = { answered: promise, end: resolve };
    this.#send();
    return promise;
  }

  /** Who asked waits no longer. */
  giveUp(): void {
    if (!this.#asked) return;
    this.#late = true;
    this.#present = false;
  }

  /** Hears it no more. */
  close(): void {
    for (const end of this.#ends.splice(0)) end();
    this.#present = false;
    this.#settle();
  }

  #send(): void {
    try {
      this.#channel.send(ASK);
    } catch {
      // It cannot be reached: that it does not answer says so.
    }
  }

  #settle(): void {
    this.#asked?.end();
    this.#asked = undefined;
    this.#late = false;
  }

  #leave(expected: boolean): void {
    this.close();
    this.#events.left(this, expected);
  }

  #take(message: unknown): void {
    try {
      const decoded = decodeMessage(message);
      if (!decoded) return;
      const { kind, instance, process } = decoded;
      if (instance !== this.#instance) {
        this.#instance = instance;
        this.#process = process;
        this.#sequence = 0;
        this.#draft = undefined;
        this.#present = false;
        this.#answer = NO_ANSWER;
        this.#events.joined(this, instance);
      }
      if (kind === "part") this.#takePart(decoded);
      else if (kind === "bye") this.#leave(true);
      else if (this.#asked) this.#send();
    } catch (error) {
      this.#draft = undefined;
      this.#present = false;
      this.#settle();
      this.#events.lied(this, error);
    }
  }

  #takePart({ sequence, part, last, families }: AnswerPart): void {
    const draft = this.#draftOf(sequence, part);
    for (const family of families) this.#takeFamily(draft, family);
    draft.parts++;
    if (!last) return;
    const before = this.#answer.gauges;
    this.#answer = { gauges: draft.gauges, refused: [...draft.refused.values()] };
    this.#draft = undefined;
    this.#sequence = sequence;
    this.#present = true;
    this.#events.answered(this, before);
    this.#settle();
  }

  #draftOf(sequence: number, part: number): Draft {
    if (part === 0 && sequence > this.#sequence) {
      return this.#draft = { sequence, parts: 0, series: 0, gauges: new Map(), refused: new Map() };
    }
    if (this.#draft?.sequence === sequence && this.#draft.parts === part) return this.#draft;
    throw new RangeError(`Cannot take part ${part} of answer ${sequence}: it is not the next`);
  }

  #takeFamily(draft: Draft, family: FamilyBatch): void {
    const { name, type, series } = family;
    try {
      const reason = notOfWorkers(name);
      if (reason) throw new FamilyRefusedError(name, "name", reason);
      draft.series += series.size;
      const counted = isSummed(type) ? this.#events.counted(this, family) : 0;
      if (Math.max(counted, draft.series) > MOST_SERIES) {
        throw new RangeError(`Cannot take more than ${MOST_SERIES} series of one worker`);
      }
    } catch (error) {
      if (!(error instanceof FamilyRefusedError)) throw error;
      draft.refused.set(name, error);
      return;
    }
    if (isSummed(type)) return;
    let known = draft.gauges.get(name);
    if (!known) draft.gauges.set(name, known = { ...family, series: new Map() });
    for (const [key, value] of series) known.series.set(key, value);
  }
}
