/**
 * What a connection brings, taken only as it is asked for.
 *
 * @module
 */

import type { Connection } from "../connection.ts";
import { ProbeError } from "../result.ts";

const NOTHING = new Uint8Array();

/** The bytes of a connection, which nobody else reads from meanwhile. What has come and was not taken is dropped at the end. */
export class ByteStream implements Disposable {
  readonly #connection: Connection;
  readonly #signal: AbortSignal;
  #held: Uint8Array = NOTHING;
  #hasEnded = false;
  #woken: () => void = () => {};

  /**
   * Takes hold of a connection.
   *
   * @param signal ends whatever is waited for
   */
  constructor(connection: Connection, signal: AbortSignal) {
    this.#connection = connection;
    this.#signal = signal;
    const { socket } = connection;
    socket.pause();
    socket.on("data", this.#hear).on("end", this.#end).on("close", this.#wake);
    signal.addEventListener("abort", this.#wake);
  }

  /**
   * The next bytes, at least one and at most `most`; `undefined` if the other side has said that there are no more.
   *
   * @throws {ProbeError} `reset` if the connection was closed otherwise
   * @throws the socket's error, or the reason for which the signal aborted
   */
  async read(most: number): Promise<Uint8Array | undefined> {
    for (;;) {
      this.#signal.throwIfAborted();
      if (this.#held.length > 0) return this.#take(most);
      if (this.#hasEnded) return undefined;
      this.#throwIfClosed();
      await this.#more();
    }
  }

  /**
   * Sends bytes, and waits until they are on their way.
   *
   * @throws as {@linkcode read}
   */
  async write(bytes: Uint8Array): Promise<void> {
    this.#signal.throwIfAborted();
    this.#throwIfClosed();
    let sent = false;
    this.#connection.socket.write(bytes, (error) => {
      sent = !error;
      this.#woken();
    });
    while (!sent) {
      await this.#wait();
      this.#signal.throwIfAborted();
      if (!sent) this.#throwIfClosed();
    }
  }

  /** Lets go of the connection, which stays open. */
  [Symbol.dispose](): void {
    this.#connection.socket.off("data", this.#hear).off("end", this.#end).off("close", this.#wake).pause();
    this.#signal.removeEventListener("abort", this.#wake);
  }

  #take(most: number): Uint8Array {
    const taken = this.#held.subarray(0, most);
    this.#held = this.#held.subarray(taken.length);
    return taken;
  }

  async #more(): Promise<void> {
    const waiting = this.#wait();
    this.#connection.socket.resume();
    await waiting;
    this.#connection.socket.pause();
  }

  #wait(): Promise<void> {
    return new Promise((resolve) => this.#woken = resolve);
  }

  #throwIfClosed(): void {
    const { error, socket } = this.#connection;
    if (error) throw error;
    if (socket.destroyed) throw new ProbeError("reset", "the connection was closed");
  }

  readonly #hear = (bytes: Uint8Array): void => {
    if (this.#held.length === 0) this.#held = bytes;
    else {
      const both = new Uint8Array(this.#held.length + bytes.length);
      both.set(this.#held);
      both.set(bytes, this.#held.length);
      this.#held = both;
    }
    this.#connection.socket.pause();
    this.#woken();
  };

  readonly #end = (): void => {
    this.#hasEnded = true;
    this.#woken();
  };

  readonly #wake = (): void => this.#woken();
}
