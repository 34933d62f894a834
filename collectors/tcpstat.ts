/**
 * TCP connections by state: `/proc/net/tcp` and `tcp6` of proc_net(5). Up to 13 series. The kernel walks its whole table
 * of sockets to make these files, and takes a while on a busy host: so this is read on its interval, not at scrapes. The
 * peer asks by netlink, which for a socket that listens gives the bound of its backlog as bytes queued to send; the files
 * do not, and 0 is taken for it.
 *
 * @module
 */

import { defineCollector } from "../src/collector.ts";
import { hexNumber, malformed } from "../src/kernel_text.ts";

/** States by number, of include/net/tcp_states.h, under the peer's names. */
const STATES: ReadonlyMap<number, string> = new Map([
  [0x01, "established"],
  [0x02, "syn_sent"],
  [0x03, "syn_recv"],
  [0x04, "fin_wait1"],
  [0x05, "fin_wait2"],
  [0x06, "time_wait"],
  [0x07, "close"],
  [0x08, "close_wait"],
  [0x09, "last_ack"],
  [0x0a, "listen"],
  [0x0b, "closing"],
]);
const SOCKET = /^ *\d+: [\dA-F:]+ [\dA-F:]+ ([\dA-F]{2}) ([\dA-F]{8}):([\dA-F]{8}) /;

/** What the sockets of one address family are doing. */
export interface TcpSockets {
  /** Sockets by state; states without sockets are absent. */
  readonly states: ReadonlyMap<string, number>;
  /** Bytes not yet acknowledged. */
  readonly queuedToSendBytes: number;
  /** Bytes not yet read; for a socket that listens, connections not yet accepted. */
  readonly queuedToReadBytes: number;
}

export default defineCollector({
  name: "tcpstat",
  help: "TCP connections by state.",
  enabled: false,
  peer: true,
  platforms: ["linux"],
  intervalSeconds: 60,
  metrics: {
    node_tcp_connection_states: { type: "gauge", help: "Number of connection states.", labels: ["state"] },
  },
  sources: ["/proc/net/tcp", "/proc/net/tcp6"],
  read({ source: { proc } }): TcpSockets | null {
    const text = proc.try("net/tcp");
    if (text === undefined) return null;
    // A kernel without IPv6 has no second file.
    const [, ...lines] = (proc.try("net/tcp6") ?? "").split("\n");
    return parseTcp([text, ...lines].join("\n"));
  },
  samples({ states, queuedToSendBytes, queuedToReadBytes }, emit) {
    for (const [state, sockets] of states) emit("node_tcp_connection_states", sockets, { state });
    emit("node_tcp_connection_states", queuedToReadBytes, { state: "rx_queued_bytes" });
    emit("node_tcp_connection_states", queuedToSendBytes, { state: "tx_queued_bytes" });
  },
});

/**
 * Parses `/proc/net/tcp`.
 *
 * @throws {SyntaxError} if a line breaks the format
 */
export function parseTcp(text: string): TcpSockets {
  const states = new Map<string, number>();
  let [queuedToSendBytes, queuedToReadBytes] = [0, 0];
  const [header = "", ...lines] = text.split("\n");
  if (!/^ *sl +local_address /.test(header)) throw malformed("/proc/net/tcp", header);
  for (const line of lines) {
    if (line === "") continue;
    const [state, send, read] = SOCKET.exec(line)?.slice(1).map(hexNumber) ?? [];
    if (state === undefined || send === undefined || read === undefined) throw malformed("/proc/net/tcp", line);
    const name = STATES.get(state) ?? "unknown";
    states.set(name, (states.get(name) ?? 0) + 1);
    queuedToSendBytes += send;
    queuedToReadBytes += read;
  }
  return { states, queuedToSendBytes, queuedToReadBytes };
}
