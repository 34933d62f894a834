/**
 * The result of one probe as a page of its own, with the families that blackbox_exporter has, in its order.
 *
 * @module
 */

import { gather } from "../../../src/batch.ts";
import type { AnyCollector } from "../../../src/collector.ts";
import { Page } from "../../../src/page.ts";
import { renderFamily, renderHeader } from "../../../src/text_format.ts";
import type { Prober } from "../prober.ts";
import type { ProbeResult } from "../result.ts";

/** Series in one piece: no result has more. */
const MOST_SERIES = 100_000;

/** The page, in text format 0.0.4; families and series by name. */
export function resultPage(prober: Prober, result: ProbeResult): Page {
  const { name, metrics, openFamilies } = prober;
  const samples: AnyCollector["samples"] = (_, emit) => prober.emit(result, emit, {});
  const { batch } = gather({ name, metrics, openFamilies, samples }, undefined);
  const families = [...batch.values()].sort((a, b) => a.name < b.name ? -1 : 1);
  const parts = families.flatMap((family) => {
    const series = new Map([...family.series].sort(([a], [b]) => a < b ? -1 : 1));
    return [renderHeader(family, "text"), ...renderFamily({ ...family, series }, MOST_SERIES)];
  });
  return new Page(parts.join(""));
}
