/** Every snippet of README.md and docs: programs are run, configurations loaded, commands' flags parsed. */

import assert from "node:assert/strict";
import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../", import.meta.url));

/** A fenced block. */
interface Snippet {
  /** File and line. */
  readonly place: string;
  readonly language: string;
  readonly text: string;
}

function snippetsOf(file: string, markdown: string): readonly Snippet[] {
  return [...markdown.matchAll(/^( *)```(\w+)\n(.*?)^ *```$/gms)].map((
    { 1: indent = "", 2: language = "", 3: text = "", index },
  ) => ({
    place: `${file}:${markdown.slice(0, index).split("\n").length}`,
    language,
    text: text.replace(new RegExp(`^${indent}`, "gm"), ""),
  }));
}

const docs = (await readdir(join(ROOT, "docs"))).filter((name) => name.endsWith(".md")).sort();
const snippets: readonly Snippet[] = (await Promise.all(
  ["README.md", ...docs.map((name) => `docs/${name}`)].map(async (file) =>
    snippetsOf(file, await readFile(join(ROOT, file), "utf8"))
  ),
)).flat();

/** Runs Deno to its end. */
async function deno(...args: readonly string[]): Promise<{ success: boolean; stdout: string; stderr: string }> {
  const env = { NO_COLOR: "1" };
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args: [...args], cwd: ROOT, env })
    .output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { success, stdout: text(stdout), stderr: text(stderr) };
}

/** Writes snippets to a folder that is gone afterwards. */
async function written(
  some: readonly Snippet[],
  extension: string,
  use: (files: ReadonlyMap<string, Snippet>) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "sonde-snippets-"));
  try {
    const files = new Map(some.map((snippet, i) => [join(folder, `snippet_${i}.${extension}`), snippet]));
    for (const [file, { text }] of files) await writeFile(file, text);
    await use(files);
  } finally {
    await rm(folder, { recursive: true });
  }
}

Deno.test("snippets: of each kind there are some, and none of an unknown kind", () => {
  const found = new Set(snippets.map(({ language }) => language));
  assert.deepEqual([...found].sort(), ["mermaid", "sh", "text", "ts", "yaml"]);
});

/** Bare names are those of the project. */
const CONFIG = `--config=${join(ROOT, "deno.json")}`;

Deno.test("snippets: programs are well typed, run, and show a page", async (t) => {
  const programs = snippets.filter(({ language }) => language === "ts");
  await written(programs, "ts", async (files) => {
    const { success, stderr } = await deno("check", CONFIG, ...files.keys());
    assert.ok(success, stderr);
    for (const [file, { place, text }] of files) {
      await t.step(place, async () => {
        const runner = join(ROOT, "test/snippet_runner.ts");
        const { success, stdout, stderr } = await deno("run", "-A", "--no-check", "--no-prompt", CONFIG, runner, file);
        assert.ok(success, stderr);
        const found: { servers: number; pages: readonly string[] } = JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
        if (found.servers > 0 && !text.includes("serve: (")) assert.equal(found.pages.length, 1, "it shows no page");
        for (const page of found.pages) assert.match(page, /^# TYPE \w/m);
      });
    }
  });
});

/** Configurations that are another program's, or in a file of their own. */
const OTHERS = /^(?:scrape_configs|tls_server_config):/;

Deno.test("snippets: configurations are some", async (t) => {
  const trees = snippets.filter(({ language, text }) => language === "yaml" && !OTHERS.test(text));
  await written(trees, "yml", async (files) => {
    for (const [file, { place }] of files) {
      await t.step(place, async () => {
        const { success, stderr } = await deno("run", "-A", "mod.ts", "config", `--config.file=${file}`);
        assert.ok(success, stderr);
      });
    }
  });
});

Deno.test("snippets: the configuration of TLS is one, with certificates of these names beside it", async () => {
  const files = snippets.filter(({ language, text }) => language === "yaml" && text.startsWith("tls_server_config:"));
  assert.ok(files.length > 0, "the documentation has one");
  await written(files, "yml", async (paths) => {
    for (const [file, { place }] of paths) {
      const fixture = (name: string) => join(ROOT, "test/fixtures/web", name);
      for (
        const [from, to] of [["server.pem", "server.pem"], ["server.key", "server.key"], [
          "authority.pem",
          "clients.pem",
        ]] as const
      ) {
        await copyFile(fixture(from), join(dirname(file), to));
      }
      const { success, stderr } = await deno("run", "-A", "mod.ts", "check", `--web.config.file=${file}`);
      assert.ok(success, `${place}: ${stderr}`);
    }
  });
});

Deno.test("snippets: flags of commands that serve are flags", async () => {
  const commands = snippets.filter(({ language }) => language === "sh")
    .flatMap(({ place, text }) => text.replaceAll("\\\n", "").split("\n").map((line) => ({ place, line })))
    .flatMap(({ place, line }) => {
      const flags = /^(?:sonde|.* mod\.ts)((?: +--\S+)+)$/.exec(line)?.[1];
      return flags === undefined ? [] : [{ place, flags }];
    });
  assert.ok(commands.length > 2, "the documentation has commands");
  for (const { place, flags } of commands) {
    // Its file is not there; what it may hold is the snippet of a configuration.
    const args = flags.trim().replace(/--config\.file=\S+/, "").split(/ +/).filter(Boolean).map((arg) =>
      arg.replaceAll("'", "")
    );
    const { success, stderr } = await deno("run", "-A", "mod.ts", "config", ...args);
    assert.ok(success, `${place}: ${stderr}`);
  }
});
