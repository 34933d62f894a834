/** What a difference is. */
export type Kind =
  | "missing family"
  | "type"
  | "help"
  | "labels"
  | "missing series"
  | "extra series"
  | "twice"
  | "value";

/** One difference, as seen in one round. */
export interface Finding {
  /** What differs. */
  readonly kind: Kind;
  /** Name of the family. */
  readonly family: string;
  /** The series, where one differs. */
  readonly series?: string;
  /** What the reference shows. */
  readonly expected?: string;
  /** What we show. */
  readonly actual?: string;
  /** More about it. */
  readonly detail?: string;
  /** Whether it is a figure that goes to and fro, and may be elsewhere for a moment. */
  readonly passing?: boolean;
}

/** One difference, over all rounds. */
export interface Verdict extends Finding {
  /** In how many rounds it was seen. */
  readonly rounds: number;
  /** Whether it is a fault; if not, it was seen in passing. */
  readonly fault: boolean;
}

const ORDER: readonly Kind[] = [
  "missing family",
  "type",
  "help",
  "labels",
  "missing series",
  "extra series",
  "twice",
  "value",
];
/** Series come and go with processes, mounts and devices. */
const PASSING: ReadonlySet<Kind> = new Set<Kind>(["missing series", "extra series"]);

/** Counts differences over rounds. */
export class Tally {
  readonly #found = new Map<string, { finding: Finding; rounds: number; lastRound: number }>();

  /** Notes a difference seen in a round, of which there may be several; what was seen first is what is told. */
  add(finding: Finding, round: number): void {
    const key = JSON.stringify([finding.kind, finding.family, finding.series]);
    const known = this.#found.get(key);
    if (!known) this.#found.set(key, { finding, rounds: 1, lastRound: round });
    else if (known.lastRound !== round) {
      known.rounds++;
      known.lastRound = round;
    }
  }

  /**
   * All differences, by kind and name. What may differ in passing is a fault if it was seen in more than half of the
   * rounds, the rest if it was seen at all.
   */
  verdicts(rounds: number, strict: boolean): readonly Verdict[] {
    return [...this.#found.values()].map(({ finding, rounds: seen }) => {
      const { passing = PASSING.has(finding.kind) } = finding;
      return { ...finding, rounds: seen, fault: strict || !passing || seen > rounds / 2 };
    }).sort((a, b) =>
      ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind) || compareText(a.family, b.family) ||
      compareText(a.series ?? "", b.series ?? "")
    );
  }
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
