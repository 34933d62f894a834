/**
 * The workers of one app: who is there, what they have counted together, and what their gauges are.
 *
 * @module
 */

import type { FamilyBatch } from "../batch.ts";
import type { Clock } from "../clock.ts";
import type { Channel } from "./channel.ts";
import { GaugeRules, isOfProcess } from "./gauge_rules.ts";
import type { GaugeRule } from "./gauge_rules.ts";
import { Gauges } from "./gauges.ts";
import { Member, type MemberEvents } from "./member.ts";
import { type FamilyRefusedError, LastCounts, Totals } from "./totals.ts";

/** Counts of so many workers that have gone are remembered, for the case that they come back over another channel. */
const MOST_GONE = 16;
/** Processes of which what was counted last is remembered. */
const MOST_PROCESSES = 64;
/** An answer as old as this is new enough for another who asks. */
const FRESH_SECONDS = 0.1;

/** What {@linkcode Workers} are made of. */
export interface WorkersParts {
  /** Rules of gauges, by family or pattern. */
  readonly rules?: Readonly<Record<string, GaugeRule>>;
  /** Time. */
  readonly clock: Clock;
  /** Told of messages that no exporter sends. */
  readonly lied: (worker: string, error: unknown) => void;
}

/** What all workers together show. */
export interface WorkersReport {
  /** Workers that there should be: those connected, and those that have died and were not replaced. */
  readonly workers: number;
  /** Those among them that did not answer. */
  readonly missing: number;
  /** Messages of all time that were not understood. */
  readonly refusedMessages: number;
  /** Sums and gauges. */
  readonly families: readonly FamilyBatch[];
  /** Families that are left out, once for each worker. */
  readonly refused: readonly FamilyRefusedError[];
}

/** Remembers the newest of some values. */
function remember<V>(map: Map<string, V>, key: string, value: V, most: number): V {
  map.delete(key);
  map.set(key, value);
  const oldest = map.keys().next();
  if (map.size > most && !oldest.done) map.delete(oldest.value);
  return value;
}

/** Asks workers, and adds up what they answer. */
export class Workers {
  readonly #clock: Clock;
  readonly #lied: WorkersParts["lied"];
  readonly #totals = new Totals();
  readonly #gauges: Gauges;
  readonly #members = new Map<string, Member>();
  /** Ids of those that have died, until another takes their place; the oldest first. */
  readonly #dead = new Set<string>();
  /** What exporters have counted, by instance; of those that have gone in the order in which they went. */
  readonly #counts = new Map<string, LastCounts>();
  readonly #gone = new Map<string, LastCounts>();
  readonly #processes = new Map<string, LastCounts>();
  #refusedMessages = 0;
  #askedAt = -Infinity;
  #round: Promise<void> | undefined;

  /**
   * None yet.
   *
   * @throws {RangeError} if a rule is none
   */
  constructor({ rules, clock, lied }: WorkersParts) {
    this.#clock = clock;
    this.#lied = lied;
    this.#gauges = new Gauges(new GaugeRules(rules));
  }

  /**
   * Takes a worker in, in the place of the one of that id, or of one that has died.
   *
   * @returns a function that lets it go; what it has counted stays
   */
  add(channel: Channel, id: string): () => void {
    const before = this.#members.get(id);
    if (before) this.#drop(before);
    const [oldest] = this.#dead;
    const replaced = this.#dead.has(id) ? id : oldest;
    if (replaced !== undefined) this.#dead.delete(replaced);
    const member = new Member(id, channel, this.#events);
    this.#members.set(id, member);
    // So that what it counts before the first scrape is known, should it die.
    void member.ask();
    return () => this.#drop(member);
  }

  /** Asks all, and waits at most so long; at once where they have just answered. */
  async ask(seconds: number): Promise<void> {
    const now = this.#clock.monotonic();
    if (now - this.#askedAt > FRESH_SECONDS) {
      this.#askedAt = now;
      this.#round = Promise.all([...this.#members.values()].map((member) => member.ask())).then(() => {});
    }
    const round = this.#round;
    let cancel = () => {};
    const limit = new Promise<boolean>((resolve) => cancel = this.#clock.timer(() => resolve(true), seconds));
    const tooLate = await Promise.race([limit, Promise.resolve(round).then(() => false)]);
    cancel();
    if (tooLate) { for (const member of this.#members.values()) member.giveUp(); }
  }

  /** What is known at this moment. */
  report(): WorkersReport {
    const members = [...this.#members.values()];
    const present = members.filter((member) => member.present);
    const refused = present.flatMap((member) => member.refused);
    const owner = (family: string) => this.#totals.owner(family);
    const gauges = this.#gauges.families(present, owner, (error) => void refused.push(error));
    return {
      workers: members.length + this.#dead.size,
      missing: members.length + this.#dead.size - present.length,
      refusedMessages: this.#refusedMessages,
      families: [...this.#totals.families(), ...gauges],
      refused,
    };
  }

  /** Hears none of them any more. */
  close(): void {
    for (const member of [...this.#members.values()]) this.#drop(member);
  }

  readonly #events: MemberEvents = {
    joined: (member, instance) => this.#join(member, instance),
    counted: (member, family) => {
      const ofProcess = isOfProcess(family.name);
      const own = this.#counts.get(member.instance) ?? new LastCounts();
      const last = ofProcess ? this.#countsOfProcess(member.process) : own;
      this.#totals.add(member.id, last, family, !ofProcess);
      return own.size;
    },
    answered: (member, before) => this.#gauges.note(member, before),
    lied: ({ id }, error) => {
      this.#refusedMessages++;
      this.#lied(id, error);
    },
    left: (member, expected) => {
      this.#drop(member);
      if (!expected) this.#dead.add(member.id);
    },
  };

  #countsOfProcess(process: string): LastCounts {
    return remember(this.#processes, process, this.#processes.get(process) ?? new LastCounts(), MOST_PROCESSES);
  }

  #join(member: Member, instance: string): void {
    for (const other of this.#members.values()) {
      // It has come back by another way, before the end of the first one was noticed.
      if (other !== member && other.instance === instance) this.#drop(other);
    }
    const counts = this.#counts.get(instance) ?? this.#gone.get(instance) ?? new LastCounts();
    this.#gone.delete(instance);
    this.#counts.set(instance, counts);
    this.#park();
  }

  /** Of exporters that no member shows any more only the last ones are remembered. */
  #park(): void {
    const shown = new Set([...this.#members.values()].map(({ instance }) => instance));
    for (const [instance, counts] of this.#counts) {
      if (shown.has(instance)) continue;
      this.#counts.delete(instance);
      remember(this.#gone, instance, counts, MOST_GONE);
    }
  }

  #drop(member: Member): void {
    member.close();
    this.#gauges.forget(member);
    if (this.#members.get(member.id) === member) this.#members.delete(member.id);
    this.#park();
  }
}
