/**
 * The last results of probes on demand. Failures are kept longer than successes, as blackbox_exporter does.
 *
 * @module
 */

import { Shared } from "../../../src/scope.ts";
import type { LiveProbe } from "./live_probe.ts";

/** One of them. */
export interface Remembered {
  /** Its number; the first is 0. */
  readonly id: number;
  /** The probe. */
  readonly probe: LiveProbe;
}

/** Results in the order in which they came, as many as the limit, and as many failures before them. */
export class History {
  #next = 0;
  #last: Remembered[] = [];
  #failures: Remembered[] = [];

  /** Adds a result; of those before, `limit` stay with it, and as many failures that would otherwise go. */
  add(probe: LiveProbe, limit: number): Remembered {
    const added = { id: this.#next++, probe };
    this.#last.push(added);
    const gone = this.#last.splice(0, Math.max(0, this.#last.length - limit));
    this.#failures.push(...gone.filter(({ probe }) => !probe.result.outcome.success));
    this.#failures.splice(0, Math.max(0, this.#failures.length - limit));
    return added;
  }

  /** All that is kept, the newest first. */
  list(): readonly Remembered[] {
    return [...this.#failures, ...this.#last].reverse();
  }

  /** The result of that number, if it is kept. */
  byId(id: number): Remembered | undefined {
    return this.list().find((one) => one.id === id);
  }

  /** The newest result of a target with a module, if one is kept. */
  byTarget(module: string, target: string): Remembered | undefined {
    return this.list().find(({ probe }) => probe.module.name === module && probe.target === target);
  }
}

/** The history of each exporter. */
export const histories: Shared<History> = new Shared(() => new History());
