/**
 * Ways between a worker and who adds its figures up: one form of what runtimes offer.
 *
 * @module
 */

/** A way to one worker, or from it: messages are structured clones or JSON, and come in order. */
export interface Channel {
  /** Sends one message; must not wait. What cannot be sent any more may be dropped, or thrown. */
  send(message: unknown): void;
  /** Calls `take` for each message that comes, until the function returned is called. */
  onMessage(take: (message: unknown) => void): () => void;
  /**
   * Calls `closed` when nothing will come any more, until the function returned is called. `expected` tells whether the
   * other side ended on purpose. Absent where the way does not tell.
   */
  onClose?(closed: (expected: boolean) => void): () => void;
}

/** `Worker`, `MessagePort` and the global scope of a worker, as the web has them. */
export interface WebPort {
  /** Sends one message. */
  postMessage(message: unknown): void;
  /** Hears an event. */
  addEventListener(type: string, listener: (event: MessageEvent) => void): void;
  /** Does not hear it any more. */
  removeEventListener(type: string, listener: (event: MessageEvent) => void): void;
}

/** `Worker`, `MessagePort` and `parentPort` of Node's `worker_threads`. */
export interface NodePort {
  /** Sends one message. */
  postMessage(message: unknown): void;
  /** Hears an event. */
  on(event: string, listener: (...args: unknown[]) => void): unknown;
  /** Does not hear it any more. */
  off(event: string, listener: (...args: unknown[]) => void): unknown;
}

/** A worker of Node's `cluster`, a child process with IPC, and `process` within them. */
export interface NodeProcess {
  /** Sends one message; absent where there is no IPC. */
  send?(message: unknown, callback: (error: Error | null) => void): unknown;
  /** Hears an event. */
  on(event: string, listener: (...args: unknown[]) => void): unknown;
  /** Does not hear it any more. */
  off(event: string, listener: (...args: unknown[]) => void): unknown;
}

/** The other side, in whatever form its runtime has it. */
export type Peer = Channel | WebPort | NodePort | NodeProcess;

/**
 * The channel to a peer.
 *
 * @throws {TypeError} if it has no form of {@linkcode Peer}
 */
export function channelOf(peer: Peer): Channel {
  if (typeof peer === "object" && peer !== null) {
    if ("onMessage" in peer) return peer;
    // Before the web's form: Node's ports have both, and only by this one are they told of their end.
    if ("on" in peer) {
      if ("postMessage" in peer) return emitterChannel(peer, (message) => peer.postMessage(message));
      if (typeof peer.send === "function") return processChannel(peer);
      throw new TypeError("Cannot share metrics with a process: it has no channel for messages, fork it with one");
    }
    if ("addEventListener" in peer && "postMessage" in peer) return webChannel(peer);
  }
  throw new TypeError(
    "Cannot share metrics with a worker: expected a worker, a port, a process with IPC, or a channel",
  );
}

function webChannel(port: WebPort): Channel {
  const hear = (type: string, listener: (event: MessageEvent) => void) => {
    port.addEventListener(type, listener);
    return () => port.removeEventListener(type, listener);
  };
  return {
    send: (message) => port.postMessage(message),
    onMessage: (take) => {
      const end = hear("message", ({ data }) => take(data));
      // Only ports have it: they wait for it where listeners are added like this.
      if ("start" in port && typeof port.start === "function") port.start();
      return end;
    },
    onClose: (closed) => hear("close", () => closed(false)),
  };
}

function emitterChannel(emitter: NodePort | NodeProcess, send: (message: unknown) => void): Channel {
  const hear = (event: string, listener: (...args: unknown[]) => void) => {
    emitter.on(event, listener);
    return () => void emitter.off(event, listener);
  };
  return {
    send,
    onMessage: (take) => hear("message", take),
    onClose: (closed) => {
      const ends = [
        hear("exit", (code) => closed(code === 0 || leftOnPurpose(emitter))),
        hear("close", () => closed(leftOnPurpose(emitter))),
      ];
      return () => ends.forEach((end) => end());
    },
  };
}

function processChannel(process: NodeProcess): Channel {
  return emitterChannel(process, (message) => {
    // Without a callback a channel that has just been closed would be an event "error", which ends the program.
    if (!("connected" in process && process.connected === false)) process.send?.(message, () => {});
  });
}

/** Whether the primary itself let a worker of a cluster go. */
function leftOnPurpose(emitter: object): boolean {
  return "exitedAfterDisconnect" in emitter && emitter.exitedAfterDisconnect === true;
}
