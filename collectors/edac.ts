/**
 * Errors of memory that its controllers found: /sys/devices/system/edac/mc, Documentation/driver-api/edac.rst. 4 series
 * per controller, 2 per row of chips, 2 per channel of a row.
 *
 * @module
 */

import { numbered } from "../src/attribute.ts";
import { defineCollector, type FileTree } from "../src/collector.ts";
import { numberIn } from "../src/kernel_text.ts";

const FOLDER = "devices/system/edac/mc";

/** Errors corrected and not; `undefined` where the driver does not count them. */
export interface MemoryErrors {
  /** Corrected. */
  readonly correctable: number | undefined;
  /** Not corrected. */
  readonly uncorrectable: number | undefined;
}

/** A memory controller's errors, in all and by place. */
export interface MemoryController extends MemoryErrors {
  /** Number, as of the kernel's name `mc0`. */
  readonly controller: string;
  /** By row; those that the driver could not place are of the row `unknown`. */
  readonly rows: readonly (MemoryErrors & { readonly csrow: string })[];
  /** By channel of a row. */
  readonly channels: readonly (MemoryErrors & { readonly labels: Readonly<Record<ChannelLabel, string>> })[];
}
type ChannelLabel = "controller" | "csrow" | "channel" | "dimm_label";

export default defineCollector({
  name: "edac",
  help: "Errors of memory that its controllers found.",
  peer: true,
  freshnessSeconds: 0.1,
  platforms: ["linux"],
  metrics: {
    node_edac_correctable_errors_total: {
      type: "counter",
      help: "Total correctable memory errors.",
      labels: ["controller"],
    },
    node_edac_uncorrectable_errors_total: {
      type: "counter",
      help: "Total uncorrectable memory errors.",
      labels: ["controller"],
    },
    node_edac_csrow_correctable_errors_total: {
      type: "counter",
      help: "Total correctable memory errors for this csrow.",
      labels: ["controller", "csrow"],
    },
    node_edac_csrow_uncorrectable_errors_total: {
      type: "counter",
      help: "Total uncorrectable memory errors for this csrow.",
      labels: ["controller", "csrow"],
    },
    node_edac_channel_correctable_errors_total: {
      type: "counter",
      help: "Total correctable memory errors for this channel.",
      labels: ["controller", "csrow", "channel", "dimm_label"],
    },
    node_edac_channel_uncorrectable_errors_total: {
      type: "counter",
      help: "Total uncorrectable memory errors for this channel.",
      labels: ["controller", "csrow", "channel", "dimm_label"],
    },
  },
  sources: {
    [`/sys/${FOLDER}/mc*/*e_count`]: ["node_edac_correctable_*", "node_edac_uncorrectable_*"],
    [`/sys/${FOLDER}/mc*/*e_noinfo_count`]: ["node_edac_csrow_*"],
    [`/sys/${FOLDER}/mc*/csrow*/*e_count`]: ["node_edac_csrow_*"],
    [`/sys/${FOLDER}/mc*/csrow*/ch*_*e_count`]: ["node_edac_channel_*"],
    [`/sys/${FOLDER}/mc*/csrow*/ch*_dimm_label`]: ["node_edac_channel_*"],
  },
  read: ({ source: { sys } }) => numbered(sys, FOLDER, "mc").map(({ path, number }) => controllerOf(sys, path, number)),
  samples(controllers, emit) {
    for (const { controller, correctable, uncorrectable, rows, channels } of controllers) {
      emit("node_edac_correctable_errors_total", correctable, { controller });
      emit("node_edac_uncorrectable_errors_total", uncorrectable, { controller });
      for (const { csrow, ...errors } of rows) {
        emit("node_edac_csrow_correctable_errors_total", errors.correctable, { controller, csrow });
        emit("node_edac_csrow_uncorrectable_errors_total", errors.uncorrectable, { controller, csrow });
      }
      for (const { labels, ...errors } of channels) {
        emit("node_edac_channel_correctable_errors_total", errors.correctable, labels);
        emit("node_edac_channel_uncorrectable_errors_total", errors.uncorrectable, labels);
      }
    }
  },
});

function controllerOf(sys: FileTree, path: string, controller: string): MemoryController {
  const rows = numbered(sys, path, "csrow");
  return {
    controller,
    ...errorsOf(sys, `${path}/`),
    rows: [
      { csrow: "unknown", ...errorsOf(sys, `${path}/`, "noinfo_count") },
      ...rows.map(({ path, number }) => ({ csrow: number, ...errorsOf(sys, `${path}/`) })),
    ],
    channels: rows.flatMap(({ path, number }) =>
      channelsOf(sys, path).map((channel) => ({
        labels: {
          controller,
          csrow: number,
          channel,
          dimm_label: dimmLabel(sys.value(`${path}/ch${channel}_dimm_label`)),
        },
        ...errorsOf(sys, `${path}/ch${channel}_`),
      }))
    ),
  };
}

function channelsOf(sys: FileTree, row: string): readonly string[] {
  return sys.list(row)?.flatMap((file) => /^ch(\d+)_ce_count$/.exec(file)?.[1] ?? []) ?? [];
}

function errorsOf(sys: FileTree, prefix: string, suffix = "count"): MemoryErrors {
  return {
    correctable: numberIn(sys, `${prefix}ce_${suffix}`),
    uncorrectable: numberIn(sys, `${prefix}ue_${suffix}`),
  };
}

/** The peer's spelling of the kernel's `mc#0csrow#1channel#0`; a label that somebody gave the module stays as it is. */
function dimmLabel(label: string | undefined): string {
  return label?.replaceAll("#", "").replaceAll("csrow", "_csrow").replaceAll("channel", "_channel") ?? "unknown";
}
