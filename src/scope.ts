/**
 * Things that belong to one exporter and that its collectors share: a socket for all probes, a store of evidence.
 *
 * @module
 */

/** The life of one exporter, to which things can be bound. */
export class Scope implements Disposable {
  readonly #ends: (() => void)[] = [];
  #generation: object = {};

  /** Changes when the exporter has stopped: what was bound to it before is gone. */
  get generation(): object {
    return this.#generation;
  }

  /** Calls `end` when the exporter stops. */
  defer(end: () => void): void {
    this.#ends.push(end);
  }

  /** Ends what was bound to it, the last first. */
  [Symbol.dispose](): void {
    this.#generation = {};
    for (const end of this.#ends.splice(0).reverse()) end();
  }
}

/**
 * A thing of which each exporter has one, made when it is asked for first. A constant of the module that declares it:
 * holds nothing itself.
 */
export class Shared<T extends object> {
  readonly #make: () => T;
  readonly #things = new WeakMap<object, T>();

  /**
   * Makes nothing yet.
   *
   * @param make what it makes is disposed of when the exporter stops, if it has `Symbol.dispose`
   */
  constructor(make: () => T) {
    this.#make = make;
  }

  /** The one of this exporter. */
  of(scope: Scope): T {
    const known = this.#things.get(scope.generation);
    if (known) return known;
    const thing = this.#make();
    this.#things.set(scope.generation, thing);
    if (isDisposable(thing)) scope.defer(() => thing[Symbol.dispose]());
    return thing;
  }
}

function isDisposable(thing: object): thing is Disposable {
  return Symbol.dispose in thing && typeof thing[Symbol.dispose] === "function";
}
