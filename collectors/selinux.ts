/**
 * Mandatory access control: selinuxfs at /sys/fs/selinux, selinux(8). 1 series, 13 where it is enabled; the counters of
 * the access vector cache are kept per processor and summed.
 *
 * @module
 */

import { defineCollector, type Source } from "../src/collector.ts";
import { malformed, numberIn, wholeNumber } from "../src/kernel_text.ts";

const FOLDER = "fs/selinux";
const CACHE_FILE = `/sys/${FOLDER}/avc/cache_stats`;
const HASH_FILE = `/sys/${FOLDER}/avc/hash_stats`;
/** What the peer exposes of the mode that neither enforces nor warns. */
const DISABLED = -1;

/** Counters of the access vector cache. */
export type CacheStats = Readonly<
  Record<"lookups" | "hits" | "misses" | "allocations" | "reclaims" | "frees", number>
>;

/** State of the cache's hash table. */
export interface HashStats {
  /** Entries in it. */
  readonly entries: number;
  /** Buckets that have entries. */
  readonly bucketsUsed: number;
  /** Buckets in all. */
  readonly buckets: number;
  /** Entries in the fullest bucket. */
  readonly longestChain: number;
}

/** SELinux where it is enabled. Modes: 1 enforcing, 0 permissive, −1 disabled. */
export interface Selinux {
  /** Mode after the next start. */
  readonly configMode: number;
  /** Mode now. */
  readonly currentMode: number;
  /** Counters of the access vector cache. */
  readonly cache: CacheStats;
  /** State of its hash table. */
  readonly hash: HashStats;
  /** Entries from which on the cache reclaims. */
  readonly threshold: number | undefined;
}

export default defineCollector({
  name: "selinux",
  help: "State of SELinux and of its cache.",
  peer: true,
  freshnessSeconds: 0.1,
  platforms: ["linux"],
  metrics: {
    node_selinux_enabled: { type: "gauge", help: "SELinux is enabled, 1 is true, 0 is false" },
    node_selinux_config_mode: { type: "gauge", help: "Configured SELinux enforcement mode" },
    node_selinux_current_mode: { type: "gauge", help: "Current SELinux enforcement mode" },
    node_selinux_avc_lookups_total: { type: "counter", help: "SELinux AVC lookups" },
    node_selinux_avc_hits_total: { type: "counter", help: "SELinux AVC hits" },
    node_selinux_avc_misses_total: { type: "counter", help: "SELinux AVC misses" },
    node_selinux_avc_allocations_total: { type: "counter", help: "SELinux AVC allocations" },
    node_selinux_avc_reclaims_total: { type: "counter", help: "SELinux AVC reclaims" },
    node_selinux_avc_frees_total: { type: "counter", help: "SELinux AVC frees" },
    node_selinux_avc_hash_entries: { type: "gauge", help: "SELinux AVC hash entries" },
    node_selinux_avc_hash_buckets_available: { type: "gauge", help: "SELinux AVC hash buckets available" },
    node_selinux_avc_hash_buckets_used: { type: "gauge", help: "SELinux AVC hash buckets used" },
    node_selinux_avc_hash_longest_chain: { type: "gauge", help: "SELinux AVC hash longest chain" },
    node_selinux_avc_threshold: { type: "gauge", help: "SELinux AVC threshold" },
  },
  sources: {
    [`/sys/${FOLDER}/enforce`]: ["node_selinux_enabled", "node_selinux_current_mode"],
    [CACHE_FILE]: ["node_selinux_avc_*_total"],
    [HASH_FILE]: ["node_selinux_avc_hash_*"],
    [`/sys/${FOLDER}/avc/cache_threshold`]: ["node_selinux_avc_threshold"],
    "/etc/selinux/config": ["node_selinux_config_mode"],
  },
  read({ source }): { selinux: Selinux | undefined } {
    const enforce = numberIn(source.sys, `${FOLDER}/enforce`);
    return { selinux: enforce === undefined ? undefined : selinuxOf(source, enforce) };
  },
  samples({ selinux }, emit) {
    emit("node_selinux_enabled", selinux ? 1 : 0);
    emit("node_selinux_config_mode", selinux?.configMode);
    emit("node_selinux_current_mode", selinux?.currentMode);
    emit("node_selinux_avc_lookups_total", selinux?.cache.lookups);
    emit("node_selinux_avc_hits_total", selinux?.cache.hits);
    emit("node_selinux_avc_misses_total", selinux?.cache.misses);
    emit("node_selinux_avc_allocations_total", selinux?.cache.allocations);
    emit("node_selinux_avc_reclaims_total", selinux?.cache.reclaims);
    emit("node_selinux_avc_frees_total", selinux?.cache.frees);
    emit("node_selinux_avc_hash_entries", selinux?.hash.entries);
    emit("node_selinux_avc_hash_buckets_available", selinux?.hash.buckets);
    emit("node_selinux_avc_hash_buckets_used", selinux?.hash.bucketsUsed);
    emit("node_selinux_avc_hash_longest_chain", selinux?.hash.longestChain);
    emit("node_selinux_avc_threshold", selinux?.threshold);
  },
});

function selinuxOf({ sys, root }: Source, currentMode: number): Selinux {
  return {
    configMode: configuredMode(root.try("etc/selinux/config") ?? ""),
    currentMode,
    cache: parseCacheStats(sys(`${FOLDER}/avc/cache_stats`)),
    hash: parseHashStats(sys(`${FOLDER}/avc/hash_stats`)),
    threshold: numberIn(sys, `${FOLDER}/avc/cache_threshold`),
  };
}

/** The mode that `/etc/selinux/config` sets. */
export function configuredMode(config: string): number {
  const mode = /^[ \t]*SELINUX[ \t]*=[ \t]*(?:"([^"\n]*)"|(\S*))[ \t]*$/m.exec(config);
  const modes = new Map([["enforcing", 1], ["permissive", 0]]);
  return modes.get(mode?.[1] ?? mode?.[2] ?? "") ?? DISABLED;
}

/**
 * Parses `cache_stats`: a heading and a line per processor, whose sums are given.
 *
 * @throws {SyntaxError} if a line breaks the format
 */
export function parseCacheStats(text: string): CacheStats {
  const sums: [number, number, number, number, number, number] = [0, 0, 0, 0, 0, 0];
  for (const line of text.trimEnd().split("\n").slice(1)) {
    const columns = line.trim().split(/\s+/).map(wholeNumber);
    if (columns.length !== sums.length) throw malformed(CACHE_FILE, line);
    for (const [i, number] of columns.entries()) {
      if (number === undefined) throw malformed(CACHE_FILE, line);
      sums[i] = (sums[i] ?? 0) + number;
    }
  }
  const [lookups, hits, misses, allocations, reclaims, frees] = sums;
  return { lookups, hits, misses, allocations, reclaims, frees };
}

/**
 * Parses `hash_stats`.
 *
 * @throws {SyntaxError} if one of its three lines is missing or garbled
 */
export function parseHashStats(text: string): HashStats {
  const entries = wholeNumber(/^entries: (\d+)$/m.exec(text)?.[1]);
  const [, used, all] = /^buckets used: (\d+)\/(\d+)$/m.exec(text) ?? [];
  const bucketsUsed = wholeNumber(used);
  const buckets = wholeNumber(all);
  const longestChain = wholeNumber(/^longest chain: (\d+)$/m.exec(text)?.[1]);
  if (entries === undefined || bucketsUsed === undefined || buckets === undefined || longestChain === undefined) {
    throw malformed(HASH_FILE, text.trimEnd());
  }
  return { entries, bucketsUsed, buckets, longestChain };
}
