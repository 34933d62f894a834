import { Command as Parser, CommanderError, Option } from "@commander-js/extra-typings";
import type { Setting } from "../config.ts";
import type { Command, CommandInput, CommandOption, OptionValue } from "./command.ts";
import { commandLineFault } from "./command_line_fault.ts";
import { PEER_FLAGS, type PeerFlag, RENAMED_FLAGS } from "./peer_flags.ts";
import { isShared, type SharedSetting, sharedSettings } from "./shared_settings.ts";
import { table } from "./table.ts";
import { UsageError } from "./usage_error.ts";

/** A command line, taken apart. */
export interface CommandLine extends CommandInput {
  /** What is to be done. */
  readonly command: Command;
  /** Values of the flags that were given, by name without dashes; `false` for `--no-`. */
  readonly flags: ReadonlyMap<string, boolean | string | readonly string[]>;
  /** Flags of the peers that were given and have no effect. */
  readonly ignored: readonly PeerFlag[];
  /** Whether help or version is asked for, instead of what the command does. */
  readonly asks: "help" | "version" | undefined;
  /** What is wrong with it; the rest is what could be made sense of. */
  readonly fault: UsageError | undefined;
  /** What `--help` prints, for lines of so many columns. */
  help(columns: number): string;
}

/** All commands; the first is what is done where none is named. */
export type Commands = readonly [Command, ...Command[]];

/** More are listed below the usage alone. */
const MOST_OPTIONS_IN_USAGE = 3;

const EXAMPLES = `
Examples:
  sonde --profile=node_exporter
  sonde --web.listen-address=127.0.0.1:9100 --no-collector.uptime
  sonde check --config.file=sonde.yml
  sonde collect --collector.disable-defaults --collector.cpu

Every command takes all flags. A flag's environment variable is SONDE_ and its name in capitals, all else as _,
as SONDE_WEB_LISTEN_ADDRESS, lists separated by spaces. Its key in the configuration file has a level for each dot.
`;

/** Takes apart one command line. */
class Reading {
  readonly flags = new Map<string, boolean | string | readonly string[]>();
  readonly options = new Map<string, OptionValue>();
  readonly peers: PeerFlag[] = [];
  asks: "help" | "version" | undefined;
  command: Command;
  /** Arguments that are neither flags of the program nor the command's name. */
  rest: readonly string[] = [];
  readonly #parser: Parser;
  readonly #parsers = new Map<Command, Parser>();
  readonly #commands: Commands;
  /** Shown once, and not with each collector. */
  readonly #shared: readonly SharedSetting[];

  constructor(commands: Commands, settings: readonly Setting[]) {
    this.#commands = commands;
    this.command = commands[0];
    this.#parser = quiet(new Parser("sonde")).description("A Prometheus exporter.").usage("[command] [flags]");
    this.#parser.configureHelp({ optionTerm, subcommandTerm: (parser) => `${parser.name()} ${parser.usage()}` });
    this.#shared = sharedSettings(settings);
    for (const setting of settings) this.#addSetting(setting);
    const own = new Set(settings.map(({ flag }) => flag));
    for (const peer of PEER_FLAGS) if (!own.has(peer.flag)) this.#addPeer(peer);
    this.#add(new Option("-h, --help", "Show this.").helpGroup("Flags:"), () => this.asks = "help");
    this.#add(new Option("--version", "Show the version.").helpGroup("Flags:"), () => this.asks ??= "version");
    for (const command of commands) this.#addCommand(command);
  }

  /** @throws {CommanderError} if the last flag lacks its value */
  parse(args: readonly string[]): void {
    this.#parser.parse(args, { from: "user" });
  }

  help(columns: number): string {
    const parser = this.#parsers.get(this.command);
    const chosen = parser && this.command !== this.#commands[0] ? parser : this.#parser;
    const text = chosen.configureOutput({ getOutHelpWidth: () => columns }).helpInformation();
    if (chosen !== this.#parser) return `${text}\nAll flags of "sonde --help" are taken too.\n`;
    const shared = table(
      this.#shared.map(({ flag, placeholder, description }) => ["", `${flag} <${placeholder}>`, description]),
    );
    return `${text}${shared && `\nEvery collector:\n${shared}`}${EXAMPLES}`;
  }

  #add(option: Option, listener: (value: string) => void): void {
    this.#parser.addOption(option);
    this.#parser.on(`option:${option.name()}`, listener);
  }

  #addSetting(setting: Setting): void {
    const { flag, kind, placeholder, collector, alias, deprecated } = setting;
    const group = collector === undefined ? "Flags:" : `Collector ${collector}:`;
    const hidden = (alias ?? deprecated ?? false) || isShared(setting, this.#shared);
    const describe = (option: Option) => option.helpGroup(group).hideHelp(hidden);
    if (kind === "boolean") {
      this.#add(describe(new Option(`--${flag}`, described(setting))), () => this.flags.set(flag, true));
      this.#add(new Option(`--no-${flag}`).hideHelp(), () => this.flags.set(flag, false));
      return;
    }
    this.#add(describe(new Option(`--${flag} <${placeholder}>`, described(setting))), (value) => {
      const before = this.flags.get(flag);
      this.flags.set(flag, kind === "list" ? [...Array.isArray(before) ? before : [], value] : value);
    });
  }

  #addPeer(peer: PeerFlag): void {
    const take = (value: string | null): void => {
      // The peers take an empty value for none.
      if (value !== "") this.peers.push(peer);
    };
    this.#add(new Option(peer.boolean ? `--${peer.flag}` : `--${peer.flag} <value>`).hideHelp(), take);
    if (peer.boolean) this.#add(new Option(`--no-${peer.flag}`).hideHelp(), () => {});
  }

  #addCommand(command: Command): void {
    const { name, description, options = [], argument } = command;
    const all = options.map((option) => `[${optionForm(option, "=")}]${option.repeatable ? "…" : ""}`);
    const terms = all.length > MOST_OPTIONS_IN_USAGE ? ["[options]"] : all;
    const word = argument && (argument.choices?.join("|") ?? `<${argument.name}>`);
    const usage = [...terms, ...word === undefined ? [] : [argument?.optional ? `[${word}]` : word]].join(" ");
    const parser = quiet(this.#parser.command(name, { isDefault: command === this.#commands[0] }));
    parser.description(description).usage(usage).allowUnknownOption().allowExcessArguments();
    for (const option of options) {
      parser.option(optionForm(option, " "), `${option.description}${option.repeatable ? " Repeatable." : ""}`);
      parser.on(`option:${option.name}`, (value: string | null) => {
        const before = this.options.get(option.name);
        const list = () => [...Array.isArray(before) ? before : [], value ?? ""];
        this.options.set(option.name, option.repeatable ? list() : value ?? true);
      });
    }
    parser.action(() => {
      this.command = command;
      this.rest = parser.args;
    });
    this.#parsers.set(command, parser);
  }
}

/** A parser that writes nothing and ends nothing: what is wrong is found here, and said in our words. */
function quiet<P extends Parser>(parser: P): P {
  parser.helpOption(false).helpCommand(false).exitOverride();
  parser.configureOutput({ writeErr: () => {}, writeOut: () => {} });
  return parser;
}

/** An option as it is written, with what stands for its value. */
function optionForm({ name, choices, placeholder }: CommandOption, between: string): string {
  const value = choices?.join("|") ?? placeholder;
  if (value === undefined) return `--${name}`;
  return `--${name}${between}${choices && between === "=" ? value : `<${value}>`}`;
}

function optionTerm(option: { readonly flags: string; isBoolean(): boolean }): string {
  return option.isBoolean() && option.flags.includes(".") ? option.flags.replace(/^--/, "--[no-]") : option.flags;
}

function described({ description, kind, default: standard }: Setting): string {
  const text = Array.isArray(standard) ? standard.join(" ") : String(standard ?? "");
  const repeatable = kind === "list" ? " Repeatable." : "";
  return `${description}${repeatable}${text === "" || standard === false ? "" : ` (default: ${text})`}`;
}

/** A flag of a peer as ours of the same meaning. */
function renamed(arg: string): string {
  const [, flag = "", rest = ""] = /^--([^=]+)(.*)$/s.exec(arg) ?? [];
  return Object.hasOwn(RENAMED_FLAGS, flag) ? `--${RENAMED_FLAGS[flag]}${rest}` : arg;
}

/** A flag with `=true` or `=false` behind it as the flag or its `--no-` form; anything else as it is. */
function switched(arg: string, settings: readonly Setting[]): string {
  const [, flag, value] = /^--([^=]+)=(true|false)$/.exec(arg) ?? [];
  if (!settings.some((setting) => setting.kind === "boolean" && setting.flag === flag)) return arg;
  return value === "true" ? `--${flag}` : `--no-${flag}`;
}

/**
 * Takes a command line apart. What is wrong with it is told, not thrown: a plugin that it names may know the flag.
 *
 * @param commands the first is what is done where none is named
 */
export function parseCommandLine(
  args: readonly string[],
  commands: Commands,
  settings: readonly Setting[],
): CommandLine {
  const reading = new Reading(commands, settings);
  let fault: string | undefined;
  try {
    reading.parse(args.map((arg) => switched(renamed(arg), settings)));
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    fault = `Cannot use ${JSON.stringify(args.at(-1) ?? "")}: its value is missing`;
  }
  const refused = reading.peers.flatMap(({ flag, refusal }) =>
    refusal === undefined ? [] : `Cannot use "--${flag}": ${refusal}`
  );
  if (refused.length > 0) fault ??= [...new Set(refused)].join("\n");
  const { flags, options, asks, peers, rest } = reading;
  const instead = reading.command === commands[0] ? peers.find(({ command }) => command !== undefined) : undefined;
  const command = commands.find(({ name }) => name === instead?.command) ?? reading.command;
  fault ??= commandLineFault({ args, command, options, rest }, { commands, settings });
  return {
    command,
    flags,
    options,
    argument: command.argument ? rest[0] : undefined,
    ignored: peers.filter(({ note }) => note !== undefined),
    asks,
    fault: fault === undefined ? undefined : new UsageError(fault),
    help: (columns) => reading.help(columns),
  };
}
