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
}

const UNPROTECTED = "and Sonde does not serve unprotected what was asked to be protected; leave it out";

/**
 * The flags of node_exporter and blackbox_exporter that are answered in a way of their own; every other that is not
 * Sonde's is an unknown flag.
 */
export const PEER_FLAGS: readonly PeerFlag[] = [
  { flag: "web.config.file", boolean: false, refusal: `TLS and authentication are not there yet, ${UNPROTECTED}` },
  {
    flag: "web.systemd-socket",
    boolean: true,
    refusal: "sockets of systemd are not there yet, and Sonde does not listen where it was not asked to; " +
      'use "--web.listen-address"',
  },
  { flag: "config.check", boolean: true, refusal: 'it is the command "check"' },
  { flag: "runtime.gomaxprocs", boolean: false, note: "it is about Go's runtime" },
  { flag: "collector.filesystem.stat-workers", boolean: false, note: "all mounts are asked at once, and none twice" },
];
