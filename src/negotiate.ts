/**
 * What a client takes: the format of a metrics page, and whether it may be compressed.
 *
 * @module
 */

import { CONTENT_TYPES } from "./page.ts";
import type { Format } from "./text_format.ts";

/** How a metrics page is written, and what it says it is. */
export interface MetricsFormat {
  /** How it is written. */
  readonly format: Format;
  /** Value of `Content-Type`. */
  readonly contentType: string;
}

const TEXT: MetricsFormat = { format: "text", contentType: CONTENT_TYPES.text };
const OPENMETRICS_1_0_0: MetricsFormat = { format: "openmetrics", contentType: CONTENT_TYPES.openmetrics };
/** The first version differs by its name alone. */
const OPENMETRICS_0_0_1: MetricsFormat = {
  format: "openmetrics",
  contentType: CONTENT_TYPES.openmetrics.replace("1.0.0", "0.0.1"),
};

/** By media type and version; one without version means the oldest, as in Prometheus' own servers. */
const OFFERS: Readonly<Record<string, MetricsFormat>> = {
  "text/plain": TEXT,
  "text/plain 0.0.4": TEXT,
  "application/openmetrics-text": OPENMETRICS_0_0_1,
  "application/openmetrics-text 0.0.1": OPENMETRICS_0_0_1,
  "application/openmetrics-text 1.0.0": OPENMETRICS_1_0_0,
};

/** One choice of an `Accept…` header. */
interface Choice {
  readonly name: string;
  /** 0: refused. */
  readonly weight: number;
  readonly version: string | undefined;
}

function choices(header: string): Choice[] {
  return header.split(",").map((choice) => {
    const [name = "", ...parameters] = choice.toLowerCase().split(";").map((part) => part.trim());
    const parameter = (key: string) =>
      parameters.find((text) => text.startsWith(`${key}=`))?.slice(key.length + 1).replaceAll('"', "");
    const q = parameter("q");
    return {
      name,
      weight: q === undefined ? 1 : /^[\d.]+$/.test(q) ? Number(q) || 0 : 0,
      version: parameter("version"),
    };
  });
}

/**
 * The format for a request, by the rule of Prometheus' own servers, which is not that of HTTP: the heaviest choice that
 * names one of our formats exactly, the first of equally heavy ones; wildcards name none, and parameters other than the
 * version are ignored. Text where nothing is named. What the rule says nothing of is read as HTTP has it: case, quotes, and
 * a weight of 0 as a refusal.
 *
 * @param accept value of `Accept`; `null` if there is none
 * @param openMetricsAllowed whether OpenMetrics may be the answer
 */
export function metricsFormat(accept: string | null, openMetricsAllowed: boolean): MetricsFormat {
  if (accept === null || !openMetricsAllowed) return TEXT;
  let best = TEXT;
  let heaviest = 0;
  for (const { name, weight, version } of choices(accept)) {
    const key = version ? `${name} ${version}` : name;
    const offer = Object.hasOwn(OFFERS, key) ? OFFERS[key] : undefined;
    if (!offer || weight <= heaviest) continue;
    best = offer;
    heaviest = weight;
  }
  return best;
}

/**
 * Whether a client takes gzip, and does not like it less than no compression.
 *
 * @param acceptEncoding value of `Accept-Encoding`; `null` if there is none
 */
export function acceptsGzip(acceptEncoding: string | null): boolean {
  if (acceptEncoding === null || acceptEncoding === "") return false;
  if (acceptEncoding === "gzip") return true;
  const weights = new Map(choices(acceptEncoding).map(({ name, weight }) => [name, weight]));
  const gzip = weights.get("gzip") ?? weights.get("x-gzip") ?? weights.get("*") ?? 0;
  return gzip > 0 && gzip >= (weights.get("identity") ?? 0);
}
