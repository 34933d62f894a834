/**
 * The system's time, its zone and what the kernel counts it by: clock_gettime(2), the zone's file of tzfile(5),
 * Documentation/ABI/testing/sysfs-devices-system-clocksource. 3 series and one per clock source.
 *
 * @module
 */

import { defineCollector, type FileTree, type Source } from "../src/collector.ts";
import { numbered } from "../src/attribute.ts";

const FOLDER = "devices/system/clocksource";
/** An abbreviation as POSIX writes it in TZ, `CET` or `<+03>`, and an offset that counts westwards, as `-1` or `3:30`. */
const NAME = "(<[^>]+>|[A-Za-z]{3,})";
const OFFSET = String.raw`([+-]?\d{1,3}(?::\d\d){0,2})`;
const POSIX_ZONE = new RegExp(`^${NAME}${OFFSET}(?:${NAME}${OFFSET}?)?(?:,|$)`);

/** What tells the time, and what it tells. */
export interface SystemTime {
  /** Unix time. */
  readonly seconds: number;
  /** The zone in force. */
  readonly zone: {
    /** Abbreviation, as `CET`. */
    readonly name: string;
    /** Seconds east of Greenwich. */
    readonly offsetSeconds: number;
  };
  /** Clock sources by device. */
  readonly clocksources: ReadonlyMap<string, { readonly available: readonly string[]; readonly current: string }>;
}

export default defineCollector({
  name: "time",
  help: "The system's time, zone and clock sources.",
  peer: true,
  freshnessSeconds: 0.1,
  metrics: {
    node_time_seconds: { type: "gauge", help: "System time in seconds since epoch (1970)." },
    node_time_zone_offset_seconds: {
      type: "gauge",
      help: "System time zone offset in seconds.",
      labels: ["time_zone"],
    },
    node_time_clocksource_available_info: {
      type: "gauge",
      help: "Available clocksources read from '/sys/devices/system/clocksource'.",
      labels: ["device", "clocksource"],
    },
    node_time_clocksource_current_info: {
      type: "gauge",
      help: "Current clocksource read from '/sys/devices/system/clocksource'.",
      labels: ["device", "clocksource"],
    },
  },
  sources: {
    "clock_gettime(2)": ["node_time_seconds"],
    "/usr/share/zoneinfo/*": ["node_time_zone_offset_seconds"],
    [`/sys/${FOLDER}/clocksource*/available_clocksource`]: ["node_time_clocksource_available_info"],
    [`/sys/${FOLDER}/clocksource*/current_clocksource`]: ["node_time_clocksource_current_info"],
  },
  read({ source, clock }): SystemTime {
    const clocksources = numbered(source.sys, FOLDER, "clocksource").map(({ path, number }) => {
      const available = source.sys(`${path}/available_clocksource`).split(/\s+/).filter((name) => name !== "");
      return [number, { available, current: source.sys(`${path}/current_clocksource`).trim() }] as const;
    });
    const seconds = clock.wall();
    return { seconds, zone: zoneAt(source, seconds), clocksources: new Map(clocksources) };
  },
  samples({ seconds, zone, clocksources }, emit) {
    emit("node_time_seconds", seconds);
    emit("node_time_zone_offset_seconds", zone.offsetSeconds, { time_zone: zone.name });
    for (const [device, { available, current }] of clocksources) {
      for (const clocksource of available) {
        emit("node_time_clocksource_available_info", 1, { device, clocksource });
      }
      emit("node_time_clocksource_current_info", 1, { device, clocksource: current });
    }
  },
});

/** The zone of this process; the runtime knows its offset, its file the abbreviation. */
function zoneAt({ local }: Source, seconds: number): SystemTime["zone"] {
  const now = new Date(seconds * 1000);
  const offsetSeconds = -now.getTimezoneOffset() * 60 || 0;
  const before = zones.get(local);
  if (before?.offsetSeconds === offsetSeconds) return before;
  const zone = { name: nameAt(local, now, offsetSeconds), offsetSeconds };
  zones.set(local, zone);
  return zone;
}

/** The zone as of the last reading: to name it takes the runtime longer than all else here, and only a new offset renames it. */
const zones = new WeakMap<FileTree, SystemTime["zone"]>();

function nameAt(local: FileTree, now: Date, offsetSeconds: number): string {
  const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone ?? "UTC";
  if (/^(Etc\/)?(UTC|UCT|Zulu|Universal|Unknown)$/.test(zone)) return "UTC";
  const rule = local.try(`/usr/share/zoneinfo/${zone}`)?.trimEnd().split("\n").at(-1) ?? "";
  return zoneName(rule, offsetSeconds) ?? runtimeZoneName(now);
}

/** The abbreviation that the last line of a zone's file has for an offset; `undefined` if it has none. */
export function zoneName(rule: string, offsetSeconds: number): string | undefined {
  const [, standard, standardOffset, summer, summerOffset] = POSIX_ZONE.exec(rule) ?? [];
  if (standard === undefined) return undefined;
  const offset = eastwards(standardOffset ?? "0");
  if (offset === offsetSeconds) return standard.replace(/[<>]/g, "");
  const inSummer = summerOffset === undefined ? offset + 3600 : eastwards(summerOffset);
  return inSummer === offsetSeconds ? summer?.replace(/[<>]/g, "") : undefined;
}

function eastwards(offset: string): number {
  const [hours = 0, minutes = 0, seconds = 0] = offset.replace(/^[+-]/, "").split(":").map(Number);
  const total = hours * 3600 + minutes * 60 + seconds;
  return offset.startsWith("-") ? total : -total || 0;
}

function runtimeZoneName(now: Date): string {
  const parts = new Intl.DateTimeFormat("en-US", { timeZoneName: "short" }).formatToParts(now);
  return parts.find(({ type }) => type === "timeZoneName")?.value ?? "UTC";
}
