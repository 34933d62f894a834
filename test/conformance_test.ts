/** Every collector against the golden page of the peer's own end-to-end test, family by family and value by value. */

import assert from "node:assert/strict";
import { collectors } from "../collectors/mod.ts";
import { compare, CONFORMANCE, pageOf, unpack } from "./conformance/fixtures.ts";

const only = Deno.args.filter((argument) => !argument.startsWith("-"));

/** Names of the collectors that have a golden page. */
function golden(folder: string): Set<string> {
  return new Set(
    [...Deno.readDirSync(`${folder}golden`)].flatMap(({ name }) => /^([a-z]\w*)\.txt$/.exec(name)?.[1] ?? []),
  );
}

const known = CONFORMANCE === undefined ? new Set<string>() : golden(CONFORMANCE);
const compared = collectors.filter(({ name }) => known.has(name) && (only.length === 0 || only.includes(name)));

Deno.test({
  name: CONFORMANCE === undefined
    ? "conformance: the peer's fixtures are absent (SONDE_CONFORMANCE): its 63 golden pages are not compared with"
    : `conformance: ${compared.length} collectors give the peer's golden pages`,
  ignore: CONFORMANCE === undefined,
  fn: async (t) => {
    const conformance = CONFORMANCE ?? "";
    const folder = await unpack(conformance);
    try {
      for (const collector of compared) {
        await t.step(collector.name, async () => {
          const page = await pageOf(collector, collectors, folder);
          const { ok, report } = await compare(conformance, `${conformance}golden/${collector.name}.txt`, page);
          console.log(`${collector.name}: ${report.trim().split("\n").at(-1)}`);
          assert.ok(ok, report);
        });
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
