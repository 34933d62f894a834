import type { Command } from "../command.ts";
import { type Flag, ownFlags, type Vocabulary } from "./vocabulary.ts";

/** A word of the shell, whatever is in it. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
/** Text where brackets and colons have a meaning. */
const plain = (text: string): string => text.replace(/[\\[\]:]/g, "\\$&");

function specification({ name, description, value, repeatable }: Flag): string {
  const head = `${repeatable ? "*" : ""}${name}${value ? "=" : ""}[${plain(description)}]`;
  if (!value) return quoted(head);
  const action = value.choices ? `(${value.choices.join(" ")})` : value.isPath ? "_files" : "";
  return quoted(`${head}:${plain(value.placeholder)}:${action}`);
}

function branch(command: Command): string {
  const { argument } = command;
  const words = [
    ...ownFlags(command).map(specification),
    ...argument ? [quoted(`1:${argument.name}:${argument.choices ? `(${argument.choices.join(" ")})` : ""}`)] : [],
  ];
  return `      ${command.name}) _arguments $flags ${words.join(" ")} ;;\n`;
}

/** A script for zsh, to be sourced after compinit, or put into its path of functions as \`_sonde\`. */
export function zsh({ commands, flags }: Vocabulary): string {
  const described = commands.map(({ name, description }) => quoted(`${plain(name)}:${description}`));
  return `#compdef sonde
# sonde's completions for zsh: source <(sonde completions zsh)
_sonde() {
  local curcontext="$curcontext" state line
  local -a flags commands
  flags=(
${flags.map((flag) => `    ${specification(flag)}\n`).join("")}  )
  commands=(
${described.map((word) => `    ${word}\n`).join("")}  )
  _arguments -C $flags '1:command:->command' '*::argument:->arguments'
  case $state in
    command) _describe command commands ;;
    arguments)
      case $line[1] in
${commands.map((command) => `  ${branch(command)}`).join("")}      esac ;;
  esac
}
if [ "$funcstack[1]" = _sonde ]; then _sonde "$@"; else compdef _sonde sonde; fi
`;
}
