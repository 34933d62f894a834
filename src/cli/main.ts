import { collectors as builtIn } from "../../collectors/mod.ts";
import type { AnyCollector } from "../collector.ts";
import { ConfigError, settings } from "../config.ts";
import { failureMessage } from "../failure.ts";
import { GraphError } from "../graph.ts";
import { PluginError } from "../plugin.ts";
import { VERSION } from "../version.ts";
import { type CommandLine, parseCommandLine } from "./command_line.ts";
import { commands } from "./commands.ts";
import { gather, load } from "./load.ts";
import { listenToStopSignals, type StopSignals } from "./stop_signals.ts";
import type { Surroundings } from "./surroundings.ts";
import { listenToUncaughtErrors, type UncaughtErrors } from "./uncaught_errors.ts";
import { UsageError } from "./usage_error.ts";

/** Lines longer than this are not read with ease. */
const WIDEST_COLUMNS = 160;
const USUAL_COLUMNS = 120;

/**
 * Does what the command line says.
 *
 * @returns the exit code: 2 for what is wrong with command line, configuration or plugins, 1 for what failed, otherwise 0
 */
export async function main(
  surroundings: Surroundings,
  collectors: readonly AnyCollector[] = builtIn,
): Promise<number> {
  const stops = listenToStopSignals(surroundings);
  const uncaught = listenToUncaughtErrors(surroundings);
  let commandLine: CommandLine | undefined;
  try {
    commandLine = parseCommandLine(surroundings.args, commands, settings(collectors));
    return await run(commandLine, { surroundings, stops, uncaught, collectors });
  } catch (error) {
    surroundings.printError(`${described(error, isDebugging(surroundings, commandLine))}\n`);
    return isMistake(error) ? 2 : 1;
  } finally {
    uncaught.release();
    stops.release();
  }
}

interface Parts {
  readonly surroundings: Surroundings;
  readonly stops: StopSignals;
  readonly uncaught: UncaughtErrors;
  readonly collectors: readonly AnyCollector[];
}

async function run(commandLine: CommandLine, { surroundings, stops, uncaught, collectors }: Parts): Promise<number> {
  const { asks, command, options, argument } = commandLine;
  if (asks === "version") {
    const { deno, v8, target } = surroundings.runtime;
    surroundings.print(`sonde ${VERSION} (deno ${deno}, v8 ${v8}, ${target})\n`);
    return 0;
  }
  const parts = [surroundings, commands, collectors] as const;
  if (asks === "help") {
    const { help } = (await gather(...parts)).commandLine;
    surroundings.print(help(Math.min(surroundings.columns ?? USUAL_COLUMNS, WIDEST_COLUMNS)));
    return 0;
  }
  return await command.run({
    surroundings,
    stops,
    uncaught,
    options,
    argument,
    async known() {
      const { commandLine: { fault }, ...known } = await gather(...parts);
      if (fault) throw fault;
      return known;
    },
    load: (again) => load(...parts, again),
  });
}

/** Whether the error is the user's, who is told in full what to mend. */
function isMistake(error: unknown): boolean {
  return [UsageError, ConfigError, PluginError, GraphError].some((mistake) => error instanceof mistake);
}

function isDebugging(surroundings: Surroundings, commandLine: CommandLine | undefined): boolean {
  const level = commandLine?.flags.get("log.level") ?? surroundings.environment().SONDE_LOG_LEVEL;
  return level === "debug";
}

/** What an error says: all that is wrong, for a mistake; otherwise one line, or the stack for who debugs. */
function described(error: unknown, debugging: boolean): string {
  if (isMistake(error)) return failureMessage(error);
  if (debugging && error instanceof Error && error.stack) return error.stack;
  return failureMessage(error).replace(/\s*\n\s*/g, " ");
}
