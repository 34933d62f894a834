/** The linter of Prometheus has nothing to say about families that are Sonde's own. */

import assert from "node:assert/strict";
import { collectors } from "../../collectors/mod.ts";
import { output, testWith, until } from "./programs.ts";
import { serveSonde, STEADY, STEADY_FLAGS } from "./sonde.ts";

/** Names that are not the peers'. */
const OWN = /^(sonde|system|process)_/;
/** The peer makes names of memory figures out of the kernel's spelling, and Sonde has its names. */
const KNOWN = /^node_memory_\w*[a-z][A-Z]\w* metric names should be written in 'snake_case' not 'camelCase'$/;

const steady: readonly string[] = STEADY;
const ownFamilies = collectors.filter(({ name }) => steady.includes(name)).flatMap(({ metrics }) =>
  Object.keys(metrics)
)
  .filter((name) => OWN.test(name));

testWith(
  "promtool: check metrics accepts the full page, but for known names of the peers",
  ["promtool"],
  async (path) => {
    await using target = await serveSonde(["--collector.disable-defaults"]);
    const probes = [`http://${target.host}/-/healthy`, `http://${target.host}/missing`].map((url) =>
      `--collector.http.target=${url}`
    );
    const intervals = ["--collector.http.interval=1s", "--collector.usage.interval=1s"];
    await using sonde = await serveSonde([...STEADY_FLAGS, "--collector.stat.softirq", ...probes, ...intervals]);
    const page = await until(async () => {
      const page = await sonde.page();
      return ownFamilies.every((name) => page.families.has(name)) && page;
    }, "every family is there");

    const { code, stdout, stderr } = await output([path("promtool"), "check", "metrics"], { input: page.text });
    const complaints = (stdout + stderr).split("\n").filter((line) => line !== "");
    assert.deepEqual(complaints.filter((line) => !KNOWN.test(line)), []);
    assert.deepEqual([code, complaints.length > 0], [3, true], "the linter did not find what it always finds");
  },
);
