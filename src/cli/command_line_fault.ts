import type { Setting } from "../config.ts";
import { suggestion } from "../nearest.ts";
import type { Command, OptionValue } from "./command.ts";

/** A command line, as far as it was understood. */
export interface Understood {
  /** The whole of it. */
  readonly args: readonly string[];
  /** The command that was named, or is the default. */
  readonly command: Command;
  /** Its options. */
  readonly options: ReadonlyMap<string, OptionValue>;
  /** What is neither a known flag, nor the command's name. */
  readonly rest: readonly string[];
}

/** All that could have been said. */
export interface Vocabulary {
  /** Commands. */
  readonly commands: readonly Command[];
  /** Flags of all of them. */
  readonly settings: readonly Setting[];
}

const HINT = 'see "sonde --help"';
const quote = (text: string): string => JSON.stringify(text);
const isFlag = (arg: string): boolean => arg.length > 1 && arg.startsWith("-");

const either = (words: readonly string[]): string =>
  [words.slice(0, -1).join(", "), ...words.slice(-1)].filter((part) => part !== "").join(" or ");
const expected = (choices: readonly string[]): string => `expected ${either(choices)}`;

/** What is wrong with a command line, in one line; `undefined` if nothing is. */
export function commandLineFault(understood: Understood, vocabulary: Vocabulary): string | undefined {
  const { command, options, rest } = understood;
  const flag = rest.find(isFlag);
  if (flag !== undefined) return `Cannot use ${quote(flag)}: ${flagFault(flag, understood, vocabulary)}`;
  for (const { name, choices } of command.options ?? []) {
    const value = options.get(name);
    if (!choices || typeof value !== "string" || choices.includes(value)) continue;
    return `Cannot use "--${name}=${value}": ${expected(choices)}${suggestion(value, choices)}`;
  }
  const [first, second] = rest;
  if (!command.argument) return first === undefined ? undefined : superfluous(first, understood, vocabulary);
  const { name, choices, optional } = command.argument;
  if (first === undefined && optional) return undefined;
  if (first === undefined) {
    return `Cannot run "${command.name}": its ${name} is missing, ${choices ? expected(choices) : HINT}`;
  }
  if (choices && !choices.includes(first)) {
    return `Cannot run "${command.name}" for ${quote(first)}: ${expected(choices)}${suggestion(first, choices)}`;
  }
  return second === undefined ? undefined : superfluous(second, understood, vocabulary);
}

function flagFault(flag: string, { command }: Understood, { commands, settings }: Vocabulary): string {
  const name = flag.split("=", 1)[0] ?? flag;
  const own = commands.filter(({ options = [] }) => options.some((option) => `--${option.name}` === name));
  if (own.includes(command)) return "it takes no value";
  if (own.length > 0) return `it belongs behind ${either(own.map((each) => quote(each.name)))}`;
  const negated = name.startsWith("--no-") ? `--${name.slice("--no-".length)}` : undefined;
  const known = settings.find((setting) => `--${setting.flag}` === (negated ?? name));
  if (known?.kind === "boolean") {
    return `it takes no value; leave out ${quote(flag.slice(name.length))}, or use "--no-${known.flag}" to turn it off`;
  }
  if (known) return `"--${known.flag}" takes a value and cannot be negated`;
  const names = [
    ...settings.flatMap((setting) => [
      `--${setting.flag}`,
      ...setting.kind === "boolean" ? [`--no-${setting.flag}`] : [],
    ]),
    ...(command.options ?? []).map((option) => `--${option.name}`),
    "--help",
    "--version",
  ];
  return `there is no such flag${suggestion(name, names) || `, ${HINT}`}`;
}

/** An argument where there should be none. */
function superfluous(word: string, { args, command }: Understood, { commands, settings }: Vocabulary): string {
  const before = args[args.lastIndexOf(word) - 1];
  const flag = settings.find((setting) => setting.kind === "boolean" && `--${setting.flag}` === before);
  if (flag && /^(?:true|false|on|off|yes|no|0|1)$/i.test(word)) {
    return `Cannot use ${quote(word)}: "--${flag.flag}" takes no value; use "--no-${flag.flag}" to turn it off`;
  }
  if (args.includes(command.name)) {
    const takes = command.argument ? "one argument" : "no arguments";
    return `Cannot run "${command.name}" with ${quote(word)}: it takes ${takes}, ${HINT}`;
  }
  const meant = suggestion(word, commands.map(({ name }) => name)) ||
    suggestion(`--${word}`.split("=", 1)[0] ?? "", settings.map((setting) => `--${setting.flag}`));
  return `Cannot run ${quote(word)}: there is no such command${meant || `, ${HINT}`}`;
}
