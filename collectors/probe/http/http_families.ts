/**
 * The families of blackbox_exporter's HTTP prober.
 *
 * @module
 */

import { toNanosecond } from "../../../src/clock.ts";
import type { Emit, Labels, Metrics } from "../../../src/collector.ts";
import { REGEX_FAMILY } from "../families.ts";
import { httpDateSeconds } from "./http_date.ts";
import type { HttpResult } from "./http_result.ts";
import type { Durations } from "../timeline.ts";

const open = { openLabels: true } as const;

/** What an HTTP probe says of its last result. */
export const HTTP_FAMILIES = {
  probe_http_status_code: { type: "gauge", help: "Response HTTP status code", ...open },
  probe_http_duration_seconds: {
    type: "gauge",
    help: "Duration of http request by phase, summed over all redirects",
    labels: ["phase"],
    openLabels: true,
  },
  probe_http_content_length: { type: "gauge", help: "Length of http content response", ...open },
  probe_http_uncompressed_body_length: { type: "gauge", help: "Length of uncompressed response body", ...open },
  probe_http_redirects: { type: "gauge", help: "The number of redirects", ...open },
  probe_http_ssl: { type: "gauge", help: "Indicates if SSL was used for the final redirect", ...open },
  probe_http_version: { type: "gauge", help: "Returns the version of HTTP of the probe response", ...open },
  probe_http_last_modified_timestamp_seconds: {
    type: "gauge",
    help: "Returns the Last-Modified HTTP response header in unixtime",
    ...open,
  },
  ...REGEX_FAMILY,
  probe_failed_due_to_cel: {
    type: "gauge",
    help: "Indicates if probe failed due to CEL expression not matching",
    ...open,
  },
} as const satisfies Metrics;

/** Emits {@linkcode HTTP_FAMILIES}: zeros for what was not reached. */
export function emitHttp(emit: Emit<typeof HTTP_FAMILIES>, labels: Labels, result: HttpResult): void {
  const { response, redirects, verdict } = result;
  const head = response?.head;
  emit("probe_http_status_code", head?.status ?? 0, labels);
  for (const [phase, seconds] of Object.entries(phaseSeconds(result))) {
    emit("probe_http_duration_seconds", seconds, { ...labels, phase });
  }
  emit("probe_http_content_length", head?.contentLength ?? 0, labels);
  emit("probe_http_uncompressed_body_length", response?.bodyBytes ?? 0, labels);
  emit("probe_http_redirects", redirects, labels);
  emit("probe_http_ssl", response?.tls ? 1 : 0, labels);
  emit("probe_http_version", Number(head?.version ?? 0), labels);
  const modified = head?.headers.get("last-modified")?.[0] ?? "";
  emit("probe_http_last_modified_timestamp_seconds", httpDateSeconds(modified), labels);
  emit("probe_failed_due_to_regex", verdict.failedByPattern ? 1 : 0, labels);
  if (verdict.failedByCel !== undefined) emit("probe_failed_due_to_cel", verdict.failedByCel ? 1 : 0, labels);
}

/**
 * Seconds by the peer's phases, summed over redirects. Connecting counts once the connection can be used, processing (from
 * there on) once the first byte has come, transfer for the last response only. Where the target's name was not resolved
 * there is but that phase, where there was nothing to resolve none.
 */
export function phaseSeconds(
  { requests, response, lookupSeconds, address, resolves }: Pick<
    HttpResult,
    "requests" | "response" | "lookupSeconds" | "address" | "resolves"
  >,
): Record<string, number> {
  const sum = (part: (durations: Durations) => number | undefined) =>
    toNanosecond(requests.reduce((total, durations) => total + (part(durations) ?? 0), 0));
  const resolve = toNanosecond(lookupSeconds + sum((durations) => durations.resolve));
  if (!resolves && requests.length === 0) return {};
  if (resolves && !address) return { resolve };
  return {
    resolve,
    connect: sum(({ connect, request }) => request === undefined ? 0 : connect),
    tls: sum(({ tls, request }) => request === undefined ? 0 : tls),
    processing: sum(({ request, processing, transfer }) =>
      transfer === undefined ? 0 : (request ?? 0) + (processing ?? 0)
    ),
    transfer: response ? requests.at(-1)?.transfer ?? 0 : 0,
  };
}
