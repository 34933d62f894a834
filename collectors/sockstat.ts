/**
 * Sockets in use and the memory that they hold: proc_pid_net(5), sockstat_seq_show() in the kernel. About 20 series, two
 * small files, either of which is absent where its protocol is off.
 *
 * @module
 */

import { defineCollector, type Source } from "../src/collector.ts";
import { malformed, signedNumber, wholeNumber } from "../src/kernel_text.ts";

/** Columns that the peer knows; it drops others. */
const STATES = ["inuse", "orphan", "tw", "alloc", "mem", "memory"] as const;
const USUAL_PAGE_BYTES = 4096;

/** What the sockets of one address family say. */
export interface SocketCounts {
  /** Sockets of all protocols; absent where the file does not say. */
  readonly used: number | undefined;
  /** Number by state, of memory in pages, by protocol as `TCP6`. */
  readonly protocols: ReadonlyMap<string, ReadonlyMap<string, number>>;
}

/** Sockets of both address families. */
export interface Sockets extends SocketCounts {
  /** Bytes of a page of memory. */
  readonly pageBytes: number;
}

export default defineCollector({
  name: "sockstat",
  help: "Sockets in use.",
  peer: true,
  platforms: ["linux"],
  freshnessSeconds: 0.1,
  metrics: {
    node_sockstat_sockets_used: { type: "gauge", help: "Number of IPv4 sockets in use." },
  },
  openFamilies: ["node_sockstat_*"],
  sources: {
    "/proc/net/sockstat": ["node_sockstat_sockets_used", "node_sockstat_*"],
    "/proc/net/sockstat6": ["node_sockstat_*"],
    "/sys/kernel/mm/transparent_hugepage/hpage_pmd_size": ["node_sockstat_*"],
  },
  read({ source }): Sockets {
    const v4 = parseSockstat("/proc/net/sockstat", source.proc.try("net/sockstat") ?? "");
    const v6 = parseSockstat("/proc/net/sockstat6", source.proc.try("net/sockstat6") ?? "");
    return { used: v4.used, protocols: new Map([...v4.protocols, ...v6.protocols]), pageBytes: pageBytes(source) };
  },
  samples({ used, protocols, pageBytes }, emit) {
    emit("node_sockstat_sockets_used", used);
    for (const [protocol, states] of protocols) {
      const gauge = (state: string, value: number | undefined) => {
        const help = `Number of ${protocol} sockets in state ${state}.`;
        emit.family({ name: `node_sockstat_${protocol}_${state}`, type: "gauge", help, samples: [{ value }] });
      };
      for (const state of STATES) if (states.has(state)) gauge(state, states.get(state));
      const pages = states.get("mem");
      if (pages !== undefined) gauge("mem_bytes", pages * pageBytes);
    }
  },
});

/**
 * A middle page table is one page of 8-byte entries, each for a page: its size gives that of a page, 4096 nearly everywhere,
 * on some ARM kernels 16384 or 65536.
 */
function pageBytes(source: Source): number {
  const middle = wholeNumber(source.sys.value("kernel/mm/transparent_hugepage/hpage_pmd_size"));
  return middle ? Math.sqrt(middle * 8) : USUAL_PAGE_BYTES;
}

/**
 * Parses `/proc/net/sockstat` or `/proc/net/sockstat6`. A protocol without `inuse` has none in use, as with the peer.
 *
 * @throws {SyntaxError} if a line is not a protocol with pairs of state and number
 */
export function parseSockstat(file: string, text: string): SocketCounts {
  let used: number | undefined;
  const protocols = new Map<string, ReadonlyMap<string, number>>();
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const [name = "", ...pairs] = line.trim().split(/ +/);
    const states = new Map<string, number>();
    for (let i = 0; i < pairs.length; i += 2) {
      const number = signedNumber(pairs[i + 1]);
      if (number === undefined) throw malformed(file, line);
      states.set(pairs[i] ?? "", number);
    }
    if (!/^\w+:$/.test(name) || states.size === 0) throw malformed(file, line);
    if (name === "sockets:") used = states.get("used") ?? 0;
    else protocols.set(name.slice(0, -1), new Map([["inuse", 0], ...states]));
  }
  return { used, protocols };
}
