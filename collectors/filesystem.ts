/**
 * Mounted file systems: proc_pid_mountinfo(5) of process 1, and statfs(2) of each mount. 9 series per mount. A mount that
 * does not answer costs no more than its own figures: it is marked, and asked again once its answer has come.
 *
 * @module
 */

import * as z from "zod";
import { checked } from "../src/checked.ts";
import type { Clock } from "../src/clock.ts";
import { defineCollector, type FileTree, type StatfsAnswer, type StatfsManner } from "../src/collector.ts";
import { deferred } from "../src/deferred.ts";
import { parseDuration } from "../src/duration.ts";
import { malformed } from "../src/kernel_text.ts";
import { type Pattern, patternOption, wanted } from "../src/pattern.ts";

const FILE = "/proc/1/mountinfo";
const MOUNT_POINTS_EXCLUDE = "^/(dev|proc|run/credentials/.+|sys|var/lib/docker/.+|var/lib/containers/storage/.+)($|/)";
const FS_TYPES_EXCLUDE =
  "^(autofs|binfmt_misc|bpf|cgroup2?|configfs|debugfs|devpts|devtmpfs|fusectl|hugetlbfs|iso9660|mqueue|nsfs|overlay|proc|procfs|pstore|rpc_pipefs|securityfs|selinuxfs|squashfs|erofs|sysfs|tracefs)$";
const LABELS = ["device", "mountpoint", "fstype", "device_error"] as const;
const PATTERN = { placeholder: "pattern" };
/** What is left of a run's deadline when it has waited for mounts, to report the others; half of a shorter deadline. */
const MARGIN_SECONDS = 0.5;
/** Of local readings, as of all that have no longer wait. */
const USUAL_TIMEOUT_SECONDS = 1;
/** Types that answer from memory, whatever their device does; the others depend on servers, or on programs. */
const LOCAL_TYPES: readonly string[] = [
  "bcachefs",
  "btrfs",
  "erofs",
  "exfat",
  "ext2",
  "ext3",
  "ext4",
  "f2fs",
  "jfs",
  "msdos",
  "ramfs",
  "rootfs",
  "squashfs",
  "tmpfs",
  "vfat",
  "xfs",
  "zfs",
];
/** Those of them that wait for no lock to answer, nor for a server on the way to them. */
const PROMPT_TYPES: readonly string[] = ["ext2", "ext3", "ext4", "ramfs", "rootfs", "tmpfs", "xfs"];
/** Families that need an answer; the others are told by the kernel's list alone. */
const ANSWERED = [
  "node_filesystem_size_bytes",
  "node_filesystem_free_bytes",
  "node_filesystem_avail_bytes",
  "node_filesystem_files",
  "node_filesystem_files_free",
  "node_filesystem_purgeable_bytes",
  "node_filesystem_readonly",
  "node_filesystem_device_error",
] as const;
/** What the peer calls a mount that does not answer. */
const NO_ANSWER: StatfsAnswer = { fault: "mountpoint timeout" };

/** A mount. */
export interface Mount {
  /** What is mounted, in the kernel's spelling. */
  readonly device: string;
  /** Where. */
  readonly mountPoint: string;
  /** Type of the file system. */
  readonly fsType: string;
  /** Major number of its device. */
  readonly major: string;
  /** Minor number of its device. */
  readonly minor: string;
  /** Whether the mount, or the file system itself, is read-only. */
  readonly readOnly: boolean;
}

/** A mount and what it answered; neither space nor fault of one that was not asked. */
export type MountedSpace = Mount & (StatfsAnswer | { readonly space?: undefined; readonly fault?: undefined });

export default defineCollector({
  name: "filesystem",
  help: "Space and inodes of mounted file systems.",
  peer: true,
  platforms: ["linux"],
  freshnessSeconds: 0.1,
  options: z.strictObject({
    "mount-points-exclude": z.string().default(MOUNT_POINTS_EXCLUDE).transform(patternOption)
      .describe("Mount points to leave out; not with mount-points-include.").meta(PATTERN),
    "mount-points-include": z.string().default("").transform(patternOption)
      .describe("Mount points to report, and no others.").meta(PATTERN),
    "ignored-mount-points": z.string().default("").transform(patternOption)
      .describe("Former name of mount-points-exclude.").meta({ ...PATTERN, deprecated: true }),
    "fs-types-exclude": z.string().default(FS_TYPES_EXCLUDE).transform(patternOption)
      .describe("Types to leave out; not with fs-types-include.").meta(PATTERN),
    "fs-types-include": z.string().default("").transform(patternOption)
      .describe("Types to report, and no others.").meta(PATTERN),
    "ignored-fs-types": z.string().default("").transform(patternOption)
      .describe("Former name of fs-types-exclude.").meta({ ...PATTERN, deprecated: true }),
    "mount-timeout": z.string().default("500ms").transform(checked(parseDuration))
      .describe("How long to wait for a mount's answer; a scrape that may not wait so long goes without filesystem.")
      .meta({ placeholder: "duration" }),
  }).refine((o) => given(o["mount-points-exclude"], o["mount-points-include"], o["ignored-mount-points"]) <= 1, {
    message: "of mount-points-exclude, mount-points-include and ignored-mount-points only one may be given",
  }).refine((o) => given(o["fs-types-exclude"], o["fs-types-include"], o["ignored-fs-types"]) <= 1, {
    message: "of fs-types-exclude, fs-types-include and ignored-fs-types only one may be given",
  }),
  timeoutFor: (options) => Math.max(USUAL_TIMEOUT_SECONDS, options["mount-timeout"] + MARGIN_SECONDS),
  metrics: {
    node_filesystem_size_bytes: { type: "gauge", help: "Filesystem size in bytes.", labels: LABELS },
    node_filesystem_free_bytes: { type: "gauge", help: "Filesystem free space in bytes.", labels: LABELS },
    node_filesystem_avail_bytes: {
      type: "gauge",
      help: "Filesystem space available to non-root users in bytes.",
      labels: LABELS,
    },
    node_filesystem_files: { type: "gauge", help: "Filesystem total file nodes.", labels: LABELS },
    node_filesystem_files_free: { type: "gauge", help: "Filesystem total free file nodes.", labels: LABELS },
    node_filesystem_purgeable_bytes: {
      type: "gauge",
      help: "Filesystem space available including purgeable space (MacOS specific).",
      labels: LABELS,
    },
    node_filesystem_readonly: { type: "gauge", help: "Filesystem read-only status.", labels: LABELS },
    node_filesystem_device_error: {
      type: "gauge",
      help: "Whether an error occurred while getting statistics for the given device.",
      labels: LABELS,
    },
    node_filesystem_mount_info: {
      type: "gauge",
      help: "Filesystem mount information.",
      labels: ["device", "major", "minor", "mountpoint"],
    },
  },
  sources: {
    [FILE]: ["node_filesystem_*"],
    "/proc/self/mountinfo": ["node_filesystem_*"],
    "statfs(2)": [
      "node_filesystem_*_bytes",
      "node_filesystem_files*",
      "node_filesystem_device_*",
    ],
  },
  async read({ source, options, clock, timeoutSeconds, wanted: isWanted }): Promise<readonly MountedSpace[]> {
    const points = options["mount-points-include"];
    const notPoints = points ? undefined : options["ignored-mount-points"] ?? options["mount-points-exclude"];
    const types = options["fs-types-include"];
    const notTypes = types ? undefined : options["ignored-fs-types"] ?? options["fs-types-exclude"];
    const root = source.root.locate("").replace(/\/+$/, "");
    const all = parseMountinfo(mountinfo(source.proc), root);
    const mounts = distinct(all).filter(({ mountPoint, fsType }) =>
      wanted(mountPoint, points, notPoints) && wanted(fsType, types, notTypes)
    );
    if (!ANSWERED.some((name) => isWanted(name))) return mounts;
    const longest = timeoutSeconds - Math.min(MARGIN_SECONDS, timeoutSeconds / 2);
    const ask = (mount: Mount) => source.statfs(source.root.locate(mount.mountPoint.slice(1)), mannerOf(mount, all));
    return await answered(mounts, ask, clock, Math.min(options["mount-timeout"], longest));
  },
  samples(mounts, emit) {
    for (const { device, mountPoint, fsType, major, minor, readOnly, space, fault } of mounts) {
      const isAsked = space !== undefined || fault !== undefined;
      if (space || !isAsked) emit("node_filesystem_mount_info", 1, { device, major, minor, mountpoint: mountPoint });
      if (!isAsked) continue;
      const labels = { device, mountpoint: mountPoint, fstype: fsType, device_error: fault ?? "" };
      emit("node_filesystem_device_error", fault === undefined ? 0 : 1, labels);
      emit("node_filesystem_readonly", readOnly ? 1 : 0, labels);
      if (!space) continue;
      emit("node_filesystem_size_bytes", space.sizeBytes, labels);
      emit("node_filesystem_free_bytes", space.freeBytes, labels);
      emit("node_filesystem_avail_bytes", space.availableBytes, labels);
      emit("node_filesystem_files", space.files, labels);
      emit("node_filesystem_files_free", space.freeFiles, labels);
      emit("node_filesystem_purgeable_bytes", 0, labels);
    }
  },
});

/** An include takes the place of the exclude that stands by default. */
function given(...patterns: readonly (Pattern | undefined)[]): number {
  const standard = [MOUNT_POINTS_EXCLUDE, FS_TYPES_EXCLUDE];
  return patterns.filter((pattern) => pattern && !standard.includes(pattern.source)).length;
}

/** The mounts of process 1 are the host's; where it may not be looked at, our own have to do. */
function mountinfo(proc: FileTree): string {
  let text: string | undefined;
  try {
    text = proc.try("1/mountinfo");
  } catch {
    // Hidden from this user.
  }
  return text ?? proc("self/mountinfo");
}

/** A question after a path is answered by what is mounted there last, and passes what is mounted above. */
function mannerOf({ mountPoint, fsType }: Mount, all: readonly Mount[]): StatfsManner {
  if (!LOCAL_TYPES.includes(fsType)) return "by helper";
  const isOnWay = (other: string) => other === mountPoint || (other !== "/" && mountPoint.startsWith(`${other}/`));
  return all.every((other) => PROMPT_TYPES.includes(other.fsType) || !isOnWay(other.mountPoint))
    ? "at once"
    : "waiting";
}

/** The mounts and their answers, with those that come in time: the others are given up, and not waited for again. */
async function answered(
  mounts: readonly Mount[],
  ask: (mount: Mount) => Promise<StatfsAnswer | undefined>,
  clock: Clock,
  waitSeconds: number,
): Promise<MountedSpace[]> {
  const { promise: timeUp, resolve } = deferred<undefined>();
  const cancel = clock.timer(() => resolve(undefined), waitSeconds);
  const answers = new Map<string, Promise<StatfsAnswer | undefined>>();
  for (const mount of mounts) if (!answers.has(mount.mountPoint)) answers.set(mount.mountPoint, ask(mount));
  try {
    return await Promise.all(mounts.map(async (mount) => {
      const answer = await Promise.race([answers.get(mount.mountPoint), timeUp]);
      return { ...mount, ...answer ?? NO_ANSWER };
    }));
  } finally {
    cancel();
  }
}

/** What is mounted twice at one place is one series. */
function distinct(mounts: readonly Mount[]): Mount[] {
  const keyed = new Map(mounts.map((mount) => [[mount.device, mount.mountPoint, mount.fsType].join("\0"), mount]));
  return [...keyed.values()];
}

/**
 * Parses `mountinfo`.
 *
 * @param root where the host's root is mounted, without a slash at its end: taken off mount points below it
 * @throws {SyntaxError} if a line breaks the format
 */
export function parseMountinfo(text: string, root = ""): Mount[] {
  return text.split("\n").filter((line) => line.trim() !== "").map((line) => {
    const [, number, point = "", options = "", fsType = "", device = "", superOptions = ""] =
      /^\s*\d+ +\d+ +(\d+:\d+) +\S+ +(\S+) +(\S+)(?: +\S+)*? - (\S+) (\S*)(?: (\S*).*)?\s*$/.exec(line) ?? [];
    const [major, minor] = number?.split(":") ?? [];
    if (major === undefined || minor === undefined) throw malformed(FILE, line);
    const readOnly = `${options},${superOptions}`.split(",").includes("ro");
    return { device, mountPoint: below(root, unescaped(point)), fsType, major, minor, readOnly };
  });
}

/** The kernel writes white space, `#` and `\` as three octal digits. */
function unescaped(text: string): string {
  return text.replace(/\\([0-3][0-7]{2})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));
}

function below(root: string, path: string): string {
  if (root === "" || (path !== root && !path.startsWith(`${root}/`))) return path;
  return path.slice(root.length) || "/";
}
