/**
 * Beside the newest node_exporter, on the peer's fixtures changed to what other kernels and devices write, Sonde shows the
 * same. Where the two differ on purpose, docs/deviations.md says so, and there is no case here.
 */

import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { CONFORMANCE, unpack } from "../conformance/fixtures.ts";
import { type Page, parsePage } from "./page.ts";
import { start, testWith } from "./programs.ts";
import { serveSonde } from "./sonde.ts";

/** Text of one file instead of the fixtures'; `undefined`: no such file. */
type Case = readonly [collector: string, path: string, text: string | undefined];

const ARP = "IP address       HW type     Flags       HW address            Mask     Device\n";
const neighbour = (device: string, mac = "00:1b:21:00:00:01") => `10.0.0.1  0x1  0x2  ${mac}  *  ${device}\n`;
const ODD_NAMES = [
  'a"b',
  "a\\b",
  "ü",
  "a:b",
  "a{b}",
  "-x",
  "a=b,c",
  "#x",
  "0",
  "%s",
  "\u{1f600}",
  "eth0.100",
  "veth@if5",
];
const figures = (count: number) => Array.from({ length: count }, (_, i) => (i + 1) * 1000).join(" ");
const cpus = (columns: string) => `cpu  ${columns}\ncpu0 ${columns}\ncpu127 ${columns}\nctxt 5\nbtime 1418183276\n`;
const CPU = "sys/devices/system/cpu";
const PORT = "sys/class/infiniband/mlx4_0/ports/1";

const CASES: readonly Case[] = [
  ...ODD_NAMES.map((name): Case => ["arp", "proc/net/arp", ARP + neighbour(name) + neighbour("eth0")]),
  ...ODD_NAMES.map((name): Case => ["diskstats", "proc/diskstats", `8 0 ${name} ${figures(17)}\n`]),
  ["arp", "proc/net/arp", ARP + neighbour("ib0", "80:00:02:08:fe:80:00:00:00:00:00:00:f4:52:14:03:00:7b:cb:a1")],
  ...[4, 11, 15, 17, 20].map((n): Case => ["diskstats", "proc/diskstats", `8 0 sda ${figures(n)}\n8 1 sdb 1\n`]),
  ["diskstats", "udev/data/b8:0", 'E:ID_MODEL=a"b\\c\nE:ID_SERIAL=x=y=z\nE:ID_ATA=1\nE:ID_ATA_WRITE_CACHE=x\nE\n'],
  ["diskstats", "sys/block/sda/queue/rotational", undefined],
  ["bcache", "sys/fs/bcache/deaddd54-c735-46d5-868e-f331c5fd7c74/tree_depth", undefined],
  ["buddyinfo", "proc/buddyinfo", "Node 0, zone  DMA 1 2 3\nNode 10, zone  Device 4 5 6\n"],
  ["buddyinfo", "proc/buddyinfo", "Node 0, zone  DMA 1 2 3\nNode 0, zone  DMA32 4 5\n"],
  ["cgroups", "proc/cgroups", "#subsys_name\thierarchy\tnum_cgroups\tenabled\ncpu\t3\t80\t1\nnet_cls\t0\t1\t0\n"],
  ["cpu", "proc/stat", cpus("1 2 3 4")],
  ["cpu", "proc/stat", cpus("1 2 3 4 5 6 7 8 9 10 11")],
  ["cpu", `${CPU}/cpu0/topology/physical_package_id`, "-1\n"],
  ["cpu", "proc/cpuinfo", 'processor\t: 0\nmodel name\t: a"b\\c ü: x\nflags\t\t:\n\nprocessor\t: 1\nbugs\t\t: mds\n'],
  ["cpu_vulnerabilities", `${CPU}/vulnerabilities/x`, "Vulnerable: Clear CPU buffers attempted; SMT vulnerable\n"],
  ["cpu_vulnerabilities", `${CPU}/vulnerabilities`, undefined],
  ["cpufreq", `${CPU}/cpu0/cpufreq/scaling_governor`, "userspace\n"],
  ["drbd", "proc/drbd", "version: 9.0.9-1 (api:2/proto:86-112)\nTransports (api:16): tcp (9.0.9-1)\n"],
  [
    "drbd",
    "proc/drbd",
    " 0: cs:SyncSource ro:Primary/Secondary ds:UpToDate/Inconsistent C r---n-\n    ns:1 nr:2 dw:3 wo:f oos:84266868\n" +
    "\t[>....................] sync'ed:  0.4% (82032/82288)M\n\tfinish: 1:24:51 speed: 16,464 (16,464) K/sec\n 1: cs:Unconfigured\n",
  ],
  ["filefd", "proc/sys/fs/file-nr", "1024\t0\t9223372036854775807\n"],
  ["hwmon", "sys/class/hwmon/hwmon4/temp1_label", " Core 0 \n"],
  ["hwmon", "sys/class/hwmon/hwmon4/power1_average_interval", "1000\n"],
  ["hwmon", "sys/class/hwmon/hwmon4/in0_lcrit_alarm", "1\n"],
  ["infiniband", `${PORT}/counters/VL15_dropped`, "12\n"],
  ["infiniband", `${PORT}/hw_counters/np_ecn_marked_roce_packets`, "12\n"],
  ["infiniband", `${PORT}/hw_counters/lifespan`, "1999\n"],
  [
    "interrupts",
    "proc/interrupts",
    "       CPU0   CPU2\n 17:  1000  2000  GICv3  30 Level     arch_timer\nIPI0:  100  200  Rescheduling interrupts\nErr:  0\n",
  ],
  ["interrupts", "proc/interrupts", "       CPU0\nEXT:  1234  (ext)\nCLK:  4  [EXT] Clock Comparator\nNMI:  0\n"],
  [
    "ipvs",
    "proc/net/ip_vs",
    "IP Virtual Server version 1.2.1 (size=4096)\nTCP  [2620:0000:0000:0000:0000:0000:0000:0001]:0050 sh\n" +
    "  -> [2620:0000:0000:0000:0000:0000:0000:0002]:0050      Route   1      0          0\n",
  ],
  ["lnstat", "proc/net/stat/rt_cache", "entries  in_hit in_slow_tot\n00000033  00000000 0000db58 \n00000033  1 2 \n"],
  ["mdadm", "proc/mdstat", "Personalities : \nunused devices: <none>\n"],
  ...[
    "md0 : active raid1 sdb1[1] sda1[0]\n      9 blocks super 1.2 [2/2] [UU]\n      [=>..]  check = 14.0% (3/9) finish=0.3min speed=4K/sec\n",
    "md1 : active (auto-read-only) raid1 sdb3[1] sda3[0]\n      9 blocks super 1.2 [2/2] [UU]\n      \tresync=PENDING\n",
    "md127 : inactive sdb[1](S) sda[0](S)\n      5288 blocks super external:imsm\n",
    "md3 : broken raid0 sdb1[1] sda1[0]\n      2095104 blocks super 1.2 512k chunks\n",
    "md_d0 : active raid10 sdd1[3] sdc1[2] sdb1[1](J) sda1[0](W)\n      9 blocks super 1.2 512K chunks 2 near-copies [4/3] [UU_U]\n",
  ].map((array): Case => ["mdadm", "proc/mdstat", `Personalities : [raid1]\n${array}\nunused devices: <none>\n`]),
  [
    "meminfo",
    "proc/meminfo",
    "MemTotal:  16000000 kB\nGPUActive: 5 kB\nUnaccepted:  3 kB\nHugePages_Surp:  4\nDirectMap1G: 8 kB\n",
  ],
  ["meminfo_numa", "sys/devices/system/node", undefined],
];

const PEER_FAMILIES = /^node_(?!scrape_collector_duration_seconds$|exporter_build_info$)/;

/** What a page shows of the peer's families: their type, help and figures. */
function shown({ families }: Page): Record<string, unknown> {
  const entries = [...families].filter(([name, { samples }]) => PEER_FAMILIES.test(name) && samples.size > 0);
  return Object.fromEntries(
    entries.map(([name, { type, help, samples }]) => [name, { type, help, samples: Object.fromEntries(samples) }]),
  );
}

/** What the peer shows if its only collector has failed. */
function failed(collector: string): Record<string, unknown> {
  const samples = { [`node_scrape_collector_success{collector="${collector}"}`]: 0 };
  const help = "node_exporter: Whether a collector succeeded.";
  return { node_scrape_collector_success: { type: "gauge", help, samples } };
}

/** Makes a change to the fixtures; what undoes it. */
async function change(root: string, path: string, text: string | undefined): Promise<() => Promise<void>> {
  const file = join(root, path);
  const before = `${root}.before`;
  const existed = await Deno.rename(file, before).then(() => true, () => false);
  const folder = dirname(file);
  const madeFolder = text !== undefined && !await Deno.stat(folder).then(() => true, () => false);
  if (text !== undefined) {
    await Deno.mkdir(folder, { recursive: true });
    await Deno.writeTextFile(file, text);
  }
  return async () => {
    if (text !== undefined) await Deno.remove(madeFolder ? folder : file, { recursive: true });
    if (existed) await Deno.rename(before, file);
  };
}

testWith(
  CONFORMANCE === undefined
    ? "differential: the peer's fixtures are absent (SONDE_CONFORMANCE): nothing is compared"
    : `differential: on ${CASES.length} changed hosts Sonde shows what the newest node_exporter does`,
  ["newest node_exporter"],
  async (path) => {
    if (CONFORMANCE === undefined) return;
    const unpacked = await unpack(CONFORMANCE);
    try {
      const root = join(unpacked, "fixtures/rootfs");
      const flags = [
        `--path.rootfs=${root}`,
        `--path.procfs=${root}/proc`,
        `--path.sysfs=${root}/sys`,
        `--path.udev.data=${root}/udev/data`,
        "--collector.disable-defaults",
        ...[...new Set(CASES.map(([collector]) => collector))].map((collector) => `--collector.${collector}`),
        "--no-collector.arp.netlink",
        "--collector.cpu.info",
        "--collector.hwmon.chip-include=^hwmon4$",
      ];
      await using peer = start([path("newest node_exporter"), "--web.listen-address=127.0.0.1:0", ...flags]);
      const [, host = ""] = await peer.says(/"Listening on".*?address=(127\.0\.0\.1:\d+)/);
      await using sonde = await serveSonde([...flags, "--scrape.freshness=0s", "--collector.node_scrape"]);
      for (const [collector, file, text] of CASES) {
        const undo = await change(root, file, text);
        const query = `?collect[]=${collector}`;
        const expected = shown(parsePage(await (await fetch(`http://${host}/metrics${query}`)).text()));
        const { status, text: page } = await sonde.get(`/metrics${query}`);
        // Sonde says by the status that the only collector asked for has failed, the peer by a figure.
        const actual = status === 503 ? failed(collector) : shown(parsePage(page));
        assert.deepEqual(actual, expected, `${file}: ${text}`);
        await undo();
      }
    } finally {
      await Deno.remove(unpacked, { recursive: true });
    }
  },
);
