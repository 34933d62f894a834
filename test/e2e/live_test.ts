/** Beside the newest node_exporter, with every collector that both have, Sonde shows the same page of this host. */

import assert from "node:assert/strict";
import { type ComparedPage, comparedPage } from "../../src/cli/compare/compared_page.ts";
import { Comparer } from "../../src/cli/compare/comparison.ts";
import type { Verdict } from "../../src/cli/compare/tally.ts";
import { PEER_COLLECTORS } from "../../src/cli/peer_collectors.ts";
import { type Both, serveBoth } from "./node_exporter.ts";
import { testWith } from "./programs.ts";

const ROUNDS = 12;
/** The peer's own program; no other has its version. */
const OF_THE_PEER = "node_exporter_build_info";

/** A difference that is meant, with its reason. */
interface Meant {
  readonly family: RegExp;
  readonly kinds: readonly Verdict["kind"][];
  readonly series?: RegExp;
}

const MEANT: readonly Meant[] = [
  // Version 1.12 explains its figures of KSM, where 1.11 repeats their names; Sonde follows 1.12.
  { family: /^node_ksmd_/, kinds: ["help"] },
  // The peer writes the options of a mount one behind the other without anything between, and then finds no "ro".
  { family: /^node_filesystem_readonly$/, kinds: ["value"] },
  // Of a socket that listens, netlink gives the bound of its backlog as bytes to be sent; the kernel's files do not.
  { family: /^node_tcp_connection_states$/, kinds: ["value"], series: /tx_queued_bytes/ },
];
/** Families that the peer has since 1.12. */
const NEWER = ["node_ksmd_general_profit_bytes"];
/**
 * Whether a disk turns: the peer says no of every disk whose queue lacks one of the files that it knows, because it reads
 * them all before it looks at this one.
 */
const DROPPED_LABELS = new Set(["rotational"]);

function isMeant({ kind, family, series = "" }: Verdict): boolean {
  return MEANT.some((meant) =>
    meant.family.test(family) && meant.kinds.includes(kind) && (meant.series?.test(series) ?? true)
  );
}

/**
 * Whether a difference counts. On a busy host a collector of Sonde's may be late for a scrape, which does not wait for it:
 * what is missing counts where most rounds lack it. A counter that is not between two readings counts at once.
 */
function counts(verdict: Verdict): boolean {
  const persists = verdict.kind === "value" || verdict.rounds > ROUNDS / 2;
  return verdict.fault && persists && !isMeant(verdict);
}

async function takeRound({ sonde, peerPage }: Both): Promise<[ComparedPage, ComparedPage, ComparedPage]> {
  const [before, ours, after] = [await peerPage(), await sonde.page(), await peerPage()];
  return [
    comparedPage(before.text, DROPPED_LABELS),
    comparedPage(ours.text, DROPPED_LABELS),
    comparedPage(after.text, DROPPED_LABELS),
  ];
}

testWith(
  "live: beside the newest node_exporter every family has the same type, help and series, and values between its own",
  ["newest node_exporter"],
  async (path) => {
    await using both = await serveBoth(path("newest node_exporter"));
    const known = new Set(PEER_COLLECTORS.map(({ name }) => name));
    assert.deepEqual(
      [...both.absent.difference(known)],
      [],
      "node_exporter has collectors that Sonde does not know of",
    );

    const comparer = new Comparer({ ignores: (family) => family === OF_THE_PEER, strict: false });
    for (let round = 0; round < ROUNDS; round++) comparer.add(...await takeRound(both));
    const { verdicts, extraFamilies, families, series } = comparer.result();
    assert.deepEqual(verdicts.filter(counts), []);
    assert.deepEqual(extraFamilies.filter((name) => !NEWER.includes(name)), []);
    assert.ok(families > 200 && series > 500, `only ${families} families and ${series} series were compared`);
  },
);
