/** Beside the newest node_exporter, on a host with routes and queues of many kinds, Sonde shows the same of them. */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { type Page, parsePage } from "./page.ts";
import { output, testWith } from "./programs.ts";

const HOST = fileURLToPath(new URL("../children/routed_host.ts", import.meta.url));
const FAMILIES = /^node_(network_route|qdisc)/;

/** Type, help and series of each family. */
function shape({ families }: Page): Record<string, unknown> {
  const entries = [...families].filter(([name]) => FAMILIES.test(name)).map((
    [name, { type, help, samples }],
  ) => [name, { type, help, series: [...samples.keys()].sort() }]);
  return Object.fromEntries(entries);
}

testWith(
  "routed host: beside the newest node_exporter Sonde has the same routes and queueing disciplines, and their figures",
  ["newest node_exporter", "network namespace", "ip"],
  async (path) => {
    const unshare = [path("network namespace"), "--net", "--map-root-user"];
    const command = [...unshare, Deno.execPath(), "run", "-A", HOST, path("newest node_exporter")];
    const { code, stdout, stderr } = await output(command);
    assert.equal(code, 0, stderr);
    const pages: readonly string[] = JSON.parse(stdout);
    const [before, ours, after] = pages.map(parsePage);
    assert.ok(before && ours && after);
    assert.deepEqual(shape(ours), shape(before));
    let compared = 0;
    for (const [series, value] of ours.samples) {
      if (!FAMILIES.test(series)) continue;
      const [first = NaN, last = NaN] = [before.samples.get(series), after.samples.get(series)];
      // Queues drain while the pages are taken.
      const [least, most] = [Math.min(first, last), Math.max(first, last)];
      assert.ok(least <= value && value <= most, `${series} is ${value}, not ${least} to ${most}`);
      compared++;
    }
    assert.ok(compared > 50, `only ${compared} series were compared`);
  },
);
