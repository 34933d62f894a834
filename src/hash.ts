/**
 * A small, steady hash, to spread things evenly. Not for secrets.
 *
 * @module
 */

/** A fraction, 0 ≤ f < 1, that looks random and is always the same for the same text (FNV-1a, finished by murmur's mix). */
export function hashFraction(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
