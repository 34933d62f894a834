/**
 * Child processes that answer requests: the one place that starts programs.
 *
 * Whatever a child does (to hang, to die, to flood, to swell, to speak nonsense) costs its own requests and itself.
 *
 * @module
 */

import type { Clock } from "./clock.ts";
import { decodeLine, encodeLine, isRecord, lineSplitter, recordError } from "./line_json.ts";
import { type Child, type StartedProcess, supervise, type SupervisorOptions, within } from "./supervisor.ts";

export { ChildError, type ChildErrorOptions, type ChildFailure } from "./child_error.ts";
export { type Child, type ChildHealth, type RequestOptions, type SupervisorOptions } from "./supervisor.ts";

/** Time for what is left in the pipes of a process that ended, and to end for one that closed its stdout. */
const GRACE_SECONDS = 1;
/** After so many reads of stderr comes a pause of a second, so that a flood makes the child wait, not its parent work. */
const STDERR_READS = 100;

/** What {@linkcode childCommand} has to know of this program. */
export interface Program {
  /** Whether it is an executable made by `deno compile`. */
  readonly compiled: boolean;
  /** Path of the executable that runs: the compiled one, or `deno`. */
  readonly execPath: string;
  /** URL of the module that `deno run` was given. */
  readonly mainModule: string;
  /** Arguments of `deno run` before the module. Default `["-A"]`. */
  readonly runArguments?: readonly string[];
}

/** The argv by which this program starts itself again as its hidden subcommand `child <kind>`. */
export function childCommand({ compiled, execPath, mainModule, runArguments }: Program, kind: string): string[] {
  return compiled
    ? [execPath, "child", kind]
    : [execPath, "run", ...(runArguments ?? ["-A"]), mainModule, "child", kind];
}

/** What to start, and within which bounds. */
export interface ChildOptions extends SupervisorOptions {
  /** Its argv, as {@linkcode childCommand} gives it. */
  readonly command: readonly string[];
  /** All of its environment. Default none; under `deno run`, `HOME` or `DENO_DIR` tell where packages are cached. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** A child that runs a command and answers as {@linkcode serveChild} does; nothing is started yet. */
export function createChild(options: ChildOptions): Child {
  return supervise((onStdout, onStderr) => new SpawnedProcess(options, onStdout, onStderr), options);
}

class SpawnedProcess implements StartedProcess {
  readonly pid: number;
  readonly gone: Promise<string>;
  readonly #clock: Clock;
  readonly #process: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #outputs: ReadableStreamDefaultReader<Uint8Array>[] = [];
  readonly #released = Promise.withResolvers<void>();
  #alive = true;
  #closedOutput = false;

  constructor(
    { command: [program = "", ...args], environment, clock }: ChildOptions,
    onStdout: (piece: Uint8Array) => void,
    onStderr: (piece: Uint8Array) => void,
  ) {
    this.#clock = clock;
    this.#process = new Deno.Command(program, {
      args,
      clearEnv: true,
      env: { ...environment },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
      // A group of its own: killed with all that it started, and not interrupted from the terminal before its parent.
      detached: true,
    }).spawn();
    this.pid = this.#process.pid;
    this.#input = this.#process.stdin.getWriter();
    const stdout = this.#pump(this.#process.stdout, onStdout);
    const stderr = this.#pump(this.#process.stderr, onStderr, STDERR_READS);
    stdout.then(() => this.#outputEnded());
    this.gone = this.#end(Promise.all([stdout, stderr]));
  }

  send(bytes: Uint8Array<ArrayBuffer>): void {
    // A broken pipe is no news: the process ended, or does not read and will miss its deadline.
    this.#input.write(bytes).catch(() => {});
  }

  closeInput(): void {
    this.#input.close().catch(() => {});
  }

  kill(): void {
    // When the kernel has let it go, its number may be another's.
    if (this.#alive) this.#killGroup();
    this.#process.unref();
  }

  release(): void {
    this.#released.resolve();
    for (const output of this.#outputs) output.cancel().catch(() => {});
    this.#input.abort().catch(() => {});
  }

  async #pump(stream: ReadableStream<Uint8Array>, take: (piece: Uint8Array) => void, burst = Infinity): Promise<void> {
    const output = stream.getReader();
    this.#outputs.push(output);
    for (let reads = 1;; reads++) {
      const { value } = await output.read().catch(() => ({ value: undefined }));
      if (!value) return;
      take(value);
      if (reads % burst === 0) await within(this.#clock, 1, this.#released.promise);
    }
  }

  /** A process without stdout is of no use; most often it is just ending. */
  async #outputEnded(): Promise<void> {
    await within(this.#clock, GRACE_SECONDS, Promise.race([this.#process.status, this.#released.promise]));
    if (!this.#alive) return;
    this.#closedOutput = true;
    this.kill();
  }

  async #end(outputs: Promise<unknown>): Promise<string> {
    const { code, signal } = await this.#process.status;
    // What it has started must not outlive it.
    this.#killGroup();
    this.#alive = false;
    await within(this.#clock, GRACE_SECONDS, outputs);
    this.release();
    if (this.#closedOutput) return "it closed its stdout";
    return signal ? `it was ended by ${signal}` : `it exited with code ${code}`;
  }

  #killGroup(): void {
    try {
      Deno.kill(-this.pid, "SIGKILL");
      return;
    } catch {
      // Windows has no groups, and a permission to run one program allows no signals but to what it started.
    }
    try {
      this.#process.kill("SIGKILL");
    } catch {
      // Gone already.
    }
  }
}

/**
 * The other side of {@linkcode createChild}: answers the requests that come by stdin until it closes, as it does when the
 * parent ends, then ends this process. Requests are handled as they come, not one after the other; a value that JSON
 * cannot carry, and whatever `handle` throws, is answered as an error. `console.log` and its like write to stderr from
 * here on, because stdout belongs to the answers. A handler that never yields keeps it from seeing that stdin closed: if
 * the parent is then killed, only who runs both (a service manager, a container) can end it.
 */
export async function serveChild(handle: (request: unknown) => unknown): Promise<never> {
  console.log = console.info = console.debug = console.error;
  const output = Deno.stdout.writable.getWriter();
  const answer = async (id: unknown, request: unknown) => {
    let line: Uint8Array<ArrayBuffer>;
    try {
      line = encodeLine({ id, response: await handle(request) });
    } catch (error) {
      line = encodeLine({ id, error: recordError(error) });
    }
    await output.write(line);
  };
  const split = lineSplitter(Infinity);
  for await (const piece of Deno.stdin.readable) {
    for (const { bytes } of split(piece)) {
      const message = decodeLine(bytes);
      // That an answer cannot be written, as after the parent's death, ends this process like any unhandled rejection.
      if (isRecord(message)) answer(message.id, message.request);
    }
  }
  Deno.exit(0);
}
