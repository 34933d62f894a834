import assert from "node:assert/strict";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { AnyCollector } from "../src/collector.ts";
import { loadPlugins, PluginError } from "../src/plugin.ts";
import { FakeClock } from "./fake_clock.ts";

const FIELDS = 'help: "A die.", metrics: { dice_eyes: { type: "gauge", help: "Eyes." } }, read: () => 4, ' +
  'samples: (eyes, emit) => emit("dice_eyes", eyes)';
const die = (name = "dice", more = "") => `{ name: ${JSON.stringify(name)}, ${FIELDS}, ${more} }`;

/** Files in a folder that goes afterwards. */
interface Plugins {
  write(name: string, source: string): Promise<void>;
  load(...paths: string[]): Promise<readonly AnyCollector[]>;
  /** What is said to be wrong. */
  faults(...paths: string[]): Promise<readonly string[]>;
}

const builtIn: AnyCollector = {
  name: "meminfo",
  aliases: ["memory"],
  help: "Memory.",
  metrics: {},
  read: () => 1,
  samples: () => {},
};

function test(name: string, run: (plugins: Plugins, folder: string) => Promise<void>): void {
  Deno.test(name, async () => {
    const folder = await Deno.makeTempDir({ prefix: "sonde-test-" });
    const load = (...paths: string[]) =>
      loadPlugins(paths, { baseUrl: pathToFileURL(`${folder}/`).href, builtIn: [builtIn] });
    try {
      await run({
        write: (name, source) => Deno.writeTextFile(join(folder, name), source),
        load,
        async faults(...paths) {
          const error: unknown = await load(...paths).catch((error: unknown) => error);
          assert.ok(error instanceof PluginError, `${error}`);
          assert.equal(error.message, error.faults.join("\n"));
          return error.faults;
        },
      }, folder);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

test("loadPlugins: a collector, several, and functions that make them, in the order of files", async (plugins) => {
  await plugins.write("one.js", `export default ${die("one")};`);
  await plugins.write("list.js", `export default [${die("two")}, ${die("three")}];`);
  await plugins.write("made.js", `export default ({ defineCollector }) => defineCollector(${die("four")});`);
  await plugins.write("later.js", `export default async () => [await ${die("five")}];`);
  const collectors = await plugins.load("made.js", "./one.js", "list.js", "later.js");
  assert.deepEqual(collectors.map(({ name }) => name), ["four", "one", "two", "three", "five"]);
});

test("loadPlugins: gives zod to make options of, and takes TypeScript", async (plugins) => {
  await plugins.write(
    "typed.ts",
    `interface Tools { defineCollector<T>(value: T): T; z: any }
    export default ({ defineCollector, z }: Tools) =>
      defineCollector(${die("dice", "options: z.strictObject({ eyes: z.int() })")});`,
  );
  const [collector] = await plugins.load("typed.ts");
  assert.deepEqual(collector?.options?.parse({ eyes: 3 }), { eyes: 3 });
});

test("loadPlugins: takes absolute paths, names with odd characters, and each file once", async (plugins, folder) => {
  await plugins.write("a #1%20?.js", `export default ${die()};`);
  assert.equal((await plugins.load(join(folder, "a #1%20?.js"), "a #1%20?.js")).length, 1);
});

test("loadPlugins: again, gives the same collectors, and those of a file that was written anew", async (plugins) => {
  await plugins.write("dice.js", `export default () => (${die()});`);
  const [first] = await plugins.load("dice.js");
  assert.equal((await plugins.load("dice.js"))[0], first);
  await plugins.write("dice.js", `export default () => (${die("dice", "enabled: false")});`);
  const [second] = await plugins.load("dice.js");
  assert.deepEqual([first?.enabled, second?.enabled], [undefined, false]);
});

test("loadPlugins: names files that cannot be loaded, all at once", async (plugins, folder) => {
  await plugins.write("syntax.js", "export default = 1;");
  await plugins.write("throws.js", 'throw new Error("not today\\nreally");');
  await plugins.write("nothing.js", "export const collector = 1;");
  await plugins.write("empty.js", "export default [];");
  await plugins.write("maker.js", 'export default () => { throw new TypeError("cannot make it"); };');
  const files = ["missing.js", "syntax.js", "throws.js", "nothing.js", "empty.js", "maker.js"];
  const faults = await plugins.faults(...files);
  assert.equal(faults.length, files.length);
  faults.forEach((fault, i) => {
    assert.ok(fault.startsWith(`Cannot load plugin "${files[i]}": `), fault);
    assert.doesNotMatch(fault, /\n|written=/);
  });
  const [missing, syntax, throws, nothing, , maker] = faults;
  assert.match(missing ?? "", /there is no such file$/);
  assert.ok(syntax?.endsWith(` at ${pathToFileURL(folder)}/syntax.js:1:16`), syntax);
  assert.match(throws ?? "", /: not today$/);
  assert.match(nothing ?? "", /its default export is no collector$/);
  assert.match(maker ?? "", /: cannot make it$/);
});

const SHAPES: readonly (readonly [fault: string, fields: string])[] = [
  ['name: expected small letters, digits, "_" and "-"', 'name: "Dice"'],
  ["name: expected text", "name: 4"],
  ["help: expected text", 'help: ""'],
  ["enabled: expected true or false", 'enabled: "yes"'],
  ["freshnessSeconds: expected seconds", 'freshnessSeconds: "1s"'],
  ["intervalSeconds: expected seconds of 0 or more", "intervalSeconds: -1"],
  ["timeoutSeconds: expected seconds of more than 0", "timeoutSeconds: 0"],
  ["platforms.0: expected linux, darwin, windows, other", 'platforms: ["plan9"]'],
  ["aliases: expected a list of texts", 'aliases: "die"'],
  ["options: expected an object with parse()", "options: {}"],
  ['needs: expected a map, as { dice: "dice" }', 'needs: ["cpu"]'],
  ["needs.cup: expected a name or a collector", "needs: { cup: 1 }"],
  ["metrics: expected metrics by their names", 'metrics: "dice_eyes"'],
  ["metrics.dice-eyes: expected a name of letters, digits and underscores", 'metrics: { "dice-eyes": {} }'],
  [
    "metrics.x.type: expected counter, gauge, histogram, summary, untyped",
    'metrics: { x: { type: "guage", help: "x" } }',
  ],
  ["metrics.x.help: expected text", 'metrics: { x: { type: "gauge" } }'],
  [
    'metrics.x.lables: there is no such field, did you mean "labels"?',
    'metrics: { x: { type: "gauge", help: "x", lables: [] } }',
  ],
  [
    "metrics.x.labels.0: expected a name of letters, digits and underscores",
    'metrics: { x: { type: "gauge", help: "x", labels: ["a-b"] } }',
  ],
  ["routes.probe: expected a path", "routes: { probe: () => {} }"],
  ["read: expected a function", "read: 4"],
  ["fold: expected a function", "fold: true"],
  ['sample: there is no such field, did you mean "samples"?', "sample: 1"],
];

test("loadPlugins: names each field that is wrong", async (plugins) => {
  for (const [i, [fault, fields]] of SHAPES.entries()) {
    await plugins.write(`${i}.js`, `export default { ...${die()}, ${fields} };`);
    const [found, ...others] = await plugins.faults(`${i}.js`);
    assert.deepEqual(others, [], fields);
    assert.match(found ?? "", new RegExp(`^Cannot use collector ("[^"]*" )?of plugin "${i}\\.js": `));
    assert.equal(found?.slice(found.indexOf('.js": ') + 6), fault);
  }
});

test("loadPlugins: names every fault of every collector", async (plugins) => {
  await plugins.write("a.js", 'export default [{ name: "one" }, 4, null];');
  await plugins.write("b.js", `export default ${die("two", "help: 1")};`);
  assert.deepEqual(await plugins.faults("a.js", "b.js"), [
    'Cannot use collector "one" of plugin "a.js": help: expected text',
    'Cannot use collector "one" of plugin "a.js": metrics: expected metrics by their names',
    'Cannot use collector "one" of plugin "a.js": read: expected a function',
    'Cannot use collector "one" of plugin "a.js": samples: expected a function',
    'Cannot use collector number 2 of plugin "a.js": expected an object',
    'Cannot use collector number 3 of plugin "a.js": expected an object',
    'Cannot use collector "two" of plugin "b.js": help: expected text',
  ]);
});

test("loadPlugins: refuses names that are taken, and names who has them", async (plugins) => {
  await plugins.write("a.js", `export default ${die("memory")};`);
  await plugins.write("b.js", `export default ${die("dice", 'aliases: ["meminfo"]')};`);
  await plugins.write("c.js", `export default ${die("dice")};`);
  assert.deepEqual(await plugins.faults("a.js", "b.js", "c.js"), [
    'Cannot use collector "memory" of plugin "a.js": name: a built-in collector has the name "memory"',
    'Cannot use collector "dice" of plugin "b.js": aliases: a built-in collector has the name "meminfo"',
    'Cannot use collector "dice" of plugin "c.js": name: plugin "b.js" has the name "dice"',
  ]);
});

test("loadPlugins: names what is never ready, for which it waits 10 s", async (plugins, folder) => {
  // Not for ever: a module that is still loading when the tests end is an error.
  const ready = Promise.withResolvers<void>();
  Reflect.set(globalThis, "readyOfTest", ready.promise);
  await plugins.write("awaits.js", `await globalThis.readyOfTest; export default ${die("one")};`);
  await plugins.write("made.js", "export default () => new Promise(() => {});");
  const clock = new FakeClock();
  const from = clock.monotonic();
  let error: unknown;
  const loading = loadPlugins(["awaits.js", "made.js"], { baseUrl: pathToFileURL(`${folder}/`).href, clock })
    .catch((reason: unknown) => error = reason);
  while (error === undefined) await clock.advance(1);
  await loading;
  assert.ok(error instanceof PluginError, `${error}`);
  assert.deepEqual(error.faults, [
    'Cannot load plugin "awaits.js": it was not ready after 10 s',
    'Cannot load plugin "made.js": it was not ready after 10 s',
  ]);
  assert.deepEqual([clock.monotonic() - from, clock.timers], [20, 0]);
  ready.resolve();
  assert.equal((await plugins.load("awaits.js"))[0]?.name, "one");
  Reflect.deleteProperty(globalThis, "readyOfTest");
});

test("loadPlugins: reads regular files alone", async (plugins, folder) => {
  await Deno.mkdir(join(folder, "folder.js"));
  assert.deepEqual(await plugins.faults("folder.js"), ['Cannot load plugin "folder.js": it is no regular file']);
});
