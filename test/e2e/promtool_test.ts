/** The linter of Prometheus has nothing to say about families that are Sonde's own. */

import assert from "node:assert/strict";
import { collectors } from "../../collectors/mod.ts";
import { serveBoth } from "./node_exporter.ts";
import { output, testWith, until } from "./programs.ts";
import { serveSonde, STEADY, STEADY_FLAGS } from "./sonde.ts";

/** Names that are not the peers'. */
const OWN = /^(sonde|system|process)_/;
/** The peer makes names of memory figures out of the kernel's spelling, and Sonde has its names. */
const KNOWN = /^node_memory_\w*[a-z][A-Z]\w* metric names should be written in 'snake_case' not 'camelCase'$/;

/** What probes of this test's plain targets have nothing to say of: TLS, several addresses. */
const ELSEWHERE = /^sonde_probe_(tls|certificate|address)/;

const steady: readonly string[] = STEADY;
const ownFamilies = collectors.filter(({ name }) => steady.includes(name)).flatMap(({ metrics }) =>
  Object.keys(metrics)
)
  .filter((name) => OWN.test(name) && !ELSEWHERE.test(name));

testWith(
  "promtool: check metrics accepts the full page, but for known names of the peers",
  ["promtool"],
  async (path) => {
    await using target = await serveSonde(["--collector.disable-defaults"]);
    const probes = [`http://${target.host}/-/healthy`, `http://${target.host}/missing`].map((url) =>
      `--collector.http.target=${url}`
    );
    const intervals = ["--collector.http.interval=1s", "--collector.usage.interval=1s"];
    // What is Sonde's own of the processors is shown in place of each one's.
    const options = ["--collector.stat.softirq", "--no-collector.cpu.per-core"];
    await using sonde = await serveSonde([...STEADY_FLAGS, ...options, ...probes, ...intervals]);
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

testWith(
  "promtool: check metrics complains of no family of the page of all collectors of which it does not complain on node_exporter's",
  ["promtool", "newest node_exporter"],
  async (path) => {
    await using both = await serveBoth(path("newest node_exporter"));
    const complaints = async (input: string) => {
      const { stdout, stderr } = await output([path("promtool"), "check", "metrics"], { input });
      return (stdout + stderr).split("\n").filter((line) => line !== "");
    };
    const known = new Set(await complaints((await both.peerPage()).text));
    const ours = await complaints((await both.sonde.page()).text);
    assert.ok(ours.length > 0, "the linter did not find what it always finds");
    assert.deepEqual(ours.filter((line) => !known.has(line)), []);
  },
);
