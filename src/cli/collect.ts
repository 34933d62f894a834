import type { Command } from "./command.ts";
import { failureLines, onePage } from "./one_page.ts";

/** `sonde collect`. */
export const collect: Command = {
  name: "collect",
  description: "Run every collector once and print the page; exit with 1 if any fails.",
  async run({ surroundings, load }) {
    const page = await onePage(surroundings, await load());
    surroundings.print(page.text);
    surroundings.printError(failureLines(page));
    return page.failures.length > 0 ? 1 : 0;
  },
};
