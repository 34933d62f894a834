import type { AnyCollector } from "../collector.ts";
import type { Config, Setting } from "../config.ts";
import type { PeerFlag } from "./peer_flags.ts";
import type { StopSignals } from "./stop_signals.ts";
import type { Surroundings } from "./surroundings.ts";
import type { UncaughtErrors } from "./uncaught_errors.ts";

/** What an option was given: `true` where it takes no value, a list where it may be given several times. */
export type OptionValue = string | true | readonly string[];

/** What a command was told by its own argument and options. */
export interface CommandInput {
  /** Its argument, if it takes one. */
  readonly argument: string | undefined;
  /** Its options by name without dashes. */
  readonly options: ReadonlyMap<string, OptionValue>;
}

/** What can be configured and asked for, plugins included. */
export interface Known {
  /** All that the program can do; the first is what it does where none is named. */
  readonly commands: readonly Command[];
  /** Those that the program comes with. */
  readonly builtIn: readonly AnyCollector[];
  /** They, and behind them those of plugins. */
  readonly collectors: readonly AnyCollector[];
  /** Every flag that there is. */
  readonly settings: readonly Setting[];
}

/** The configuration, and what it configures, as they were when it was read. */
export interface Loaded extends Known {
  /** Validated. */
  readonly config: Config;
  /** Flags of the peers that were given and have no effect. */
  readonly ignored: readonly PeerFlag[];
  /** The configuration file, if there is one. */
  readonly file: { readonly name: string; readonly text: string } | undefined;
}

/** What a running command may use. */
export interface Invocation extends CommandInput {
  /** The process. */
  readonly surroundings: Surroundings;
  /** Tells of SIGTERM and SIGINT. */
  readonly stops: StopSignals;
  /** Tells of errors that nobody caught. */
  readonly uncaught: UncaughtErrors;
  /** Reads plugins, but of the configuration only what names them. */
  known(): Promise<Known>;
  /**
   * Reads plugins, configuration file and environment, anew each time.
   *
   * @param again whether it has done so before: what cannot be read twice is then refused
   * @throws {ConfigError} with all faults of the configuration
   * @throws {PluginError} with all faults of the plugins
   * @throws {UsageError} if a flag is wrong
   */
  load(again?: boolean): Promise<Loaded>;
}

/** An option of one command; all take the flags of the configuration besides. */
export interface CommandOption {
  /** Without the dashes. */
  readonly name: string;
  /** One sentence. */
  readonly description: string;
  /** The only values that it takes. */
  readonly choices?: readonly string[];
  /** Stands for the value of an option that takes any; without it and choices it takes none. */
  readonly placeholder?: string;
  /** Whether it may be given several times. */
  readonly repeatable?: boolean;
}

/** One of the things that the program can do. */
export interface Command {
  /** Its name on the command line. */
  readonly name: string;
  /** One sentence. */
  readonly description: string;
  /** Options of its own. */
  readonly options?: readonly CommandOption[];
  /** The one argument that it takes. */
  readonly argument?: {
    /** What it is called in usage and errors. */
    readonly name: string;
    /** The only ones that there are; absent: any text. */
    readonly choices?: readonly string[];
    /** Whether it may be left out. */
    readonly optional?: true;
  };
  /**
   * Does it.
   *
   * @returns the exit code
   */
  run(invocation: Invocation): Promise<number>;
}
