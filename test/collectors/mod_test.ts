import assert from "node:assert/strict";
import { collectors } from "../../collectors/mod.ts";
import { matchesPattern } from "../../src/batch.ts";
import { sourcesOf, sourcesOfFamily } from "../../src/provenance.ts";

const FOLDER = new URL("../../collectors/", import.meta.url);

Deno.test("collectors: lists each file of the folder, under its name", () => {
  const files = [...Deno.readDirSync(FOLDER)].filter(({ name, isFile }) => isFile && name !== "mod.ts");
  const names = files.map(({ name }) => name.replace(/\.ts$/, ""));
  assert.deepEqual(collectors.map(({ name }) => name).sort(), names.sort());
});

Deno.test("collectors: what others need stands before them", () => {
  for (const [i, { name, needs }] of collectors.entries()) {
    for (const need of Object.values(needs ?? {})) {
      const needed = typeof need === "string" ? need : need.name;
      assert(collectors.slice(0, i).some((earlier) => earlier.name === needed), `${name} needs ${needed}`);
    }
  }
});

/** Families that two collectors of the peer show, with different labels. */
const SHARED = ["node_cpu_frequency_hertz"];

Deno.test("collectors: no family is declared twice, other than by probers, which share one declaration", () => {
  const declared = new Map<string, unknown>();
  for (const [name, metric] of collectors.flatMap(({ metrics }) => Object.entries(metrics))) {
    if (SHARED.includes(name)) continue;
    assert(!declared.has(name) || name.includes("probe_") && declared.get(name) === metric, name);
    declared.set(name, metric);
  }
});

Deno.test("collectors: those that a scrape may run carry nothing from tick to tick", () => {
  for (const { name, freshnessSeconds, fold } of collectors) {
    assert(freshnessSeconds === undefined || fold === undefined, name);
  }
});

Deno.test("collectors: every family has a source, and every source that is told apart has families", () => {
  for (const collector of collectors) {
    const { name, metrics, openFamilies = [], sources = [] } = collector;
    assert.notDeepEqual(sourcesOf(collector), [], name);
    const families = [...Object.keys(metrics), ...openFamilies];
    for (const family of families) assert.notDeepEqual(sourcesOfFamily(collector, family), [], family);
    if (Array.isArray(sources)) continue;
    for (const [source, patterns] of Object.entries(sources)) {
      for (const pattern of patterns) {
        const found = families.some((family) => family === pattern || matchesPattern(family, [pattern]));
        assert(found, `${name}: ${source} has ${pattern}`);
      }
    }
  }
});
