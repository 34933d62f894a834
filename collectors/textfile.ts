/**
 * Metrics out of files that other programs write, in the text format of Prometheus: `*.prom` in given directories. A file
 * that is wrong costs none of the others. Series: as many as the files hold, and one of mtime per file.
 *
 * @module
 */

import * as z from "zod";
import { isValueOf } from "../src/batch.ts";
import { defineCollector, type Family, type FileTree, type Labels, type Source } from "../src/collector.ts";
import { type ExpositionFamily, parseExposition, seriesOf } from "../src/exposition_parser.ts";
import { failureMessage } from "../src/failure.ts";
import { Pattern } from "../src/pattern.ts";

const metrics = {
  node_textfile_mtime_seconds: {
    type: "gauge",
    help: "Unixtime mtime of textfiles successfully read.",
    labels: ["file"],
  },
  node_textfile_scrape_error: {
    type: "gauge",
    help: "1 if there was an error opening or reading a file, 0 otherwise",
  },
  sonde_textfile_file_faults: {
    type: "gauge",
    help: "What was left out of a file: the file, or how many families of another type or help, or repeated series.",
    labels: ["file", "reason"],
  },
} as const;

/** Why a file was left out, whole or in part. */
type Fault = "unreadable" | "malformed" | "timestamp" | "reserved" | "stale" | "help" | "type" | "duplicate";

/** A file that was read. */
interface Textfile {
  readonly path: string;
  readonly families: readonly ExpositionFamily[];
}

/** What the files say together. */
export interface Textfiles {
  /** Unix time in seconds at which each file that could be read was written, by path. */
  readonly modified: ReadonlyMap<string, number>;
  /** Families of all files; one name's have one type and one help. */
  readonly families: readonly Family[];
  /** How much was left out, by path and reason: files, families or series. */
  readonly faults: ReadonlyMap<string, ReadonlyMap<Fault, number>>;
  /** Whether anything was left out that the peer calls an error. */
  readonly failed: boolean;
}

export default defineCollector({
  name: "textfile",
  help: "Metrics out of files that other programs write; a file older than max-age, if that is given, is left out.",
  peer: true,
  freshnessSeconds: 0.1,
  options: z.strictObject({
    directory: z.array(z.string()).default([]).meta({
      description: "Directories to read *.prom of, also as patterns with * and ?.",
      placeholder: "DIRECTORY",
    }),
  }),
  metrics,
  openFamilies: ["*"],
  sources: ["*.prom in the given directories", "https://prometheus.io/docs/instrumenting/exposition_formats/"],
  read({ source, options: { directory }, clock, maxAgeSeconds, warn }): Textfiles {
    const faults = new Faults(warn);
    const modified = new Map<string, number>();
    const files: Textfile[] = [];
    for (const path of filesOf(source, directory, faults)) {
      const file = readFile(source.local, path, faults);
      if (!file) continue;
      modified.set(path, file.modifiedSeconds);
      if (maxAgeSeconds !== undefined && clock.wall() - file.modifiedSeconds > maxAgeSeconds) {
        faults.add(path, "stale", `it is older than ${maxAgeSeconds} s`);
      } else files.push({ path, families: file.families });
    }
    return { modified, families: merge(files, faults), faults: faults.byFile, failed: faults.failed };
  },
  samples({ modified, families, faults, failed }, emit) {
    // Whole seconds, as with the peer.
    for (const [file, seconds] of modified) emit("node_textfile_mtime_seconds", Math.floor(seconds), { file });
    emit("node_textfile_scrape_error", failed ? 1 : 0);
    for (const [file, counts] of faults) {
      for (const [reason, count] of counts) emit("sonde_textfile_file_faults", count, { file, reason });
    }
    for (const family of families) emit.family(family);
  },
});

/** The peer drops these without calling it an error. */
const FORGIVEN: ReadonlySet<Fault> = new Set<Fault>(["duplicate", "type", "stale"]);

/** Counts what is left out, and says why. */
class Faults {
  readonly byFile = new Map<string, Map<Fault, number>>();
  failed = false;
  readonly #warn: (message: string) => void;

  constructor(warn: (message: string) => void) {
    this.#warn = warn;
  }

  add(path: string, fault: Fault, reason: string): void {
    const counts = this.byFile.get(path) ?? new Map<Fault, number>();
    this.byFile.set(path, counts.set(fault, (counts.get(fault) ?? 0) + 1));
    if (!FORGIVEN.has(fault)) this.failed = true;
    this.#warn(`Cannot take all of "${path}": ${reason}`);
  }
}

/** The files of all directories; what a pattern stands for is in the order of names. */
function filesOf({ local }: Source, directories: readonly string[], faults: Faults): string[] {
  const files = new Set<string>();
  for (const directory of new Set(directories.flatMap((pattern) => expand(local, pattern)))) {
    try {
      const names = local.list(directory);
      if (!names) faults.add(directory, "unreadable", "no such directory");
      for (const name of names ?? []) if (name.endsWith(".prom")) files.add(below(directory, name));
    } catch (error) {
      faults.add(directory, "unreadable", failureMessage(error));
    }
  }
  return [...files];
}

/** A path without doubled slashes, and without one at its end. */
function below(folder: string, name: string): string {
  return `${folder}/${name}`.replace(/\/+/g, "/");
}

/** What a pattern stands for; itself if that is nothing. What is no directory is then reported. */
function expand(local: FileTree, pattern: string): string[] {
  const path = pattern.replace(/(?<=.)\/+$/, "");
  if (!/[*?[\\]/.test(path)) return path === "" ? [] : [path];
  let found = [path.startsWith("/") ? "/" : "."];
  for (const segment of path.split("/").filter((part) => part !== "")) {
    const wanted = /[*?[\\]/.test(segment) ? globSegment(segment) : undefined;
    found = found.flatMap((folder) => {
      if (!wanted) return below(folder, segment);
      const names = orUndefined(() => local.list(folder)) ?? [];
      return names.filter((name) => wanted.test(name)).map((name) => below(folder, name));
    });
  }
  const there = found.filter((at) => orUndefined(() => local.isFolder(at) || local.modifiedSeconds(at) !== undefined));
  return there.length === 0 ? [path] : there.map((at) => at.replace(/^\.\//, ""));
}

/** A pattern stands for what can be looked into; that nothing can is reported of the pattern. */
function orUndefined<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}

/** One segment of a pattern of Go's filepath.Match; `undefined` for one that is broken. */
function globSegment(segment: string): Pattern | undefined {
  const expression = segment.replace(/\\(.)|\[(\^?)((?:\\.|[^\]\\])+)\]|[*?]|[.+^$()|{}[\]]/gs, (whole, escaped) => {
    if (escaped !== undefined) return `\\x{${escaped.codePointAt(0)?.toString(16)}}`;
    if (whole === "*") return ".*";
    if (whole === "?") return ".";
    return whole.startsWith("[") && whole.length > 1 ? whole : `\\${whole}`;
  });
  return orUndefined(() => new Pattern(`^(?s:${expression})$`));
}

/** A file's families and age; `undefined` where it is wrong, which is then reported. */
function readFile(local: FileTree, path: string, faults: Faults) {
  try {
    const modifiedSeconds = local.modifiedSeconds(path);
    const text = local(path);
    if (modifiedSeconds === undefined) return undefined;
    const families = parseExposition(text);
    const samples = families.flatMap(({ samples }) => samples);
    if (samples.some(({ timestampSeconds }) => timestampSeconds !== undefined)) {
      return void faults.add(path, "timestamp", "its samples have timestamps");
    }
    const labels = samples.flatMap(({ labels }) => Object.keys(labels)).filter((label) => label.startsWith("__"));
    const [reserved] = [...labels, ...families.map(({ name }) => name).filter((name) => Object.hasOwn(metrics, name))];
    if (reserved !== undefined) return void faults.add(path, "reserved", `the name "${reserved}" is reserved`);
    return { modifiedSeconds, families };
  } catch (error) {
    faults.add(path, error instanceof SyntaxError ? "malformed" : "unreadable", failureMessage(error));
    return undefined;
  }
}

interface Merged {
  readonly type: ExpositionFamily["type"];
  help: string | undefined;
  readonly paths: string[];
  readonly parts: ReturnType<typeof padded>[];
  readonly seen: Set<string>;
}

/** Families of all files by name: the first file decides on type and help, and has its series before the others. */
function merge(files: readonly Textfile[], faults: Faults): Family[] {
  const merged = new Map<string, Merged>();
  const taken = new Set<string>();
  for (const { path, families } of files) {
    for (const family of families) {
      if (family.samples.length === 0) continue;
      const own = partsOf(family);
      if (!merged.has(family.name) && (taken.has(family.name) || own.some((part) => merged.has(part)))) {
        faults.add(path, "type", `${family.name} is a series of a histogram or summary, or has one that is a family`);
        continue;
      }
      for (const part of own) taken.add(part);
      const help = family.help === "" ? undefined : family.help;
      const one = merged.get(family.name) ??
        { type: family.type, help, paths: [], parts: [], seen: new Set<string>() };
      merged.set(family.name, one);
      if (one.type !== family.type) {
        faults.add(path, "type", `${family.name} is a ${one.type} in "${one.paths[0]}", a ${family.type} here`);
      } else if (help !== undefined && one.help !== undefined && help !== one.help) {
        faults.add(path, "help", `${family.name} has another help in "${one.paths[0]}"`);
      } else {
        one.help ??= help;
        if (one.paths.at(-1) !== path) one.paths.push(path);
        const sound = soundSeries(padded(family), family.type, () => {
          faults.add(path, "malformed", `the buckets or quantiles of ${family.name} contradict each other`);
        });
        one.parts.push(unseen(sound, one.seen, () => {
          faults.add(path, "duplicate", `a series of ${family.name} is there twice`);
        }));
      }
    }
  }
  return [...merged].flatMap(([name, { type, help = "", paths, parts }]) =>
    parts.map(({ labels, samples }) => ({
      name,
      type,
      help: help === "" ? `Metric read from ${paths.join(", ")}` : help,
      labels,
      samples,
    }))
  );
}

/** Names besides its own that the series of a family have. */
function partsOf({ name, type }: ExpositionFamily): string[] {
  if (type !== "histogram" && type !== "summary") return [];
  return [`${name}_sum`, `${name}_count`, ...(type === "histogram" ? [`${name}_bucket`] : [])];
}

/** A family's series, each with all labels that any of them has, those that it lacks empty, as the peer shows them. */
function padded(family: ExpositionFamily) {
  const series = seriesOf(family);
  const labels = [...new Set(series.flatMap(({ labels }) => Object.keys(labels)))];
  const samples = series.map(({ labels: own, value }) => ({
    labels: Object.fromEntries(labels.map((label) => [label, Object.hasOwn(own, label) ? own[label] ?? "" : ""])),
    value: typeof value === "object" ? { ...value, wholeBounds: true } : value,
  }));
  return { labels, samples };
}

/** Without the series that no histogram or summary can have, as one whose buckets fall. */
function soundSeries(part: ReturnType<typeof padded>, type: ExpositionFamily["type"], refuse: () => void) {
  const samples = part.samples.filter(({ value }) => {
    const sound = isValueOf(type, value);
    if (!sound) refuse();
    return sound;
  });
  return { labels: part.labels, samples };
}

function unseen(part: ReturnType<typeof padded>, seen: Set<string>, refuse: () => void) {
  const samples = part.samples.filter(({ labels }) => {
    const key = keyOf(labels);
    if (seen.has(key)) refuse();
    return !seen.has(key) && seen.add(key);
  });
  return { labels: part.labels, samples };
}

/** An empty label is none. */
function keyOf(labels: Labels): string {
  return JSON.stringify(Object.entries(labels).filter(([, value]) => value !== "").sort(([a], [b]) => a < b ? -1 : 1));
}
