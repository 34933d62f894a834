/**
 * System calls by way of the C library, where the runtime can call it and may. Nothing is loaded before the first call.
 *
 * @module
 */

import { endsAnswer } from "./netlink.ts";
import type { ClockState, SystemCallLibrary, SystemCalls } from "./system_calls.ts";
import { openIcmpSocket } from "./libc/icmp_socket.ts";
import { errno, ERRORS, failure, type Library, SYMBOLS, type Symbols } from "./libc/symbols.ts";

/** Those of glibc and of musl; their functions have the same names and structures. */
const FILES = ["libc.so.6", "libc.musl-x86_64.so.1", "libc.musl-aarch64.so.1"];
/** For which structures and numbers are known. */
const ARCHITECTURES: readonly string[] = ["x86_64", "aarch64"];

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
  return {
    adjtimex: () => adjtimex(symbols),
    rtnetlink: (request) => rtnetlink(symbols, request),
    openIcmp: (family) => openIcmpSocket(symbols, family),
  };
}

function adjtimex(symbols: Symbols): ClockState | undefined {
  // All zeros: the first field says what to change, which is nothing.
  const timex = new Uint8Array(TIMEX_BYTES);
  const state = symbols.adjtimex(timex);
  if (state >= 0) return { state, timex };
  const code = errno(symbols);
  if (code === ERRORS.EPERM || code === ERRORS.EACCES) return undefined;
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
