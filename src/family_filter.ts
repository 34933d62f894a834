/**
 * Which families are wanted: by the operator's patterns, and by a collector's options. What nobody wants is not on the
 * page, and as far as can be told beforehand is neither read nor computed.
 *
 * @module
 */

import type { AnyCollector } from "./collector.ts";
import { nearest } from "./nearest.ts";
import { Pattern } from "./pattern.ts";

/** Names of open families, where they may be any. */
const ANY = "*";

/** Alternatives of one pattern that are looked at apart. */
const MOST_ALTERNATIVES = 100;

/** The alternatives of a pattern, as far as its text shows them; one that may be anything where it does not. */
function alternatives(source: string): readonly string[] {
  if (/[\\[]|\(\?/.test(source)) return ["(?:)"];
  const parts = [""];
  let depth = 0;
  for (const character of source) {
    depth += character === "(" ? 1 : character === ")" ? -1 : 0;
    if (character === "|" && depth === 0) parts.push("");
    else parts.push((parts.pop() ?? "") + character);
  }
  return parts.flatMap(distributed).map((part) => part.replace(/^\^|\$$/g, ""));
}

/** `node_(disk|cpu)_.*` as `node_disk_.*` and `node_cpu_.*`; groups that are repeated stay as they are. */
function distributed(alternative: string): readonly string[] {
  let parts = [alternative];
  while (parts.length <= MOST_ALTERNATIVES) {
    const next = parts.flatMap((part) => {
      const [, before = "", group, after = ""] = /^(.*?)\(([^()]*)\)(?![?*+{])(.*)$/s.exec(part) ?? [];
      return group === undefined ? [part] : group.split("|").map((one) => before + one + after);
    });
    if (next.length === parts.length && next.every((part, i) => part === parts[i])) break;
    parts = next;
  }
  return parts;
}

/** What every text begins with that an alternative finds. */
function headOf(alternative: string): string {
  const [head = ""] = /^[\w:]*/.exec(alternative) ?? [];
  return /^[?*{]/.test(alternative.slice(head.length)) ? head.slice(0, -1) : head;
}

/** A pattern of RE2 that is found in whole names of families only. */
export class FamilyPattern {
  /** As it was written. */
  readonly source: string;
  readonly #whole: Pattern;
  readonly #alternatives: readonly string[];

  /**
   * Compiles a pattern.
   *
   * @throws {SyntaxError} if `source` is no pattern of RE2
   */
  constructor(source: string) {
    this.source = new Pattern(source).source;
    this.#whole = new Pattern(`^(?:${source})$`);
    this.#alternatives = alternatives(source);
  }

  /** Whether it is the whole of `name`. */
  test(name: string): boolean {
    return this.#whole.test(name);
  }

  /** Whether it may find names of those that a glob stands for; where that is hard to tell, it may. */
  mayFind(glob: string): boolean {
    const [start = "", ...rest] = glob.split("*");
    if (rest.length === 0) return this.test(glob);
    return this.#alternatives.some((alternative) => {
      const head = headOf(alternative);
      return head.startsWith(start) || start.startsWith(head);
    });
  }

  /** Whether it plainly finds every name that a glob stands for: `node_netstat_.*` all of `node_netstat_*`. */
  findsAll(glob: string): boolean {
    const [start = "", ...rest] = glob.split("*");
    if (rest.length === 0) return this.test(glob);
    return this.#alternatives.some((alternative) =>
      /^[\w:]*\.\*$/.test(alternative) && start.startsWith(alternative.slice(0, -2))
    );
  }

  /** The name of `names` that is most like what it looks for. */
  nearestOf(names: readonly string[]): string | undefined {
    const [first = ""] = this.#alternatives;
    const head = headOf(first);
    const byStart = new Map(
      names.toReversed().map((name) => [first === head ? name : name.slice(0, head.length), name]),
    );
    const best = head === "" ? undefined : nearest(head, byStart.keys());
    return best === undefined ? undefined : byStart.get(best);
  }

  /** As it was written: two patterns are the same if their sources are. */
  toJSON(): string {
    return this.source;
  }
}

/** The operator's patterns. */
export class FamilyFilter {
  readonly #include: readonly FamilyPattern[];
  readonly #exclude: readonly FamilyPattern[];

  /** Wants the families that any of `include` finds, all if there is none, but those that any of `exclude` finds. */
  constructor({ include, exclude }: {
    readonly include: readonly FamilyPattern[];
    readonly exclude: readonly FamilyPattern[];
  }) {
    this.#include = include;
    this.#exclude = exclude;
  }

  /** Whether a family is wanted. */
  wants(name: string): boolean {
    const included = this.#include.length === 0 || this.#include.some((pattern) => pattern.test(name));
    return included && !this.#exclude.some((pattern) => pattern.test(name));
  }

  /** Whether any of the families may be wanted that a glob stands for. */
  mayWant(glob: string): boolean {
    const included = this.#include.length === 0 || this.#include.some((pattern) => pattern.mayFind(glob));
    return included && !this.#exclude.some((pattern) => pattern.findsAll(glob));
  }

  /**
   * One sentence for each pattern that matches no family of these collectors. Where one of them may have families of any
   * name, only for those that look much like a family that there is.
   */
  warnings(collectors: readonly AnyCollector[]): readonly string[] {
    const names = collectors.flatMap(({ metrics }) => Object.keys(metrics));
    const globs = collectors.flatMap(({ openFamilies = [] }) => openFamilies);
    const check = (key: string, patterns: readonly FamilyPattern[]) =>
      patterns.flatMap((pattern) => {
        if (names.some((name) => pattern.test(name))) return [];
        if (globs.some((glob) => glob !== ANY && pattern.mayFind(glob))) return [];
        const near = pattern.nearestOf([...names, ...globs]);
        if (near === undefined && globs.includes(ANY)) return [];
        const hint = near === undefined ? "" : `, did you mean ${JSON.stringify(near)}?`;
        return [`${key} ${JSON.stringify(pattern.source)} matches no family that is known${hint}`];
      });
    return [...check("metrics.include", this.#include), ...check("metrics.exclude", this.#exclude)];
  }

  /** Two filters are the same if their patterns are. */
  toJSON(): unknown {
    return { include: this.#include, exclude: this.#exclude };
  }
}

/** What is shown of one collector's families, where that is not all of them. */
export class FamilySelection {
  /** Declared families that are not shown. */
  readonly unwanted: ReadonlySet<string>;
  /** Whether none of its families can be shown. */
  readonly isEmpty: boolean;
  /** Decides about families whose names are known only when they are read. */
  readonly #filter: FamilyFilter | undefined;

  /** Out of the names that are not shown, and what decides about the names that are not declared. */
  constructor(collector: AnyCollector, unwanted: ReadonlySet<string>, filter: FamilyFilter | undefined) {
    const { openFamilies = [] } = collector;
    const declared = Object.keys(collector.metrics);
    this.unwanted = unwanted;
    this.#filter = openFamilies.length > 0 ? filter : undefined;
    this.isEmpty = declared.length + openFamilies.length > 0 && declared.every((name) => unwanted.has(name)) &&
      openFamilies.every((glob) => filter?.mayWant(glob) === false);
  }

  /** Whether a family is shown. */
  shows(name: string): boolean {
    return !this.unwanted.has(name) && (this.#filter?.wants(name) ?? true);
  }

  /** The same of a family's name, and of a glob of open families whether any of those may be shown. */
  mayShow(nameOrGlob: string): boolean {
    return nameOrGlob.includes("*") ? this.#filter?.mayWant(nameOrGlob) ?? true : this.shows(nameOrGlob);
  }

  /** Two selections of one collector are the same if they show the same. */
  toJSON(): unknown {
    return [[...this.unwanted], this.#filter ?? null];
  }
}

/**
 * What is shown of a collector's families; `undefined` if all of them.
 *
 * @throws {TypeError} if the collector leaves out a family that it does not declare
 */
export function selectFamilies(
  collector: AnyCollector,
  options: unknown,
  filter: FamilyFilter | undefined,
): FamilySelection | undefined {
  const omitted = collector.omits?.(options) ?? [];
  const stray = omitted.find((name) => !Object.hasOwn(collector.metrics, name));
  if (stray !== undefined) throw new TypeError(`Cannot omit "${stray}": the collector does not declare it`);
  const others = filter ? Object.keys(collector.metrics).filter((name) => !filter.wants(name)) : [];
  const isOpen = filter !== undefined && (collector.openFamilies?.length ?? 0) > 0;
  if (omitted.length === 0 && others.length === 0 && !isOpen) return undefined;
  return new FamilySelection(collector, new Set([...omitted, ...others]), filter);
}
