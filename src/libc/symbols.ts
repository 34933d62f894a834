/**
 * The C library as far as it is used, and the errors of its functions.
 *
 * @module
 */

/** Functions by name; `strerror` and errno tell of calls made without `nonblocking` alone. */
export const SYMBOLS = {
  adjtimex: { parameters: ["buffer"], result: "i32" },
  clock_gettime: { parameters: ["i32", "buffer"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
  errnoLocation: { name: "__errno_location", parameters: [], result: "pointer" },
  eventfd: { parameters: ["u32", "i32"], result: "i32" },
  if_nametoindex: { parameters: ["buffer"], result: "u32" },
  poll: { parameters: ["buffer", "usize", "i32"], result: "i32", nonblocking: true },
  read: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  // The kernel may make these two wait for a lock of netlink's own whatever the socket's mode: another thread waits then.
  recv: { parameters: ["i32", "buffer", "usize", "i32"], result: "isize", nonblocking: true },
  send: { parameters: ["i32", "buffer", "usize", "i32"], result: "isize", nonblocking: true },
  recvmsg: { parameters: ["i32", "buffer", "i32"], result: "isize" },
  sendmsg: { parameters: ["i32", "buffer", "i32"], result: "isize" },
  setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  strerror: { parameters: ["i32"], result: "pointer" },
  write: { parameters: ["i32", "buffer", "usize"], result: "isize" },
} as const;

/** The C library, opened. */
export type Library = Deno.DynamicLibrary<typeof SYMBOLS>;
/** Its functions. */
export type Symbols = Library["symbols"];

/** Linux' numbers on the processors that are known, by the names that `node:` modules give to such errors. */
export const ERRORS = {
  EPERM: 1,
  EINTR: 4,
  EAGAIN: 11,
  ENOMEM: 12,
  EACCES: 13,
  EINVAL: 22,
  ENFILE: 23,
  EMFILE: 24,
  EMSGSIZE: 90,
  EAFNOSUPPORT: 97,
  EADDRNOTAVAIL: 99,
  ENETDOWN: 100,
  ENETUNREACH: 101,
  ENOBUFS: 105,
  ECONNREFUSED: 111,
  EHOSTDOWN: 112,
  EHOSTUNREACH: 113,
} as const;

/** Number of the error of the call before, to be asked for at once. */
export function errno(symbols: Symbols): number {
  const location = symbols.errnoLocation();
  return location === null ? 0 : new Deno.UnsafePointerView(location).getInt32();
}

/** The error that stands for the number `code`; its property `code` is the number's name, if that is known. */
export function failure(symbols: Symbols, action: string, code: number): Error {
  const message = symbols.strerror(code);
  const reason = message === null ? `error ${code}` : Deno.UnsafePointerView.getCString(message);
  const error = new Error(`Cannot ${action}: ${reason.charAt(0).toLowerCase()}${reason.slice(1)}`);
  const name = Object.entries(ERRORS).find(([, number]) => number === code)?.[0];
  return name === undefined ? error : Object.assign(error, { code: name });
}

/** Where `bytes` lie; they must be kept for as long as the place is used. */
export function placeOf({ buffer, byteOffset }: Uint8Array<ArrayBuffer>): bigint {
  // By the buffer: asking for it moves few bytes out of the heap, in which they would be moved about.
  return BigInt(Deno.UnsafePointer.value(Deno.UnsafePointer.of(buffer))) + BigInt(byteOffset);
}
