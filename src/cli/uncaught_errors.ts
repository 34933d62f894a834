import { failureMessage } from "../failure.ts";
import { type Logger, rateLimited } from "../log.ts";
import type { Surroundings } from "./surroundings.ts";

/** Errors that nobody caught, as of a promise that a plugin forgot: they are told, and end nothing. */
export interface UncaughtErrors {
  /** Tells `log` of them, instead of writing the message alone to standard error. */
  take(log: Logger): void;
  /** Listens no longer. */
  release(): void;
}

/** Listens to {@linkcode UncaughtErrors}; one that repeats is told once a minute. */
export function listenToUncaughtErrors(surroundings: Surroundings): UncaughtErrors {
  let write: Logger = (level, message, fields) => {
    if (level === "error") surroundings.printError(`${message}: ${fields?.error}`.replace(/\s*\n\s*/g, " ") + "\n");
  };
  const log = rateLimited((...record) => write(...record), surroundings.clock, ["error"]);
  const release = surroundings.onUncaught((error) => {
    const message = failureMessage(error);
    log("error", "uncaught error", { error: message });
    if (error instanceof Error) log("debug", "stack of uncaught error", { error: message, stack: error.stack });
  });
  return {
    take(log) {
      write = log;
    },
    release,
  };
}
