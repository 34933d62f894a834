/**
 * Sizes with a binary unit, as `2.05G`, which the kernel prints for people in files that have no other form.
 *
 * @module
 */

const UNITS = "kmgtpezy";

/**
 * Number of a size as `72`, `2.05G` or `100k`, rounded down; `undefined` for any other text.
 *
 * @param tenth how many of the whole part's unit one of the figure after the point is: bcache writes there a count of 1/10.24,
 * without leading zero; absent for a decimal fraction
 */
export function binarySize(text: string | undefined, tenth?: number): number | undefined {
  const [, whole, fraction, unit = ""] = /^(\d{1,20})(?:\.(\d{1,20}))?([kmgtpezy])?$/i.exec(text ?? "") ?? [];
  if (whole === undefined) return undefined;
  const number = fraction === undefined || tenth === undefined
    ? Number(`${whole}.${fraction ?? 0}`)
    : Number(whole) + Number(fraction) * tenth;
  return Math.floor(number * 1024 ** (UNITS.indexOf(unit.toLowerCase() || "-") + 1));
}
