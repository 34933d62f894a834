/**
 * statfs(2): the space of a mounted file system. Such a call may never return, as when its server is gone; so there is at
 * most one under way per mount. A module of its own, so that a child process that makes the calls loads nothing else.
 *
 * @module
 */

import * as fs from "node:fs";
import { promisify } from "node:util";
import type { FileSystemSpace, StatfsAnswer } from "./collector.ts";
import { isRecord } from "./line_json.ts";

/** What the peer, with Go, says for errors that the runtimes call otherwise or only by number. */
const GO_TEXTS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EBUSY: "device or resource busy",
  EHOSTDOWN: "host is down",
  EHOSTUNREACH: "no route to host",
  EINTR: "interrupted system call",
  EIO: "input/output error",
  ELOOP: "too many levels of symbolic links",
  ENAMETOOLONG: "file name too long",
  ENODEV: "no such device",
  ENOENT: "no such file or directory",
  ENOTCONN: "transport endpoint is not connected",
  ENOTDIR: "not a directory",
  ENXIO: "no such device or address",
  EPERM: "operation not permitted",
  ESTALE: "stale NFS file handle",
  ETIMEDOUT: "connection timed out",
};
/** Of Linux, for errors that come as a number alone. */
const ERROR_NUMBERS: Readonly<Record<number, string>> = { 112: "EHOSTDOWN", 116: "ESTALE" };

/** Also where `node:fs/promises` does not have it, as in older runtimes. */
const statfsOfNode = promisify<string, fs.StatsFs>(fs.statfs);

/** Asks the system, from this process. */
export async function statfs(path: string): Promise<StatfsAnswer> {
  try {
    return answerOf(await statfsOfNode(path));
  } catch (error) {
    return { fault: textOf(error) };
  }
}

/** Asks the system, and holds the event loop until it has answered. */
export function statfsSync(path: string): StatfsAnswer {
  try {
    return answerOf(fs.statfsSync(path));
  } catch (error) {
    return { fault: textOf(error) };
  }
}

function answerOf({ bsize, blocks, bfree, bavail, files, ffree }: fs.StatsFs): StatfsAnswer {
  return {
    space: {
      sizeBytes: blocks * bsize,
      freeBytes: bfree * bsize,
      availableBytes: bavail * bsize,
      files,
      freeFiles: ffree,
    },
  };
}

function textOf(error: unknown): string {
  const number = error instanceof Error && "errno" in error && typeof error.errno === "number" ? -error.errno : 0;
  const named = error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
  const text = GO_TEXTS[ERROR_NUMBERS[number] ?? named];
  if (text !== undefined) return text;
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/^[A-Z]\w*: /, "").replace(/, statfs '.*'$/s, "");
}

/** `ask`, but who asks for a path while an earlier question after it has no answer yet gets `undefined`, at once. */
export function oneCallEach(
  ask: (path: string) => Promise<StatfsAnswer | undefined>,
): (path: string) => Promise<StatfsAnswer | undefined> {
  const underWay = new Set<string>();
  return async (path) => {
    if (underWay.has(path)) return undefined;
    underWay.add(path);
    try {
      return await ask(path);
    } finally {
      underWay.delete(path);
    }
  };
}

/**
 * An answer that came as JSON.
 *
 * @throws {TypeError} if it is none
 */
export function statfsAnswer(value: unknown): StatfsAnswer {
  if (isRecord(value)) {
    const { fault, space } = value;
    if (typeof fault === "string") return { fault };
    if (isRecord(space)) return { space: spaceOf(space) };
  }
  throw new TypeError(`Cannot use an answer to statfs: it is ${JSON.stringify(value)}`);
}

function spaceOf(space: Readonly<Record<string, unknown>>): FileSystemSpace {
  const number = (key: keyof FileSystemSpace): number => {
    const value = space[key];
    if (typeof value !== "number") throw new TypeError(`Cannot use an answer to statfs: ${key} is no number`);
    return value;
  };
  return {
    sizeBytes: number("sizeBytes"),
    freeBytes: number("freeBytes"),
    availableBytes: number("availableBytes"),
    files: number("files"),
    freeFiles: number("freeFiles"),
  };
}
