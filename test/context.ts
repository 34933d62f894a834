/**
 * What a collector is run with, made by hand: no engine, no clock that runs, no host but a fixture.
 *
 * @module
 */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Clock } from "../src/clock.ts";
import type {
  AnyCollector,
  CollectorHealth,
  Context,
  EngineView,
  FileTree,
  Labels,
  Metric,
  NeedResult,
  Platform,
  RuntimeFigures,
  Sample,
  SampleValue,
} from "../src/collector.ts";
import { Scope } from "../src/scope.ts";
import { createSource, type OpenSource } from "../src/source.ts";

/** Hosts of which all files stand in one, since not every system can have names with colons, as sysfs has. */
const PACKED_HOSTS = ["storage-server", "rack-server", "laptop"] as const;

/** The hosts of test/fixtures: each a folder with `proc` and `sys`, or one file. */
export const FIXTURE_HOSTS = [
  "vm-two-cpus",
  "two-sockets-of-64-cpus",
  "kernel-3.10-no-swap",
  ...PACKED_HOSTS,
] as const;

/** The files of a host that stands in one: each after a line `==> ` and its path. */
export function packedFiles(host: (typeof PACKED_HOSTS)[number]): Readonly<Record<string, string>> {
  const text = readFileSync(new URL(`fixtures/${host}.txt`, import.meta.url), "utf8").replaceAll("\r\n", "\n");
  return Object.fromEntries(
    text.split(/^==> /m).slice(1).map((file) => {
      const end = file.indexOf("\n");
      return [file.slice(0, end), file.slice(end + 1)];
    }),
  );
}

/** One of the hosts of test/fixtures, on any system. */
export function fixtureHost(host: (typeof FIXTURE_HOSTS)[number]): OpenSource {
  for (const packed of PACKED_HOSTS) if (packed === host) return hostOf(packedFiles(packed));
  const folder = fileURLToPath(new URL(`fixtures/${host}/`, import.meta.url));
  return createSource({ procfs: `${folder}proc`, sysfs: `${folder}sys`, rootfs: folder, platform: "linux" });
}

/** A host that holds exactly these files, by path as `/proc/stat` or `/sys/class/net/lo/mtu`, and nothing else. */
export function hostOf(files: Readonly<Record<string, string>>): OpenSource {
  const tree = (root: string, prefix = `${root}/`): FileTree => {
    const locate = (path: string) => prefix + path;
    const attempt = (path: string) => files[locate(path)];
    const demand = (path: string) => {
      const text = attempt(path);
      if (text === undefined) throw new Error(`Cannot read "${locate(path)}": no such file or directory`);
      return text;
    };
    const list = (path: string) => {
      const folder = path === "" ? `${root}/` : `${locate(path)}/`.replace(/\/+$/, "/");
      const names = Object.keys(files).filter((file) => file.startsWith(folder)).map((file) =>
        file.slice(folder.length).split("/", 1)[0] ?? ""
      );
      return names.length === 0 ? undefined : [...new Set(names)].sort();
    };
    return Object.assign(demand, {
      try: attempt,
      value: (path: string) => attempt(path)?.trim(),
      list,
      link: () => undefined,
      isFolder: (path: string) => list(path) !== undefined,
      modifiedSeconds: (path: string) => attempt(path) === undefined ? undefined : 1_700_000_000,
      locate,
    });
  };
  return {
    ...fixtureHost("vm-two-cpus"),
    proc: tree("/proc"),
    sys: tree("/sys"),
    root: tree(""),
    udev: tree("/run/udev/data"),
    local: tree("", ""),
  };
}

/** {@linkcode hostOf}, which notes the files that are asked for. */
export function countingHost(
  files: Readonly<Record<string, string>>,
): { readonly source: OpenSource; readonly reads: ReadonlySet<string> } {
  const reads = new Set<string>();
  const noted = new Proxy(files, {
    get(target, key) {
      const path = String(key);
      if (Object.hasOwn(target, path)) reads.add(path);
      return target[path];
    },
  });
  return { source: hostOf(noted), reads };
}

/** A host without procfs, of which the runtime says this. */
export function hostWithoutProcfs(platform: Exclude<Platform, "linux">, runtime: Partial<RuntimeFigures>): OpenSource {
  const silent: RuntimeFigures = {
    cpus: () => [],
    memory: () => undefined,
    loadavg: () => undefined,
    uptimeSeconds: () => undefined,
    machine: () => "x86_64",
  };
  return createSource({ procfs: "/nonexistent", platform, runtime: { ...silent, ...runtime } });
}

/** A clock that stands still. */
export function stillClock(wallSeconds = 1_700_000_000): Clock {
  return { monotonic: () => 1000, wall: () => wallSeconds, timer: () => () => {} };
}

/** An engine in which nothing has run. */
export const idleEngine: EngineView = {
  version: "1.2.3",
  runtime: "deno 2.9.6",
  collectors: [],
  reload: { successful: true, successTimestampSeconds: 1_700_000_000 },
  loopDelay: { buckets: new Map([[0.001, 0], [0.01, 0]]), sum: 0, count: 0 },
};

/** Health of a collector that has run once, successfully. */
export function healthOf(collector: string, differences: Partial<CollectorHealth> = {}): CollectorHealth {
  return {
    collector,
    peer: false,
    success: true,
    supported: true,
    durationSeconds: 0.002,
    lastSuccessTimestampSeconds: 1_700_000_000,
    intervalSeconds: 15,
    series: 3,
    runs: 1,
    missedRuns: 0,
    failures: {
      timeout: 0,
      error: 0,
      parse: 0,
      dependency: 0,
      duplicate: 0,
      limit: 0,
      late: 0,
      invalid: 0,
      crash: 0,
    },
    blockingSeconds: 0.001,
    ...differences,
  };
}

/** A context with these parts; what is not given stands still or is empty, the host is the first fixture. */
export function contextOf<P extends Partial<Record<keyof Context<unknown, unknown>, unknown>>>(
  parts: P,
): Context<unknown, Record<never, never>> & P {
  return {
    source: fixtureHost("vm-two-cpus"),
    options: {},
    needs: {},
    signal: new AbortController().signal,
    clock: stillClock(),
    engine: idleEngine,
    timeoutSeconds: 1,
    maxAgeSeconds: undefined,
    scope: new Scope(),
    wanted: () => true,
    warn: () => {},
    ...parts,
  };
}

/** A need's result of this value, without samples. */
export function needOf<V>(value: V, readAtSeconds = stillClock().monotonic()): NeedResult<V> {
  return { value, samples: [], readAtSeconds };
}

/**
 * What a collector reads on a host, as the value that it would commit, after what it needs; `null`: not here.
 *
 * @param options by collector name, as the configuration has them
 */
export async function valueOn(
  collector: AnyCollector,
  source: OpenSource,
  options: Readonly<Record<string, unknown>> = {},
): Promise<unknown> {
  const needs: Record<string, NeedResult> = {};
  for (const [name, need] of Object.entries(collector.needs ?? {})) {
    assert(typeof need !== "string", `${collector.name} needs a collector by name`);
    needs[name] = needOf(await valueOn(need, source, options));
  }
  const own = collector.options?.parse(options[collector.name] ?? {});
  const value = await collector.read(contextOf({ source, needs, options: own }));
  return value !== null && collector.fold ? collector.fold(value, undefined) : value;
}

/** The samples that a collector makes of a value; each family must be declared, and each label of it given. */
export function samplesOf(collector: AnyCollector, value: unknown): Sample[] {
  const samples: Sample[] = [];
  const add = (name: string, value: SampleValue | undefined, labels: Labels, metric: Metric) => {
    const given = Object.keys(labels).filter((label) => !metric.openLabels || metric.labels?.includes(label));
    assert.deepEqual(given.sort(), [...metric.labels ?? []].sort(), `labels of ${name}`);
    if (value !== undefined) samples.push({ name, labels, value });
  };
  const emit = (name: string, value: SampleValue | undefined, labels: Labels = {}) => {
    const metric = collector.metrics[name];
    assert(metric, `${collector.name} does not declare ${name}`);
    add(name, value, labels, metric);
  };
  emit.family = (family: Parameters<Parameters<AnyCollector["samples"]>[1]["family"]>[0]) => {
    for (const { labels, value } of family.samples) add(family.name, value, labels ?? {}, family);
  };
  collector.samples(value, emit);
  return samples;
}

/** The number of every series by its exposition, as `node_load1` or `node_cpu_seconds_total{cpu="0",mode="idle"}`. */
export function seriesOf(collector: AnyCollector, value: unknown): Record<string, SampleValue> {
  return Object.fromEntries(
    samplesOf(collector, value).map(({ name, labels, value }) => {
      const pairs = Object.entries(labels).sort(([a], [b]) => a < b ? -1 : 1).map(([k, v]) =>
        `${k}=${JSON.stringify(v)}`
      );
      return [pairs.length ? `${name}{${pairs.join(",")}}` : name, value];
    }),
  );
}
