/** Targets of every kind, probed by the real blackbox_exporter and by Sonde in one run. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { assertAlike, type Exception, servePair } from "./blackbox_pair.ts";
import { startTargets } from "./blackbox_targets.ts";
import { folder, testWith } from "./programs.ts";

const MODULES = new URL("blackbox_modules.yml", import.meta.url);
const AUTHORITY = fileURLToPath(new URL("../fixtures/tls/authority.pem", import.meta.url));

const EXCEPTIONS: readonly Exception[] = [
  {
    rows: /^https? /,
    series: /^probe_tls_cipher_info/,
    because: "The servers leave the choice to the client, and Deno's prefers another cipher than Go's.",
    label: "cipher",
  },
];

testWith(
  "blackbox_exporter: targets of every kind are answered alike",
  ["newest blackbox_exporter"],
  async (path) => {
    await using own = await folder();
    await using targets = await startTargets(own);
    const modules = (await readFile(MODULES, "utf8")).replaceAll("AUTHORITY", AUTHORITY);
    await using pair = await servePair(path("newest blackbox_exporter"), own, modules);
    const names = targets.rows.map(({ name }) => name);
    assert.deepEqual(names.filter((name, i) => names.indexOf(name) !== i), []);
    await assertAlike(pair, targets.rows, EXCEPTIONS);
  },
);
