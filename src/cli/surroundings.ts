import type { Program } from "../child.ts";
import type { Clock } from "../clock.ts";

/** Signals that the command listens to. */
export type Signal = "SIGTERM" | "SIGINT" | "SIGHUP";

/** What is given up by {@linkcode Surroundings.revoke}. */
export type Permission = "run" | "ffi" | "write";

/** The process that the command runs in, as far as it uses it: {@link ../cli.ts} has the real one. */
export interface Surroundings {
  /** Arguments after the program's name. */
  readonly args: readonly string[];
  /** Columns of the terminal, or `undefined` where standard output is none. */
  readonly columns: number | undefined;
  /** What runs the program. */
  readonly runtime: {
    /** Version of Deno. */
    readonly deno: string;
    /** Version of V8. */
    readonly v8: string;
    /** What it was built for, as `x86_64-unknown-linux-gnu`. */
    readonly target: string;
  };
  /** How it is started again as a child of itself. */
  program(): Program;
  /** Time. */
  readonly clock: Clock;
  /** The environment as it is now. */
  environment(): Readonly<Record<string, string>>;
  /** Writes to standard output; a reader that went away is no fault. Throws if it cannot be written. */
  print(text: string): void;
  /** Writes to standard error, if that is possible. */
  printError(text: string): void;
  /** Calls `listener` at each such signal instead of what the system does, until the returned function is called. */
  onSignal(signal: Signal, listener: () => void): () => void;
  /** Calls `listener` with each error that nobody caught instead of ending, until the returned function is called. */
  onUncaught(listener: (error: unknown) => void): () => void;
  /** Gives up permissions for good. */
  revoke(permissions: readonly Permission[]): void;
  /** Ends the process at once. */
  exit(code: number): void;
}
