/**
 * The host, read: the one module that opens its files and asks the runtime about it.
 *
 * @module
 */

import * as fs from "node:fs";
import * as os from "node:os";
import process from "node:process";
import type { FileTree, Platform, ProcessFigures, RuntimeFigures, Source, StatfsAnswer } from "./collector.ts";
import { KeptFiles } from "./kept_files.ts";
import { oneCallEach, statfs, statfsSync } from "./statfs.ts";
import type { SystemCallLibrary } from "./system_calls.ts";

/** Where the host is found, and what stands in for it. */
export interface SourceOptions {
  /** Mount point of procfs. Default `/proc`. */
  readonly procfs?: string;
  /** Mount point of sysfs. Default `/sys`. */
  readonly sysfs?: string;
  /** Where the root of the host's file systems is mounted. Default `/`. */
  readonly rootfs?: string;
  /** The folder of udev's database. Default `/run/udev/data`. */
  readonly udevData?: string;
  /** The host's operating system. Default: the one that the program runs on. */
  readonly platform?: Platform;
  /** The runtime's own figures. Default: those of `node:os`. */
  readonly runtime?: RuntimeFigures;
  /** Asks for the space of file systems that may hang, in a helper process. Default: this process asks, without blocking. */
  readonly statfs?: (path: string) => Promise<StatfsAnswer | undefined>;
  /** Makes system calls; closed with the source. Default: none are made. */
  readonly library?: SystemCallLibrary;
}

/** A {@linkcode Source} that keeps files open. */
export interface OpenSource extends Source {
  /** Closes the files kept open; reading afterwards keeps none. */
  close(): void;
}

/** Reads the host, its kernel's files through descriptors that stay open. */
export function createSource(options: SourceOptions = {}): OpenSource {
  const files = new HostFiles();
  const ask = oneCallEach(statfs);
  const askHelper = options.statfs ? oneCallEach(options.statfs) : ask;
  const ownStart = once(() => ownStartSeconds(files));
  return {
    platform: options.platform ?? platformOf(os.platform()),
    proc: treeOf(files, options.procfs ?? "/proc"),
    sys: treeOf(files, options.sysfs ?? "/sys"),
    root: treeOf(files, options.rootfs ?? "/"),
    udev: treeOf(files, options.udevData ?? "/run/udev/data"),
    local: treeOf(files, undefined),
    runtime: options.runtime ?? runtimeFigures,
    statfs: (path, manner) =>
      manner === "at once" ? Promise.resolve(statfsSync(path)) : (manner === "by helper" ? askHelper : ask)(path),
    process: () => ownFigures(files, ownStart()),
    systemCalls: () => options.library?.calls(),
    close() {
      files.close();
      options.library?.close();
    },
  };
}

/** Paths below `folder`; without one, as they are. */
function treeOf(files: HostFiles, folder: string | undefined): FileTree {
  const root = folder === undefined ? "" : `${withoutEndSlash(folder)}/`;
  const locate = (path: string) => root + path;
  return Object.assign((path: string) => files.read(locate(path)), {
    try: (path: string) => files.tryRead(locate(path), GONE),
    value: (path: string) => files.tryRead(locate(path), VALUELESS)?.trim(),
    list: (path: string) => files.attempt(locate(path), GONE, (at) => fs.readdirSync(at).sort()),
    link: (path: string) => missingUndefined(locate(path), [...GONE, "EINVAL"], (at) => fs.readlinkSync(at)),
    isFolder: (path: string): boolean =>
      files.attempt(locate(path), [...GONE, "ELOOP"], (at) => fs.statSync(at).isDirectory()) ?? false,
    modifiedSeconds: (path: string) =>
      files.attempt(
        locate(path),
        [...GONE, "ELOOP"],
        (at) => Number(fs.statSync(at, { bigint: true }).mtimeNs) / 1e9,
      ),
    locate,
  });
}

/**
 * What `read` gives, but `undefined` if it fails by one of these codes.
 *
 * @throws {Error} if it fails otherwise; the message names the file
 */
function missingUndefined<T>(path: string, codes: readonly string[], read: (path: string) => T): T | undefined {
  try {
    return read(path);
  } catch (error) {
    if (codes.includes(codeOf(error))) return undefined;
    throw new Error(`Cannot read "${path}": ${reasonOf(error)}`, { cause: error });
  }
}

/** linux/magic.h: PROC_SUPER_MAGIC, SYSFS_MAGIC. Files of other kernel file systems may be replaced under their name. */
const PROCFS = 0x9fa0;
const SYSFS = 0x62656572;
/** sysfs gives up to a page at a time, of at least so many bytes, and less only at the end; procfs gives less anywhere. */
const SYSFS_PAGE_BYTES = 4096;
/** At most so many files are kept open: the kernel holds a page for each. */
const KEPT_FILES = 2048;
/** Most programs may open so many, if not told otherwise. */
const USUAL_DESCRIPTORS = 1024;
/** Paths remembered as missing. */
const MISSING_PATHS = 4096;
/** Files of one process or thread are as many as they, and gone when it ends: kept, they would close all others. */
const PASSING = /\/\d+\/stat$/;
const FIRST_BUFFER_BYTES = 64 * 1024;
/** A larger buffer, which one large file needed, is not held on to. */
const REUSED_BUFFER_BYTES = 1024 * 1024;
const LARGEST_FILE_BYTES = 64 * 1024 * 1024;
/** There is no such file, or the device behind it went away between opening and reading. */
const GONE: readonly string[] = ["ENOENT", "ENOTDIR", "ENODEV", "ESRCH"];
/** There is a file, but its device has no value: what drivers answer for that. */
const VALUELESS: readonly string[] = [
  ...GONE,
  "EINVAL",
  "ENODATA",
  "EOPNOTSUPP",
  "ENOTSUP",
  "EIO",
  "EAGAIN",
  "ENXIO",
  "EBUSY",
  "ETIMEDOUT",
  "EREMOTEIO",
];
/** A FIFO without a writer would block the whole program in open(2). */
const OPEN_FLAGS = fs.constants.O_RDONLY | (fs.constants.O_NONBLOCK ?? 0);

/** How many files may be kept open: the rest of the descriptors is for what is served and asked. */
function keptFiles(): number {
  const limits = orUndefined(() => fs.readFileSync("/proc/self/limits", "utf8"));
  return Math.min(KEPT_FILES, Math.floor((openFilesLimit(limits) ?? USUAL_DESCRIPTORS) / 2));
}

/** An open file. */
interface OpenFile {
  readonly descriptor: number;
  /** Whether fewer bytes than a page are all that there are. */
  readonly ofSysfs: boolean;
}

/** Files by absolute path, those of procfs and sysfs kept open. */
class HostFiles {
  readonly #kept = new KeptFiles<OpenFile>(once(keptFiles), ({ descriptor }) => fs.closeSync(descriptor));
  readonly #missing = new Set<string>();
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  #buffer = new Uint8Array(FIRST_BUFFER_BYTES);
  #closed = false;

  /**
   * Text of a file, with U+FFFD for what is not UTF-8.
   *
   * @throws {Error} if the file cannot be read; the message names it
   */
  read(path: string): string {
    try {
      return this.#text(path);
    } catch (error) {
      throw new Error(`Cannot read "${path}": ${reasonOf(error)}`, { cause: error });
    }
  }

  /** {@linkcode HostFiles.read}, but `undefined` if it fails by one of these codes. */
  tryRead(path: string, codes: readonly string[]): string | undefined {
    return this.attempt(path, codes, (at) => this.#text(at));
  }

  /**
   * What `read` gives, but `undefined` if it fails by one of these codes, as for a path at which there is nothing. Such a
   * path is then only asked for until there is: an error takes ten times as long, and most of what a kernel may have a
   * host has not.
   *
   * @throws {Error} if it fails otherwise; the message names the file
   */
  attempt<T>(path: string, codes: readonly string[], read: (path: string) => T): T | undefined {
    if (this.#missing.has(path)) {
      if (!fs.existsSync(path)) return undefined;
      this.#missing.delete(path);
    }
    return missingUndefined(path, codes, (at) => {
      try {
        return read(at);
      } catch (error) {
        if (isMissing(path, codeOf(error)) && !PASSING.test(path)) this.#miss(path);
        throw error;
      }
    });
  }

  #miss(path: string): void {
    if (this.#missing.size >= MISSING_PATHS) this.#missing.clear();
    this.#missing.add(path);
  }

  close(): void {
    this.#closed = true;
    this.#kept.clear();
  }

  #text(path: string): string {
    const kept = this.#kept.get(path);
    if (kept !== undefined) {
      try {
        return this.#contents(kept);
      } catch (error) {
        if (isValueless(error)) throw error;
        // Whatever the descriptor stood for is gone; a file of that name may be there again.
        this.#kept.drop(path);
      }
    }
    return this.#opened(path);
  }

  #opened(path: string): string {
    const descriptor = fs.openSync(path, OPEN_FLAGS);
    let file: OpenFile | undefined;
    let keep = false;
    try {
      const { type } = fs.statfsSync(path);
      file = { descriptor, ofSysfs: type === SYSFS };
      keep = !this.#closed && !PASSING.test(path) && (type === PROCFS || type === SYSFS);
      return this.#contents(file);
    } catch (error) {
      // A device without a value now is there all the same, and asking it again costs less so.
      keep &&= isValueless(error);
      throw error;
    } finally {
      if (keep && file) this.#kept.offer(path, file);
      else fs.closeSync(descriptor);
    }
  }

  /** Reads from position 0 to the end: one read(2) of a kernel file may give less than all of it. */
  #contents({ descriptor, ofSysfs }: OpenFile): string {
    let length = 0;
    for (;;) {
      const count = fs.readSync(descriptor, this.#buffer, length, this.#buffer.length - length, length);
      length += count;
      if (count === 0 || (ofSysfs && count < SYSFS_PAGE_BYTES)) break;
      if (length === this.#buffer.length) this.#grow();
    }
    const text = this.#decoder.decode(this.#buffer.subarray(0, length));
    if (this.#buffer.length > REUSED_BUFFER_BYTES) this.#buffer = new Uint8Array(FIRST_BUFFER_BYTES);
    return text;
  }

  #grow(): void {
    const full = this.#buffer;
    const tooLarge = full.length >= LARGEST_FILE_BYTES;
    this.#buffer = new Uint8Array(tooLarge ? FIRST_BUFFER_BYTES : full.length * 2);
    if (tooLarge) throw new RangeError(`has ${LARGEST_FILE_BYTES} bytes or more`);
    this.#buffer.set(full);
  }
}

/** Whether there is nothing at `path`, by the code of what failed: of a file, listing it fails by that of a file's parts. */
function isMissing(path: string, code: string): boolean {
  return code === "ENOENT" || (code === "ENOTDIR" && !fs.existsSync(path));
}

/** Whether a reading failed though its file is there. */
function isValueless(error: unknown): boolean {
  const code = codeOf(error);
  return VALUELESS.includes(code) && !GONE.includes(code);
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}

/**
 * What a failed system call says besides the file, which the caller names: `permission denied`, both of Node's
 * `EACCES: permission denied, open '/x'` and of Deno's `Permission denied (os error 13): open '/x'` (2.4 has both forms).
 */
export function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const ofNode = /^[A-Z]\w*: (.*?), \w+(?: '.*')?$/s.exec(message)?.[1];
  const ofDeno = /^(.+?)\.? \(os error \d+\)(?:: \w+ '.*')?$/s.exec(message)?.[1];
  return ofNode ?? (ofDeno ? ofDeno.charAt(0).toLowerCase() + ofDeno.slice(1) : message);
}

function withoutEndSlash(path: string): string {
  return path.replace(/\/+$/, "");
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

function platformOf(name: string): Platform {
  if (name === "linux" || name === "darwin") return name;
  return name === "win32" ? "windows" : "other";
}

const runtimeFigures: RuntimeFigures = {
  cpus: () =>
    os.cpus().map(({ times }) => ({
      user: times.user / 1000,
      nice: times.nice / 1000,
      system: times.sys / 1000,
      idle: times.idle / 1000,
      irq: times.irq / 1000,
    })),
  memory: () => ({ totalBytes: os.totalmem(), freeBytes: os.freemem() }),
  loadavg() {
    const [one, five, fifteen] = os.loadavg();
    // Windows has no load average, of which the runtimes make three zeros.
    if (os.platform() === "win32" || one === undefined || five === undefined || fifteen === undefined) return undefined;
    return [one, five, fifteen];
  },
  uptimeSeconds: () => os.uptime(),
  machine: () => os.machine(),
};

/** USER_HZ, which the kernel's ABI fixes for all architectures that the runtimes support. */
const TICKS_PER_SECOND = 100;
/** Fields of proc_pid_stat(5) counted from 0 at the third, `state`: the second may itself hold spaces. */
const THREADS = 17;
const START_TICKS = 19;
const VIRTUAL_BYTES = 20;

/** The exporter's own figures: from `/proc/self` where it can be read, otherwise what the runtime knows. */
function ownFigures(files: HostFiles, startTimeSeconds: number): ProcessFigures {
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed, heapTotal } = process.memoryUsage();
  const stat = ownStat(files);
  const limits = orUndefined(() => files.read("/proc/self/limits"));
  return {
    cpuSeconds: (user + system) / 1e6,
    startTimeSeconds,
    residentBytes: rss,
    virtualBytes: numberOrUndefined(stat?.[VIRTUAL_BYTES]),
    virtualMaxBytes: softLimit(limits, /^Max address space +(\S+)/m),
    openFds: orUndefined(openDescriptors),
    maxFds: openFilesLimit(limits),
    threads: numberOrUndefined(stat?.[THREADS]),
    heapUsedBytes: heapUsed,
    heapTotalBytes: heapTotal,
  };
}

function ownStat(files: HostFiles): string[] | undefined {
  const text = orUndefined(() => files.read("/proc/self/stat"));
  return text?.slice(text.lastIndexOf(")") + 2).split(" ");
}

function ownStartSeconds(files: HostFiles): number {
  const ticks = numberOrUndefined(ownStat(files)?.[START_TICKS]);
  const boot = orUndefined(() => files.read("/proc/stat"))?.match(/^btime (\d+)$/m)?.[1];
  if (ticks === undefined || boot === undefined) return performance.timeOrigin / 1000;
  return Number(boot) + ticks / TICKS_PER_SECOND;
}

/** Since Linux 6.2 the folder's size tells; before it is 0, and listing it counts the descriptor of the list itself. */
function openDescriptors(): number {
  return fs.statSync("/proc/self/fd").size || fs.readdirSync("/proc/self/fd").length - 1;
}

/** RLIM_INFINITY, as the clients of Prometheus show it. */
const UNLIMITED = 2 ** 64;

function softLimit(limits: string | undefined, line: RegExp): number | undefined {
  const limit = limits?.match(line)?.[1];
  return limit === "unlimited" ? UNLIMITED : numberOrUndefined(limit);
}

function openFilesLimit(limits: string | undefined): number | undefined {
  return softLimit(limits, /^Max open files +(\S+)/m);
}

function numberOrUndefined(digits: string | undefined): number | undefined {
  return digits !== undefined && /^\d+$/.test(digits) ? Number(digits) : undefined;
}

/** A process that has no `/proc`, or is denied its own, still reports what the runtime knows. */
function orUndefined<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
