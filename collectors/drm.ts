/**
 * Graphics cards as the driver amdgpu reports them: Documentation/gpu/amdgpu. 8 series per card; cards of other drivers
 * have none of these files.
 *
 * @module
 */

import { permitted } from "../src/attribute.ts";
import { defineCollector, type FileTree } from "../src/collector.ts";
import { malformed, wholeNumber } from "../src/kernel_text.ts";

const FOLDER = "class/drm";

/** One graphics card; a figure that its firmware does not give is 0, as with the peer. */
export interface Card {
  /** Its name, as `card0`. */
  readonly card: string;
  /** Manufacturer of its memory; empty if unknown. */
  readonly memoryVendor: string;
  /** How its clocks are chosen, as `auto` or `manual`; empty if unknown. */
  readonly performanceLevel: string;
  /** Its own number; empty if it has none. */
  readonly uniqueId: string;
  /** Percentage of time in which it worked. */
  readonly busyPercent: number;
  /** Bytes of the graphics translation table. */
  readonly gtt: Memory;
  /** Bytes of video memory. */
  readonly vram: Memory;
  /** Bytes of video memory that the processor can reach. */
  readonly visibleVram: Memory;
}

/** One kind of memory, in bytes. */
export interface Memory {
  /** All of it. */
  readonly total: number;
  /** What is used of it. */
  readonly used: number;
}

export default defineCollector({
  name: "drm",
  help: "Graphics cards of AMD: load and memory.",
  enabled: false,
  peer: true,
  platforms: ["linux"],
  freshnessSeconds: 0.1,
  metrics: {
    node_drm_card_info: {
      type: "gauge",
      help: "Card information",
      labels: ["card", "memory_vendor", "power_performance_level", "unique_id", "vendor"],
    },
    node_drm_gpu_busy_percent: { type: "gauge", help: "How busy the GPU is as a percentage.", labels: ["card"] },
    node_drm_memory_gtt_size_bytes: {
      type: "gauge",
      help: "The size of the graphics translation table (GTT) block in bytes.",
      labels: ["card"],
    },
    node_drm_memory_gtt_used_bytes: {
      type: "gauge",
      help: "The used amount of the graphics translation table (GTT) block in bytes.",
      labels: ["card"],
    },
    node_drm_memory_vis_vram_size_bytes: {
      type: "gauge",
      help: "The size of visible VRAM in bytes.",
      labels: ["card"],
    },
    node_drm_memory_vis_vram_used_bytes: {
      type: "gauge",
      help: "The used amount of visible VRAM in bytes.",
      labels: ["card"],
    },
    node_drm_memory_vram_size_bytes: { type: "gauge", help: "The size of VRAM in bytes.", labels: ["card"] },
    node_drm_memory_vram_used_bytes: { type: "gauge", help: "The used amount of VRAM in bytes.", labels: ["card"] },
  },
  sources: [`/sys/${FOLDER}/card*/device/*`],
  read({ source: { sys } }): Card[] {
    // To the peer a host without the folder is one without cards, and no failure.
    const names = sys.list(FOLDER)?.filter((name) => /^card\d+$/.test(name)) ?? [];
    return names.filter((name) => /^DRIVER=amdgpu$/m.test(sys.try(`${FOLDER}/${name}/device/uevent`) ?? ""))
      .map((name) => readCard(sys, name));
  },
  samples(cards, emit) {
    for (const { card, memoryVendor, performanceLevel, uniqueId, busyPercent, gtt, vram, visibleVram } of cards) {
      emit("node_drm_card_info", 1, {
        card,
        memory_vendor: memoryVendor,
        power_performance_level: performanceLevel,
        unique_id: uniqueId,
        vendor: "amd",
      });
      emit("node_drm_gpu_busy_percent", busyPercent, { card });
      emit("node_drm_memory_gtt_size_bytes", gtt.total, { card });
      emit("node_drm_memory_gtt_used_bytes", gtt.used, { card });
      emit("node_drm_memory_vis_vram_size_bytes", visibleVram.total, { card });
      emit("node_drm_memory_vis_vram_used_bytes", visibleVram.used, { card });
      emit("node_drm_memory_vram_size_bytes", vram.total, { card });
      emit("node_drm_memory_vram_used_bytes", vram.used, { card });
    }
  },
});

/**
 * Reads one card.
 *
 * @throws {SyntaxError} if a file of a number holds anything else
 */
function readCard(sys: FileTree, card: string): Card {
  const text = (file: string) => permitted(() => sys.value(`${FOLDER}/${card}/device/${file}`)) ?? "";
  const number = (file: string) => {
    const digits = text(file);
    const value = digits === "" ? 0 : wholeNumber(digits);
    if (value === undefined) throw malformed(sys.locate(`${FOLDER}/${card}/device/${file}`), digits);
    return value;
  };
  const memory = (kind: string) => ({ total: number(`mem_info_${kind}_total`), used: number(`mem_info_${kind}_used`) });
  return {
    card,
    memoryVendor: text("mem_info_vram_vendor"),
    performanceLevel: text("power_dpm_force_performance_level"),
    uniqueId: text("unique_id"),
    busyPercent: number("gpu_busy_percent"),
    gtt: memory("gtt"),
    vram: memory("vram"),
    visibleVram: memory("vis_vram"),
  };
}
