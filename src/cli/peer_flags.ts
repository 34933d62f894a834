import { PEER_COLLECTORS, type PeerCollector } from "./peer_collectors.ts";

/** A flag that the peers have and Sonde has not. */
export interface PeerFlag {
  /** Without the dashes. */
  readonly flag: string;
  /** Whether it takes no value. */
  readonly boolean: boolean;
  /** Why the program does not start with it; absent where the flag has no effect, and may be there. */
  readonly refusal?: string;
  /** What is logged where it has no effect. */
  readonly note?: string;
  /** The command that does what it asks for, in place of the first. */
  readonly command?: string;
}

/** Flags of the peers that Sonde has by other names. */
export const RENAMED_FLAGS: Readonly<Record<string, string>> = { "log.prober": "probe.log" };

/** A collector's own flag, and its options: each would change the page. */
function flagsOf({ name, reason, options }: PeerCollector): PeerFlag[] {
  const refusal = `Sonde has no collector "${name}": it ${reason}; leave it out`;
  return [
    { flag: `collector.${name}`, boolean: true, refusal },
    ...options.map(({ flag, boolean }) => ({ flag: `collector.${flag}`, boolean, refusal })),
  ];
}

/**
 * The flags of node_exporter and blackbox_exporter that are answered in a way of their own; every other that is not
 * Sonde's is an unknown flag. What a flag turns off that is not there anyway is turned off: `--no-` is no fault.
 */
export const PEER_FLAGS: readonly PeerFlag[] = [
  {
    flag: "web.systemd-socket",
    boolean: true,
    refusal: "sockets of systemd are not there yet, and Sonde does not listen where it was not asked to; " +
      'use "--web.listen-address"',
  },
  { flag: "config.check", boolean: true, command: "check" },
  { flag: "runtime.gomaxprocs", boolean: false, note: "it is about Go's runtime" },
  { flag: "collector.filesystem.stat-workers", boolean: false, note: "all mounts are asked at once, and none twice" },
  {
    flag: "collector.netclass_rtnl.with-stats",
    boolean: true,
    refusal: "netclass reads sysfs, not netlink; netdev has the figures that this would add; leave it out",
  },
  ...PEER_COLLECTORS.flatMap(flagsOf),
];
