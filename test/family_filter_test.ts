import assert from "node:assert/strict";
import fc from "fast-check";
import { type AnyCollector, defineCollector } from "../src/collector.ts";
import { resolveConfig } from "../src/config.ts";
import { Engine } from "../src/engine.ts";
import { FamilyFilter, FamilyPattern, selectFamilies } from "../src/family_filter.ts";
import { buildGraph, type CollectorSettings, GraphError, printGraph } from "../src/graph.ts";
import { countingHost, hostOf } from "./context.ts";
import { shownOn } from "./engine_page.ts";
import { FakeClock } from "./fake_clock.ts";

const patterns = (...sources: string[]) => sources.map((source) => new FamilyPattern(source));
const filter = (include: string[], exclude: string[] = []) =>
  new FamilyFilter({ include: patterns(...include), exclude: patterns(...exclude) });

function isPattern(source: string): boolean {
  try {
    return new FamilyPattern(source).source !== "";
  } catch {
    return false;
  }
}

const gauge = (help = "h") => ({ type: "gauge", help }) as const;
/** Two families; counts its runs. */
function pair(name: string, more: Partial<AnyCollector> = {}): AnyCollector & { runs: number; asked: string[] } {
  const collector = {
    name,
    help: "h",
    freshnessSeconds: 0.1,
    metrics: { [`${name}_a`]: gauge(), [`${name}_b`]: gauge() },
    runs: 0,
    asked: new Array<string>(),
    read: ({ wanted }: Parameters<AnyCollector["read"]>[0]) => {
      collector.runs++;
      collector.asked = [`${name}_a`, `${name}_b`].filter((family) => wanted(family));
      return 1;
    },
    samples: (_value: unknown, emit: Parameters<AnyCollector["samples"]>[1]) => {
      emit(`${name}_a`, 1);
      emit(`${name}_b`, 2);
    },
    ...more,
  };
  return collector;
}
const on = (collectors: readonly AnyCollector[], families?: FamilyFilter): Map<string, CollectorSettings> =>
  new Map(collectors.map(({ name }) => [name, { enabled: true, options: undefined, families }]));

function engineOf(): { engine: Engine; clock: FakeClock } {
  const clock = new FakeClock();
  const parts = { source: hostOf({}), clock, machineId: "m", log: () => {}, version: "1.2.3", runtime: "test 1" };
  return { engine: new Engine(parts), clock };
}

Deno.test("FamilyPattern: finds whole names only, and quotes what is no pattern", () => {
  const [pattern] = patterns("node_cpu_.*|node_load1");
  assert.deepEqual(["node_cpu_x", "node_load1", "node_load15", "my_node_load1"].map((name) => pattern?.test(name)), [
    true,
    true,
    false,
    false,
  ]);
  assert.throws(() => new FamilyPattern("node_(cpu"), /Cannot compile pattern "node_\(cpu"/);
});

Deno.test("FamilyPattern: what it says of a glob holds for every name that the glob stands for", () => {
  const letters = fc.string({ unit: fc.constantFrom("a", "b", "A", "_"), maxLength: 3 });
  const piece = fc.oneof(
    letters,
    fc.constantFrom(
      ".*",
      ".+",
      "a?",
      "b*",
      "(a|b)",
      "(a(b|_)|A)",
      "(a|b)?",
      "(",
      ")",
      "[ab]",
      "a{0,2}",
      "|",
      "\\w",
      "(?i)A",
    ),
  );
  fc.assert(
    fc.property(
      fc.array(piece, { minLength: 1, maxLength: 5 }).map((pieces) => pieces.join("")).filter(isPattern),
      letters,
      letters,
      letters,
      (source, start, end, middle) => {
        const pattern = new FamilyPattern(source);
        const [glob, name] = [`${start}*${end}`, start + middle + end];
        if (pattern.findsAll(glob)) assert(pattern.test(name), `${pattern.source} does not find all ${glob}: ${name}`);
        if (pattern.test(name)) assert(pattern.mayFind(glob), `${pattern.source} finds ${name} of ${glob}`);
      },
    ),
    { numRuns: 2000 },
  );
});

Deno.test("FamilyFilter: wants what is included and not excluded, globs as far as that is plain", () => {
  const both = filter(["node_cpu_.*", "node_load1"], ["node_cpu_info"]);
  assert.deepEqual(["node_cpu_x", "node_cpu_info", "node_load1", "node_load5"].map((name) => both.wants(name)), [
    true,
    false,
    true,
    false,
  ]);
  assert.equal(both.mayWant("node_memory_*"), false);
  assert.equal(both.mayWant("node_cpu_*"), true);
  assert.equal(filter([], ["node_netstat_.*"]).mayWant("node_netstat_*"), false);
  assert.equal(filter([], ["node_.*|x"]).mayWant("node_netstat_*"), false);
  assert.equal(filter([], ["^node_(disk|net(stat|class))_.*$"]).mayWant("node_netstat_*"), false);
  assert.equal(filter(["node_(disk|cpu)_.*"]).mayWant("node_netstat_*"), false);
  assert.equal(filter([], ["node_(disk|netstat)+_.*"]).mayWant("node_netstat_*"), true);
  assert.equal(filter([], ["node_netstat_Tcp.*"]).mayWant("node_netstat_*"), true);
  assert.equal(filter([], [".*"]).mayWant("*"), false);
});

Deno.test("FamilyFilter: warns of a pattern that matches nothing, and names the nearest family", () => {
  const metrics = { node_cpu_seconds_total: gauge(), node_load1: gauge() };
  const known = { ...pair("x"), metrics, openFamilies: ["node_netstat_*"] };
  const wrong = filter(["node_laod1", "node_cpu_.*", "node_netstat_Tcp_InSegs"], ["node_cpus_.*", "zzz"]);
  assert.deepEqual(wrong.warnings([known]), [
    'metrics.include "node_laod1" matches no family that is known, did you mean "node_load1"?',
    'metrics.exclude "node_cpus_.*" matches no family that is known, did you mean "node_cpu_seconds_total"?',
    'metrics.exclude "zzz" matches no family that is known',
  ]);
  const any = { ...pair("files"), openFamilies: ["*"] };
  assert.deepEqual(filter([], ["my_own_metric"]).warnings([known, any]), [], "one may be in a file");
  assert.equal(wrong.warnings([known, any]).length, 2);
});

Deno.test("selectFamilies: joins what options omit with what nobody wants; all shown is no selection", () => {
  const omitting = pair("x", { omits: (options) => options === "all" ? [] : ["x_a"] });
  assert.equal(selectFamilies(omitting, "all", undefined), undefined);
  assert.equal(selectFamilies(omitting, "all", filter(["x_.*"])), undefined);
  assert.deepEqual([...selectFamilies(omitting, "some", filter([], ["x_b"]))?.unwanted ?? []], ["x_a", "x_b"]);
  assert.equal(selectFamilies(omitting, "some", filter([], ["x_b"]))?.isEmpty, true);
  assert.throws(() => selectFamilies(pair("x", { omits: () => ["y"] }), "", undefined), {
    message: 'Cannot omit "y": the collector does not declare it',
  });
  const list = [pair("x", { omits: () => ["y"] })];
  assert.throws(() => buildGraph(list, on(list)), GraphError);
});

Deno.test("metrics.exclude: families are not on the page, not counted, and not wanted of their collector", async () => {
  const { engine } = engineOf();
  const list = [pair("one"), pair("two")];
  engine.apply(list, on(list, filter([], ["one_a", "two_.*"])), { exporterMetrics: true });
  const { page } = await engine.scrape({ format: "text", budgetSeconds: 1 });
  assert.equal(page.text, "# HELP one_b h\n# TYPE one_b gauge\none_b 2\n");
  assert.deepEqual([list[0]?.asked, list[1]?.runs], [["one_b"], 0]);
  assert.deepEqual(engine.nodes().map(({ id, series }) => [id, series]), [["one", 1]]);
  assert.deepEqual([...engine.collectors], ["one"]);
  await engine.stop();
});

Deno.test("metrics.exclude: a node that another needs is read as a whole, and seen so, whatever is shown of it", async () => {
  const { engine } = engineOf();
  const [part, hidden] = [pair("part"), pair("hidden")];
  const seen: string[][] = [];
  const sum = defineCollector({
    name: "sum",
    help: "h",
    freshnessSeconds: 0.1,
    needs: { part: "part", hidden: "hidden" },
    metrics: { sum_a: gauge() },
    read: ({ needs }) => {
      for (const { samples } of [needs.part, needs.hidden]) seen.push(samples.map(({ name }) => name));
      return 3;
    },
    samples: (value, emit) => emit("sum_a", value),
  });
  const list = [part, hidden, sum];
  const settings = on(list, filter([], ["part_a", "hidden_.*"]));
  engine.apply(list, settings, { exporterMetrics: true });
  const { page } = await engine.scrape({ format: "text", budgetSeconds: 1 });
  assert.deepEqual([...page.text.matchAll(/^\w+/gm)].map(String), ["part_b", "sum_a"]);
  assert.deepEqual(part.asked, ["part_a", "part_b"]);
  assert.deepEqual(seen, [["part_a", "part_b"], ["hidden_a", "hidden_b"]]);
  assert.equal(
    printGraph(buildGraph(list, settings), "text"),
    "part (without 1 of 2 families)\nhidden (hidden)\nsum ← part, hidden\n",
  );
  const json = JSON.parse(printGraph(buildGraph(list, settings), "json"));
  assert.deepEqual(json.map(({ omits }: { omits?: unknown }) => omits), [["part_a"], undefined, undefined]);
  await engine.stop();
});

Deno.test("metrics.exclude: a reload replaces the nodes whose families it changes, and no others", async () => {
  const { engine } = engineOf();
  const list = [pair("one"), pair("two")];
  const text =
    async () => [...(await engine.scrape({ format: "text", budgetSeconds: 1 })).page.text.matchAll(/^\w+/gm)];
  engine.apply(list, on(list, filter([], ["one_a"])), { exporterMetrics: true });
  assert.deepEqual((await text()).map(String), ["one_b", "two_a", "two_b"]);
  engine.apply(list, on(list, filter([], ["one_b", "thr.*"])), { exporterMetrics: true });
  assert.deepEqual((await text()).map(String), ["one_a", "two_a", "two_b"]);
  assert.deepEqual(list.map(({ runs }) => runs), [2, 1]);
  engine.apply(list, on(list, filter([], ["one_b", "four"])), { exporterMetrics: true });
  await text();
  assert.deepEqual(list.map(({ runs }) => runs), [2, 1]);
  await engine.stop();
});

Deno.test("metrics.include: is a list in the file, a flag several times, and refused with its place", () => {
  const { families } = resolveConfig({ collectors: [], tree: { metrics: { include: ["a.*"], exclude: ["ab"] } } });
  assert.deepEqual(["a", "ab", "b"].map((name) => families?.wants(name)), [true, false, false]);
  const flags = new Map([["metrics.exclude", ["a", "b"]]]);
  const byFlags = resolveConfig({ collectors: [], flags }).families;
  assert.deepEqual(["a", "b", "c"].map((name) => byFlags?.wants(name)), [false, false, true]);
  assert.equal(resolveConfig({ collectors: [] }).families, undefined);
  assert.throws(() => resolveConfig({ collectors: [], tree: { metrics: { exclude: ["a", "("] } } }), {
    message: /metrics\.exclude\[1\]: Cannot compile pattern "\("/,
  });
});

const HOST = {
  "/proc/net/netstat": "TcpExt: ListenDrops Other\nTcpExt: 3 4\n",
  "/proc/net/snmp": "Tcp: ActiveOpens\nTcp: 7\n",
  "/proc/net/snmp6": "Ip6InOctets 5\n",
  "/proc/net/dev": "\n\neth0: 1 0 0 0 0 0 0 0 2 0 0 0 0 0 0 0\n",
  "/sys/class/net/eth0/statistics/rx_nohandler": "0\n",
  "/sys/class/net/eth0/mtu": "1500\n",
  "/sys/class/net/eth0/flags": "0x1003\n",
  "/sys/class/net/eth0/operstate": "up\n",
  "/sys/class/net/eth0/speed": "1000\n",
  "/sys/class/thermal/thermal_zone0/type": "acpi\n",
  "/sys/class/thermal/thermal_zone0/temp": "42000\n",
  "/sys/class/thermal/cooling_device0/type": "Fan\n",
  "/sys/class/thermal/cooling_device0/cur_state": "1\n",
  "/sys/class/thermal/cooling_device0/max_state": "3\n",
  "/proc/pressure/cpu": "some avg10=0.00 avg60=0.00 avg300=0.00 total=2000000\n",
  "/proc/pressure/io": "some avg10=0.00 avg60=0.00 avg300=0.00 total=3000000\n",
  "/sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_cur_freq": "1000\n",
  "/sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq": "2000\n",
  "/sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq": "1500\n",
  "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor": "powersave\n",
  "/sys/devices/system/cpu/cpu0/cpufreq/scaling_available_governors": "powersave\n",
  "/proc/diskstats": "8 0 sda 1 2 3 4 5 6 7 8 9 10 11\n",
  "/sys/block/sda/queue/rotational": "1\n",
  "/run/udev/data/b8:0": "E:ID_MODEL=x\n",
};

Deno.test("Context.wanted: of a collector's files only those are read that wanted families are made of", async () => {
  const cases: [collector: string, include: string, files: string[], series: string[]][] = [
    ["netstat", "node_netstat_Tcp_.*", ["/proc/net/snmp"], ["node_netstat_Tcp_ActiveOpens"]],
    ["netstat", "node_netstat_TcpExt_.*|node_netstat_Ip6_.*", ["/proc/net/netstat", "/proc/net/snmp6"], [
      "node_netstat_Ip6_InOctets",
      "node_netstat_TcpExt_ListenDrops",
    ]],
    ["netstat", "node_netstat_New_.*", ["/proc/net/netstat", "/proc/net/snmp", "/proc/net/snmp6"], []],
    ["netdev", "node_network_receive_bytes_total", ["/proc/net/dev"], [
      'node_network_receive_bytes_total{device="eth0"}',
    ]],
    ["netclass", "node_network_(mtu_bytes|up)", ["/sys/class/net/eth0/mtu", "/sys/class/net/eth0/operstate"], [
      'node_network_mtu_bytes{device="eth0"}',
      'node_network_up{device="eth0"}',
    ]],
    ["thermal_zone", "node_cooling_device_cur_state", [
      "/sys/class/thermal/cooling_device0/cur_state",
      "/sys/class/thermal/cooling_device0/type",
    ], ['node_cooling_device_cur_state{name="0",type="Fan"}']],
    ["pressure", "node_pressure_cpu_.*", ["/proc/pressure/cpu"], ["node_pressure_cpu_waiting_seconds_total"]],
    ["cpufreq", "node_cpu_frequency_max_hertz", ["/sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq"], [
      'node_cpu_frequency_max_hertz{cpu="0"}',
    ]],
    ["diskstats", "node_disk_io_now", ["/proc/diskstats"], ['node_disk_io_now{device="sda"}']],
  ];
  for (const [collector, include, files, series] of cases) {
    const { source, reads } = countingHost(HOST);
    const page = await shownOn(source, { [collector]: {} }, { include: [include] });
    assert.deepEqual(Object.keys(page).sort(), series, include);
    assert.deepEqual([...reads].sort(), files, include);
  }
});

Deno.test("Context.wanted: netdev's details are read one by one", async () => {
  const file = (name: string) => `/sys/class/net/eth0/statistics/${name}`;
  const { source, reads } = countingHost({ ...HOST, [file("rx_errors")]: "3\n", [file("tx_errors")]: "4\n" });
  const options = { netdev: { "enable-detailed-metrics": true } };
  const page = await shownOn(source, options, {
    exclude: ["node_network_(transmit_.*|multicast_total|receive_[^e].*)"],
  });
  assert.deepEqual(page, { 'node_network_receive_errors_total{device="eth0"}': 3 });
  assert.deepEqual([...reads].sort(), ["/proc/net/dev", file("rx_errors")]);
});

Deno.test("Context.wanted: a collector of which nothing is wanted reads nothing", async () => {
  for (
    const collector of ["netstat", "netdev", "netclass", "thermal_zone", "diskstats", "cpu", "cpufreq", "pressure"]
  ) {
    const { source, reads } = countingHost(HOST);
    assert.deepEqual(await shownOn(source, { [collector]: {} }, { include: ["node_load1"] }), {});
    assert.deepEqual([...reads], [], collector);
  }
});

Deno.test("Context.wanted: mounts are not asked for their space where only their numbers are wanted", async () => {
  const asked: string[] = [];
  const space = { sizeBytes: 10, freeBytes: 5, availableBytes: 4, files: 3, freeFiles: 2 };
  const source = {
    ...hostOf({ "/proc/1/mountinfo": "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n" }),
    statfs: (path: string) => {
      asked.push(path);
      return Promise.resolve({ space });
    },
  };
  const info = 'node_filesystem_mount_info{device="/dev/sda1",major="8",minor="1",mountpoint="/"}';
  const page = await shownOn(source, { filesystem: {} }, { include: ["node_filesystem_mount_info"] });
  assert.deepEqual([page, asked], [{ [info]: 1 }, []]);
  const labels = '{device="/dev/sda1",device_error="",fstype="ext4",mountpoint="/"}';
  const readonly = await shownOn(source, { filesystem: {} }, { include: ["node_filesystem_readonly"] });
  assert.deepEqual(readonly, { [`node_filesystem_readonly${labels}`]: 0 });
  assert.equal(asked.length, 1, "its label tells whether the mount answers");
});
