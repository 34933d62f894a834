/**
 * Promises, and what passes for one.
 *
 * @module
 */

/** Whether it is a promise whose `then` does nothing but tell of its settlement, so that it may be called twice. */
export function isPlainPromise(value: unknown): value is Promise<unknown> {
  try {
    return value instanceof Promise && value.then === Promise.prototype.then && value.constructor === Promise;
  } catch {
    return false;
  }
}

/** Whether `await` would call its `then`. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  try {
    if ((typeof value !== "object" && typeof value !== "function") || value === null) return false;
    return "then" in value && typeof value.then === "function";
  } catch {
    return false;
  }
}
