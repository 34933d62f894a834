/**
 * A running blackbox_exporter, to compare with.
 *
 * @module
 */

import { folder, start } from "../../e2e/programs.ts";

/** The program, by its name in `testWith`. */
export const PEER = "newest blackbox_exporter";

/** One that runs until the end of the block that holds it. */
export interface Blackbox extends AsyncDisposable {
  /** Its page of one probe, with debug lines before the families. */
  probe(module: string, target: string): Promise<string>;
}

/** Starts it with these modules, and flags beside the necessary. */
export async function startBlackbox(
  path: string,
  modules: Readonly<Record<string, unknown>>,
  flags: readonly string[] = [],
): Promise<Blackbox> {
  const home = await folder();
  const file = await home.write("blackbox.yml", JSON.stringify({ modules }));
  const running = start([path, `--config.file=${file}`, "--web.listen-address=127.0.0.1:0", ...flags]);
  const [, port] = await running.says(/address=127\.0\.0\.1:(\d+)/);
  return {
    async probe(module, target) {
      const query = new URLSearchParams({ module, target, debug: "true" });
      return await (await fetch(`http://127.0.0.1:${port}/probe?${query}`)).text();
    },
    async [Symbol.asyncDispose]() {
      await running[Symbol.asyncDispose]();
      await home[Symbol.asyncDispose]();
    },
  };
}

/** The value of a series on a page; `undefined` if it is not there. */
export function valueOn(page: string, series: string): number | undefined {
  const line = page.split("\n").find((line) => line.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
}
