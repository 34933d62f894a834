/**
 * Memory that waiting UDP datagrams hold: proc_tcp.rst of the kernel, of which udp is the same. 4 series, two files with a
 * line for each socket. Not here where UDP is off.
 *
 * @module
 */

import { defineCollector } from "../src/collector.ts";
import { hexNumber, malformed } from "../src/kernel_text.ts";

const LINE = /^\s*\d+:\s+[\dA-F]+:[\dA-F]+\s+[\dA-F]+:[\dA-F]+\s+[\dA-F]+\s+([\dA-F]+):([\dA-F]+)\s/i;

/** Bytes that wait in all sockets together. */
export interface QueuedBytes {
  /** To be sent. */
  readonly tx: number;
  /** To be read. */
  readonly rx: number;
}

export default defineCollector({
  name: "udp_queues",
  help: "Memory that waiting UDP datagrams hold.",
  peer: true,
  platforms: ["linux"],
  freshnessSeconds: 0.1,
  metrics: {
    node_udp_queues: {
      type: "gauge",
      help: "Number of allocated memory in the kernel for UDP datagrams in bytes.",
      labels: ["ip", "queue"],
    },
  },
  sources: ["/proc/net/udp", "/proc/net/udp6"],
  read({ source }): { v4: QueuedBytes | undefined; v6: QueuedBytes | undefined } | null {
    const [v4, v6] = ["udp", "udp6"].map((file) => {
      const text = source.proc.try(`net/${file}`);
      return text === undefined ? undefined : parseUdpQueues(`/proc/net/${file}`, text);
    });
    return v4 ?? v6 ? { v4, v6 } : null;
  },
  samples(queued, emit) {
    for (const ip of ["v4", "v6"] as const) {
      emit("node_udp_queues", queued[ip]?.tx, { queue: "tx", ip });
      emit("node_udp_queues", queued[ip]?.rx, { queue: "rx", ip });
    }
  },
});

/**
 * Parses `/proc/net/udp` or `/proc/net/udp6` to the sum of all sockets.
 *
 * @throws {SyntaxError} if a line after the first is not a socket's
 */
export function parseUdpQueues(file: string, text: string): QueuedBytes {
  let tx = 0;
  let rx = 0;
  for (const line of text.split("\n").slice(1)) {
    if (line === "") continue;
    const [, txDigits, rxDigits] = LINE.exec(line) ?? [];
    const toSend = hexNumber(txDigits);
    const toRead = hexNumber(rxDigits);
    if (toSend === undefined || toRead === undefined) throw malformed(file, line);
    tx += toSend;
    rx += toRead;
  }
  return { tx, rx };
}
