/** A collector of node_exporter that Sonde has not, or not yet. */
export interface PeerCollector {
  /** Its name there. */
  readonly name: string;
  /** Why it is not here, as the rest of a sentence that begins with "it". */
  readonly reason: string;
  /** The same in a word or two. */
  readonly needs: string;
  /** Its families there, as patterns. */
  readonly families: readonly string[];
  /** Its options there, without the collector's own name in front. */
  readonly options: readonly PeerOption[];
}

/** An option of a {@linkcode PeerCollector}. */
export interface PeerOption {
  /** The flag's part behind `collector.`. */
  readonly flag: string;
  /** Whether it takes no value. */
  readonly boolean: boolean;
}

const taking = (...flags: readonly string[]): PeerOption[] => flags.map((flag) => ({ flag, boolean: false }));
const switches = (...flags: readonly string[]): PeerOption[] => flags.map((flag) => ({ flag, boolean: true }));

/**
 * The collectors of node_exporter 1.12 that are not here. Flags are refused by it, the start tells of it, and the README's
 * table is made of it. A row goes with the collector's arrival in `collectors/mod.ts`.
 */
export const PEER_COLLECTORS: readonly PeerCollector[] = [
  {
    name: "ethtool",
    reason: "needs the system call ioctl",
    needs: "ioctl",
    families: [
      "node_ethtool_*",
      "node_network_advertised_*",
      "node_network_asymmetricpause_*",
      "node_network_autonegotiate*",
      "node_network_pause_*",
      "node_network_supported_*",
    ],
    options: taking("ethtool.device-include", "ethtool.device-exclude", "ethtool.metrics-include"),
  },
  {
    name: "logind",
    reason: "needs D-Bus",
    needs: "D-Bus",
    families: ["node_logind_sessions"],
    options: [],
  },
  {
    name: "ntp",
    reason: "is deprecated by node_exporter",
    needs: "deprecated there",
    families: ["node_ntp_*"],
    options: [
      ...taking("ntp.server", "ntp.server-port", "ntp.protocol-version"),
      ...switches("ntp.server-is-local"),
      ...taking("ntp.ip-ttl", "ntp.max-distance", "ntp.local-offset-tolerance"),
    ],
  },
  {
    name: "nvmesubsystem",
    reason: "is newer than what was followed, and not written yet",
    needs: "not written yet",
    families: ["node_nvmesubsystem_*"],
    options: [],
  },
  {
    name: "perf",
    reason: "needs the system call perf_event_open",
    needs: "perf_event_open",
    families: ["node_perf_*"],
    options: [
      ...taking(
        "perf.cpus",
        "perf.tracepoint",
        "perf.hardware-profilers",
        "perf.software-profilers",
        "perf.cache-profilers",
      ),
      ...switches(
        "perf.disable-hardware-profilers",
        "perf.disable-software-profilers",
        "perf.disable-cache-profilers",
      ),
    ],
  },
  {
    name: "runit",
    reason: "is deprecated by node_exporter",
    needs: "deprecated there",
    families: ["node_service_*"],
    options: taking("runit.servicedir"),
  },
  {
    name: "supervisord",
    reason: "is deprecated by node_exporter",
    needs: "deprecated there",
    families: ["node_supervisord_*"],
    options: taking("supervisord.url"),
  },
  {
    name: "systemd",
    reason: "needs D-Bus",
    needs: "D-Bus",
    families: ["node_systemd_*"],
    options: [
      ...taking("systemd.unit-include", "systemd.unit-whitelist", "systemd.unit-exclude", "systemd.unit-blacklist"),
      ...switches(
        "systemd.private",
        "systemd.enable-task-metrics",
        "systemd.enable-restarts-metrics",
        "systemd.enable-start-time-metrics",
      ),
    ],
  },
  {
    name: "wifi",
    reason: "needs netlink",
    needs: "netlink",
    families: ["node_wifi_*"],
    options: taking("wifi.fixtures"),
  },
];
