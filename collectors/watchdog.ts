/**
 * Timers that restart the machine unless it answers: /sys/class/watchdog, Documentation/ABI/testing/sysfs-class-watchdog.
 * Up to 8 series per timer.
 *
 * @module
 */

import { permitted, signedIn } from "../src/attribute.ts";
import { defineCollector, type FileTree } from "../src/collector.ts";

const FOLDER = "class/watchdog";

/** One timer; what its driver does not tell is `undefined`, of text empty. */
export interface Watchdog {
  /** The kernel's name, as `watchdog0`. */
  readonly name: string;
  /** Why the machine was restarted, as bits of `WDIOF_…`. */
  readonly bootStatus: number | undefined;
  /** Version of its firmware. */
  readonly firmwareVersion: number | undefined;
  /** 1 if it cannot be stopped. */
  readonly noWayOut: number | undefined;
  /** Seconds until it restarts the machine. */
  readonly timeLeftSeconds: number | undefined;
  /** Seconds after an answer at which it restarts the machine. */
  readonly timeoutSeconds: number | undefined;
  /** Seconds before that at which it gives notice. */
  readonly pretimeoutSeconds: number | undefined;
  /** 1 where the board started from its second flash. */
  readonly accessCs0: number | undefined;
  /** What it is and does, by label. */
  readonly info: Readonly<Record<"options" | "identity" | "state" | "status" | "pretimeout_governor", string>>;
}

const gauge = <N extends string>(attribute: N) =>
  ({ type: "gauge", help: `Value of /sys/class/watchdog/<watchdog>/${attribute}`, labels: ["name"] }) as const;

export default defineCollector({
  name: "watchdog",
  help: "Timers that restart the machine unless it answers.",
  peer: true,
  freshnessSeconds: 0.1,
  platforms: ["linux"],
  metrics: {
    node_watchdog_bootstatus: gauge("bootstatus"),
    node_watchdog_fw_version: gauge("fw_version"),
    node_watchdog_nowayout: gauge("nowayout"),
    node_watchdog_timeleft_seconds: gauge("timeleft"),
    node_watchdog_timeout_seconds: gauge("timeout"),
    node_watchdog_pretimeout_seconds: gauge("pretimeout"),
    node_watchdog_access_cs0: gauge("access_cs0"),
    node_watchdog_info: {
      type: "gauge",
      help: "Info of /sys/class/watchdog/<watchdog>",
      labels: ["name", "options", "identity", "state", "status", "pretimeout_governor"],
    },
  },
  sources: [`/sys/${FOLDER}/*/*`],
  read: ({ source: { sys } }): readonly Watchdog[] | null =>
    sys.list(FOLDER)?.map((name) => watchdogOf(sys, name)) ?? null,
  samples(watchdogs, emit) {
    for (const { name, info, ...timer } of watchdogs) {
      emit("node_watchdog_bootstatus", timer.bootStatus, { name });
      emit("node_watchdog_fw_version", timer.firmwareVersion, { name });
      emit("node_watchdog_nowayout", timer.noWayOut, { name });
      emit("node_watchdog_timeleft_seconds", timer.timeLeftSeconds, { name });
      emit("node_watchdog_timeout_seconds", timer.timeoutSeconds, { name });
      emit("node_watchdog_pretimeout_seconds", timer.pretimeoutSeconds, { name });
      emit("node_watchdog_access_cs0", timer.accessCs0, { name });
      emit("node_watchdog_info", 1, { name, ...info });
    }
  },
});

function watchdogOf(sys: FileTree, name: string): Watchdog {
  const number = (attribute: string) => permitted(() => signedIn(sys, `${FOLDER}/${name}/${attribute}`));
  const text = (attribute: string) => permitted(() => sys.value(`${FOLDER}/${name}/${attribute}`)) ?? "";
  return {
    name,
    bootStatus: number("bootstatus"),
    firmwareVersion: number("fw_version"),
    noWayOut: number("nowayout"),
    timeLeftSeconds: number("timeleft"),
    timeoutSeconds: number("timeout"),
    pretimeoutSeconds: number("pretimeout"),
    accessCs0: number("access_cs0"),
    info: {
      options: text("options"),
      identity: text("identity"),
      state: text("state"),
      status: text("status"),
      pretimeout_governor: text("pretimeout_governor"),
    },
  };
}
