/** By how much a value may lie outside of the two readings of the reference around it. */
export interface Tolerance {
  /** In the value's own unit. */
  readonly absolute: number;
  /** Share of the larger of the two readings. */
  readonly relative: number;
}

const MIB = 2 ** 20;
/** Values that no two programs share. */
const ANY: Tolerance = { absolute: Infinity, relative: 0 };
const EXACT: Tolerance = { absolute: 0, relative: 1e-12 };
/** Sums of floats are rounded by either program in its own way. */
const COUNTED: Tolerance = { absolute: 0, relative: 1e-9 };
/** Idle time is taken back by the kernel by as much. */
const COUNTED_SECONDS: Tolerance = { absolute: 0.05, relative: 1e-9 };

/** Figures of a host that move by themselves within a moment, and how far; the first that matches counts. */
const MOVING: readonly (readonly [families: RegExp, absolute: number, relative: number])[] = [
  [/^node_memory_/, 64 * MIB, 0.02],
  [/^node_filesystem_(?:avail|free)_bytes$/, 64 * MIB, 0.01],
  [/^node_filesystem_files_free$/, 10_000, 0.01],
  [/^node_load\d+$/, 0.5, 0.1],
  [/^node_time_seconds$/, 1, 0],
  [/^node_timex_/, 0.01, 0.2],
  [/^node_(?:procs|processes)_/, 20, 0.1],
  [/^node_(?:sockstat_|tcp_connection_states|udp_queues|netstat_\w+_CurrEstab)/, 20, 0.1],
  [/^node_filefd_allocated$/, 512, 0.1],
  [/^node_entropy_available_bits$/, 256, 0.2],
  [/^node_(?:hwmon|thermal_zone)_/, 3, 0.1],
  [/^node_cpu_(?:scaling_)?frequency_hertz$/, 0, 0.5],
  [/^node_(?:disk_io_now|arp_entries|nf_conntrack_entries)$/, 10, 0.2],
  [/^node_(?:zoneinfo|buddyinfo|slabinfo|vmstat_nr)_/, 20_000, 0.1],
  [/^node_softnet_backlog_len$/, 20, 0],
];

/** Who reads the states of processes runs at that moment, unless it is a thread of the reader's, which is not looked at. */
const OF_THE_READER = /^node_processes_state\{state="R"\}$/;

/** Whether a series is there or not by how a program reads, not by what it reads. */
export function dependsOnReader(series: string): boolean {
  return OF_THE_READER.test(series);
}

/** How exact the values of a family are to be. */
export function toleranceOf(family: string, counts: boolean): Tolerance {
  if (family === "node_scrape_collector_duration_seconds") return ANY;
  if (counts) return family.endsWith("_seconds_total") ? COUNTED_SECONDS : COUNTED;
  const [, absolute, relative] = MOVING.find(([families]) => families.test(family)) ?? [];
  return absolute === undefined ? EXACT : { absolute, relative: relative ?? 0 };
}

/** Two readings of the reference, and the one between them. */
export interface Readings {
  /** Of the reference, before. */
  readonly before: number;
  /** Of the other. */
  readonly ours: number;
  /** Of the reference, after. */
  readonly after: number;
}

/** Whether the reading between lies between those around it, as far as a tolerance and what is beside it allow. */
export function isWithin({ before, ours, after }: Readings, { absolute, relative }: Tolerance, beside = 0): boolean {
  if (absolute === Infinity || Object.is(before, ours) || Object.is(after, ours) || ours === before) return true;
  const allowed = absolute + relative * Math.max(Math.abs(before), Math.abs(after)) + beside;
  return ours >= Math.min(before, after) - allowed && ours <= Math.max(before, after) + allowed;
}
