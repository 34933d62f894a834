/**
 * A promise that is settled from outside: what `Promise.withResolvers` gives, which Node 20 does not have.
 *
 * @module
 */

/** A promise, and what settles it. */
export interface Deferred<T> {
  /** Pending until one of the others is called. */
  readonly promise: Promise<T>;
  /** Fulfils it; has no effect once it is settled. */
  readonly resolve: (value: T | PromiseLike<T>) => void;
  /** Rejects it; has no effect once it is settled. */
  readonly reject: (reason: unknown) => void;
}

/** A pending {@linkcode Deferred}. */
export function deferred<T>(): Deferred<T> {
  let resolve: Deferred<T>["resolve"] = () => {};
  let reject: Deferred<T>["reject"] = () => {};
  const promise = new Promise<T>((fulfil, refuse) => {
    resolve = fulfil;
    reject = refuse;
  });
  return { promise, resolve, reject };
}
