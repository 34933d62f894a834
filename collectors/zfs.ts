/**
 * ZFS: `/proc/spl/kstat/zfs`. About 360 series and 7 per pool, dataset figures besides; one file per group of figures, three
 * or more per pool. The module names the figures, so the families have its names.
 *
 * @module
 */

import { permitted } from "../src/attribute.ts";
import { defineCollector, type FileTree } from "../src/collector.ts";
import { malformed, wholeNumber } from "../src/kernel_text.ts";

const FOLDER = "spl/kstat/zfs";
/** What the families of a file begin with. */
const FILES = {
  abdstats: "node_zfs_abd",
  arcstats: "node_zfs_arc",
  dbufstats: "node_zfs_dbuf",
  dmu_tx: "node_zfs_dmu_tx",
  dnodestats: "node_zfs_dnode",
  fm: "node_zfs_fm",
  vdev_cache_stats: "node_zfs_vdev_cache",
  vdev_mirror_stats: "node_zfs_vdev_mirror",
  xuio_stats: "node_zfs_xuio",
  zfetchstats: "node_zfs_zfetch",
  zil: "node_zfs_zil",
} as const;
const POOL_STATES = ["online", "degraded", "faulted", "offline", "removed", "unavail", "suspended"];
/** KSTAT_DATA_INT64, KSTAT_DATA_UINT64 of sys/kstat.h. */
const INT64 = "3";
const UINT64 = "4";
/** Fewest columns of a pool's `io`. */
const IO_COLUMNS = 12;

/** Figures of one name. */
export interface ZfsFamily {
  /** Name of the family. */
  readonly name: string;
  /** What the module calls it. */
  readonly help: string;
  /** Label names. */
  readonly labels: readonly string[];
  /** Values by labels. */
  readonly samples: { readonly labels: Readonly<Record<string, string>>; readonly value: number }[];
}

/** What the module tells. */
export interface ZfsStats {
  /** By name of the family. */
  readonly families: ReadonlyMap<string, ZfsFamily>;
  /** State in small letters, by pool. */
  readonly states: ReadonlyMap<string, string>;
}

export default defineCollector({
  name: "zfs",
  help: "ZFS: caches, pools and datasets.",
  peer: true,
  platforms: ["linux"],
  freshnessSeconds: 0.1,
  openFamilies: ["node_zfs_*"],
  metrics: {
    node_zfs_zpool_state: { type: "gauge", help: "kstat.zfs.misc.state", labels: ["state", "zpool"] },
  },
  sources: {
    "/proc/spl/kstat/zfs/*": ["node_zfs_*"],
    "/proc/spl/kstat/zfs/*/io": ["node_zfs_*"],
    "/proc/spl/kstat/zfs/*/objset-*": ["node_zfs_*"],
    "/proc/spl/kstat/zfs/*/state": ["node_zfs_zpool_state"],
  },
  read({ source: { proc } }): ZfsStats | null {
    const names = proc.list(FOLDER);
    return names === undefined ? null : readStats(proc, names);
  },
  samples({ families, states }, emit) {
    for (const { name, help, labels, samples } of families.values()) {
      emit.family({ name, type: "untyped", help, labels, samples });
    }
    for (const [zpool, now] of states) {
      for (const state of POOL_STATES) emit("node_zfs_zpool_state", state === now ? 1 : 0, { zpool, state });
    }
  },
});

function readStats(proc: FileTree, names: readonly string[]): ZfsStats {
  const families = new Map<string, ZfsFamily>();
  const states = new Map<string, string>();
  const add = (prefix: string, group: string, figures: ReadonlyMap<string, number>, labels: Record<string, string>) => {
    for (const [figure, value] of figures) {
      const name = `${prefix}_${figure.replace(/^.*\./, "").replace(/\W/g, "_")}`;
      const help = `kstat.zfs.misc.${group}.${figure}`;
      const family = families.get(name) ?? { name, help, labels: Object.keys(labels), samples: [] };
      family.samples.push({ labels, value });
      families.set(name, family);
    }
  };
  for (const [file, prefix] of Object.entries(FILES)) {
    const path = `${FOLDER}/${file}`;
    const text = permitted(() => proc.try(path));
    if (text !== undefined) add(prefix, file, parseKstat(text, proc.locate(path)).figures, {});
  }
  for (const zpool of names.filter((name) => proc.isFolder(`${FOLDER}/${name}`))) {
    for (const file of proc.list(`${FOLDER}/${zpool}`) ?? []) {
      const path = `${FOLDER}/${zpool}/${file}`;
      const text = /^(?:io|state|objset-.*)$/.test(file) ? permitted(() => proc.try(path)) : undefined;
      if (text === undefined) continue;
      if (file === "state") states.set(zpool, (text.split("\n", 1)[0] ?? "").trim().toLowerCase());
      else if (file === "io") add("node_zfs_zpool", "io", parsePoolIo(text, proc.locate(path)), { zpool });
      else {
        const { figures, dataset } = parseKstat(text, proc.locate(path), [UINT64]);
        add("node_zfs_zpool_dataset", "objset", figures, { zpool, dataset });
      }
    }
  }
  return { families, states };
}

/**
 * Parses a file of named figures: after the line `name type data` a name, a type and a value a line.
 *
 * @param file what to call it in an error
 * @param types which types of figures are taken
 * @throws {SyntaxError} if there is no such line, or a figure is no number
 */
export function parseKstat(
  text: string,
  file: string,
  types: readonly string[] = [INT64, UINT64],
): { readonly figures: ReadonlyMap<string, number>; readonly dataset: string } {
  const lines = text.split("\n");
  const header = lines.findIndex((line) => /^\s*name\s+type\s+data\s*$/.test(line));
  if (header < 0) throw malformed(file, lines[0] ?? "");
  const figures = new Map<string, number>();
  let dataset = "";
  for (const line of lines.slice(header + 1)) {
    const [name, type, value] = line.trim().split(/\s+/);
    if (!name || type === undefined || value === undefined) continue;
    if (name === "dataset_name") dataset = line.trim().replace(/^\S+\s+\S+\s+/, "");
    else if (types.includes(type)) figures.set(name, figureOf(value) ?? refuse(file, line));
  }
  return { figures, dataset };
}

/**
 * Parses a pool's `io`: a line of names, which begin with `nread`, and one of numbers; nothing where either is not there.
 *
 * @param file what to call it in an error
 * @throws {SyntaxError} if a name has no number
 */
export function parsePoolIo(text: string, file: string): ReadonlyMap<string, number> {
  const lines = text.split("\n");
  const header = lines.findIndex((line) => /^\s*nread\s/.test(line) && line.trim().split(/\s+/).length >= IO_COLUMNS);
  const [names = "", line = ""] = header < 0 ? [] : lines.slice(header);
  if (line.trim() === "") return new Map();
  const values = line.trim().split(/\s+/);
  const named = names.split(/\s+/).filter((name) => name !== "");
  return new Map(named.map((name, i) => [name, wholeNumber(values[i]) ?? refuse(file, line)]));
}

/** A signed figure may be below zero, which the peer refuses. */
function figureOf(value: string): number | undefined {
  const digits = wholeNumber(value.replace(/^-/, ""));
  return digits !== undefined && value.startsWith("-") ? 0 - digits : digits;
}

function refuse(file: string, line: string): never {
  throw malformed(file, line);
}
