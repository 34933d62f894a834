import { childCommand, ChildError, createChild } from "../child.ts";
import type { StatfsAnswer } from "../collector.ts";
import type { Logger } from "../log.ts";
import { statfs, statfsAnswer } from "../statfs.ts";
import type { Surroundings } from "./surroundings.ts";

/** A call that hangs for longer is given up with the child that makes it, and made anew by the next. */
const DEADLINE_SECONDS = 3600;
/** What a child under `deno run` finds its cached packages by. */
const CACHE_VARIABLES = ["HOME", "DENO_DIR", "XDG_CACHE_HOME", "LOCALAPPDATA"];

/** Asks for the space of mounts that may hang, in a child process of its own. */
export interface StatfsHelper {
  /** Asks; the first question starts the child. `undefined` if there is no answer after all this time. */
  statfs(path: string): Promise<StatfsAnswer | undefined>;
  /** Ends the child, if it runs. */
  stop(): Promise<void>;
}

/**
 * In this process a call that hangs would hold a thread that all files need, and the listening port even after SIGKILL.
 * Where no child can be started, as where that is not permitted, it has to be made here after all.
 */
export function statfsHelper(
  { program, environment, clock }: Pick<Surroundings, "program" | "environment" | "clock">,
  log: Logger,
): StatfsHelper {
  const variables = Object.entries(environment()).filter(([name]) => CACHE_VARIABLES.includes(name));
  const child = createChild({
    name: "statfs",
    command: childCommand(program(), "statfs"),
    environment: Object.fromEntries(variables),
    deadlineSeconds: DEADLINE_SECONDS,
    log,
    clock,
    random: Math.random,
  });
  return {
    async statfs(path) {
      try {
        return statfsAnswer(await child.request(path));
      } catch (error) {
        if (!(error instanceof ChildError)) throw error;
        return error.reason === "timeout" || error.reason === "stopped" ? undefined : await statfs(path);
      }
    },
    stop: () => child.stop(),
  };
}
