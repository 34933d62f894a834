/**
 * System calls for what Linux tells by no file.
 *
 * @module
 */

/** What adjtimex(2) tells of the system's clock. */
export interface ClockState {
  /** What the call returns: 0 to 5, of which 5 (`TIME_ERROR`) is a clock that is not synchronized. */
  readonly state: number;
  /** `struct timex` of a 64-bit kernel, in the processor's byte order. */
  readonly timex: Uint8Array;
}

/** System calls that only read. */
export interface SystemCalls {
  /**
   * The state of the system's clock, by adjtimex(2) with no mode set; `undefined` where the system does not permit to ask.
   *
   * @throws {Error} if the call fails for another reason
   */
  adjtimex(): ClockState | undefined;
  /**
   * Asks the kernel by rtnetlink(7), without holding up the program.
   *
   * @param request one message, as {@link ./netlink.ts} makes it
   * @returns the kernel's messages, one after the other, up to the one that ends its answer
   * @throws {Error} if there is no socket to be had, or no whole answer
   * @throws {RangeError} if the answer is longer than anything that could be shown
   */
  rtnetlink(request: Uint8Array<ArrayBuffer>): Promise<Uint8Array>;
}

/** Where {@linkcode SystemCalls} come from. */
export interface SystemCallLibrary {
  /** The calls, found when they are first asked for; `undefined` where the runtime cannot make them, or may not. */
  calls(): SystemCalls | undefined;
  /** Lets go of what makes them, until they are asked for again. */
  close(): void;
}
