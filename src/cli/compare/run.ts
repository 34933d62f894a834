import { readFile } from "node:fs/promises";
import { failureMessage } from "../../failure.ts";
import { Pattern } from "../../pattern.ts";
import type { Invocation } from "../command.ts";
import { failureLines, onePage } from "../one_page.ts";
import { durationOption, listOption, numberOption, textOption } from "../option_values.ts";
import { UsageError } from "../usage_error.ts";
import { type ComparedPage, comparedPage } from "./compared_page.ts";
import { Comparer, type Comparison } from "./comparison.ts";
import { COMPARE_DEFAULTS } from "./defaults.ts";
import { type Peer, peerAt, type PeerOptions } from "./peer.ts";
import { type Compared, faultCount, jsonReport, textReport } from "./report.ts";

const MOST_ROUNDS = 1000;
/** More than the age of a reading that Sonde takes for new: without it a page could show what was before the one before. */
const FRESH_SECONDS = 0.15;
/** Of the exporter's own process, which no other program can serve. */
const OF_ONE_PROGRAM = /^(?:go|process|promhttp)_|^node_exporter_build_info$/;

/** Where a page comes from, and what it is called. */
interface Side {
  readonly name: string;
  page(): Promise<string>;
}

async function peerOptions({ options }: Invocation): Promise<PeerOptions> {
  const timeoutSeconds = durationOption(options, "timeout", COMPARE_DEFAULTS.timeoutSeconds);
  const file = textOption(options, "ca-file");
  try {
    return { timeoutSeconds, ca: file === undefined ? undefined : await readFile(file, "utf8") };
  } catch (error) {
    throw new UsageError(`Cannot read certificates ${JSON.stringify(file)}: ${failureMessage(error)}`, {
      cause: error,
    });
  }
}

function ignored({ options }: Invocation): (family: string) => boolean {
  const patterns = listOption(options, "ignore").map((source) => {
    try {
      return new Pattern(source);
    } catch (error) {
      throw new UsageError(`Cannot use "--ignore=${source}": ${failureMessage(error)}`, { cause: error });
    }
  });
  return (family) => OF_ONE_PROGRAM.test(family) || patterns.some((pattern) => pattern.test(family));
}

/** The exporter that `--with` names, or what the configuration shows, read anew for each page. */
async function ourSide(invocation: Invocation, asked: PeerOptions): Promise<Side> {
  const address = textOption(invocation.options, "with");
  if (address !== undefined) {
    // Tells what is wrong with the command line.
    await invocation.known();
    return sideOf(peerAt(address, asked));
  }
  const loaded = await invocation.load();
  const told = new Set<string>();
  return {
    name: "this configuration",
    async page() {
      const page = await onePage(invocation.surroundings, loaded);
      const lines = failureLines(page);
      if (!told.has(lines)) invocation.surroundings.printError(lines);
      told.add(lines);
      return page.text;
    },
  };
}

function sideOf(peer: Peer): Side {
  return { name: peer.shown, page: () => peer.page() };
}

/** @throws {UsageError} if there is no page, or it breaks the format */
async function read(side: Side, dropped: ReadonlySet<string>): Promise<ComparedPage> {
  const text = await side.page();
  try {
    return comparedPage(text, dropped);
  } catch (error) {
    throw new UsageError(`Cannot read the page of ${side.name}: ${failureMessage(error)}`, { cause: error });
  }
}

async function compareRounds(invocation: Invocation, reference: Side, ours: Side, rules: Rules): Promise<Comparison> {
  const { clock } = invocation.surroundings;
  const pause = (seconds: number) => new Promise<void>((resolve) => clock.timer(resolve, seconds));
  const comparer = new Comparer(rules);
  for (let round = 0; round < rules.rounds; round++) {
    if (round > 0) await pause(rules.pauseSeconds);
    const before = await read(reference, rules.dropped);
    await pause(FRESH_SECONDS);
    const own = await read(ours, rules.dropped);
    await pause(FRESH_SECONDS);
    comparer.add(before, own, await read(reference, rules.dropped));
  }
  return comparer.result();
}

interface Rules {
  readonly rounds: number;
  readonly pauseSeconds: number;
  readonly dropped: ReadonlySet<string>;
  readonly ignores: (family: string) => boolean;
  readonly strict: boolean;
}

/**
 * Compares by what a command line says, and prints what differs.
 *
 * @returns the exit code
 * @throws {UsageError} if an option is wrong, or there is no page to compare with
 */
export async function runCompare(invocation: Invocation): Promise<number> {
  const { surroundings, options, argument = "" } = invocation;
  const rules: Rules = {
    rounds: numberOption(options, "rounds", { standard: COMPARE_DEFAULTS.rounds, least: 1, most: MOST_ROUNDS }),
    pauseSeconds: durationOption(options, "pause", COMPARE_DEFAULTS.pauseSeconds),
    dropped: new Set(listOption(options, "drop-label")),
    ignores: ignored(invocation),
    strict: options.has("strict"),
  };
  const asked = await peerOptions(invocation);
  const ours = await ourSide(invocation, asked);
  const reference = sideOf(peerAt(argument, asked));
  const compared: Compared = { reference: reference.name, ours: ours.name, strict: rules.strict };
  const comparison = await compareRounds(invocation, reference, ours, rules);
  surroundings.print((options.has("json") ? jsonReport : textReport)(comparison, compared));
  return faultCount(comparison, compared) > 0 ? 1 : 0;
}
