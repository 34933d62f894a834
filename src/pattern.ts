/**
 * Patterns of RE2, as the peers take them: found anywhere in a text unless anchored, and linear in its length.
 *
 * @module
 */

import { RE2JS } from "re2js";
import { checked } from "./checked.ts";

/** Texts whose answer is remembered; names of devices and mounts are few, and asked for at every reading. */
const REMEMBERED = 1024;

/** Where a pattern was found in bytes. */
export interface PatternMatch {
  /** The bytes of each group, the whole first; `undefined` for one that took no part. */
  readonly groups: readonly (Uint8Array | undefined)[];
  /** Numbers of the groups that have a name, by that. */
  readonly names: ReadonlyMap<string, number>;
}

/** A compiled pattern. */
export class Pattern {
  /** As it was written. */
  readonly source: string;
  readonly #compiled: RE2JS;
  readonly #known = new Map<string, boolean>();

  /**
   * Compiles a pattern.
   *
   * @throws {SyntaxError} if `source` is no pattern of RE2
   */
  constructor(source: string) {
    this.source = source;
    try {
      this.#compiled = RE2JS.compile(source);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new SyntaxError(`Cannot compile pattern ${JSON.stringify(source)}: ${reason}`, { cause: error });
    }
  }

  /** Whether it is found in `text`. */
  test(text: string): boolean {
    let found = this.#known.get(text);
    if (found === undefined) {
      found = this.#compiled.matcher(text).find();
      if (this.#known.size >= REMEMBERED) this.#known.clear();
      this.#known.set(text, found);
    }
    return found;
  }

  /**
   * As {@linkcode Pattern.test}, for what is not asked for again, such as the body of a response: nothing is remembered. Of
   * bytes that are not UTF-8 each is one character, as Go's patterns have it.
   */
  find(text: string | Uint8Array): boolean {
    return this.#compiled.test(text);
  }

  /** The groups of its first match, the whole first; `undefined` if there is none. */
  groups(text: string): readonly (string | null)[] | undefined {
    const matcher = this.#compiled.matcher(text);
    if (!matcher.find()) return undefined;
    return Array.from({ length: matcher.groupCount() + 1 }, (_, i) => matcher.group(i));
  }

  /** Its first match in text of UTF-8, which may be malformed; `undefined` if there is none. */
  match(bytes: Uint8Array): PatternMatch | undefined {
    const matcher = this.#compiled.matcher(bytes);
    if (!matcher.find()) return undefined;
    const groups = Array.from({ length: matcher.groupCount() + 1 }, (_, i) => {
      const start = matcher.start(i);
      return start < 0 ? undefined : bytes.subarray(start, matcher.end(i));
    });
    return { groups, names: new Map(Object.entries(this.#compiled.namedGroups())) };
  }

  /** As it was written: two patterns are the same if their sources are. */
  toJSON(): string {
    return this.source;
  }
}

/** For a schema of options: `z.string().transform(patternOption)`; the empty text is no pattern. */
export const patternOption: ReturnType<typeof checked<string, Pattern | undefined>> = checked((text: string) =>
  text === "" ? undefined : new Pattern(text)
);

/** Which names are wanted: those that `include` finds, if it is there, but those that `exclude` finds. */
export function wanted(name: string, include: Pattern | undefined, exclude: Pattern | undefined): boolean {
  return !(exclude?.test(name) ?? false) && (include?.test(name) ?? true);
}
