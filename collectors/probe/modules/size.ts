/**
 * Sizes as the peers' configuration has them: `10MB`, `1KiB`, `512B`.
 *
 * @module
 */

const UNITS = ["", "K", "M", "G", "T", "P", "E"];

/**
 * Bytes of a size; with or without `i`, a unit is a power of 1024. `Infinity` where it is 0: no limit.
 *
 * @throws {SyntaxError} if `text` is no such size
 */
export function parseSize(text: string): number {
  const [, number = "", unit] = /^\s*(\d+(?:\.\d+)?)\s*(?:([KMGTPE]?)i?B)?\s*$/.exec(text) ?? [];
  if (number === "" || (unit === undefined && Number(number) !== 0)) {
    throw new SyntaxError(
      `Cannot use size ${JSON.stringify(text)}: expected a number and a unit, as "10MB" or "512KiB"`,
    );
  }
  return Math.floor(Number(number) * 1024 ** UNITS.indexOf(unit ?? "")) || Infinity;
}
