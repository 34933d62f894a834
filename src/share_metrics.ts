/**
 * A worker's side of an aggregated page: answers who adds up with what its exporter shows.
 *
 * @module
 */

import { hostname } from "node:os";
import process from "node:process";
import { channelOf, type Peer } from "./aggregation/channel.ts";
import { encodeAnswer, encodeNotice, isAsk, type Sender } from "./aggregation/worker_message.ts";
import type { Exporter } from "./exporter.ts";

/** An exporter that is shared. */
export interface SharedMetrics {
  /** Tells the last figures, says that this was all, and listens no more. Doing so again does nothing. */
  stop(): Promise<void>;
}

/** Instances by exporter: shared over another channel it is known for the same, and nothing is counted twice. */
const instances = new WeakMap<Exporter, string>();

/**
 * Answers the aggregator at the other end with what `exporter` shows, app's own prom-client metrics included.
 *
 * @param peer the way to it: `self` in a `Worker`, `parentPort` in a thread of Node's, `process` in a cluster's worker or a
 * child process with IPC, a `MessagePort`, or any other {@linkcode Channel}
 * @throws {TypeError} if it is none of these
 *
 * @example
 * ```ts
 * import { createExporter, shareMetrics } from "@sonde/sonde";
 *
 * const { port1, port2 } = new MessageChannel();
 * const shared = shareMetrics(createExporter([]), port2);
 * await shared.stop();
 * port1.close();
 * ```
 */
export function shareMetrics(exporter: Exporter, peer: Peer): SharedMetrics {
  const channel = channelOf(peer);
  const sender = senderOf(exporter);
  let sequence = 0;
  // One answer after the other: an older one must not arrive after a newer.
  let answered = Promise.resolve();
  const answer = async () => {
    let parts = 0;
    for (const part of encodeAnswer(await exporter.snapshot(), sender, ++sequence)) {
      if (parts++ > 0) await turn();
      channel.send(part);
    }
  };
  const enqueue = (task: () => Promise<void> | void) => {
    // A channel that is closed, or a snapshot that fails: the aggregator counts this worker as missing.
    answered = answered.then(task).catch(() => {});
    return answered;
  };
  const end = channel.onMessage((message) => void (isAsk(message) && enqueue(answer)));
  enqueue(() => channel.send(encodeNotice("hello", sender)));
  let stopped: Promise<void> | undefined;
  return {
    stop: () => {
      end();
      return stopped ??= enqueue(answer).then(() => enqueue(() => channel.send(encodeNotice("bye", sender))));
    },
  };
}

function senderOf(exporter: Exporter): Sender {
  let instance = instances.get(exporter);
  if (!instance) instances.set(exporter, instance = crypto.randomUUID());
  return { instance, process: `${hostname()}:${process.pid}` };
}

/** Lets the event loop turn, so that an answer of many parts does not hold it. */
function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
