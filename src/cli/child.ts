import { serveChild } from "../child.ts";
import { suggestion } from "../nearest.ts";
import type { Surroundings } from "./surroundings.ts";

/** What a child answers its parent's requests with; loaded when it is needed, because a child must start fast. */
type Answers = () => Promise<(request: unknown) => unknown>;

/** What there is to be answered by a child, by its kind. */
const KINDS: ReadonlyMap<string, Answers> = new Map([
  ["statfs", async () => {
    const { statfs } = await import("../statfs.ts");
    return (path: unknown) => statfs(String(path));
  }],
]);

/**
 * `sonde child <kind>`, by which the program starts itself again; for itself alone.
 *
 * @returns the exit code, if there is no such kind
 */
export async function child({ args: [, kind], printError }: Surroundings, kinds = KINDS): Promise<number> {
  const answers = kinds.get(kind ?? "");
  if (answers) return await serveChild(await answers());
  const reason = kind === undefined ? "its kind is missing" : `there is no such kind${suggestion(kind, kinds.keys())}`;
  printError(`Cannot start child ${JSON.stringify(kind ?? "")}: ${reason}\n`);
  return 2;
}
