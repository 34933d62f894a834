import assert from "node:assert/strict";
import http from "../../collectors/http.ts";
import icmp from "../../collectors/icmp.ts";
import probe from "../../collectors/probe.ts";
import { needsAll, superfluous } from "../../src/cli/permissions.ts";
import type { AnyCollector } from "../../src/collector.ts";
import { buildGraph } from "../../src/graph.ts";

const DEFAULT_PATH = { procfs: "/proc", sysfs: "/sys", rootfs: "/" };
const BIND_MOUNTS = { procfs: "/host/proc", sysfs: "/host/sys/", rootfs: "/host/root" };

function reading(...sources: string[]): AnyCollector {
  return { name: "reader", help: "Reads.", sources, metrics: {}, read: () => 1, samples: () => {} };
}

function need(collector: AnyCollector, path = DEFAULT_PATH, builtIn = [collector]): string | undefined {
  const graph = buildGraph([collector], new Map([[collector.name, { enabled: true, options: {} }]]));
  const web = {
    listenAddress: [],
    telemetryPath: "",
    maxRequests: 0,
    disableExporterMetrics: false,
    openmetrics: false,
  };
  return needsAll({ graph, config: { path, web }, builtIn })?.reason;
}

Deno.test("needsAll: kernel files where they belong", () => {
  assert.equal(need(reading("/proc/stat")), "reads /proc/stat");
  assert.equal(need(reading("the targets", "/sys/class/net")), "reads /sys/class/net");
  assert.equal(need(reading("/dev/sda")), "reads /dev/sda");
});

Deno.test("needsAll: not what is bind-mounted elsewhere, nor ordinary files, nor what is no file", () => {
  assert.equal(need(reading("/proc/stat", "/sys/class/net"), BIND_MOUNTS), undefined);
  assert.equal(need(reading("/etc/os-release")), undefined);
  assert.equal(need(reading("the targets")), undefined);
  assert.equal(need(reading()), undefined);
});

Deno.test("needsAll: a bind mount that leads through procfs is none, and a process' own files are where they are", () => {
  assert.equal(need(reading("/proc/stat"), { ...BIND_MOUNTS, procfs: "/proc/1/root/proc" }) !== undefined, true);
  assert.equal(need(reading("/proc/self"), BIND_MOUNTS), "reads /proc/self");
});

Deno.test("needsAll: a system call, wherever files are mounted", () => {
  assert.equal(need(reading("libc adjtimex(2)"), BIND_MOUNTS), "calls libc adjtimex(2)");
  assert.equal(need(reading("statfs(2)"), BIND_MOUNTS), undefined);
});

Deno.test("needsAll: not a system call for families that nobody asks for", () => {
  const sources = { "the targets": [], "libc adjtimex(2)": ["test_clock"] };
  const metrics = { test_clock: { type: "gauge", help: "A clock." } } as const;
  assert.equal(need({ ...reading(), metrics, sources }), "calls libc adjtimex(2)");
  assert.equal(need({ ...reading(), metrics, sources, omits: () => ["test_clock"] }), undefined);
});

Deno.test("needsAll: a system call that only some options ask for", () => {
  assert.equal(need({ ...reading(), systemCall: () => "libc socket(2)" }), "calls libc socket(2)");
  assert.equal(need({ ...reading(), systemCall: () => undefined }), undefined);
});

Deno.test("needsAll: pings, on demand and on an interval", () => {
  const needOf = (written: Readonly<Record<string, unknown>>) => {
    const builtIn: readonly AnyCollector[] = [icmp, http, probe];
    const settings = builtIn.map((collector) =>
      [collector.name, { enabled: true, options: collector.options?.parse(written) }] as const
    );
    return needsAll({
      graph: buildGraph(builtIn, new Map(settings)),
      config: { path: DEFAULT_PATH, web: { listenAddress: [] } },
      builtIn,
    });
  };
  const modules = { m: { prober: "http" } };
  assert.equal(needOf({ modules, probes: [{ target: "http://localhost/", module: "m" }] }), undefined);
  const reason = "calls libc socket(2)";
  assert.deepEqual(needOf({ modules: { m: { prober: "icmp" } } }), { collector: "probe", reason });
  assert.deepEqual(needOf({ probes: [{ target: "::1", module: "icmp" }] }), { collector: "icmp", reason });
});

Deno.test("needsAll: paths are where they lead, however they are written", () => {
  for (const procfs of ["//proc", "/proc/", "/./proc//", "/host/../proc"]) {
    assert.equal(need(reading("/proc/stat"), { ...BIND_MOUNTS, procfs }), "reads /proc/stat", procfs);
  }
  assert.equal(need(reading("/sys/class/net"), { ...DEFAULT_PATH, sysfs: "/sys//" }), "reads /sys/class/net");
  assert.equal(need(reading("/dev/sda"), { ...DEFAULT_PATH, rootfs: "//" }), "reads /dev/sda");
  assert.equal(need(reading("/proc/stat"), { ...BIND_MOUNTS, procfs: "/host//proc/" }), undefined);
});

Deno.test("needsAll: knows sources that are told apart by families", () => {
  const sources = { "the targets": ["test_*"], "/proc/stat": ["test_reads"] };
  assert.equal(need({ ...reading(), sources }), "reads /proc/stat");
});

Deno.test("needsAll: a plugin, of which nobody knows", () => {
  assert.equal(need(reading(), DEFAULT_PATH, []), "is a plugin's");
});

Deno.test("superfluous: writing, but where sockets are files", () => {
  const web = { telemetryPath: "", maxRequests: 0, disableExporterMetrics: false, openmetrics: false };
  assert.deepEqual(superfluous({ path: DEFAULT_PATH, web: { ...web, listenAddress: [":9999"] } }), [
    "run",
    "ffi",
    "write",
  ]);
  const addresses = [":9999", "unix:/run/sonde.sock"];
  assert.deepEqual(superfluous({ path: DEFAULT_PATH, web: { ...web, listenAddress: addresses } }), ["run", "ffi"]);
});
