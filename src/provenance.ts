/**
 * Where the figures of a collector come from, and where those of one family.
 *
 * @module
 */

import { matchesPattern } from "./batch.ts";
import type { AnyCollector, Sources } from "./collector.ts";

const isList = (sources: Sources): sources is readonly string[] => Array.isArray(sources);

/** All sources of a collector. */
export function sourcesOf({ sources = [] }: Pick<AnyCollector, "sources">): readonly string[] {
  return isList(sources) ? sources : Object.keys(sources);
}

/** The sources of one of its families, or of a pattern of families that it has; who names it outdoes patterns. */
export function sourcesOfFamily({ sources = [] }: Pick<AnyCollector, "sources">, family: string): readonly string[] {
  if (isList(sources)) return sources;
  const where = (bears: (families: readonly string[]) => boolean) =>
    Object.entries(sources).flatMap(([source, families]) => bears(families) ? [source] : []);
  const named = where((families) => families.includes(family));
  return named.length > 0 ? named : where((families) => matchesPattern(family, families));
}
