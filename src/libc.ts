/**
 * System calls by way of the C library, where the runtime can call it and may. Nothing is loaded before the first call.
 *
 * @module
 */

import { endsAnswer } from "./netlink.ts";
import type { ClockState, SystemCallLibrary, SystemCalls } from "./system_calls.ts";

/** The C library as far as it is used; `strerror` and errno tell of calls made without `nonblocking` alone. */
const SYMBOLS = {
  adjtimex: { parameters: ["buffer"], result: "i32" },
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
  // The kernel may make these wait for a lock of its own whatever the socket's mode: another thread waits then.
  send: { parameters: ["i32", "buffer", "usize", "i32"], result: "isize", nonblocking: true },
  recv: { parameters: ["i32", "buffer", "usize", "i32"], result: "isize", nonblocking: true },
  errnoLocation: { name: "__errno_location", parameters: [], result: "pointer" },
  strerror: { parameters: ["i32"], result: "pointer" },
} as const;

type Library = Deno.DynamicLibrary<typeof SYMBOLS>;

/** Those of glibc and of musl; their functions have the same names and structures. */
const FILES = ["libc.so.6", "libc.musl-x86_64.so.1", "libc.musl-aarch64.so.1"];
/** For which structures and numbers are known. */
const ARCHITECTURES: readonly string[] = ["x86_64", "aarch64"];

const EPERM = 1;
const EACCES = 13;
/** sys/timex.h: size of `struct timex`. */
const TIMEX_BYTES = 208;
/** sys/socket.h, linux/netlink.h. */
const AF_NETLINK = 16;
const SOCK_RAW_NONBLOCK_CLOEXEC = 3 | 0o4000 | 0o2000000;
const NETLINK_ROUTE = 0;
/** Says how long a message is even where the buffer is shorter. */
const MSG_TRUNC = 0x20;
/** The kernel makes no message of the answer longer than 32 KiB. */
const BUFFER_BYTES = 64 * 1024;
const LARGEST_ANSWER_BYTES = 16 * 1024 * 1024;

/** The C library of this process. */
export function createLibc(): SystemCallLibrary {
  let library: Library | undefined;
  let tried = false;
  return {
    calls() {
      if (!tried) library = open();
      tried = true;
      return library && callsOf(library);
    },
    close() {
      library?.close();
      library = undefined;
      tried = false;
    },
  };
}

/** Asks nobody for permission: a program that has not got it does without. */
function open(): Library | undefined {
  if (typeof Deno === "undefined" || Deno.build.os !== "linux" || !ARCHITECTURES.includes(Deno.build.arch)) return;
  if (Deno.permissions.querySync({ name: "ffi" }).state !== "granted") return;
  for (const file of FILES) {
    try {
      return Deno.dlopen(file, SYMBOLS);
    } catch {
      // It is the other C library's name.
    }
  }
}

function callsOf({ symbols }: Library): SystemCalls {
  return { adjtimex: () => adjtimex(symbols), rtnetlink: (request) => rtnetlink(symbols, request) };
}

type Symbols = Library["symbols"];

/** Number of the error of the call before, to be asked for at once. */
function errno(symbols: Symbols): number {
  const location = symbols.errnoLocation();
  return location === null ? 0 : new Deno.UnsafePointerView(location).getInt32();
}

function failure(symbols: Symbols, action: string, code: number): Error {
  const message = symbols.strerror(code);
  const reason = message === null ? `error ${code}` : Deno.UnsafePointerView.getCString(message);
  return new Error(`Cannot ${action}: ${reason.charAt(0).toLowerCase()}${reason.slice(1)}`);
}

function adjtimex(symbols: Symbols): ClockState | undefined {
  // All zeros: the first field says what to change, which is nothing.
  const timex = new Uint8Array(TIMEX_BYTES);
  const state = symbols.adjtimex(timex);
  if (state >= 0) return { state, timex };
  const code = errno(symbols);
  if (code === EPERM || code === EACCES) return undefined;
  throw failure(symbols, "call adjtimex", code);
}

async function rtnetlink(symbols: Symbols, request: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const socket = symbols.socket(AF_NETLINK, SOCK_RAW_NONBLOCK_CLOEXEC, NETLINK_ROUTE);
  if (socket < 0) throw failure(symbols, "open a netlink socket", errno(symbols));
  try {
    const sent = Number(await symbols.send(socket, request, BigInt(request.length), 0));
    if (sent !== request.length) throw new Error("Cannot ask the kernel by netlink: it does not take the request");
    return await received(symbols, socket);
  } finally {
    symbols.close(socket);
  }
}

/** The whole answer: the kernel makes each message as the one before is taken, so that there is always one. */
async function received(symbols: Symbols, socket: number): Promise<Uint8Array> {
  const buffer = new Uint8Array(BUFFER_BYTES);
  const parts: Uint8Array[] = [];
  for (let length = 0;;) {
    const bytes = Number(await symbols.recv(socket, buffer, BigInt(buffer.length), MSG_TRUNC));
    if (bytes <= 0) throw new Error("Cannot ask the kernel by netlink: it does not answer");
    length += bytes;
    if (bytes > BUFFER_BYTES) throw tooLong(`a message of ${bytes} bytes`);
    if (length > LARGEST_ANSWER_BYTES) throw tooLong(`more than ${LARGEST_ANSWER_BYTES} bytes`);
    const part = buffer.slice(0, bytes);
    parts.push(part);
    if (endsAnswer(part)) return joined(parts, length);
  }
}

function tooLong(what: string): RangeError {
  return new RangeError(`Cannot ask the kernel by netlink: it answers with ${what}`);
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
