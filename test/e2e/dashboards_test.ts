/** What dashboards and rules made for node_exporter ask for, Sonde shows wherever the newest node_exporter does. */

import assert from "node:assert/strict";
import { PEER_COLLECTORS } from "../../src/cli/peer_collectors.ts";
import { collectorsOf, pageOf, serveBoth, servePeer } from "./node_exporter.ts";
import type { Page } from "./page.ts";
import { folder, output, testWith } from "./programs.ts";
import { serveSonde } from "./sonde.ts";

const ASKING = ["node-exporter-full.json", "node-mixin-rules.json"];

/** What the tool tells of a page: the metrics that are asked for, and those of them that are not on it. */
interface Coverage {
  readonly wanted: readonly string[];
  readonly absent: readonly string[];
}

async function coverage(conformance: string, page: Page): Promise<Coverage> {
  await using own = await folder();
  const files = ASKING.map((name) => `${conformance}dashboards/${name}`);
  const tool = [Deno.execPath(), "run", "--no-config", "--allow-read", `${conformance}tools/dashboard_coverage.ts`];
  const { stdout, stderr } = await output([...tool, "--json", await own.write("page", page.text), ...files]);
  assert.notEqual(stdout, "", stderr);
  return JSON.parse(stdout);
}

/** That of what is asked for nothing is only on the peer's page, and that the peer has most of it. */
async function assertCovered(conformance: string, theirs: Page, ours: Page): Promise<void> {
  const [expected, { absent }] = [await coverage(conformance, theirs), await coverage(conformance, ours)];
  assert.ok(expected.absent.length < expected.wanted.length / 2, `only here: ${expected.wanted.length}`);
  const lacking = new Set(expected.absent);
  assert.deepEqual(absent.filter((name) => !lacking.has(name)), []);
}

testWith(
  "dashboards: all that node_exporter shows of what Node Exporter Full and node-mixin ask for, Sonde shows by default",
  ["newest node_exporter", "conformance folder"],
  async (path) => {
    // What is not here at all is not asked of the peer either.
    const theirs = await collectorsOf(path("newest node_exporter"));
    const absent = PEER_COLLECTORS.filter(({ name }) => theirs.has(name));
    const off = absent.map(({ name }) => `--no-collector.${name}`);
    await using peer = await servePeer(path("newest node_exporter"), ...off);
    await using sonde = await serveSonde([]);
    await assertCovered(path("conformance folder"), await pageOf(`http://${peer.host}/metrics`), await sonde.page());
  },
);

testWith(
  "dashboards: all that node_exporter shows of what they ask for, Sonde shows with every collector that both have",
  ["newest node_exporter", "conformance folder"],
  async (path) => {
    await using both = await serveBoth(path("newest node_exporter"));
    await assertCovered(path("conformance folder"), await both.peerPage(), await both.sonde.page());
  },
);
