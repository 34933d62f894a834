import type { Command } from "./command.ts";
import { bash } from "./completions/bash.ts";
import { fish } from "./completions/fish.ts";
import { type Vocabulary, vocabulary } from "./completions/vocabulary.ts";
import { zsh } from "./completions/zsh.ts";

const SHELLS: ReadonlyMap<string, (words: Vocabulary) => string> = new Map([["bash", bash], ["zsh", zsh], [
  "fish",
  fish,
]]);

/** `sonde completions`. */
export const completions: Command = {
  name: "completions",
  description: "Print the shell's script that completes what is typed behind sonde.",
  argument: { name: "shell", choices: [...SHELLS.keys()] },
  async run({ surroundings, argument, known }) {
    const words = vocabulary(await known());
    surroundings.print(SHELLS.get(argument ?? "")?.(words) ?? "");
    return 0;
  },
};
