/**
 * A process for the command to run in, made by hand.
 *
 * @module
 */

import assert from "node:assert/strict";
import { main } from "../../src/cli/main.ts";
import type { Signal, Surroundings } from "../../src/cli/surroundings.ts";
import { type Clock, systemClock } from "../../src/clock.ts";
import type { AnyCollector } from "../../src/collector.ts";

const CLI = new URL("../../src/cli.ts", import.meta.url).href;
/** Generous, for a machine that does much else; reached only by what has failed. */
const PATIENCE_MS = 30_000;

/** {@linkcode Surroundings} that remember what was done to them. */
export class FakeProcess implements Surroundings {
  readonly args: readonly string[];
  readonly columns = undefined;
  readonly program = () => ({ compiled: false, execPath: Deno.execPath(), mainModule: CLI });
  readonly runtime = { deno: "1.2.3", v8: "4.5.6", target: "made-by-hand" };
  readonly clock: Clock = systemClock;
  readonly #environment: Readonly<Record<string, string>>;
  readonly #listeners = new Map<Signal, Set<() => void>>();
  readonly #onUncaught = new Set<(error: unknown) => void>();
  readonly #watchers = new Set<() => void>();
  /** What was written. */
  readonly written = { out: "", err: "" };
  /** Permissions given up. */
  readonly revoked: string[] = [];
  /** Codes with which it was ended; the first is that of a real process. */
  readonly exits: number[] = [];

  constructor(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    this.args = args;
    this.#environment = environment;
  }

  environment = (): Readonly<Record<string, string>> => this.#environment;
  print = (text: string): void => this.#write("out", text);
  printError = (text: string): void => this.#write("err", text);

  #write(stream: "out" | "err", text: string): void {
    this.written[stream] += text;
    for (const watcher of this.#watchers) watcher();
  }

  onSignal(signal: Signal, listener: () => void): () => void {
    const listeners = this.#listeners.get(signal) ?? new Set();
    this.#listeners.set(signal, listeners.add(listener));
    return () => void listeners.delete(listener);
  }

  onUncaught(listener: (error: unknown) => void): () => void {
    this.#onUncaught.add(listener);
    return () => void this.#onUncaught.delete(listener);
  }

  /** An error that nobody catches, which must be listened to. */
  uncaught(error: unknown): void {
    assert.notEqual(this.#onUncaught.size, 0, "it would end the process");
    for (const listener of this.#onUncaught) listener(error);
  }

  revoke(permissions: readonly string[]): void {
    this.revoked.push(...permissions);
  }

  exit(code: number): void {
    this.exits.push(code);
  }

  /** Sends a signal, which must be listened to. */
  signal(signal: Signal): void {
    const listeners = [...this.#listeners.get(signal) ?? []];
    assert.notEqual(listeners.length, 0, `${signal} would end the process`);
    for (const listener of listeners) listener();
  }

  /** Signals that are listened to. */
  get listening(): readonly Signal[] {
    return [...this.#listeners].filter(([, listeners]) => listeners.size > 0).map(([signal]) => signal);
  }

  /** Waits until `pattern` was written to standard error so many times. */
  async said(pattern: RegExp, times = 1): Promise<RegExpMatchArray[]> {
    const { promise, resolve, reject } = Promise.withResolvers<RegExpMatchArray[]>();
    const look = (): void => {
      const found = [...this.written.err.matchAll(new RegExp(pattern, `${pattern.flags}g`))];
      if (found.length >= times) resolve(found);
    };
    const timer = setTimeout(() => reject(new Error(`${pattern} was not said in: ${this.written.err}`)), PATIENCE_MS);
    this.#watchers.add(look);
    look();
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#watchers.delete(look);
    }
  }
}

/** What a command printed, and its exit code. */
export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the command to its end. */
export async function command(
  args: readonly string[],
  { environment, collectors }: {
    readonly environment?: Readonly<Record<string, string>>;
    readonly collectors?: readonly AnyCollector[];
  } = {},
): Promise<Outcome> {
  const process = new FakeProcess(args, environment);
  const code = await main(process, collectors);
  assert.deepEqual(process.listening, [], "signals are listened to no longer");
  return { code, ...process.written };
}

/** Runs `use` with a folder that goes afterwards. */
export async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sonde-test-" });
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
