/** `sonde compare` beside the newest node_exporter. */

import assert from "node:assert/strict";
import { servePeer } from "./node_exporter.ts";
import { testWith } from "./programs.ts";
import { runSonde, serveSonde } from "./sonde.ts";

const COLLECTORS = ["stat", "cpu", "meminfo", "loadavg", "filefd"].map((name) => `--collector.${name}`);
const FLAGS = ["--collector.disable-defaults", ...COLLECTORS];

testWith(
  "compare: finds nothing that differs from the newest node_exporter, whose figures it reads in turn with ours",
  ["newest node_exporter"],
  async (path) => {
    await using peer = await servePeer(path("newest node_exporter"), ...FLAGS);
    const url = `http://${peer.host}`;
    const own = ["--collector.node_scrape", "--pause=100ms", "--timeout=1m"];
    const { code, stdout, stderr } = await runSonde("compare", url, ...FLAGS, ...own);
    assert.deepEqual([code, stderr], [0, ""], stdout);
    const [, families, series] = /\nequal: (\d+) families, (\d+) series of both in 5 rounds\n$/.exec(stdout) ?? [];
    assert.ok(Number(families) > 60 && Number(series) > 80, stdout);
    assert.match(stdout, /\nnot compared: \d+: go_gc_[^\n]*, process_/);
  },
);

testWith(
  "compare: names what a running Sonde lacks beside the newest node_exporter",
  ["newest node_exporter"],
  async (path) => {
    await using peer = await servePeer(path("newest node_exporter"), ...FLAGS);
    await using sonde = await serveSonde([...FLAGS, "--collector.node_scrape", "--no-collector.loadavg"]);
    const args = [
      `http://${peer.host}/metrics`,
      `--with=http://${sonde.host}/metrics`,
      "--rounds=3",
      "--pause=0",
      "--timeout=1m",
    ];
    const { code, stdout, stderr } = await runSonde("compare", ...args);
    assert.deepEqual([code, stderr], [1, ""], stdout);
    for (const load of [1, 5, 15]) assert.match(stdout, new RegExp(`^missing family +node_load${load} `, "m"));
    assert.match(stdout, /^missing series +node_scrape_collector_success\{collector="loadavg"\}$/m);
    assert.match(stdout, /\n5 differences: /);
  },
);
