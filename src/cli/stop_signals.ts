import type { Surroundings } from "./surroundings.ts";

/** Signals that end the program, and what a shell calls the exit code of whom they ended. */
const STOP_SIGNALS = [["SIGTERM", 143], ["SIGINT", 130]] as const;
/** From the signal to the end, whatever hangs: more than requests in flight are given. */
const STOP_SECONDS = 4.9;

/** SIGTERM and SIGINT, which are listened to from the start: as the first process of a container a program must. */
export interface StopSignals {
  /**
   * Calls `stop` at the first signal instead of ending the program, which has a few seconds from then on, and ends at
   * once at the second signal.
   */
  take(stop: (signal: string) => void): void;
  /** Listens no longer. */
  release(): void;
}

/** Listens to {@linkcode StopSignals}; until they are taken, one ends the program at once. */
export function listenToStopSignals(surroundings: Surroundings): StopSignals {
  const { clock } = surroundings;
  let stop: ((signal: string) => void) | undefined;
  let stopping = false;
  let cancel = (): void => {};
  const releases = STOP_SIGNALS.map(([signal, code]) =>
    surroundings.onSignal(signal, () => {
      if (!stop || stopping) return surroundings.exit(code);
      stopping = true;
      cancel = clock.timer(() => surroundings.exit(0), STOP_SECONDS);
      stop(signal);
    })
  );
  return {
    take(callback) {
      stop = callback;
    },
    release() {
      cancel();
      for (const release of releases) release();
    },
  };
}
