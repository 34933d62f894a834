/** The layers of docs/architecture.md, held against what `deno info` says of the modules. */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

const ROOT = new URL("../", import.meta.url);

/** One row of the table. */
interface Row {
  readonly layer: number;
  readonly modules: readonly string[];
  readonly externals: readonly string[];
}

interface Dependency {
  readonly specifier: string;
  readonly isDynamic?: boolean;
  readonly code?: { readonly specifier?: string };
  readonly type?: { readonly specifier?: string };
}

interface Module {
  readonly specifier: string;
  readonly dependencies?: readonly Dependency[];
}

function rows(markdown: string): readonly Row[] {
  return [...markdown.matchAll(/^\| (\d) +\| (.*?) +\| .*? \| (.*?) *\|$/gm)].map(([, layer, modules, externals]) => {
    const names = (cell = "") => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name);
    return { layer: Number(layer), modules: names(modules), externals: names(externals) };
  });
}

const architecture = await Deno.readTextFile(new URL("docs/architecture.md", ROOT));
const table = rows(architecture);
/** Packages of collectors' modules beyond what all may import, by path. */
const heavy = new Map(
  [...architecture.matchAll(/^\| `(collectors\/[^`]+)` +\| `([^`]+)` +\|$/gm)].map(([, path, name]) => [path, name]),
);
const rowOf = (path: string) =>
  table.find(({ modules }) => modules.some((name) => name === path || (name.endsWith("/") && path.startsWith(name))));

async function* walk(folder: string): AsyncGenerator<string> {
  for await (const entry of Deno.readDir(new URL(folder, ROOT))) {
    if (entry.isDirectory) yield* walk(`${folder}${entry.name}/`);
    else if (entry.name.endsWith(".ts")) yield folder + entry.name;
  }
}

async function paths(...folders: string[]): Promise<string[]> {
  const found: string[] = [];
  for (const folder of folders) for await (const path of walk(folder)) found.push(path);
  return found.sort();
}

/** Modules by path from the root, with all that they import, types too. */
async function modules(): Promise<ReadonlyMap<string, Module>> {
  const files = await paths("src/", "collectors/");
  const found = new Map<string, Module>();
  for (const file of ["mod.ts", ...files]) {
    if (found.has(file)) continue;
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["info", "--json", file],
      cwd: fileURLToPath(ROOT),
    }).output();
    const { modules }: { modules: readonly Module[] } = JSON.parse(new TextDecoder().decode(stdout));
    for (const module of modules) {
      if (module.specifier.startsWith(ROOT.href)) found.set(module.specifier.slice(ROOT.href.length), module);
    }
  }
  return found;
}

const graph = await modules();

/** What a module imports: paths from the root for ours, bare names for the rest. */
function imports(path: string): readonly string[] {
  return (graph.get(path)?.dependencies ?? []).map(({ specifier, code, type }) => {
    const target = code?.specifier ?? type?.specifier ?? specifier;
    return target.startsWith(ROOT.href) ? target.slice(ROOT.href.length) : specifier;
  });
}

const isOurs = (name: string) => graph.has(name) || name === "deno.json";
const allowsExternal = (row: Row, name: string) =>
  row.externals.some((allowed) => allowed === name || (allowed === "node:*" && name.startsWith("node:")));

Deno.test("architecture: every module of src/ stands in the table once, and the table names no other", async () => {
  const files = await paths("src/");
  const missing = files.filter((path) => !rowOf(path));
  assert.deepEqual(missing, []);
  const named = table.flatMap((row) => row.modules);
  assert.deepEqual(named.filter((name, i) => named.indexOf(name) !== i), []);
  assert.deepEqual(named.filter((name) => !files.some((path) => path === name || path.startsWith(name))), []);
});

Deno.test("architecture: a module imports what its layer may", async () => {
  const faults: string[] = [];
  for (const path of await paths("src/")) {
    const row = rowOf(path);
    for (const name of imports(path)) {
      if (!row || name === "deno.json") continue;
      const other = rowOf(name);
      const fine = isOurs(name)
        ? other && (other === row || other.layer < row.layer || (other.layer === row.layer && row.layer !== 1))
        : allowsExternal(row, name);
      const list = row.layer === 3 && name === "collectors/mod.ts";
      if (!fine && !list) faults.push(`${path} → ${name}`);
    }
  }
  assert.deepEqual(faults, []);
});

Deno.test("architecture: a collector imports the contract, layer 0, zod, siblings and node:", async () => {
  const faults: string[] = [];
  for (const path of await paths("collectors/")) {
    for (const name of imports(path)) {
      const fine = name.startsWith("collectors/") || name === "zod" || name.startsWith("node:") ||
        rowOf(name)?.layer === 0 || (heavy.has(path) && heavy.get(path) === name);
      if (!fine) faults.push(`${path} → ${name}`);
    }
  }
  assert.deepEqual(faults, []);
});

Deno.test("architecture: what is heavy is imported dynamically", () => {
  assert.ok(heavy.size > 0);
  const faults: string[] = [];
  for (const [path, { dependencies = [] }] of graph) {
    for (const { code, isDynamic } of dependencies) {
      const name = code?.specifier?.slice(ROOT.href.length) ?? "";
      if (heavy.has(name) && !heavy.has(path) && !isDynamic) faults.push(`${path} → ${name}`);
    }
  }
  assert.deepEqual(faults, []);
});

Deno.test("architecture: mod.ts alone reaches the command, by dynamic import", async () => {
  for (const path of await paths("src/", "collectors/")) {
    if (path.startsWith("src/cli")) continue;
    assert.ok(!imports(path).some((name) => name.startsWith("src/cli")), `${path} imports the command`);
  }
  const text = await Deno.readTextFile(new URL("mod.ts", ROOT));
  assert.match(text, / import\("\.\/src\/cli\.ts"\)/);
  assert.doesNotMatch(text, /from "\.\/src\/cli/);
});

/** Source without comments and strings' contents. */
function code(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/g, "");
}

Deno.test("architecture: the global Deno appears in cli.ts, listener.ts, child.ts and libc.ts alone", async () => {
  const allowed = ["src/cli.ts", "src/listener.ts", "src/child.ts", "src/libc.ts", "src/libc/symbols.ts"];
  const found: string[] = [];
  for (const path of await paths("src/", "collectors/")) {
    if (/(?<![\w."#])Deno\b/.test(code(await Deno.readTextFile(new URL(path, ROOT))))) found.push(path);
  }
  assert.deepEqual(found.filter((path) => !allowed.includes(path)), []);
});

Deno.test("architecture: no any and no as, but where the contract allows them", async () => {
  const allowed = ["src/exposition.ts", "src/plugin.ts"];
  const faults: string[] = [];
  for (const path of [...await paths("src/", "collectors/"), "mod.ts"]) {
    if (allowed.includes(path)) continue;
    const text = code(await Deno.readTextFile(new URL(path, ROOT))).replace(/\b(import|export) [\s\S]*?;/g, "");
    for (
      const [found] of text.matchAll(
        /[:<|] ?any\b|\)? as (?!const\b)(?:[A-Z{(]|unknown\b|string\b|number\b|never\b|any\b)\w*/g,
      )
    ) {
      faults.push(`${path}: ${found}`);
    }
  }
  assert.deepEqual(faults, []);
});

/** Names of collectors that are words of the engine too: one that may be named, kinds of addresses, a command. */
const WORDS = ["self", "tcp", "unix", "probe"];

Deno.test("architecture: the engine names no collector", async () => {
  const names = (await paths("collectors/")).flatMap((path) => /^collectors\/(\w+)\.ts$/.exec(path)?.[1] ?? [])
    .filter((name) => name !== "mod" && !WORDS.includes(name));
  const found: string[] = [];
  for (const path of await paths("src/")) {
    const text = (await Deno.readTextFile(new URL(path, ROOT))).replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, "");
    for (const name of names) if (text.includes(`"${name}"`)) found.push(`${path}: "${name}"`);
  }
  assert.deepEqual(found, []);
});
