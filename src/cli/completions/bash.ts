import { type Flag, ownFlags, type Vocabulary } from "./vocabulary.ts";

const names = (flags: readonly Flag[]): string => flags.map(({ name, value }) => value ? `${name}=` : name).join(" ");

/** A branch of `case "$flag"`. */
function branch(flags: readonly Flag[], action: string): string {
  return flags.length === 0 ? "" : `    ${flags.map(({ name }) => name).join("|")}) ${action} ;;\n`;
}

/** What follows a flag that takes a value. */
function values(flags: readonly Flag[]): string {
  const chosen = flags.flatMap((flag) => {
    const { choices } = flag.value ?? {};
    return choices ? [branch([flag], `candidates="${choices.join(" ")}"`)] : [];
  });
  const open = flags.filter(({ value }) => value && !value.choices);
  return [
    ...chosen,
    branch(open.filter(({ value }) => value?.isPath), "kind=-f"),
    branch(open.filter(({ value }) => !value?.isPath), "return"),
  ].join("");
}

/** A script for bash 3.2 and later, which needs no other; it may be sourced again. Nothing typed is evaluated. */
export function bash({ commands, flags }: Vocabulary): string {
  const own = commands.flatMap((command) => ownFlags(command));
  const words = commands.map((command) => {
    const argument = command.argument?.choices?.join(" ") ?? "";
    return `    ${command.name}) candidates="${argument}"; flags+=" ${names(ownFlags(command))}" ;;\n`;
  });
  return `# sonde's completions for bash: source <(sonde completions bash)
_sonde() {
  local line="\${COMP_LINE:0:COMP_POINT}" word words current previous command="" flag value prefix="" candidates="" kind=""
  local flags="${names(flags)}"
  COMPREPLY=()
  read -ra words <<<"$line"
  case "$line" in *[[:space:]]) words+=("") ;; esac
  current="\${words[\${#words[@]}-1]}"
  previous="\${words[\${#words[@]}-2]}"
  for word in "\${words[@]:1:\${#words[@]}-2}"; do
    case "$word" in ${commands.map(({ name }) => name).join("|")}) command="$word"; break ;; esac
  done
  case "$current" in
    --*=*)
      flag="\${current%%=*}" value="\${current#*=}"
      # What bash takes for the word to complete begins behind "=", unless that is no break between words.
      case "$COMP_WORDBREAKS" in *=*) ;; *) prefix="$flag=" ;; esac ;;
    *) flag="$previous" value="$current" ;;
  esac
  case "$flag" in
${values([...flags, ...own])}    *)
      if [[ "$current" == --*=* ]]; then return; fi
      case "$command" in
    ${words.join("    ")}        *) candidates="${commands.map(({ name }) => name).join(" ")}" ;;
      esac
      case "$value" in -*) candidates="$flags" ;; esac ;;
  esac
  while IFS= read -r word; do
    COMPREPLY+=("$prefix$word")
  done < <(if [ -n "$kind" ]; then compgen "$kind" -- "$value"; else compgen -W "$candidates" -- "$value"; fi)
  if [ -n "$kind" ]; then compopt -o filenames 2>/dev/null; fi
  case "\${COMPREPLY[0]-}" in *=) compopt -o nospace 2>/dev/null ;; esac
}
complete -F _sonde sonde
`;
}
