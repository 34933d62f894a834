/**
 * Measures single functions: how long calls take, and how many fail.
 *
 * @module
 */

import { type Clock, systemClock } from "./clock.ts";
import { type AnyCollector, defineCollector, type Family, type Metric } from "./collector.ts";
import { Distribution } from "./distribution.ts";
import { isPlainPromise } from "./thenable.ts";

/** How a function is measured. */
export interface TimedOptions {
  /** Text of `# HELP`; by default made of the name. */
  readonly help?: string;
  /** Upper bounds of the histogram in seconds, ascending. */
  readonly bounds?: readonly number[];
}

/** A method's decorator, of the language's own kind. */
export type TimedDecorator = <T, A extends unknown[], R>(
  method: (this: T, ...args: A) => R,
  context: { readonly kind: "method" },
) => (this: T, ...args: A) => R;

/** Functions that are measured together. */
export interface Timers {
  /**
   * `fn`, measured: the histogram `<name>_duration_seconds` and the counter `<name>_errors_total`. Arguments, `this`, result
   * and errors are passed on as they are. Of a promise its settlement is measured; of what only has a `then`, as a query
   * that begins when it is awaited, the call.
   *
   * @throws {TypeError} if Prometheus would refuse the name, it is taken, or `fn` is no function
   * @throws {RangeError} if the bounds do not ascend
   */
  timed<T, A extends unknown[], R>(
    name: string,
    fn: (this: T, ...args: A) => R,
    options?: TimedOptions,
  ): (this: T, ...args: A) => R;
  /**
   * {@linkcode Timers.timed} as a decorator of methods: `@method("save") save() { … }`. Its methods throw as that does,
   * where the class is defined.
   */
  method(name: string, options?: TimedOptions): TimedDecorator;
  /** Shows what was measured: give it to `instrument` or `createExporter`. Functions may come later. */
  readonly collector: AnyCollector;
}

/** In seconds. */
const BOUNDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;

/** What was measured of one name. */
class Timer {
  readonly #name: string;
  readonly #seconds: Distribution;
  #errors = 0;
  readonly #duration: Metric;
  readonly #failures: Metric;

  constructor(name: string, help: string, bounds: readonly number[]) {
    this.#name = name;
    this.#seconds = new Distribution(bounds);
    this.#duration = { type: "histogram", help: `${help}: duration.` };
    this.#failures = { type: "counter", help: `${help}: those that failed.` };
  }

  end(seconds: number, failed: boolean): void {
    this.#seconds.add(seconds);
    if (failed) this.#errors++;
  }

  families(): readonly Family[] {
    return [
      { ...this.#duration, name: `${this.#name}_duration_seconds`, samples: [{ value: this.#seconds.value() }] },
      { ...this.#failures, name: `${this.#name}_errors_total`, samples: [{ value: this.#errors }] },
    ];
  }
}

/**
 * Measures single functions of an app.
 *
 * @param options `name`: that of the collector, where an exporter has several; `clock`: time
 *
 * @example
 * ```ts
 * import { createTimers, instrument } from "@sonde/sonde";
 *
 * const { timed, collector } = createTimers();
 * const save = timed("save", async (text: string) => await Promise.resolve(text.length));
 *
 * const app = instrument(async () => new Response(`${await save("hello")}`), { collectors: [collector] });
 * await app(new Request("http://localhost/"));
 * const page = await app(new Request("http://localhost/metrics"));
 * console.log(await page.text());
 * await app.exporter.stop();
 * ```
 */
export function createTimers(
  { name = "timers", clock = systemClock }: { readonly name?: string; readonly clock?: Clock } = {},
): Timers {
  const timers = new Map<string, Timer>();
  const timed: Timers["timed"] = (name, fn, options) => {
    const timer = declare(timers, name, fn, options);
    return function (...args) {
      const begin = clock.monotonic();
      const end = (failed: boolean) => timer.end(clock.monotonic() - begin, failed);
      let result: ReturnType<typeof fn>;
      try {
        result = fn.apply(this, args);
      } catch (error) {
        end(true);
        throw error;
      }
      if (isPlainPromise(result)) result.then(() => end(false), () => end(true));
      else end(false);
      return result;
    };
  };
  return {
    timed,
    method: (name, options) => (fn) => timed(name, fn, options),
    collector: defineCollector({
      name,
      help: "Functions of this app.",
      intervalSeconds: 0,
      freshnessSeconds: 0,
      metrics: {},
      openFamilies: ["*"],
      sources: ["the app itself"],
      read: () => timers.values(),
      samples(all, emit) {
        for (const timer of all) timer.families().forEach(emit.family);
      },
    }),
  };
}

function declare(
  timers: Map<string, Timer>,
  name: string,
  fn: unknown,
  { help = `Calls of ${name}`, bounds = BOUNDS }: TimedOptions = {},
): Timer {
  const refuse = (reason: string) => new TypeError(`Cannot measure a function as ${JSON.stringify(name)}: ${reason}`);
  if (typeof fn !== "function") throw refuse(`it is ${fn === null ? "null" : typeof fn}, expected a function`);
  if (!NAME.test(name)) throw refuse("expected letters, digits and underscores, the first no digit");
  if (timers.has(name)) throw refuse("the name is taken");
  if (!bounds.every((bound, i) => Number.isFinite(bound) && bound > (bounds[i - 1] ?? -Infinity))) {
    throw new RangeError(`Cannot use bounds [${bounds.join(", ")}] for "${name}": expected finite ones that ascend`);
  }
  const timer = new Timer(name, help, [...bounds]);
  timers.set(name, timer);
  return timer;
}
