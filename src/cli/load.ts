import { dirname, resolve } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import type { Clock } from "../clock.ts";
import type { AnyCollector } from "../collector.ts";
import { loadConfig, pluginPaths, type Setting, settings } from "../config.ts";
import { failureMessage } from "../failure.ts";
import { loadPlugins, PluginError } from "../plugin.ts";
import type { Known, Loaded } from "./command.ts";
import { type CommandLine, type Commands, parseCommandLine } from "./command_line.ts";
import { readConfigFile } from "./config_file.ts";
import { PEER_COLLECTORS } from "./peer_collectors.ts";
import type { Surroundings } from "./surroundings.ts";
import { UsageError } from "./usage_error.ts";

/** What the command line, the environment and the file that they name say. */
interface Sources {
  readonly commandLine: CommandLine;
  readonly environment: Readonly<Record<string, string>>;
  readonly file: { readonly name: string; readonly text: string } | undefined;
}

/** {@linkcode Known}, and the sources of a configuration. */
export interface Gathered extends Known, Sources {}

/** From what, and whether it has been read before by this process. */
type Parts = readonly [
  surroundings: Surroundings,
  commands: Commands,
  builtIn: readonly AnyCollector[],
  again?: boolean,
];

/**
 * Reads the command line, the environment, the file that they name, and the plugins that any of them names.
 *
 * @throws {PluginError} with all faults of the plugins
 * @throws {UsageError} if the file cannot be read
 */
export async function gather(...[surroundings, commands, builtIn, again = false]: Parts): Promise<Gathered> {
  const own = settings(builtIn);
  const commandLine = parseCommandLine(surroundings.args, commands, own);
  const environment = surroundings.environment();
  const name = textOf("config.file", commandLine, environment, own);
  const file = name === undefined ? undefined : { name, text: await configText(name, again) };
  const sources: Sources = { commandLine, environment, file };
  const plugins = await configuredPlugins(sources, own, builtIn, surroundings.clock);
  const known = { commands, builtIn };
  if (plugins.length === 0) return { ...sources, ...known, collectors: builtIn, settings: own };
  const collectors = [...builtIn, ...plugins];
  const all = settingsWithPlugins(collectors);
  const withPlugins = parseCommandLine(surroundings.args, commands, all);
  return { ...sources, ...known, commandLine: withPlugins, collectors, settings: all };
}

/** The value of a setting of text, by flag or environment. */
function textOf(flag: string, { flags }: CommandLine, environment: Sources["environment"], all: readonly Setting[]) {
  const variable = all.find((setting) => setting.flag === flag)?.environment ?? "";
  const value = flags.get(flag) ?? environment[variable];
  return typeof value === "string" && value !== "" ? value : undefined;
}

async function configText(name: string, again: boolean): Promise<string> {
  try {
    return await readConfigFile(name, again);
  } catch (error) {
    const reason = failureMessage(error).replace(/^\w+: /, "").replace(/, \w+ '.*'$|\.? \(os error.*$/, "");
    throw new UsageError(`Cannot read configuration file ${JSON.stringify(name)}: ${reason}`, { cause: error });
  }
}

/** Paths of plugins start where they are written: in the file's folder, otherwise in the working directory. */
async function configuredPlugins(
  { commandLine: { flags }, environment, file }: Sources,
  all: readonly Setting[],
  builtIn: readonly AnyCollector[],
  clock: Clock,
): Promise<readonly AnyCollector[]> {
  const paths = await pluginPaths({ file, environment, flags });
  if (paths.length === 0) return [];
  const variable = all.find(({ flag }) => flag === "plugin")?.environment ?? "";
  const elsewhere = flags.has("plugin") || Boolean(environment[variable]);
  const folder = file && !elsewhere ? resolve(dirname(file.name)) : process.cwd();
  return await loadPlugins(paths, { baseUrl: pathToFileURL(`${folder}/`).href, builtIn, clock });
}

/** @throws {PluginError} if the plugins' names or options clash with one another or with what is built in */
function settingsWithPlugins(collectors: readonly AnyCollector[]): readonly Setting[] {
  try {
    return settings(collectors);
  } catch (error) {
    throw new PluginError([failureMessage(error)], { cause: error });
  }
}

/**
 * {@linkcode gather}, and the configuration made of it.
 *
 * @throws {ConfigError} with all faults of the configuration
 * @throws {PluginError} with all faults of the plugins
 * @throws {UsageError} if a flag is wrong, or the file cannot be read
 */
export async function load(...parts: Parts): Promise<Loaded> {
  const { commandLine, environment, file, ...known } = await gather(...parts);
  if (commandLine.fault) throw commandLine.fault;
  const { collectors, builtIn } = known;
  const absentCollectors = new Map(PEER_COLLECTORS.map(({ name, reason }) => [name, reason]));
  const { flags } = commandLine;
  const config = await loadConfig({ collectors, builtIn, absentCollectors, file, environment, flags });
  return { ...known, config, file, ignored: commandLine.ignored };
}
