/** The examples of the guides about probes are taken by the programs that they are for. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import { folder, output, testWith } from "./programs.ts";
import { runSonde } from "./sonde.ts";

const PAGES = ["probes.md", "migrating-from-blackbox_exporter.md"];

/** The blocks of YAML on these pages. */
async function examples(): Promise<readonly string[]> {
  const texts = await Promise.all(
    PAGES.map((page) => readFile(new URL(`../../docs/${page}`, import.meta.url), "utf8")),
  );
  return texts.flatMap((text) => [...text.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, block = ""]) => block));
}

function isScraped(block: string): boolean {
  return Object.hasOwn(Object(parse(block)), "scrape_configs");
}

testWith("docs: sonde check accepts the configurations of the guides about probes", [], async () => {
  await using own = await folder();
  const configurations = (await examples()).filter((block) => !isScraped(block));
  assert.ok(configurations.length >= 3);
  for (const block of configurations) {
    const file = await own.write("sonde.yml", block);
    const { code, stderr } = await runSonde("check", `--config.file=${file}`);
    assert.equal(code, 0, `${block}\n${stderr}`);
  }
});

testWith("docs: promtool accepts the scrape jobs of the guides about probes", ["promtool"], async (path) => {
  await using own = await folder();
  const jobs = (await examples()).filter(isScraped);
  assert.ok(jobs.length >= 1);
  for (const block of jobs) {
    const file = await own.write("prometheus.yml", block);
    const { code, stdout, stderr } = await output([path("promtool"), "check", "config", file]);
    assert.equal(code, 0, `${block}\n${stdout}${stderr}`);
  }
});
