/**
 * The page that collectors make of a host, by the real configuration and engine.
 *
 * @module
 */

import { collectors } from "../collectors/mod.ts";
import { applyConfig } from "../src/assembly.ts";
import type { SampleValue } from "../src/collector.ts";
import { resolveConfig } from "../src/config.ts";
import { Engine } from "../src/engine.ts";
import type { OpenSource } from "../src/source.ts";
import { FakeClock } from "./fake_clock.ts";

/**
 * Values by series, as one page shows them.
 *
 * @param wanted options of the collectors that run, and no others do, by name
 * @param metrics patterns of families
 */
export async function shownOn(
  source: OpenSource,
  wanted: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  metrics: Readonly<Record<string, unknown>> = {},
): Promise<Record<string, SampleValue>> {
  const engine = new Engine({
    source,
    clock: new FakeClock(),
    machineId: "m",
    log: () => {},
    version: "1.2.3",
    runtime: "test 1",
  });
  const observers = collectors.filter(({ observes }) => observes).map(({ name }) => [name, false]);
  const enabled = Object.entries(wanted).map(([name, options]) => [name, { enabled: true, ...options }]);
  const tree = { metrics, collectors: Object.fromEntries([["disable-defaults", true], ...observers, ...enabled]) };
  applyConfig(engine, collectors, resolveConfig({ collectors, tree }));
  await engine.collect();
  const { page } = await engine.scrape({ format: "text", budgetSeconds: 1 });
  await engine.stop();
  const lines = page.text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return Object.fromEntries(lines.map((line) => {
    const space = line.lastIndexOf(" ");
    return [line.slice(0, space), Number(line.slice(space + 1))];
  }));
}
