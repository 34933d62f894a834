/**
 * What sysfs knows of processors: /sys/devices/system/cpu, Documentation/ABI/testing/sysfs-devices-system-cpu. Which are
 * online, which are isolated from the scheduler, how often heat slowed down cores and sockets. Up to 5 small files per
 * processor.
 *
 * @module
 */

import { cpuListIn, numbered, permitted } from "../../src/attribute.ts";
import type { FileTree } from "../../src/collector.ts";
import { wholeNumber } from "../../src/kernel_text.ts";

const FOLDER = "devices/system/cpu";

/** Processors as sysfs shows them. */
export interface CpuTopology {
  /** Whether each processor is online, by number; empty where the first cannot be taken offline, as with the peer. */
  readonly online: ReadonlyMap<string, boolean>;
  /** Numbers of the processors on which the scheduler places nothing of itself. */
  readonly isolated: ReadonlySet<number>;
  /** Times that heat slowed down a core, and a whole socket. */
  readonly coreThrottles: readonly { readonly package: string; readonly core: string; readonly count: number }[];
  /** Times that heat slowed down a socket, by its number. */
  readonly packageThrottles: ReadonlyMap<string, number>;
}

/**
 * Reads what sysfs knows of processors.
 *
 * @param wants which of it is wanted; the rest is empty, and not read
 * @throws {SyntaxError} if the list of isolated processors is none
 */
export function readTopology(sys: FileTree, wants: (part: keyof CpuTopology) => boolean = () => true): CpuTopology {
  const throttles = wants("coreThrottles") || wants("packageThrottles");
  const cpus = wants("online") || throttles ? numbered(sys, FOLDER, "cpu") : [];
  return {
    online: wants("online") ? onlineOf(sys, cpus) : new Map(),
    isolated: wants("isolated") && cpuListIn(sys, `${FOLDER}/isolated`) || new Set(),
    ...throttlesOf(sys, throttles ? cpus.map(({ path }) => path) : [], wants),
  };
}

function onlineOf(sys: FileTree, cpus: ReturnType<typeof numbered>): ReadonlyMap<string, boolean> {
  const [first] = cpus;
  const online = (path: string) => permitted(() => sys.value(`${path}/online`));
  if (first === undefined || online(first.path) === undefined) return new Map();
  return new Map(cpus.map(({ path, number }) => [number, online(path) === "1"]));
}

/** Threads of a core, and cores of a socket, share a counter, which is read of the first that has it. */
function throttlesOf(
  sys: FileTree,
  cpus: readonly string[],
  wants: (part: keyof CpuTopology) => boolean,
): Pick<CpuTopology, "coreThrottles" | "packageThrottles"> {
  const cores = new Map<string, { package: string; core: string; count: number }>();
  const packages = new Map<string, number>();
  const number = (path: string) => wholeNumber(permitted(() => sys.value(path)));
  for (const cpu of cpus.filter((path) => sys.isFolder(`${path}/thermal_throttle`))) {
    const socket = number(`${cpu}/topology/physical_package_id`);
    const core = number(`${cpu}/topology/core_id`);
    if (socket === undefined || core === undefined) continue;
    const place = `${socket} ${core}`;
    const coreCount = cores.has(place) || !wants("coreThrottles")
      ? undefined
      : number(`${cpu}/thermal_throttle/core_throttle_count`);
    if (coreCount !== undefined) cores.set(place, { package: String(socket), core: String(core), count: coreCount });
    const known = packages.has(String(socket)) || !wants("packageThrottles");
    const count = known ? undefined : number(`${cpu}/thermal_throttle/package_throttle_count`);
    if (count !== undefined) packages.set(String(socket), count);
  }
  return { coreThrottles: [...cores.values()], packageThrottles: packages };
}
