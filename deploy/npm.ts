/**
 * Builds the package for npm: the library alone, without the command, as ES modules and their types, for Node, Bun and
 * Deno. `deno pack` makes the modules; what of them the library does not reach is left out.
 *
 *     deno task npm [--output=FOLDER]
 *
 * @module
 */

import { mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";

/** The oldest Node that the tests run the package on. */
const NODE_VERSIONS = ">=20";
/** Modules are made, and packages named, by this. */
const ROOT = fileURLToPath(new URL("../", import.meta.url));
/** The line of `mod.ts` that hands over to the command, which the package does not have, and its comment. */
const COMMAND = /^\/\/ [^\n]*\nif \(import\.meta\.main\) import\("\.\/src\/cli\.js"\);\n/m;
/** The lines of `src/version.ts` that read `deno.json`, which the package does not have either. */
const PROJECT = /import project from "\.\.\/deno\.json" with \{\s*type: "json"\s*\};\n/;

/** As much of `deno.json` as the package tells again. */
interface Project {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly exports: Readonly<Record<string, string>>;
  readonly imports: Readonly<Record<string, string>>;
}

/** What a module imports, as `deno info` tells. */
interface ModuleInfo {
  readonly modules: readonly {
    readonly specifier: string;
    readonly error?: string;
    readonly dependencies?: readonly { readonly specifier: string }[];
  }[];
}

/** What the library reaches from its exports. */
interface Reach {
  /** Its own modules, by path. */
  readonly modules: ReadonlySet<string>;
  /** The packages that they import. */
  readonly packages: ReadonlySet<string>;
}

/** Runs a program to its end, and returns what it printed. */
async function run(program: string, args: readonly string[], cwd = ROOT): Promise<string> {
  const child = new Deno.Command(program, { args: [...args], cwd, env: { NO_COLOR: "1" }, stdin: "null" });
  const { success, stdout, stderr } = await child.output();
  if (success) return new TextDecoder().decode(stdout);
  throw new Error(`Cannot run "${program} ${args.join(" ")}": ${new TextDecoder().decode(stderr).trim()}`);
}

/** Makes modules and types of all that is published, in a folder that it returns. */
async function pack(folder: string): Promise<string> {
  const archive = join(folder, "all.tgz");
  await run(Deno.execPath(), ["pack", "--quiet", "--allow-dirty", "--no-source-maps", `--output=${archive}`]);
  await run("tar", ["-xzf", archive, "-C", folder]);
  return join(folder, "package");
}

/** Changes a module that was made. */
async function edit(file: string, part: RegExp, replacement: string): Promise<void> {
  const text = await readFile(file, "utf8");
  if (!part.test(text)) throw new Error(`Cannot build the package: ${JSON.stringify(file)} has nothing like ${part}`);
  await writeFile(file, text.replace(part, replacement));
}

const made = (file: string) => file.replace(/\.ts$/, ".js");

/** Rewrites `using` for Node before 24, which does not have it. */
async function lowerUsing(folder: string): Promise<void> {
  const { default: typescript } = await import("typescript");
  const compilerOptions = {
    target: typescript.ScriptTarget.ES2022,
    module: typescript.ModuleKind.ESNext,
    verbatimModuleSyntax: true,
  };
  for (const name of await readdir(folder, { recursive: true })) {
    if (!name.endsWith(".js")) continue;
    const path = join(folder, name);
    const text = await readFile(path, "utf8");
    if (!/^\s*(?:await )?using /m.test(text)) continue;
    await writeFile(path, typescript.transpileModule(text, { compilerOptions }).outputText);
  }
}

/** Follows the imports of all exports. */
async function reach(folder: string, exports: readonly string[]): Promise<Reach> {
  const modules = new Set<string>();
  const packages = new Set<string>();
  for (const file of exports) {
    const info: ModuleInfo = JSON.parse(await run(Deno.execPath(), ["info", "--json", "--no-config", file], folder));
    for (const { specifier, error, dependencies = [] } of info.modules) {
      if (!specifier.startsWith(pathToFileURL(folder).href)) continue;
      if (error !== undefined) throw new Error(`Cannot build the package: ${error}`);
      modules.add(fileURLToPath(specifier));
      for (const { specifier: wanted } of dependencies) {
        if (!/^(\.|node:)/.test(wanted)) packages.add(wanted);
      }
    }
  }
  return { modules, packages };
}

/** Removes what is not reached, but for documents; types are only made of what the exports tell of. */
async function prune(folder: string, { modules }: Reach): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isFile() || modules.has(path) || path.endsWith(".d.ts")) continue;
    if (entry.parentPath !== folder || /\.[jt]s$/.test(path)) await rm(path);
  }
  await removeEmpty(folder);
}

async function removeEmpty(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) await removeEmpty(join(folder, entry.name));
  }
  if ((await readdir(folder)).length === 0) await rm(folder, { recursive: true });
}

/** What a version's range allows by the rules of npm: what is compatible with it. */
function rangeOf(name: string, { imports }: Project): string {
  const version = /^npm:.+@(\d[^@/]*)$/.exec(imports[name] ?? "")?.[1];
  if (version === undefined) {
    throw new Error(`Cannot build the package: ${JSON.stringify(name)} is no package of npm in deno.json`);
  }
  return `^${version}`;
}

function manifest(project: Project, { packages }: Reach): string {
  const exports = Object.entries(project.exports).map(([name, file]) => {
    return [name, { types: file.replace(/\.ts$/, ".d.ts"), default: made(file) }] as const;
  });
  const content = {
    name: project.name,
    version: project.version,
    description: "A Prometheus exporter to build into an app: its requests, its own metrics, its host and its probes.",
    keywords: ["prometheus", "metrics", "exporter", "openmetrics", "monitoring"],
    license: project.license,
    type: "module",
    sideEffects: false,
    engines: { node: NODE_VERSIONS },
    exports: Object.fromEntries([...exports, ["./package.json", "./package.json"]]),
    dependencies: Object.fromEntries([...packages].sort().map((name) => [name, rangeOf(name, project)])),
  };
  return `${JSON.stringify(content, undefined, 2)}\n`;
}

/** Builds the package into a folder, in place of what was there. */
async function build(output: string): Promise<void> {
  const project: Project = JSON.parse(await readFile(join(ROOT, "deno.json"), "utf8"));
  await Deno.mkdir(dirname(output), { recursive: true });
  // Beside the output, so that one can take the place of the other.
  const staging = await mkdtemp(`${output}-`);
  try {
    const folder = await pack(staging);
    await edit(join(folder, "mod.js"), COMMAND, "");
    await edit(join(folder, "src/version.js"), PROJECT, "");
    await edit(join(folder, "src/version.js"), /project\.version/, JSON.stringify(project.version));
    await lowerUsing(folder);
    const reached = await reach(folder, Object.values(project.exports).map(made));
    await prune(folder, reached);
    await writeFile(join(folder, "package.json"), manifest(project, reached));
    await rm(output, { recursive: true, force: true });
    await rename(folder, output);
    console.log(
      `${relative(Deno.cwd(), output) || "."}: ${project.name} ${project.version}, ${reached.modules.size} modules`,
    );
  } finally {
    await rm(staging, { recursive: true });
  }
}

if (import.meta.main) {
  const { values } = parseArgs({ args: Deno.args, options: { output: { type: "string", default: "dist/npm" } } });
  await build(resolve(values.output));
}
