/**
 * Durations as Prometheus writes them: `1h30m`, `250ms`, `0`.
 *
 * @module
 */

const UNIT_SECONDS: Readonly<Record<string, number>> = {
  y: 365 * 86_400,
  w: 7 * 86_400,
  d: 86_400,
  h: 3_600,
  m: 60,
  s: 1,
  ms: 0.001,
};
const SHAPE = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+(?:\.\d+)?)s)?(?:(\d+)ms)?$/;
const UNITS = ["y", "w", "d", "h", "m", "s", "ms"] as const;

/**
 * Seconds of a duration such as `15s`, `1m30s`, `0.5s`, `100ms` or `0`.
 *
 * Units must come largest first, each at most once. A bare number other than 0 has no unit and is refused.
 *
 * @throws {SyntaxError} if `text` is not such a duration
 */
export function parseDuration(text: string): number {
  if (text === "0") return 0;
  const match = SHAPE.exec(text);
  if (!match || text === "") {
    const hint = /^\d+(\.\d+)?$/.test(text) ? `: a unit is missing, try "${text}s"` : ', expected the form "1m30s"';
    throw new SyntaxError(`Cannot parse duration ${JSON.stringify(text)}${hint}`);
  }
  const milliseconds = UNITS.reduce(
    (sum, unit, i) => sum + Math.round(Number(match[i + 1] ?? 0) * 1000 * (UNIT_SECONDS[unit] ?? 0)),
    0,
  );
  return milliseconds / 1000;
}

/** The shortest text that {@linkcode parseDuration} reads back as `seconds` (whole milliseconds). */
export function formatDuration(seconds: number): string {
  let rest = Math.round(seconds * 1000);
  if (rest === 0) return "0s";
  let text = "";
  for (const unit of ["d", "h", "m", "s", "ms"]) {
    const size = Math.round((UNIT_SECONDS[unit] ?? 0) * 1000);
    const count = Math.floor(rest / size);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * size;
  }
  return text;
}
