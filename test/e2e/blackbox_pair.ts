/**
 * The real blackbox_exporter and Sonde with one file of modules, asked for the same probes.
 *
 * @module
 */

import assert from "node:assert/strict";
import { servePeer } from "./node_exporter.ts";
import type { Folder } from "./programs.ts";
import { parsePage } from "./page.ts";
import { client, serveSonde } from "./sonde.ts";

/** One probe. */
export interface Row {
  /** What the test calls it. */
  readonly name: string;
  readonly module: string;
  readonly target: string;
}

/** Something that is not the same in both, on purpose or by nature. */
export interface Exception {
  /** Rows that it is about, by name. */
  readonly rows: RegExp;
  /** The series that it is about, without their values. */
  readonly series: RegExp;
  /** Why. */
  readonly because: string;
  /** The label whose value may differ; absent: the series' value, and whether it is there. */
  readonly label?: string;
}

/** Both programs, serving. */
export interface Pair extends AsyncDisposable {
  /** What differs between their answers to one probe; empty if nothing does. */
  differences(row: Row, exceptions: readonly Exception[]): Promise<string[]>;
}

/** Probes that are under way at once: more than a few find no room in the queues of small servers. */
const AT_ONCE = 3;
/** A machine that is busy elsewhere can make one of the programs late, and so another answer; not so often. */
const TRIES = 3;
/** Time that a probe or a part of it took. */
const TIMES = /^probe_(?:\w+_)?(?:duration|lookup_time)_seconds\b/;

/** Starts both with these modules, which the folder gets a file of; sockets may be in the folder. */
export async function servePair(program: string, own: Folder, modules: string): Promise<Pair> {
  const file = await own.write("blackbox.yml", modules);
  await using stack = new AsyncDisposableStack();
  const peer = client(stack.use(await servePeer(program, `--config.file=${file}`)).host);
  const flags = ["--profile=blackbox_exporter", `--config.file=${file}`, `--probe.unix-path=${own.path}`];
  const sonde = stack.use(await serveSonde(flags));
  const kept = stack.move();
  return {
    async differences({ module, target }, exceptions) {
      const path = `/probe?${new URLSearchParams({ module, target })}`;
      const [theirs, ours] = await Promise.all([peer.get(path), sonde.get(path)]);
      if (theirs.status !== 200 || ours.status !== 200) {
        return theirs.status === ours.status && theirs.text.trim() === ours.text.trim()
          ? []
          : [`${theirs.status} ${theirs.text.trim()}, not ${ours.status} ${ours.text.trim()}`];
      }
      return differing(contents(theirs.text, exceptions), contents(ours.text, exceptions));
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** What has to be the same, by what it is of: of families type and help, of series the value, of times whether there is one. */
function contents(page: string, exceptions: readonly Exception[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const [family, { type, help, samples }] of parsePage(page).families) {
    const excepted = (series: string) => exceptions.filter((exception) => exception.series.test(series));
    const left = [...samples].filter(([series]) => excepted(series).every(({ label }) => label !== undefined));
    if (left.length > 0 || samples.size === 0) found.set(family, `${type}: ${help}`);
    for (const [series, value] of left) {
      const labels = excepted(series).flatMap(({ label }) => label ?? []);
      found.set(labels.reduce(withoutValue, series), TIMES.test(series) && value > 0 ? "some time" : String(value));
    }
  }
  return found;
}

function withoutValue(series: string, label: string): string {
  return series.replace(new RegExp(`(?<=[{,]${label}=)"(?:[^"\\\\]|\\\\.)*"`), "…");
}

function differing(theirs: ReadonlyMap<string, string>, ours: ReadonlyMap<string, string>): string[] {
  return [...new Set([...theirs.keys(), ...ours.keys()])].flatMap((key) => {
    const [expected, actual] = [theirs.get(key) ?? "absent", ours.get(key) ?? "absent"];
    return expected === actual ? [] : `${key}: ${expected}, not ${actual}`;
  });
}

/**
 * Asks both for all probes, and has them differ in nothing but the exceptions. Rows that differ are asked again, one after the
 * other.
 */
export async function assertAlike(pair: Pair, rows: readonly Row[], exceptions: readonly Exception[]): Promise<void> {
  const found = new Map<Row, readonly string[]>();
  const ask = async (left: Row[]): Promise<void> => {
    for (let row = left.shift(); row; row = left.shift()) {
      const { name } = row;
      const differences = await pair.differences(row, exceptions.filter(({ rows }) => rows.test(name)));
      if (differences.length > 0) found.set(row, differences);
      else found.delete(row);
    }
  };
  const all = [...rows];
  await Promise.all(Array.from({ length: AT_ONCE }, () => ask(all)));
  for (let i = 1; i < TRIES && found.size > 0; i++) await ask([...found.keys()]);
  assert.deepEqual(Object.fromEntries([...found].map(([{ name }, differences]) => [name, differences])), {});
}
