import assert from "node:assert/strict";
import { join } from "node:path";
import { collectors } from "../../collectors/mod.ts";
import type { AnyCollector } from "../../src/collector.ts";
import { main } from "../../src/cli/main.ts";
import { systemClock } from "../../src/clock.ts";
import { command, FakeProcess, withFolder } from "./surroundings.ts";

/** A collector of one family, whose reading is as told. */
function collector(name: string, more: Partial<AnyCollector> = {}): AnyCollector {
  return {
    name,
    help: `The ${name}.`,
    freshnessSeconds: 0.1,
    metrics: { [`test_${name}`]: { type: "gauge", help: "Test." } },
    sources: [`/proc/${name}`],
    read: () => 1,
    samples: (value, emit) => emit(`test_${name}`, Number(value)),
    ...more,
  };
}

const two = [collector("one"), collector("two", { needs: { one: "one" }, intervalSeconds: 0, enabled: false })];

Deno.test("list: shows every collector, on or off", async () => {
  const { code, out, err } = await command(["list", "--collector.one.interval=90s"], { collectors: two });
  assert.deepEqual([code, err], [0, ""]);
  assert.equal(
    out,
    "NAME  STATE  INTERVAL   FAMILIES  SOURCES    HELP\n" +
      "one   on     1m30s      1         /proc/one  The one.\n" +
      "two   off    at scrape  1         /proc/two  The two.\n",
  );
});

Deno.test("list: --json has all that is known", async () => {
  const { out } = await command(["list", "--json"], { collectors: two });
  assert.deepEqual(JSON.parse(out)[1], {
    name: "two",
    enabled: false,
    intervalSeconds: 0,
    families: ["test_two"],
    omitted: [],
    sources: ["/proc/two"],
    help: "The two.",
  });
});

const many = collector("many", {
  aliases: ["several"],
  metrics: { test_a: { type: "gauge", help: "A.", labels: ["x"] }, test_b_total: { type: "counter", help: "B." } },
  openFamilies: ["test_open_*"],
  sources: { "/proc/a": ["test_a"], "/proc/b": ["test_b_*", "test_open_*"] },
});

Deno.test("list: of one collector shows each family and where it comes from", async () => {
  for (const name of ["many", "several"]) {
    const { code, out, err } = await command(["list", name], { collectors: [many] });
    assert.deepEqual([code, err], [0, ""]);
    assert.equal(
      out,
      "NAME          TYPE     STATE  SOURCE   HELP\n" +
        "test_a        gauge    on     /proc/a  A.\n" +
        "test_b_total  counter  on     /proc/b  B.\n" +
        "test_open_*   any      on     /proc/b  Names are known only when they are read.\n",
    );
  }
});

Deno.test("list: of one collector, --json has all that is known of its families", async () => {
  const { out } = await command(["list", "many", "--json", "--no-collector.many"], { collectors: [many] });
  assert.deepEqual(JSON.parse(out).slice(0, 1), [
    { name: "test_a", shown: false, sources: ["/proc/a"], type: "gauge", labels: ["x"], help: "A." },
  ]);
});

Deno.test("list: a collector that is not there", async () => {
  const listed = async (name: string) => (await command(["list", name], { collectors: two })).err;
  assert.equal(await listed("onee"), 'Cannot list "onee": there is no such collector, did you mean "one"?\n');
  assert.equal(await listed("elephant"), 'Cannot list "elephant": there is no such collector, see "sonde list"\n');
  assert.equal(await listed("systemd"), 'Cannot list "systemd": Sonde has no such collector, it needs D-Bus\n');
});

Deno.test("graph: prints what runs, in each format", async () => {
  const args = ["graph", "--collector.disable-defaults", "--collector.two"];
  assert.equal((await command(args, { collectors: two })).out, "one (hidden)\ntwo ← one\n");
  for (const [format, part] of [["mermaid", "flowchart LR"], ["dot", "digraph sonde {"], ["json", '"needs": [']]) {
    assert.ok((await command([...args, `--format=${format}`], { collectors: two })).out.includes(part ?? "?"), format);
  }
});

Deno.test("check: says so where all is well", async () => {
  assert.deepEqual(await command(["check"], { collectors: two }), {
    code: 0,
    out: "OK: 1 nodes of 2 collectors\n",
    err: "",
  });
});

Deno.test("list, graph, check: tell what patterns of families leave out, and warn of one that leaves out nothing", async () => {
  const metrics = { test_one: { type: "gauge", help: "Test." }, test_more: { type: "gauge", help: "Test." } } as const;
  const collectors = [collector("one", { metrics }), collector("two", { needs: { one: "one" } })];
  const run = async (...args: string[]) => {
    const { code, out, err } = await command([...args, "--metrics.exclude=test_(one|tow)"], { collectors });
    assert.deepEqual([code, err], [0, ""]);
    return out;
  };
  assert.match(await run("list"), /^one +on +15s +1 of 2 /m);
  assert.match(await run("list", "--metrics.exclude=test_.*"), /^one +excluded +15s +0 of 2 /m);
  assert.equal(await run("graph"), "one (without 1 of 2 families)\ntwo ← one\n");
  assert.equal(await run("graph", "--metrics.exclude=test_more"), "one (hidden)\ntwo ← one\n");
  assert.equal(await run("check", "--metrics.include=nothing|test_one"), "OK: 0 nodes of 2 collectors\n");
  assert.deepEqual(await command(["check", "--metrics.exclude=tset_two"], { collectors }), {
    code: 0,
    out: "OK: 2 nodes of 2 collectors\n",
    err: 'Warning: metrics.exclude "tset_two" matches no family that is known, did you mean "test_two"?\n',
  });
});

Deno.test("check: prints every fault of the configuration", async () => {
  await withFolder(async (folder) => {
    const file = join(folder, "sonde.yml");
    await Deno.writeTextFile(file, "colectors: {}\nweb:\n  max-requests: many\n");
    const args = ["check", `--config.file=${file}`, "--log.level=dbug"];
    const { code, out, err } = await command(args, { environment: { SONDE_SCRAPE_STRICT: "maybe" } });
    assert.deepEqual([code, out], [2, ""]);
    const lines = err.trimEnd().split("\n");
    assert.equal(lines.length, 4, err);
    for (const part of ["colectors", "web.max-requests", "SONDE_SCRAPE_STRICT", "--log.level"]) {
      assert.equal(lines.filter((line) => line.includes(part)).length, 1, `${part} in ${err}`);
    }
  });
});

Deno.test("check: names cycles", async () => {
  const cycle = [collector("one", { needs: { two: "two" } }), collector("two", { needs: { one: "one" } })];
  const { code, err } = await command(["check"], { collectors: cycle });
  assert.deepEqual([code, err], [2, "Cannot order the collectors: one → two → one is a cycle\n"]);
});

Deno.test("check: a configuration file that is not there", async () => {
  const { code, err } = await command(["check", "--config.file=/nonexistent/sonde.yml"]);
  assert.equal(code, 2);
  assert.equal(err, 'Cannot read configuration file "/nonexistent/sonde.yml": no such file or directory\n');
  const byEnvironment = await command(["check"], { environment: { SONDE_CONFIG_FILE: "/nonexistent/x.yml" } });
  assert.match(byEnvironment.err, /^Cannot read configuration file "\/nonexistent\/x\.yml": [^\n]*\n$/);
});

Deno.test(
  "check: a configuration of any kind of file, but not of any size",
  { ignore: Deno.build.os === "windows" },
  async () => {
    await withFolder(async (folder) => {
      const pipe = join(folder, "sonde.yml");
      assert.ok((await new Deno.Command("mkfifo", { args: [pipe] }).output()).success);
      const [{ code, err }] = await Promise.all([
        command(["check", `--config.file=${pipe}`]),
        Deno.writeTextFile(pipe, "log: { level: loud }"),
      ]);
      assert.equal(code, 2);
      assert.ok(err.startsWith(`${pipe}:1:15: log.level: expected "debug"`), err);
    });
    const endless = await command(["check", "--config.file=/dev/zero"]);
    assert.deepEqual([endless.code, endless.err], [
      2,
      'Cannot read configuration file "/dev/zero": it is larger than 2 MiB\n',
    ]);
  },
);

Deno.test("main: every command tells that a collector's nodes cannot be made", async () => {
  const broken = collector("one", {
    instances: () => {
      throw new Error("no such target");
    },
  });
  for (const name of ["check", "collect", "graph", "serve"]) {
    const args = [name, "--web.listen-address=127.0.0.1:0"];
    const expected = { code: 2, out: "", err: 'Cannot make the nodes of collector "one": no such target\n' };
    assert.deepEqual(await command(args, { collectors: [broken] }), expected, name);
  }
});

Deno.test("collect: goes on after an error that nobody caught, and tells it", async () => {
  const process: FakeProcess = new FakeProcess(["collect"]);
  const careless = collector("one", {
    read: () => {
      process.uncaught(new Error("left alone"));
      return 1;
    },
  });
  assert.equal(await main(process, [careless]), 0);
  assert.equal(process.written.err, "uncaught error: left alone\n");
  assert.throws(() => process.uncaught(1), /would end the process/);
});

Deno.test("collect: prints the page", async () => {
  const { code, out, err } = await command(["collect"], { collectors: [collector("one")] });
  assert.deepEqual([code, err], [0, ""]);
  assert.equal(out, "# HELP test_one Test.\n# TYPE test_one gauge\ntest_one 1\n");
});

Deno.test("collect: prints what succeeded, and tells what did not", async () => {
  const failing = collector("two", {
    read: () => {
      throw new Error("Cannot read it");
    },
  });
  const { code, out, err } = await command(["collect"], { collectors: [collector("one"), failing] });
  assert.deepEqual([code, err], [1, 'Cannot collect "two": Cannot read it\n']);
  assert.ok(out.includes("test_one 1\n"));
});

Deno.test("collect: what is not here is no failure", async () => {
  const { code } = await command(["collect"], { collectors: [collector("one", { read: () => null })] });
  assert.equal(code, 0);
});

Deno.test("config: shows each value and where it comes from, but no secrets", async () => {
  await withFolder(async (folder) => {
    const file = join(folder, "sonde.yml");
    await Deno.writeTextFile(file, "scrape: { strict: true }\nweb:\n  max-requests: ${env:LIMIT}\n");
    const args = ["config", `--config.file=${file}`, "--no-collector.uptime"];
    const environment = { SONDE_LOG_LEVEL: "warn", LIMIT: "7" };
    const { code, out } = await command(args, { environment });
    assert.equal(code, 0);
    for (
      const line of [
        `scrape.strict = true  # ${file}:1`,
        'log.level = "warn"  # environment SONDE_LOG_LEVEL',
        "collectors.uptime.enabled = false  # flag --collector.uptime",
        'web.listen-address = [":9999"]  # default',
      ]
    ) assert.ok(out.split("\n").includes(line), `${line} is missing in: ${out}`);
    assert.doesNotMatch(out, /max-requests = 7/);
    const values: { path: string }[] = JSON.parse((await command([...args, "--json"], { environment })).out);
    assert.ok(values.some(({ path }) => path === "web.max-requests"));
  });
});

Deno.test("config: --schema prints the schema, even where the configuration is wrong", async () => {
  const { code, out } = await command(["config", "--schema", "--log.level=dbug"]);
  assert.equal(code, 0);
  assert.ok("collectors" in JSON.parse(out).properties);
});

Deno.test("main: --version names the program and what it runs on", async () => {
  const { code, out } = await command(["--version"]);
  const project: { version: string } = JSON.parse(await Deno.readTextFile(new URL("../../deno.json", import.meta.url)));
  assert.deepEqual([code, out], [0, `sonde ${project.version} (deno 1.2.3, v8 4.5.6, made-by-hand)\n`]);
});

Deno.test("main: --help names every collector's flags, those of plugins too", async () => {
  await withFolder(async (folder) => {
    const plugin = join(folder, "dice.ts");
    const source = 'name: "dice", help: "A die.", metrics: {}, read: () => 1, samples: () => {}';
    await Deno.writeTextFile(plugin, `export default { ${source} };`);
    const { code, out } = await command(["--help", `--plugin=${plugin}`]);
    assert.equal(code, 0);
    for (const { name } of [...collectors, { name: "dice" }]) {
      assert.ok(out.includes(`--[no-]collector.${name} `), name);
    }
  });
});

Deno.test("main: tells a wrong flag in one line", async () => {
  const { code, out, err } = await command(["--web.listen-adress=:1"]);
  assert.deepEqual([code, out], [2, ""]);
  assert.match(err, /^[^\n]*--web\.listen-address[^\n]*\n$/);
});

Deno.test("main: a flag of a plugin's collector is known, one that is none is not", async () => {
  await withFolder(async (folder) => {
    const plugin = join(folder, "dice.ts");
    await Deno.writeTextFile(
      plugin,
      `export default ({ defineCollector, z }) => defineCollector({
        name: "dice", help: "A die.", freshnessSeconds: 0.1,
        options: z.strictObject({ eyes: z.int().default(6).meta({ description: "Eyes." }) }),
        metrics: { dice_eyes: { type: "gauge", help: "Eyes." } },
        read: ({ options }) => options.eyes, samples: (eyes, emit) => emit("dice_eyes", eyes),
      });`,
    );
    const args = [`--plugin=${plugin}`, "--collector.disable-defaults", "--collector.dice"];
    const good = await command(["collect", "--collector.dice.eyes=4", ...args]);
    assert.deepEqual([good.code, good.err], [0, ""]);
    assert.ok(good.out.includes("dice_eyes 4\n"));
    const bad = await command(["collect", "--collector.dice.eyez=4", ...args]);
    assert.equal(bad.code, 2);
    assert.match(bad.err, /did you mean "--collector\.dice\.eyes"\?\n$/);
  });
});

Deno.test("main: a plugin of the configuration file is found beside it", async () => {
  await withFolder(async (folder) => {
    const source = 'name: "dice", help: "A die.", metrics: {}, read: () => 1, samples: () => {}';
    await Deno.writeTextFile(join(folder, "dice.ts"), `export default { ${source} };`);
    const file = join(folder, "sonde.yml");
    await Deno.writeTextFile(file, "plugins: [dice.ts]\ncollectors: { dice: true }\n");
    const { code, out, err } = await command(["list", `--config.file=${file}`]);
    assert.deepEqual([code, err], [0, ""]);
    assert.match(out, /^dice +on /m);
  });
});

Deno.test("main: a plugin that is not there, or has no collector, is named", async () => {
  await withFolder(async (folder) => {
    const empty = join(folder, "empty.ts");
    await Deno.writeTextFile(empty, "export const x = 1;");
    const { code, err } = await command(["serve", "--plugin=/nonexistent.ts", `--plugin=${empty}`]);
    assert.equal(code, 2);
    assert.equal(
      err,
      'Cannot load plugin "/nonexistent.ts": there is no such file\n' +
        `Cannot load plugin "${empty}": its default export is no collector\n`,
    );
  });
});

Deno.test("main: a plugin that is never ready is named", async () => {
  class Hurried extends FakeProcess {
    override readonly clock = {
      ...systemClock,
      timer: (callback: () => void, seconds: number) => systemClock.timer(callback, seconds / 100),
    };
  }
  await withFolder(async (folder) => {
    const plugin = join(folder, "never.js");
    await Deno.writeTextFile(plugin, "export default () => new Promise(() => {});");
    const process = new Hurried(["check", `--plugin=${plugin}`]);
    assert.equal(await main(process, two), 2);
    assert.equal(process.written.err, `Cannot load plugin ${JSON.stringify(plugin)}: it was not ready after 10 s\n`);
  });
});

Deno.test("main: plugins whose settings clash with others' are named", async () => {
  await withFolder(async (folder) => {
    const plugin = join(folder, "clash.ts");
    const source = 'name: "disable-defaults", help: "x", metrics: {}, read: () => 1, samples: () => {}';
    await Deno.writeTextFile(plugin, `export default { ${source} };`);
    const { code, err } = await command(["check", `--plugin=${plugin}`]);
    assert.equal(code, 2);
    assert.match(err, /^Cannot name a collector "disable-defaults": [^\n]+\n$/);
  });
});

Deno.test("main: a failure is told in one line, with its stack for who debugs", async () => {
  const failing = collector("one");
  const broken = new Proxy(failing, {
    get(target, key) {
      if (key === "freshnessSeconds") throw new Error("Cannot go on:\n  broken");
      return Reflect.get(target, key);
    },
  });
  const { code, err } = await command(["collect"], { collectors: [broken] });
  assert.deepEqual([code, err], [1, "Cannot go on: broken\n"]);
});
