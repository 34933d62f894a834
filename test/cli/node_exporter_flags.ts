/**
 * The command line of node_exporter 1.12.1, as its `--help` and its hidden flags have it.
 *
 * @module
 */

/** One flag of the peer. */
export interface PeerFlagFact {
  /** Without the dashes. */
  readonly flag: string;
  /** `boolean` takes no value, and has a `--no-` form; `list` may be repeated. */
  readonly kind: "boolean" | "text" | "list";
  /** Whether its help leaves it out. */
  readonly hidden: boolean;
}

const kindOf = (word = ""): PeerFlagFact["kind"] => word === "boolean" || word === "list" ? word : "text";

/** Its flags, but those that switch collectors. */
export const FLAG_FACTS: readonly PeerFlagFact[] = `
collector.arp.device-include text
collector.arp.device-exclude text
collector.arp.netlink boolean
collector.bcache.priorityStats boolean
collector.cpu.guest boolean
collector.cpu.info boolean
collector.cpu.info.flags-include text
collector.cpu.info.bugs-include text
collector.diskstats.device-exclude text
collector.diskstats.ignored-devices text hidden
collector.diskstats.device-include text
collector.ethtool.device-include text
collector.ethtool.device-exclude text
collector.ethtool.metrics-include text
collector.filesystem.mount-points-exclude text
collector.filesystem.ignored-mount-points text hidden
collector.filesystem.mount-points-include text
collector.filesystem.fs-types-exclude text
collector.filesystem.ignored-fs-types text hidden
collector.filesystem.fs-types-include text
collector.filesystem.mount-timeout text
collector.filesystem.stat-workers text
collector.hwmon.chip-include text
collector.hwmon.chip-exclude text
collector.hwmon.sensor-include text
collector.hwmon.sensor-exclude text
collector.infiniband.device-include text
collector.infiniband.device-exclude text
collector.interrupts.name-include text
collector.interrupts.name-exclude text
collector.interrupts.include-zeros boolean
collector.ipvs.backend-labels text
collector.netclass.ignored-devices text
collector.netclass.ignore-invalid-speed boolean
collector.netclass.netlink boolean
collector.netclass_rtnl.with-stats boolean
collector.netdev.device-include text
collector.netdev.device-whitelist text hidden
collector.netdev.device-exclude text
collector.netdev.device-blacklist text hidden
collector.netdev.address-info boolean
collector.netdev.enable-detailed-metrics boolean
collector.netdev.netlink boolean
collector.netdev.label-ifalias boolean
collector.netstat.fields text
collector.ntp.server text
collector.ntp.server-port text
collector.ntp.protocol-version text
collector.ntp.server-is-local boolean
collector.ntp.ip-ttl text
collector.ntp.max-distance text
collector.ntp.local-offset-tolerance text
path.procfs text
path.sysfs text
path.rootfs text
path.udev.data text
collector.pcidevice.idsfile text
collector.pcidevice.names boolean
collector.perf.cpus text
collector.perf.tracepoint list
collector.perf.disable-hardware-profilers boolean
collector.perf.hardware-profilers list
collector.perf.disable-software-profilers boolean
collector.perf.software-profilers list
collector.perf.disable-cache-profilers boolean
collector.perf.cache-profilers list
collector.powersupply.ignored-supplies text
collector.qdisc.fixtures text
collector.qdisc.device-include text
collector.qdisk.device-include text hidden
collector.qdisc.device-exclude text
collector.qdisk.device-exclude text hidden
collector.rapl.enable-zone-label boolean
collector.runit.servicedir text
collector.slabinfo.slabs-include text
collector.slabinfo.slabs-exclude text
collector.stat.softirq boolean
collector.supervisord.url text
collector.sysctl.include list
collector.sysctl.include-info list
collector.systemd.unit-include text
collector.systemd.unit-whitelist text hidden
collector.systemd.unit-exclude text
collector.systemd.unit-blacklist text hidden
collector.systemd.private boolean hidden
collector.systemd.enable-task-metrics boolean
collector.systemd.enable-restarts-metrics boolean
collector.systemd.enable-start-time-metrics boolean
collector.tapestats.ignored-devices text
collector.textfile.directory list
collector.vmstat.fields text
collector.wifi.fixtures text
web.telemetry-path text
web.disable-exporter-metrics boolean
web.max-requests text
collector.disable-defaults boolean
runtime.gomaxprocs text
web.listen-address list
web.systemd-socket boolean
web.config.file text
log.level text
log.format text
`.trim().split("\n").map((line) => {
  const [flag = "", kind, hidden] = line.split(" ");
  return { flag, kind: kindOf(kind), hidden: hidden === "hidden" };
});

/** Its collectors that are on by default. */
export const DEFAULT_COLLECTORS: readonly string[] = `
arp bcache bcachefs bonding btrfs conntrack cpu cpufreq diskstats dmi dmmultipath edac entropy fibrechannel
filefd filesystem hwmon infiniband ipvs kernel_hung loadavg mdadm meminfo netclass netdev netstat nfs nfsd
nvme os powersupplyclass pressure rapl schedstat selinux sockstat softnet stat tapestats textfile thermal_zone
time timex udp_queues uname vmstat watchdog xfs zfs
`.trim().split(/\s+/);

/** Its collectors that are off by default. */
export const OPTIONAL_COLLECTORS: readonly string[] = `
buddyinfo cgroups cpu_vulnerabilities drbd drm ethtool interrupts ksmd lnstat logind meminfo_numa mountstats
network_route ntp nvmesubsystem pcidevice perf processes qdisc runit slabinfo softirqs supervisord swap sysctl
systemd tcpstat wifi xfrm zoneinfo
`.trim().split(/\s+/);
