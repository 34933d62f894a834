/**
 * How busy block devices are, made of the figures of `diskstats`, whose options choose the devices: 3 series per device;
 * reads nothing of its own.
 *
 * A device is busy while a request is in flight. One that serves many at once, as most do but single platters, can do more
 * even if it is busy all the time.
 *
 * @module
 */

import { defineCollector } from "../src/collector.ts";
import diskstats, { diskFigure } from "./diskstats.ts";
import { rated, type RatedReading } from "./usage/rates.ts";

/** What is rated of a device: bytes, and seconds in which it was busy. */
export type DiskRates = RatedReading<"read" | "written" | "busy">;

export default defineCollector({
  name: "usage_disk",
  help: "Share of time in which block devices are busy, and their throughput.",
  enabled: false,
  platforms: ["linux"],
  intervalSeconds: 5,
  needs: { diskstats },
  metrics: {
    sonde_host_disk_busy_ratio: {
      type: "gauge",
      help: "Share of the collector's last interval in which the device had requests in flight, 0 to 1.",
      labels: ["device"],
    },
    sonde_host_disk_read_bytes_per_second: {
      type: "gauge",
      help: "Bytes read per second over the collector's last interval.",
      labels: ["device"],
    },
    sonde_host_disk_written_bytes_per_second: {
      type: "gauge",
      help: "Bytes written per second over the collector's last interval.",
      labels: ["device"],
    },
  },
  sources: ["diskstats"],
  read: ({ needs: { diskstats: { value, readAtSeconds } } }) => ({
    readAtSeconds,
    counters: new Map(value.map((disk) => [disk.device, {
      read: diskFigure(disk, "node_disk_read_bytes_total"),
      written: diskFigure(disk, "node_disk_written_bytes_total"),
      busy: diskFigure(disk, "node_disk_io_time_seconds_total"),
    }])),
    rates: new Map(),
  }),
  fold: (now: DiskRates, previous: DiskRates | undefined): DiskRates => rated(now, previous),
  samples({ rates }, emit) {
    for (const [device, { read, written, busy }] of rates) {
      // The kernel counts time in steps of its own, which may pass the interval's end.
      emit("sonde_host_disk_busy_ratio", busy === undefined ? undefined : Math.min(1, busy), { device });
      emit("sonde_host_disk_read_bytes_per_second", read, { device });
      emit("sonde_host_disk_written_bytes_per_second", written, { device });
    }
  },
});
