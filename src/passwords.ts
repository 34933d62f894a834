/**
 * Passwords held against hashes of bcrypt, each a tenth of a second of work: the verdict is kept.
 *
 * @module
 */

import { createHmac, randomBytes } from "node:crypto";

/** Verdicts kept of each kind; those of wrong passwords must not push out those of right ones. */
const MOST_VERDICTS = 100;
/** Checks waiting for their turn above which no more are taken. */
const MOST_WAITING = 32;
/** Salt and hash of no password, behind a cost: who is unknown waits as long as who has a wrong password. */
const NOBODY = "QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi";
const COST = /^\$2[aby]\$(\d\d)\$/;

/** Whether a user has a password; `undefined` if too many ask at once to tell. */
export type Verdict = boolean | undefined;

/** Checks passwords, one at a time. */
export class Passwords {
  /** What is kept can neither be read nor be guessed at without it. */
  readonly #key = randomBytes(32);
  readonly #right = new Set<string>();
  readonly #wrong = new Set<string>();
  #turn: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /**
   * Whether it is the password of that user.
   *
   * @param users hashes by names
   */
  async check(users: ReadonlyMap<string, string>, user: string, password: string): Promise<Verdict> {
    const hash = users.get(user);
    const entry = createHmac("sha256", this.#key).update(JSON.stringify([user, hash, password])).digest("base64");
    if (this.#right.has(entry)) return true;
    if (this.#wrong.has(entry)) return false;
    if (this.#waiting >= MOST_WAITING) return undefined;
    this.#waiting++;
    const [other = ""] = users.values();
    const [, cost = "10"] = COST.exec(other) ?? [];
    const compared = this.#turn.then(() => compare(password, hash ?? `$2y$${cost}$${NOBODY}`));
    this.#turn = compared.catch(() => {});
    try {
      const isRight = await compared && hash !== undefined;
      keep(isRight ? this.#right : this.#wrong, entry);
      return isRight;
    } finally {
      this.#waiting--;
    }
  }
}

async function compare(password: string, hash: string): Promise<boolean> {
  return await (await import("bcryptjs")).compare(password, hash);
}

/** The oldest goes first. */
function keep(entries: Set<string>, entry: string): void {
  entries.add(entry);
  const [oldest] = entries;
  if (entries.size > MOST_VERDICTS && oldest !== undefined) entries.delete(oldest);
}
