/**
 * Builds the executable: bundles `mod.ts`, then compiles the bundle. Bundling first halves the start-up time, and
 * Deno 2.9's compiler overflows its stack on an unbundled dependency of prom-client.
 *
 *     deno task compile [--flavour=host|container] [--target=TRIPLE] [--output=FILE] [--base=download|npm]
 *
 * @module
 */

import { mkdir, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { NPM_BASE_TARGET, NPM_BASE_VERSION, npmBase } from "./npm_base.ts";

/** What an executable may do, by flavour; permissions are fixed when it is compiled. */
const PERMISSIONS = {
  // Deno opens /proc and /sys under this flag alone, unless they are mounted elsewhere.
  host: ["--allow-all"],
  // Kernel file systems come bind-mounted below /host, configuration and plugins from /etc/sonde, secrets from where
  // Docker and Kubernetes put them. Nothing is written; neither programs nor native libraries are run.
  container: [
    "--no-prompt",
    "--allow-read=/host,/etc/sonde,/run/secrets,/var/run/secrets",
    "--allow-net",
    "--allow-env",
    "--allow-sys",
  ],
} as const;

/** Who may use the executable where. */
type Flavour = keyof typeof PERMISSIONS;

/** What the command line asks for. */
interface Order {
  readonly flavour: Flavour;
  readonly target: string;
  readonly output: string;
  readonly base: "download" | "npm";
}

/** The runtime that compiles, and the environment that it needs for it. */
interface Compiler {
  readonly deno: string;
  readonly version: string;
  readonly env: Readonly<Record<string, string>>;
}

function isFlavour(text: string): text is Flavour {
  return Object.hasOwn(PERMISSIONS, text);
}

/** @throws {TypeError | RangeError} if an option is unknown, has no value, or a value that it cannot have */
function parseOrder(args: readonly string[]): Order {
  const { values } = parseArgs({
    args: [...args],
    options: {
      flavour: { type: "string", default: "host" },
      target: { type: "string", default: Deno.build.target },
      output: { type: "string" },
      base: { type: "string", default: "download" },
    },
  });
  const { flavour, target, base, output = join("dist", flavour === "host" ? "sonde" : `sonde-${flavour}`) } = values;
  if (!isFlavour(flavour)) {
    throw new RangeError(`Cannot build flavour ${JSON.stringify(flavour)}: there are "host" and "container"`);
  }
  if (flavour === "container" && !target.includes("linux")) {
    throw new RangeError(`Cannot build flavour "container" for ${JSON.stringify(target)}: containers run Linux`);
  }
  if (base !== "download" && base !== "npm") {
    throw new RangeError(`Cannot take base ${JSON.stringify(base)}: there are "download" and "npm"`);
  }
  if (base === "npm" && target !== NPM_BASE_TARGET) {
    throw new RangeError(`Cannot build for ${JSON.stringify(target)} with --base=npm: it has ${NPM_BASE_TARGET} alone`);
  }
  return { flavour, target, output, base };
}

/** Runs a program of Deno's to its end, and returns what it printed, without the backtrace that some failures end with. */
async function run(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<{ success: boolean; printed: string }> {
  const child = new Deno.Command(program, { args: [...args], env: { NO_COLOR: "1", ...env }, stdin: "null" });
  const { success, stdout, stderr } = await child.output();
  const [printed = ""] = `${new TextDecoder().decode(stdout)}${new TextDecoder().decode(stderr)}`.split(
    "Stack backtrace",
  );
  return { success, printed: printed.trim() };
}

/** Bundles the command and everything that it imports, lazily or not, into one file. */
async function bundle(file: string): Promise<void> {
  const main = join(import.meta.dirname ?? "", "..", "mod.ts");
  const { success, printed } = await run(
    Deno.execPath(),
    ["bundle", "--quiet", "--minify", "--platform=deno", `--output=${file}`, main],
    {},
  );
  if (!success) throw new Error(`Cannot bundle ${JSON.stringify(main)}: ${printed}`);
}

/** The way out of a missing base program, on one line; `undefined` if `printed` tells of another fault. */
function missingBase(printed: string, target: string, version: string): string | undefined {
  if (!printed.includes("Setting up base binary")) return undefined;
  const reason = printed.split("\n").map((line) => line.trim()).findLast((line) => /^\d+: /.test(line));
  const trial = target === NPM_BASE_TARGET ? `, or build one for trial with --base=npm (Deno ${NPM_BASE_VERSION})` : "";
  return `Cannot download the base program of Deno ${version} for ${JSON.stringify(target)}: ` +
    `${reason?.replace(/^\d+: /, "") ?? "dl.deno.land did not deliver it"}; ` +
    `give this machine access to dl.deno.land, or name a copy in DENORT_BIN${trial}`;
}

/** Compiles the bundle to the executable. */
async function compileBundle(file: string, order: Order, compiler: Compiler): Promise<void> {
  const args = [
    "compile",
    // The bundle is complete; a configuration or lock file would embed every package beside it.
    "--no-config",
    "--no-check",
    // The cache would be a file of fixed name in the world-writable /tmp, which another user could plant.
    "--no-code-cache",
    ...PERMISSIONS[order.flavour],
    `--target=${order.target}`,
    `--output=${order.output}`,
    file,
  ];
  const { success, printed } = await run(compiler.deno, args, compiler.env);
  if (success) return;
  throw new Error(
    missingBase(printed, order.target, compiler.version) ??
      `Cannot compile ${JSON.stringify(order.output)}: ${printed}`,
  );
}

async function chooseCompiler(base: Order["base"]): Promise<Compiler> {
  if (base === "download") return { deno: Deno.execPath(), version: Deno.version.deno, env: {} };
  const { deno, denort } = await npmBase();
  return { deno, version: NPM_BASE_VERSION, env: { DENORT_BIN: denort, RUST_MIN_STACK: String(2 ** 25) } };
}

/** Deno gives an executable for Windows its ending where the given name has none. */
async function sizeOf(output: string): Promise<number> {
  const { size } = await stat(output).catch(() => stat(`${output}.exe`));
  return size;
}

async function build(order: Order): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "sonde-build-"));
  try {
    const file = join(folder, "sonde.js");
    await bundle(file);
    console.log(`bundle: ${(await stat(file)).size} bytes`);
    const compiler = await chooseCompiler(order.base);
    await mkdir(dirname(order.output), { recursive: true });
    await compileBundle(file, order, compiler);
    console.log(
      `${order.output}: ${await sizeOf(order.output)} bytes, flavour ${order.flavour}, ` +
        `${order.target}, Deno ${compiler.version}`,
    );
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Says on one line what an error says, for an operator. */
function fail(error: unknown, status: number): never {
  console.error(error instanceof Error ? error.message : String(error));
  Deno.exit(status);
}

if (import.meta.main) {
  let order: Order;
  try {
    order = parseOrder(Deno.args);
  } catch (error) {
    fail(new Error(`Cannot take the order: ${error instanceof Error ? error.message : String(error)}`), 2);
  }
  await build(order).catch((error: unknown) => fail(error, 1));
}
