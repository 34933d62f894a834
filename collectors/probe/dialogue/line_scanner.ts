/**
 * The lines of a stream, told apart as Go's `bufio.Scanner` does it, buffer for buffer: what it has read beyond a line is its
 * own, and is not there for whoever reads the stream after it.
 *
 * @module
 */

import { ProbeError } from "../result.ts";

/** Bytes that a line may have, with its line feed. */
export const LONGEST_LINE = 64 * 1024;
const FIRST_CAPACITY = 4096;
const LF = 10;
const CR = 13;

/** What a scanner reads: at least one byte and at most `most`, `undefined` at the end. */
export type Read = (most: number) => Promise<Uint8Array | undefined>;

/** A reader of lines. */
export class LineScanner {
  readonly #read: Read;
  #buffer = new Uint8Array(0);
  #start = 0;
  #end = 0;
  #hasEnded = false;

  /** Lines of what `read` gives. */
  constructor(read: Read) {
    this.#read = read;
  }

  /**
   * The next line without its line feed and without a CR before that; the last one may be without. `undefined` if there is
   * none left. Valid until the next call.
   *
   * @throws {ProbeError} `size` if a line is longer than {@linkcode LONGEST_LINE}
   * @throws what reading throws
   */
  async next(): Promise<Uint8Array | undefined> {
    for (;;) {
      const line = this.#take();
      if (line || this.#hasEnded) return line;
      await this.#fill();
    }
  }

  #take(): Uint8Array | undefined {
    const bytes = this.#buffer.subarray(this.#start, this.#end);
    const at = bytes.indexOf(LF);
    if (at < 0 && (!this.#hasEnded || bytes.length === 0)) return undefined;
    const line = at < 0 ? bytes : bytes.subarray(0, at);
    this.#start += at < 0 ? bytes.length : at + 1;
    return line.at(-1) === CR ? line.subarray(0, -1) : line;
  }

  async #fill(): Promise<void> {
    if (this.#start > 0 && (this.#end === this.#buffer.length || this.#start > this.#buffer.length / 2)) {
      this.#move(this.#buffer);
    }
    if (this.#end === this.#buffer.length) this.#grow();
    const bytes = await this.#read(this.#buffer.length - this.#end);
    if (bytes === undefined) {
      this.#hasEnded = true;
      return;
    }
    this.#buffer.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  #grow(): void {
    const { length } = this.#buffer;
    if (length >= LONGEST_LINE) throw new ProbeError("size", `a line has more than ${LONGEST_LINE} bytes`);
    this.#move(new Uint8Array(Math.min(LONGEST_LINE, length === 0 ? FIRST_CAPACITY : 2 * length)));
  }

  /** Moves what is held to the begin of `to`. */
  #move(to: Uint8Array<ArrayBuffer>): void {
    to.set(this.#buffer.subarray(this.#start, this.#end));
    this.#buffer = to;
    this.#end -= this.#start;
    this.#start = 0;
  }
}
