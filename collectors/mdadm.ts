/**
 * Software RAID: md(4), `/proc/mdstat`, and md.rst of the kernel for `/sys/block/md<n>/md`. 13 series per array.
 *
 * @module
 */

import { defineCollector, type Source } from "../src/collector.ts";
import { malformed, numberIn, wholeNumber } from "../src/kernel_text.ts";

const FILE = "/proc/mdstat";
const STATES = ["active", "inactive", "recovering", "resync", "check"] as const;
const OTHER_STATES = ["reshape", "broken"] as const;
const ACTIVITIES = ["active", "inactive", "broken"] as const;

/** An array as `/proc/mdstat` tells of it. */
export interface MdArray {
  /** Name of the device. */
  readonly device: string;
  /** What it is doing; `reshape` and `broken` are none of the states that are exposed. */
  readonly state: typeof STATES[number] | typeof OTHER_STATES[number];
  /** Disks in use. */
  readonly active: number;
  /** Disks that it is made for. */
  readonly required: number;
  /** Disks that failed. */
  readonly failed: number;
  /** Disks that stand by. */
  readonly spare: number;
  /** Blocks of 1024 bytes. */
  readonly blocks: number;
  /** Blocks in sync. */
  readonly synced: number;
}

/** An array as sysfs tells of it. */
export interface MdSysfs {
  /** Name of the device. */
  readonly device: string;
  /** Disks that it is made for. */
  readonly raidDisks: number;
  /** Disks that it lacks; 0 where a level cannot lack any. */
  readonly degraded: number;
}

export default defineCollector({
  name: "mdadm",
  help: "Software RAID arrays.",
  peer: true,
  platforms: ["linux"],
  freshnessSeconds: 0.1,
  metrics: {
    node_md_blocks: { type: "gauge", help: "Total number of blocks on device.", labels: ["device"] },
    node_md_blocks_synced: { type: "gauge", help: "Number of blocks synced on device.", labels: ["device"] },
    node_md_degraded: { type: "gauge", help: "Number of degraded disks on device.", labels: ["device"] },
    node_md_disks: {
      type: "gauge",
      help: "Number of active/failed/spare disks of device.",
      labels: ["device", "state"],
    },
    node_md_disks_required: { type: "gauge", help: "Total number of disks of device.", labels: ["device"] },
    node_md_raid_disks: { type: "gauge", help: "Number of raid disks on device.", labels: ["device"] },
    node_md_state: { type: "gauge", help: "Indicates the state of md-device.", labels: ["device", "state"] },
  },
  sources: {
    [FILE]: ["node_md_blocks*", "node_md_disks*", "node_md_state"],
    "/sys/block/md*/md/raid_disks": ["node_md_raid_disks"],
    "/sys/block/md*/md/degraded": ["node_md_degraded"],
  },
  read({ source }): { readonly arrays: readonly MdArray[]; readonly sysfs: readonly MdSysfs[] } | null {
    const text = source.proc.try("mdstat");
    return text === undefined ? null : { arrays: parseMdstat(text), sysfs: arraysInSysfs(source) };
  },
  samples({ arrays, sysfs }, emit) {
    for (const { device, state, active, failed, spare, required, blocks, synced } of arrays) {
      for (const known of STATES) emit("node_md_state", known === state ? 1 : 0, { device, state: known });
      emit("node_md_disks", active, { device, state: "active" });
      emit("node_md_disks", failed, { device, state: "failed" });
      emit("node_md_disks", spare, { device, state: "spare" });
      emit("node_md_disks_required", required, { device });
      emit("node_md_blocks", blocks, { device });
      emit("node_md_blocks_synced", synced, { device });
    }
    for (const { device, raidDisks, degraded } of sysfs) {
      emit("node_md_raid_disks", raidDisks, { device });
      emit("node_md_degraded", degraded, { device });
    }
  },
});

function arraysInSysfs({ sys }: Source): MdSysfs[] {
  return (sys.list("block") ?? []).filter((name) => name.startsWith("md")).flatMap((device) => {
    const folder = `block/${device}/md`;
    // While it is reshaped there are two numbers, as `4 (3)`: to be and until now.
    const raidDisks = wholeNumber(sys.value(`${folder}/raid_disks`)?.replace(/ \(\d+\)$/, ""));
    return raidDisks === undefined ? [] : [{ device, raidDisks, degraded: numberIn(sys, `${folder}/degraded`) ?? 0 }];
  });
}

/**
 * Parses `/proc/mdstat`: an array is a line that begins at the margin and the lines indented under it.
 *
 * @throws {SyntaxError} if a line breaks the format
 */
export function parseMdstat(text: string): MdArray[] {
  const lines = text.split("\n");
  const arrays: MdArray[] = [];
  for (const [i, line] of lines.entries()) {
    if (/^\s*$|^\s|^Personalities|^unused/.test(line)) continue;
    const end = lines.findIndex((later, j) => j > i && !/^\s+\S/.test(later));
    arrays.push(parseArray(line, lines.slice(i + 1, end < 0 ? undefined : end)));
  }
  return arrays;
}

function parseArray(line: string, [status = "", ...further]: readonly string[]): MdArray {
  const [device, colon, word] = line.trim().split(/\s+/);
  const activity = ACTIVITIES.find((known) => known === word);
  if (!device || colon !== ":" || activity === undefined) throw malformed(FILE, line);
  const blocks = wholeNumber(/^\s+(\d+) blocks/.exec(status)?.[1]);
  if (blocks === undefined) throw malformed(FILE, status || line);
  const array = {
    device,
    ...disksOf(line, activity, status),
    failed: line.split("(F)").length - 1,
    spare: line.split("(S)").length - 1,
    blocks,
  };
  const progress = further.find((detail) => /\b(?:recovery|check|resync|reshape) *=/.test(detail));
  if (progress === undefined) return { ...array, state: activity, synced: blocks };
  const [, action] = /\b(recovery|check|resync|reshape) *=/.exec(progress) ?? [];
  const state = action === "recovery" ? "recovering" : action === "check" || action === "reshape" ? action : "resync";
  if (/=\s*[A-Z]+/.test(progress)) return { ...array, state, synced: 0 };
  const synced = wholeNumber(/\((\d+)\/\d+\)/.exec(progress)?.[1]);
  if (synced === undefined) throw malformed(FILE, progress);
  return { ...array, state, synced };
}

/** Levels without redundancy do not count their disks in the status line: all of them are needed and there. */
function disksOf(line: string, activity: string, status: string): { active: number; required: number } {
  if (/\b(?:raid0|linear)\b/.test(line)) {
    const disks = line.split("[").length - 1;
    return { active: disks, required: disks };
  }
  if (activity === "inactive") return { active: 0, required: 0 };
  const [, total, inUse] = /\[(\d+)\/(\d+)\] \[[U_]+\]/.exec(status) ?? [];
  const required = wholeNumber(total);
  const active = wholeNumber(inUse);
  if (required === undefined || active === undefined) throw malformed(FILE, status);
  return { active, required };
}
