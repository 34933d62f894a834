/** The library on every runtime that it is for: the checks of test/runtimes, on the source and on the package for npm. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseTap } from "../runtimes/tap.ts";
import { asked, started } from "../example_process.ts";
import {
  built,
  consumer,
  type Done,
  printed,
  removeAll,
  run,
  RUNTIMES,
  runtimes,
  uninstallable,
} from "./npm_package.ts";
import { folder } from "./programs.ts";
import { MAIN } from "./sonde.ts";

const ROOT = new URL("../../", import.meta.url);
const PACKAGE = "@sonde/sonde";
/** Families of what only Deno can ask the system. */
const OF_SYSTEM_CALLS = /^node_(timex|network_route|qdisc)/;
/** What zod, and Deno's own Node API, make when they are loaded. */
const FOREIGN_GLOBALS = /^(nodeBootstrap|__zod_\w+)$/;

Deno.test.afterAll(removeAll);

/** A test that installs packages; ignored, with the reason in its name, where npm does not answer. */
function installing(name: string, fn: (t: Deno.TestContext) => Promise<void>): void {
  const suffix = uninstallable === undefined ? "" : ` (ignored: ${uninstallable})`;
  Deno.test({ name: `${name}${suffix}`, ignore: uninstallable !== undefined, fn });
}

/** Passes on every check that was run; the process must have ended by itself, and warned of nothing. */
async function passOn(t: Deno.TestContext, { code, stdout, stderr }: Done): Promise<void> {
  for (const { name, passed, reason } of parseTap(stdout)) await t.step(name, () => assert.ok(passed, reason));
  assert.deepEqual([code, stderr], [0, ""]);
}

const deno = [Deno.execPath(), "run", "-A", "--quiet"];
const runs = new Map<string, Promise<Done>>();

/** A run of the checks on a runtime that has installed the package, or on Deno from the source; one for all tests. */
function checked(runtime: string): Promise<Done> {
  const path = [...runtimes].find(([name]) => name === runtime)?.[1];
  const begun = runs.get(runtime) ??
    (runtime === "source"
      ? run([...deno, "test/runtimes/library.ts", MAIN.href])
      : consumer().then((home) => run([...path === undefined ? deno : [path], "library.mjs", PACKAGE], home)));
  runs.set(runtime, begun);
  return begun;
}

Deno.test("library: passes its checks on Deno, from its source", async (t) => await passOn(t, await checked("source")));

for (const runtime of ["deno", ...RUNTIMES]) {
  installing(
    `package: passes the library's checks on ${runtime}`,
    async (t) => await passOn(t, await checked(runtime)),
  );
}

/** The families that a run of the checks saw. */
function familiesOf({ stdout }: Done): ReadonlySet<string> {
  const names: readonly string[] = JSON.parse(/^# families (.*)$/m.exec(stdout)?.[1] ?? "[]");
  return new Set(names);
}

installing("package: has on other runtimes every family that it has on Deno, but those of system calls", async () => {
  const whole = [...familiesOf(await checked("source"))].filter((name) => !OF_SYSTEM_CALLS.test(name));
  assert.ok(whole.length > 0);
  for (const runtime of RUNTIMES) {
    const there = familiesOf(await checked(runtime));
    assert.deepEqual(whole.filter((name) => !there.has(name)), [], runtime);
  }
});

/** What an example is asked on the runtime that it is for, and answers. */
const EXAMPLES = [
  ["bun@1.4.5", "bun.mjs", "/", /^hello from \/\n$/],
  ["node@20", "node_http.mjs", "/users/7", /^hello from \/users\/7\n$/],
  ["node@20", "express.mjs", "/users/7", /^user 7\n$/],
  ["node@26", "fastify.mjs", "/users/7", /^user 7\n$/],
] as const;

for (const [runtime, file, path, answer] of EXAMPLES) {
  installing(`examples: ${file} runs on ${runtime}, and is scraped`, async () => {
    await using example = await started(runtimes.get(runtime) ?? "", [file], await consumer());
    assert.match(await asked(example, path), answer);
    await example.shows("/metrics", [
      /^service_last_response_time_seconds \d/m,
      path === "/" ? /^http_server_request_duration_seconds_count\{/m : /http_route="\/users\/:id"/,
    ]);
  });
}

/** How a runtime imports the package and nothing else, with as few permissions as it can be given. */
function importing(runtime: string, home: string): readonly string[] {
  if (!runtime.startsWith("node")) return [];
  const flag = runtime === "node@20" ? "--experimental-permission" : "--permission";
  return ["--no-warnings", flag, `--allow-fs-read=${home}`];
}

installing("package: its import reads nothing, adds no global, and keeps nothing running", async () => {
  const home = await consumer();
  const script = ["import_alone.mjs", PACKAGE];
  const runs = [
    [Deno.execPath(), "run", "--no-prompt", "--quiet", ...script],
    ...[...runtimes].map(([name, path]) => [path, ...importing(name, home), ...script]),
  ];
  for (const command of runs) {
    const added: readonly string[] = JSON.parse(await printed(command, home));
    assert.deepEqual(added.filter((name) => !FOREIGN_GLOBALS.test(name)), [], command.join(" "));
  }
});

for (const [module, resolution] of [["nodenext", "nodenext"], ["esnext", "bundler"]] as const) {
  installing(`package: its types serve a program that resolves by "${resolution}"`, async () => {
    const home = await consumer();
    const compiler = join(home, "node_modules/typescript/bin/tsc");
    const flags = ["--noEmit", "--strict", "--skipLibCheck", "false", "--target", "es2022", "--lib", "es2022"];
    const how = ["--types", "node", "--module", module, "--moduleResolution", resolution];
    const node = runtimes.get("node@20") ?? "node";
    assert.equal(await printed([node, compiler, ...flags, ...how, "consumer.ts"], home), "");
  });
}

/** Files of the package, by path within it. */
async function filesOf(home: string, within = ""): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(join(home, within))) {
    const path = join(within, name);
    if (isDirectory) found.push(...await filesOf(home, path));
    else found.push(path);
  }
  return found.sort();
}

Deno.test("package: holds the library with its types, and nothing of the command", async () => {
  const files = await filesOf(await built());
  const others = files.filter((path) => !/\.(js|d\.ts)$/.test(path));
  assert.deepEqual(others, ["CHANGELOG.md", "LICENSE", "README.md", "package.json"]);
  for (const path of ["mod.js", "mod.d.ts", "collectors/mod.js", "src/exporter.d.ts"]) {
    assert.ok(files.includes(path), path);
  }
  assert.deepEqual(files.filter((path) => /^src\/(cli|listener|server|plugin|child)\b/.test(path)), []);
  const { dependencies } = JSON.parse(await Deno.readTextFile(join(await built(), "package.json")));
  assert.deepEqual(Object.keys(dependencies), ["@bufbuild/cel", "prom-client", "re2js", "yaml", "zod"]);
});

/** The language as Node 20 has it; of 2024 it has the strings already. Only Deno knows `Deno`, of which nothing is told. */
const NODE_20 = {
  strict: true,
  noUncheckedIndexedAccess: true,
  lib: ["es2023", "es2024.string", "dom", "dom.iterable"],
};

Deno.test("package: uses nothing of the language that Node 20 does not have", async () => {
  const sources = (await filesOf(await built())).filter((path) => path.endsWith(".js"));
  const paths = new Set(sources.map((path) => new URL(path.replace(/\.js$/, ".ts"), ROOT).href));
  await using own = await folder();
  const { imports } = JSON.parse(await Deno.readTextFile(new URL("deno.json", ROOT)));
  const config = await own.write("deno.json", JSON.stringify({ imports, compilerOptions: NODE_20 }));
  const check = ["check", "--no-lock", `--config=${config}`, fileURLToPath(MAIN)];
  const { stderr } = await run([Deno.execPath(), ...check]);
  const faults = stderr.split(/^(?=TS\d+ )/m).filter((fault) => {
    const place = /^ {4}at (\S+):\d+:\d+$/m.exec(fault)?.[1];
    return place !== undefined && paths.has(place) && !/(?:namespace|name) 'Deno'/.test(fault);
  });
  assert.match(stderr, /'Deno'/, "nothing was checked");
  assert.deepEqual(faults, []);
});
