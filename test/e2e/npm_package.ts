/**
 * The package for npm, built, and installed in a program of somebody else's.
 *
 * @module
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
/** Runtimes by their packages on npm: the oldest that the package says it runs on, the newest, and what lies between. */
export const RUNTIMES = ["node@20", "node@24", "node@26", "bun@1.4.5"] as const;
/** What the consumer installs beside: to be checked by, and for the examples, as `deno.json` has it. */
const BESIDE = ["typescript@5.9.3", "@types/node@20"];
const OF_EXAMPLES = ["express", "fastify"];

/** A runtime that is not Deno. */
export type Runtime = typeof RUNTIMES[number];

/** A program that was run to its end. */
export interface Done {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program, as long as it may take: npm waits for others. */
export async function run(command: readonly string[], cwd = ROOT): Promise<Done> {
  const [program = "", ...args] = command;
  const options = { args, cwd, env: { NO_COLOR: "1", npm_config_loglevel: "error" }, stdin: "null" } as const;
  const { code, stdout, stderr } = await new Deno.Command(program, options).output();
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}

/** What a program prints, which must succeed. */
export async function printed(command: readonly string[], cwd?: string): Promise<string> {
  const { code, stdout, stderr } = await run(command, cwd);
  assert.equal(code, 0, `${command.join(" ")} ended with ${code}: ${stdout}${stderr}`);
  return stdout.trim();
}

const npmAnswers = await run(["npm", "ping"]).then(({ code }) => code === 0, () => false);
/** Why nothing can be installed, if it cannot. */
export const uninstallable = npmAnswers ? undefined : "npm is not reachable";

/** Paths of the runtimes' programs, which npm fetches where they are not yet there. */
export const runtimes: ReadonlyMap<Runtime, string> = new Map(
  npmAnswers ? await Promise.all(RUNTIMES.map(async (name) => [name, await program(name)] as const)) : [],
);

function program(name: Runtime): Promise<string> {
  return printed(["npx", "-y", name, "-p", "process.execPath"]);
}

let scratch: Promise<string> | undefined;

/** A folder that goes when the tests end. */
function folder(): Promise<string> {
  return scratch ??= Deno.makeTempDir({ prefix: "sonde-test-" });
}

/** Removes what the others have made. */
export async function removeAll(): Promise<void> {
  if (scratch) await Deno.remove(await scratch, { recursive: true });
}

/** What is made once, by the first that asks. */
function once(make: () => Promise<string>): () => Promise<string> {
  let made: Promise<string> | undefined;
  return () => made ??= make();
}

/** Folder of the package, as it is published. */
export const built = once(async () => {
  const output = join(await folder(), "package");
  await printed([Deno.execPath(), "run", "-A", join(ROOT, "deploy/npm.ts"), `--output=${output}`]);
  return output;
});

/** Arguments by which npm installs what the examples import. */
async function ofExamples(): Promise<string[]> {
  const { imports } = JSON.parse(await Deno.readTextFile(join(ROOT, "deno.json")));
  return OF_EXAMPLES.map((name) => String(imports[name]).replace(/^npm:/, ""));
}

/** Folder of a program that has installed the package, and holds the checks of `test/runtimes` and the examples. */
export const consumer = once(async () => {
  const home = join(await folder(), "consumer");
  await Deno.mkdir(home);
  await Deno.writeTextFile(join(home, "package.json"), '{ "private": true, "type": "module" }\n');
  const archive = await printed(["npm", "pack", "--silent", await built()], home);
  const wanted = [`./${archive}`, ...BESIDE, ...await ofExamples()];
  await printed(["npm", "install", "--silent", "--no-audit", "--no-fund", ...wanted], home);
  for (const name of ["library", "import_alone"]) {
    const bundle = [Deno.execPath(), "bundle", "--quiet", "--packages=external", "--external=prom-client"];
    await printed([...bundle, `--output=${join(home, `${name}.mjs`)}`, join(ROOT, `test/runtimes/${name}.ts`)]);
  }
  await Deno.copyFile(join(ROOT, "test/runtimes/consumer.ts"), join(home, "consumer.ts"));
  for await (const { name } of Deno.readDir(join(ROOT, "examples"))) {
    if (name.endsWith(".mjs")) await Deno.copyFile(join(ROOT, "examples", name), join(home, name));
  }
  return home;
});
