/**
 * The page of every fixture host, by the real engine and exposition. `deno task golden` rewrites what it should be.
 *
 * What depends on the exporter's own process or on when it runs is left out: observers, and figures made of two readings.
 */

import assert from "node:assert/strict";
import { collectors } from "../collectors/mod.ts";
import { resolveConfig } from "../src/config.ts";
import { applyConfig } from "../src/assembly.ts";
import { Engine } from "../src/engine.ts";
import { FIXTURE_HOSTS, fixtureHost } from "./context.ts";
import { FakeClock } from "./fake_clock.ts";

const update = Deno.args.includes("--update");
/** Collectors that tell of the running host whatever the files are: its zone, its machine, the space of its mounts. */
const LIVE = ["time", "uname", "timex", "filesystem", "usage_filesystem"];
const measured = collectors.filter(({ observes, name }) => !observes && !LIVE.includes(name));

/** The page that a host's files give, collector by collector. */
async function pages(host: (typeof FIXTURE_HOSTS)[number]): Promise<Map<string, string>> {
  const source = fixtureHost(host);
  const clock = new FakeClock();
  const failures: string[] = [];
  const engine = new Engine({
    source,
    clock,
    machineId: "golden",
    log: (_level, message, fields) => failures.push(`${message} ${JSON.stringify(fields)}`),
    version: "0.0.0",
    runtime: "test",
  });
  const switches = Object.fromEntries(measured.map(({ name }) => [name, true]));
  const sysctl = {
    enabled: true,
    include: ["fs.file-nr:allocated,free,max", "kernel.threads-max"],
    "include-info": ["kernel.seccomp.actions_avail"],
  };
  const tree = { collectors: { ...switches, stat: { softirq: true }, sysctl } };
  applyConfig(engine, measured, resolveConfig({ collectors: measured, tree }));
  await engine.collect();
  const found = new Map<string, string>();
  for (const name of engine.collectors) {
    const { page } = await engine.scrape({ format: "text", budgetSeconds: 1, collectors: new Set([name]) });
    if (page.text !== "") found.set(name, page.text);
  }
  await engine.stop();
  source.close();
  // These hosts hold what some collectors read; those whose files are not there fail as the peer's do, and who needs them.
  const expected = /no such file or directory|which it needs, failed/;
  assert.deepEqual(failures.filter((failure) => !expected.test(failure)), []);
  return found;
}

for (const host of FIXTURE_HOSTS) {
  const folder = new URL(`golden/${host}/`, import.meta.url);
  Deno.test(`golden: ${host} gives the pages of test/golden/${host}`, async () => {
    const found = await pages(host);
    if (update) {
      await Deno.remove(folder, { recursive: true }).catch(() => {});
      await Deno.mkdir(folder, { recursive: true });
      for (const [name, text] of found) await Deno.writeTextFile(new URL(`${name}.txt`, folder), text);
    }
    const golden = new Map<string, string>();
    for await (const { name } of Deno.readDir(folder)) {
      golden.set(name.replace(/\.txt$/, ""), await Deno.readTextFile(new URL(name, folder)));
    }
    assert.deepEqual(new Map([...found].sort()), new Map([...golden].sort()));
  });
}
