import type { Command } from "../command.ts";
import { type Flag, ownFlags, type Vocabulary } from "./vocabulary.ts";

/** A word of the shell, whatever is in it. */
const quoted = (text: string): string => `'${text.replace(/[\\']/g, "\\$&")}'`;

function line({ name, description, value }: Flag, condition = ""): string {
  const takes = value?.choices
    ? ` -x -a ${quoted(value.choices.join(" "))}`
    : value && (value.isPath ? " -r -F" : " -x");
  return `complete -c sonde${when(condition)} -l ${name.slice(2)}${takes ?? ""} -d ${quoted(description)}\n`;
}

const when = (condition: string): string => condition === "" ? "" : ` -n ${quoted(condition)}`;

function own(command: Command): string {
  const seen = `__fish_seen_subcommand_from ${command.name}`;
  const choices = command.argument?.choices?.join(" ");
  const open = when(`${seen}; and not __fish_seen_subcommand_from ${choices}`);
  const argument = choices === undefined ? "" : `complete -c sonde${open} -a ${quoted(choices)}\n`;
  return argument + ownFlags(command).map((flag) => line(flag, seen)).join("");
}

/** A script for fish 3.0 and later, to be sourced, or put among its completions. */
export function fish({ commands, flags }: Vocabulary): string {
  const names = commands.map(({ name }) => name).join(" ");
  const first = when(`not __fish_seen_subcommand_from ${names}`);
  return `# sonde's completions for fish: sonde completions fish | source
complete -c sonde -e
complete -c sonde -f
${
    commands.map(({ name, description }) => `complete -c sonde${first} -a ${name} -d ${quoted(description)}\n`).join("")
  }${commands.map(own).join("")}${flags.map((flag) => line(flag)).join("")}`;
}
