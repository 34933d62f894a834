/**
 * Checks of the collectors on the host that runs them.
 *
 * @module
 */

import assert from "node:assert/strict";
import { readdirSync, readFileSync, statfsSync } from "node:fs";
import { hostname } from "node:os";
import process from "node:process";
import { pageOf, type Sonde } from "./page_of.ts";
import type { Check } from "./tap.ts";

/** What the engine calls this runtime. */
const RUNTIME = (["deno", "bun", "node"] as const).flatMap((name) => {
  const version = process.versions[name];
  return version === undefined ? [] : [`${name} ${version}`];
})[0];

/** The checks. */
export function hostChecks(sonde: Sonde): readonly Check[] {
  return process.platform === "linux" ? [...everywhereChecks(sonde), ...linuxChecks(sonde)] : everywhereChecks(sonde);
}

function everywhereChecks({ collectors, createExporter }: Sonde): readonly Check[] {
  return [
    ["collectors: none of all fails, and nothing is NaN", async () => {
      const told: string[] = [];
      const log = (level: string, message: string, fields?: object) => {
        if (level !== "debug") told.push(`${message} ${JSON.stringify(fields)}`);
      };
      const all = Object.fromEntries(collectors.map(({ name }) => [name, true]));
      const exporter = createExporter(collectors, { collectors: all }, { log });
      const { families, samples } = await pageOf(exporter);
      await exporter.stop();
      assert.deepEqual(told, []);
      assert.deepEqual([...samples].filter(([, value]) => Number.isNaN(value)), []);
      console.log(`# families ${JSON.stringify([...families.keys()])}`);
    }],
    ["self: tells the runtime, and figures of its process that can be", async () => {
      const { samples } = await pageOf(createExporter(collectors));
      assert.equal(samples.get(`sonde_build_info{runtime="${RUNTIME}",version="0.1.0"}`), 1, RUNTIME);
      const figure = (name: string) => samples.get(name) ?? Number.NaN;
      const { rss } = process.memoryUsage();
      assert.ok(figure("process_resident_memory_bytes") > rss / 4 && figure("process_resident_memory_bytes") < rss * 4);
      assert.ok(figure("process_cpu_seconds_total") > 0);
      const started = figure("process_start_time_seconds");
      assert.ok(started <= Date.now() / 1000 + 1 && started > Date.now() / 1000 - 3600, `${started}`);
      assert.ok(figure("sonde_runtime_heap_used_bytes") > 0);
    }],
  ];
}

function linuxChecks({ collectors, createExporter }: Sonde): readonly Check[] {
  const only = (...names: readonly string[]) => createExporter(collectors.filter(({ name }) => names.includes(name)));
  return [
    ["cpu: has every processor of /proc/stat, and never falls", async () => {
      const exporter = only("stat", "cpu");
      const cpus = readFileSync("/proc/stat", "utf8").match(/^cpu\d+/gm)?.map((name) => name.slice(3)) ?? [];
      const before = (await pageOf(exporter)).samples;
      const after = (await pageOf(exporter)).samples;
      for (const cpu of cpus) {
        const series = `node_cpu_seconds_total{cpu="${cpu}",mode="idle"}`;
        assert.ok((after.get(series) ?? -1) >= (before.get(series) ?? Infinity), series);
      }
      await exporter.stop();
    }],
    ["meminfo, uname, loadavg: say what the kernel says", async () => {
      const exporter = only("meminfo", "uname", "loadavg");
      const { samples } = await pageOf(exporter);
      const total = Number(/^MemTotal: +(\d+) kB$/m.exec(readFileSync("/proc/meminfo", "utf8"))?.[1]) * 1024;
      assert.equal(samples.get("node_memory_MemTotal_bytes"), total);
      assert.ok([...samples.keys()].some((name) => name.includes(`nodename="${hostname()}"`)));
      assert.ok((samples.get("node_load1") ?? -1) >= 0);
      await exporter.stop();
    }],
    ["filesystem, netdev: have what is mounted, and the host's interfaces", async () => {
      const exporter = only("filesystem", "netdev");
      const { samples } = await pageOf(exporter);
      for (const [series, value] of samples) {
        const mountPoint = /^node_filesystem_size_bytes\{.*mountpoint="(.*?)"/.exec(series)?.[1];
        if (mountPoint === undefined) continue;
        const { blocks, bsize } = statfsSync(mountPoint);
        assert.equal(value, blocks * bsize, series);
      }
      for (const device of readdirSync("/sys/class/net")) {
        assert.ok(samples.has(`node_network_receive_bytes_total{device="${device}"}`), device);
      }
      await exporter.stop();
    }],
    ["self: has the figures of /proc/self", async () => {
      const { samples } = await pageOf(createExporter(collectors));
      for (const name of ["open_fds", "max_fds", "virtual_memory_bytes", "threads"]) {
        assert.ok((samples.get(`process_${name}`) ?? 0) > 0, name);
      }
    }],
  ];
}
