/**
 * Asks the system's resolver, which reads `/etc/hosts` and cannot be stopped.
 *
 * @module
 */

import { deferred } from "../../../src/deferred.ts";
import { lookup } from "node:dns";
import { Shared } from "../../../src/scope.ts";
import { type Address, ProbeError } from "../result.ts";

/**
 * Questions under way at once. Each holds a thread of the runtime's pool until the resolver gives up, which takes it many
 * seconds where no server answers; files are read by the same threads.
 */
const MOST_AT_ONCE = 64;

/** Asks one question of the system. */
export type Lookup = (name: string) => Promise<readonly Address[]>;

/** Names that are being looked up: each once for all who ask, no more than some at a time, the others in order. */
export class SystemResolver {
  readonly #lookup: Lookup;
  readonly #mostAtOnce: number;
  readonly #underWay = new Map<string, Promise<readonly Address[]>>();
  readonly #waiting: (() => void)[] = [];

  /** Has asked nothing yet; no more than `mostAtOnce` questions will be under way. */
  constructor(lookup: Lookup = lookUp, mostAtOnce = MOST_AT_ONCE) {
    this.#lookup = lookup;
    this.#mostAtOnce = mostAtOnce;
  }

  /**
   * The addresses of a name, in the system's order; joins a question for it that is under way.
   *
   * @throws {ProbeError} `dns`, if it has none
   * @throws the reason for which `signal` aborted: the answer is then awaited by nobody
   */
  async addresses(name: string, signal: AbortSignal): Promise<readonly Address[]> {
    while (!this.#underWay.has(name) && this.#underWay.size >= this.#mostAtOnce) await this.#turn(signal);
    const answer = this.#underWay.get(name) ?? this.#ask(name);
    return await untilAbort(answer, signal);
  }

  #ask(name: string): Promise<readonly Address[]> {
    const answer = this.#lookup(name).finally(() => {
      this.#underWay.delete(name);
      this.#waiting.shift()?.();
    });
    this.#underWay.set(name, answer);
    return answer;
  }

  /** Waits for another question to end. Whoever gives up hands its turn on. */
  async #turn(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = deferred<void>();
    this.#waiting.push(resolve);
    try {
      await untilAbort(promise, signal);
    } catch (error) {
      const place = this.#waiting.indexOf(resolve);
      if (place >= 0) this.#waiting.splice(place, 1);
      else this.#waiting.shift()?.();
      throw error;
    }
  }
}

/** The resolver that the probes of one exporter share. */
export const SYSTEM_RESOLVER: Shared<SystemResolver> = new Shared(() => new SystemResolver());

function lookUp(name: string): Promise<readonly Address[]> {
  const { promise, resolve, reject } = deferred<readonly Address[]>();
  lookup(name, { all: true, verbatim: true }, (error, found) => {
    if (error) return reject(faultOf(error, name));
    resolve(found.map(({ address, family }): Address => ({ ip: address, family: family === 6 ? 6 : 4 })));
  });
  return promise;
}

/** Shortages of this host (`EMFILE`) keep their own error; all else says that the name has no address. */
function faultOf(error: NodeJS.ErrnoException, name: string): Error {
  const isOurs = error.code === "EMFILE" || error.code === "ENFILE" || error.code === "ENOMEM";
  return isOurs ? error : new ProbeError("dns", `lookup ${name}: ${reasonOf(error)}`, { cause: error });
}

/** In the peer's words where it has them. */
function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  if (code === "ENOTFOUND" || code === "ENODATA") return "no such host";
  return code === "EAI_AGAIN" ? "the resolver has no answer at present" : message;
}

function untilAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = deferred<never>();
  const abort = () => reject(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener("abort", abort);
  return Promise.race([promise, aborted]).finally(() => signal.removeEventListener("abort", abort));
}
