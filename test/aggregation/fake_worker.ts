/**
 * A worker that answers when a test says so, over a channel of its own.
 *
 * @module
 */

import type { Channel } from "../../src/aggregation/channel.ts";
import { encodeAnswer, encodeNotice, type Sender } from "../../src/aggregation/worker_message.ts";
import type { FamilyBatch } from "../../src/batch.ts";
import type { MetricType, SampleValue } from "../../src/collector.ts";

/** One family. */
export const family = (type: MetricType, name: string, series: Readonly<Record<string, SampleValue>>): FamilyBatch => ({
  name,
  type,
  help: `${name}.`,
  series: new Map(Object.entries(series)),
});

let instances = 0;

/** The end of a worker, and the channel to it. */
export class FakeWorker {
  /** To be given to who adds up. */
  readonly channel: Channel = {
    send: () => {
      this.asked++;
      if (this.answers) this.answer();
    },
    onMessage: (take) => {
      this.#take = take;
      return () => this.#take = () => {};
    },
    onClose: (closed) => {
      this.close = closed;
      return () => this.close = () => {};
    },
  };
  /** Questions that have come. */
  asked = 0;
  /** Whether it answers at once. */
  answers = true;
  /** What it shows. */
  families: readonly FamilyBatch[];
  /** Says that nothing will come any more. */
  close: (expected: boolean) => void = () => {};
  readonly #sender: Sender;
  #take: (message: unknown) => void = () => {};
  #sequence = 0;

  /** Shows these, from its own process, or from that of others. */
  constructor(families: readonly FamilyBatch[], sender: Partial<Sender> = {}) {
    this.families = families;
    this.#sender = { instance: `instance ${instances++}`, process: `process ${instances}`, ...sender };
  }

  /** Says all that it shows. */
  answer(): void {
    const batch = new Map(this.families.map((each) => [each.name, each]));
    for (const part of encodeAnswer(batch, this.#sender, ++this.#sequence)) this.#take(part);
  }

  /** Says that it listens, or that it ends. */
  notice(kind: "hello" | "bye"): void {
    this.#take(encodeNotice(kind, this.#sender));
  }

  /** Says anything. */
  say(message: unknown): void {
    this.#take(message);
  }
}
