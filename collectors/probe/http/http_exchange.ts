/**
 * Sends one request over a connection by HTTP/1.1, and reads the response.
 *
 * @module
 */

import { deferred } from "../../../src/deferred.ts";
import type { Connection } from "../connection.ts";
import type { ResponseBody } from "./http_body.ts";
import type { ResponseHead, ResponseReader } from "./http_response.ts";
import { ProbeError } from "../result.ts";
import type { Timeline } from "../timeline.ts";

/**
 * Passes `timeline` through `request`, `processing` (until the first byte) and `transfer`, and feeds `reader` until it is
 * done.
 *
 * @param body what `reader` feeds
 * @throws what `reader` throws, the socket's error, or the reason for which `signal` aborted
 */
export async function exchange(
  connection: Connection,
  request: Uint8Array,
  reader: ResponseReader,
  body: ResponseBody,
  timeline: Timeline,
  signal: AbortSignal,
): Promise<ResponseHead> {
  signal.throwIfAborted();
  if (connection.error) throw connection.error;
  const { socket } = connection;
  if (socket.destroyed) throw closed();
  const { promise, resolve, reject } = deferred<ResponseHead>();
  const attempt = (step: () => void) => {
    try {
      step();
      const { head, done } = reader;
      if (head && done) resolve(head);
    } catch (error) {
      reject(connection.error ?? error);
    }
  };
  const data = (bytes: Uint8Array) => {
    if (timeline.phase !== "transfer") timeline.enter("transfer");
    attempt(() => reader.push(bytes));
  };
  const end = () => attempt(() => reader.end());
  const close = () => reject(closed());
  const abort = () => reject(signal.reason);
  body.feed({ fail: reject, pause: () => socket.pause(), resume: () => socket.resume() });
  timeline.enter("request");
  socket.on("data", data).once("end", end).once("error", reject).once("close", close).resume();
  signal.addEventListener("abort", abort);
  socket.write(request, (error) => {
    if (!error && timeline.phase === "request") timeline.enter("processing");
  });
  try {
    return await promise;
  } finally {
    socket.off("data", data).off("end", end).off("error", reject).off("close", close);
    signal.removeEventListener("abort", abort);
  }
}

function closed(): ProbeError {
  return new ProbeError("reset", "the connection was closed");
}
