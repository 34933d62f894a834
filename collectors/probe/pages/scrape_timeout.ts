/**
 * How long a probe may take for whom Prometheus waits.
 *
 * @module
 */

/** The peer's, for those that do not tell theirs. */
const DEFAULT_TIMEOUT_SECONDS = 120;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/**
 * Seconds that a probe may take: the scrape's timeout less the offset, or the module's own, if that is shorter. Of a scrape's
 * timeout that the offset would use up, the module's own, or else a half. `undefined` if the header is no number.
 *
 * @param header value of `X-Prometheus-Scrape-Timeout-Seconds`
 */
export function scrapeTimeout(
  header: string | null,
  moduleSeconds: number | undefined,
  offsetSeconds: number,
): number | undefined {
  const text = header ?? "";
  if (text !== "" && !NUMBER.test(text)) return undefined;
  const scrapeSeconds = Number(text) || DEFAULT_TIMEOUT_SECONDS;
  const most = scrapeSeconds - offsetSeconds;
  if (most <= 0) return moduleSeconds ?? Math.max(0, scrapeSeconds) / 2;
  return Math.min(most, moduleSeconds ?? Infinity);
}
