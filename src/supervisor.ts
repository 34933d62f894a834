/**
 * Keeps a process that answers requests within its bounds: deadlines, memory, protocol, restarts. Starts nothing itself.
 *
 * @module
 */

import { ChildError, type ChildErrorOptions, type ChildFailure } from "./child_error.ts";
import type { Clock } from "./clock.ts";
import {
  decodeLine,
  encodeLine,
  isRecord,
  type Line,
  lineSplitter,
  NEWLINE,
  quote,
  readable,
  reviveError,
} from "./line_json.ts";
import type { Logger } from "./log.ts";

/** The first restart waits at most this long, each further one twice as long. */
const FIRST_BACKOFF_SECONDS = 1;
const LONGEST_BACKOFF_SECONDS = 60;
/** A process that lived this long before it failed is followed by the first backoff again. */
const HEALTHY_SECONDS = 60;
/** Time to end after stdin was closed, and again after SIGKILL. */
const GRACE_SECONDS = 1;
/** Between two looks at the memory, while it works and while it does not. */
const BUSY_WATCH_SECONDS = 0.05;
const IDLE_WATCH_SECONDS = 1;
/** Killed processes that the kernel still holds, as in a hung system call; with as many, no further one is started. */
const MOST_UNDEAD = 8;
/** Most bytes of a line by default: some 10,000 samples. To parse them holds the event loop 15 ms, 150 ms at worst. */
const DEFAULT_LINE_BYTES = 1024 * 1024;
/** Lines of stderr that go to the log in a period; longer ones are cut. */
const STDERR_LINES = 20;
const STDERR_PERIOD_SECONDS = 60;
const STDERR_LINE_BYTES = 1000;

/** The bounds of a child, and what it needs of its surroundings. */
export interface SupervisorOptions {
  /** Names it in errors and in the log, as `statfs`. */
  readonly name: string;
  /** Deadline, in seconds, of requests that name none. */
  readonly deadlineSeconds: number;
  /** Most bytes of one line that it may write. Default 1 MiB. */
  readonly maxLineBytes?: number;
  /** The bound of its memory, looked at 20 times a second while it works, once a second otherwise. Default none. */
  readonly memory?: {
    /** Resident bytes above which it is killed; its own, without those of processes that it starts. */
    readonly maxResidentBytes: number;
    /** Resident bytes of a process; `undefined` where unknown. Must not throw. */
    readonly residentBytes: (pid: number) => number | undefined;
  };
  /** Is told why it failed, and what it writes to stderr. */
  readonly log: Logger;
  /** Time. */
  readonly clock: Clock;
  /** Uniform in [0, 1); spreads the restarts. */
  readonly random: () => number;
}

/** How a child is. */
export interface ChildHealth {
  /** `idle`: the next request starts it. */
  readonly state: "idle" | "running" | "backoff" | "stopped";
  /** Of the process that runs, if one does. */
  readonly pid: number | undefined;
  /** Processes started so far. */
  readonly starts: number;
  /** Processes that were killed and are not yet gone. */
  readonly undead: number;
  /** Why the last process that failed did so, if one has. */
  readonly lastFailure: string | undefined;
}

/** Bounds of one request. */
export interface RequestOptions {
  /** In seconds from now, a start of the child included; when it has passed, the child is killed. */
  readonly deadlineSeconds?: number;
  /** Ends the wait with its reason; the child must answer by the deadline none the less. */
  readonly signal?: AbortSignal;
}

/** A child process as its parent sees it. The first request starts it, and the first after a failure and its backoff. */
export interface Child {
  /**
   * Sends a value that JSON can carry, and waits for the answer. Several may be under way at once.
   *
   * @throws {ChildError} if the child does not answer
   * @throws {Error} what the child's handler threw: a SyntaxError, RangeError or TypeError, or an Error under its name
   */
  request(payload: unknown, options?: RequestOptions): Promise<unknown>;
  /**
   * Ends it for good: fails requests under way, closes its stdin, waits 1 s, kills it, waits 1 s. A process that the
   * kernel holds even then is left behind. Never throws.
   */
  stop(): Promise<void>;
  /** How it is now. */
  health(): ChildHealth;
}

/** A process that was started. None of its methods throws. */
export interface StartedProcess {
  /** Its number. */
  readonly pid: number;
  /** Says how it ended, when it has and its output is read. Never rejects. */
  readonly gone: Promise<string>;
  /** Writes to its stdin. */
  send(bytes: Uint8Array<ArrayBuffer>): void;
  /** Closes its stdin: it should end. */
  closeInput(): void;
  /** Ends it and the processes that it started. */
  kill(): void;
  /** Drops its pipes, although it is not gone. */
  release(): void;
}

/** Starts a process. Throws if it cannot. */
export type StartProcess = (
  onStdout: (piece: Uint8Array) => void,
  onStderr: (piece: Uint8Array) => void,
) => StartedProcess;

/** A child made of the processes that `start` starts, one after the other. */
export function supervise(start: StartProcess, options: SupervisorOptions): Child {
  return new Supervisor(start, options);
}

/** Waits until a promise settles or the time is over. */
export async function within(clock: Clock, seconds: number, promise: Promise<unknown>): Promise<void> {
  let cancel = () => {};
  await Promise.race([promise, new Promise<void>((resolve) => cancel = clock.timer(resolve, seconds))]);
  cancel();
}

interface Outstanding {
  resolve(response: unknown): void;
  reject(error: unknown): void;
  /** Drops its timer and its listener. */
  release(): void;
}

class Supervisor implements Child {
  readonly #startProcess: StartProcess;
  readonly #options: SupervisorOptions;
  readonly #logStderr: (line: Line) => void;
  readonly #outstanding = new Map<number, Outstanding>();
  readonly #leaving = new Set<StartedProcess>();
  #process: StartedProcess | undefined;
  #startedAt = 0;
  #starts = 0;
  #lastId = 0;
  #failures = 0;
  #retryAt = -Infinity;
  #lastFailure: string | undefined;
  #stopping: Promise<void> | undefined;
  #cancelWatch = () => {};
  #watchesIdle = true;

  constructor(start: StartProcess, options: SupervisorOptions) {
    this.#startProcess = start;
    this.#options = options;
    this.#logStderr = stderrLog(options);
  }

  request(payload: unknown, { deadlineSeconds, signal }: RequestOptions = {}): Promise<unknown> {
    const seconds = deadlineSeconds ?? this.#options.deadlineSeconds;
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const id = ++this.#lastId;
      const line = encodeLine({ id, request: payload });
      const process = this.#running();
      const abort = () => reject(signal?.reason);
      signal?.addEventListener("abort", abort, { once: true });
      const late = () => this.#fail(process, "timeout", `it did not answer within ${seconds} s`, id);
      const cancel = this.#options.clock.timer(late, seconds);
      const release = () => {
        cancel();
        signal?.removeEventListener("abort", abort);
      };
      this.#outstanding.set(id, { resolve, reject, release });
      process.send(line);
      if (this.#watchesIdle) this.#watch(process);
    });
  }

  stop(): Promise<void> {
    return this.#stopping ??= this.#stop();
  }

  health(): ChildHealth {
    return {
      state: this.#state(),
      pid: this.#process?.pid,
      starts: this.#starts,
      undead: this.#leaving.size,
      lastFailure: this.#lastFailure,
    };
  }

  #state(): ChildHealth["state"] {
    if (this.#stopping) return "stopped";
    if (this.#process) return "running";
    return this.#retryAt > this.#options.clock.monotonic() ? "backoff" : "idle";
  }

  /** The process that runs, or a new one. */
  #running(): StartedProcess {
    if (this.#stopping) throw this.#error("it is stopped", "stopped");
    if (this.#process) return this.#process;
    const now = this.#options.clock.monotonic();
    if (now < this.#retryAt) {
      const seconds = (this.#retryAt - now).toFixed(1);
      throw this.#error(`it is started again in ${seconds} s: ${this.#lastFailure}`, "backoff");
    }
    if (this.#leaving.size >= MOST_UNDEAD) {
      throw this.#error(`${this.#leaving.size} processes of it were killed and hang in the kernel`, "backoff");
    }
    this.#startedAt = now;
    try {
      this.#process = this.#start();
    } catch (cause) {
      const what = `it could not be started: ${cause instanceof Error ? cause.message : cause}`;
      this.#backOff(what);
      throw this.#error(what, "crash", { cause });
    }
    this.#starts++;
    return this.#process;
  }

  #start(): StartedProcess {
    const splitStdout = lineSplitter(this.#options.maxLineBytes ?? DEFAULT_LINE_BYTES);
    const splitStderr = lineSplitter(STDERR_LINE_BYTES);
    const process = this.#startProcess((piece) => {
      const fault = process === this.#process ? this.#hear(piece, splitStdout) : undefined;
      if (fault) this.#fail(process, "nonsense", fault);
    }, (piece) => {
      for (const line of splitStderr(piece)) this.#logStderr(line);
    });
    process.gone.then((how) => {
      this.#fail(process, "crash", how);
      this.#leaving.delete(process);
    });
    return process;
  }

  /** Settles the requests that some output answers; otherwise says what is wrong with it. */
  #hear(piece: Uint8Array, split: (piece: Uint8Array) => Iterable<Line>): string | undefined {
    let rest = piece;
    if (this.#outstanding.size > 0) {
      for (const line of split(piece)) {
        const fault = this.#settle(line);
        if (fault) return `it wrote ${fault}: ${quote(line.bytes)}`;
      }
      rest = piece.subarray(piece.lastIndexOf(NEWLINE) + 1);
    }
    if (this.#outstanding.size === 0 && rest.length > 0) return `it wrote without being asked: ${quote(rest)}`;
  }

  #settle({ bytes, tooLong }: Line): string | undefined {
    if (tooLong) return `a line of more than ${bytes.length} bytes`;
    let answer: unknown;
    try {
      answer = decodeLine(bytes);
    } catch {
      return "a line that is not JSON";
    }
    if (!isRecord(answer) || typeof answer.id !== "number") return "a line that is not an answer";
    const outstanding = this.#outstanding.get(answer.id);
    if (!outstanding) return "an answer to no request";
    const error = reviveError(answer.error);
    if (answer.error !== undefined && !error) return "an error without name and message";
    this.#outstanding.delete(answer.id);
    outstanding.release();
    if (error) outstanding.reject(error);
    else outstanding.resolve(answer.response);
  }

  /** Kills the process, and rejects what it had to answer; others than the culprit, if there is one, as bystanders. */
  #fail(process: StartedProcess, reason: ChildFailure, what: string, culprit?: number): void {
    if (process !== this.#process) return;
    this.#forget(process);
    process.kill();
    if (this.#options.clock.monotonic() - this.#startedAt >= HEALTHY_SECONDS) this.#failures = 0;
    this.#backOff(what, process.pid);
    const { gone } = process;
    this.#rejectAll((id) =>
      culprit === undefined || id === culprit
        ? this.#error(what, reason, { gone })
        : this.#error(`it was killed for another request: ${what}`, "crash", { gone })
    );
  }

  /** From now on the process is one that leaves. */
  #forget(process: StartedProcess): void {
    this.#process = undefined;
    this.#cancelWatch();
    this.#watchesIdle = true;
    this.#leaving.add(process);
  }

  #backOff(what: string, pid?: number): void {
    const { clock, log, name, random } = this.#options;
    const longest = Math.min(LONGEST_BACKOFF_SECONDS, FIRST_BACKOFF_SECONDS * 2 ** this.#failures++);
    const backoffSeconds = longest * (0.5 + random() / 2);
    this.#retryAt = clock.monotonic() + backoffSeconds;
    this.#lastFailure = what;
    log("warn", `Child ${JSON.stringify(name)} failed: ${what}`, { child: name, pid, backoffSeconds });
  }

  #rejectAll(error: (id: number) => ChildError): void {
    const all = [...this.#outstanding];
    this.#outstanding.clear();
    for (const [id, { reject, release }] of all) {
      release();
      reject(error(id));
    }
  }

  #watch(process: StartedProcess): void {
    const { clock, memory } = this.#options;
    if (!memory) return;
    this.#cancelWatch();
    this.#watchesIdle = this.#outstanding.size === 0;
    this.#cancelWatch = clock.timer(() => {
      const bytes = memory.residentBytes(process.pid) ?? 0;
      if (bytes <= memory.maxResidentBytes) this.#watch(process);
      else this.#fail(process, "memory", `it had ${bytes} bytes of memory, more than ${memory.maxResidentBytes}`);
    }, this.#watchesIdle ? IDLE_WATCH_SECONDS : BUSY_WATCH_SECONDS);
  }

  async #stop(): Promise<void> {
    const { clock } = this.#options;
    const process = this.#process;
    this.#rejectAll(() => this.#error("it is stopped", "stopped", { gone: process?.gone }));
    if (process) {
      this.#forget(process);
      process.closeInput();
      await within(clock, GRACE_SECONDS, process.gone);
      process.kill();
    }
    if (this.#leaving.size > 0) {
      await within(clock, GRACE_SECONDS, Promise.all(Array.from(this.#leaving, ({ gone }) => gone)));
    }
    for (const left of this.#leaving) left.release();
  }

  #error(what: string, reason: ChildFailure, options?: ChildErrorOptions): ChildError {
    return new ChildError(`Cannot ask child ${JSON.stringify(this.#options.name)}: ${what}`, reason, options);
  }
}

/** Writes lines of stderr to the log, at most so many in a period, then how many were left out. */
function stderrLog({ name, log, clock }: SupervisorOptions): (line: Line) => void {
  let periodEnd = -Infinity;
  let left = 0;
  let omitted = 0;
  return ({ bytes }) => {
    const now = clock.monotonic();
    if (now >= periodEnd) {
      periodEnd = now + STDERR_PERIOD_SECONDS;
      left = STDERR_LINES;
    }
    if (left === 0) {
      omitted++;
      return;
    }
    left--;
    const text = readable(bytes).trimEnd();
    log("warn", `Child ${JSON.stringify(name)} wrote: ${text}`, { child: name, omitted: omitted || undefined });
    omitted = 0;
  };
}
