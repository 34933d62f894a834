/**
 * Rates of counters between two readings.
 *
 * @module
 */

/** Counters by device, each by its name. */
export type DeviceCounters<K extends string> = ReadonlyMap<string, Readonly<Partial<Record<K, number>>>>;

/** A reading of devices, and what was made of it and the one before. */
export interface RatedReading<K extends string> {
  /** When it was read, in seconds of the monotonic clock. */
  readonly readAtSeconds: number;
  /** What it read. */
  readonly counters: DeviceCounters<K>;
  /** Increase per second since the reading before, of devices that were in both; empty of the first. */
  readonly rates: DeviceCounters<K>;
}

/**
 * A reading rated by the one before; that one as it was, if nothing has been read since. A device of which any counter fell
 * counts anew, and has no rates yet: its other counters cannot be compared either.
 */
export function rated<K extends string>(
  now: Omit<RatedReading<K>, "rates">,
  previous: RatedReading<K> | undefined,
): RatedReading<K> {
  if (!previous) return { ...now, rates: new Map() };
  const seconds = now.readAtSeconds - previous.readAtSeconds;
  if (!(seconds > 0)) return previous;
  const rates = new Map<string, Partial<Record<K, number>>>();
  for (const [device, counters] of now.counters) {
    const before = previous.counters.get(device);
    const own = before && ratesOf(counters, before, seconds);
    if (own) rates.set(device, own);
  }
  return { ...now, rates };
}

function ratesOf<K extends string>(
  now: Readonly<Partial<Record<K, number>>>,
  before: Readonly<Partial<Record<K, number>>>,
  seconds: number,
): Partial<Record<K, number>> | undefined {
  const rates: Partial<Record<K, number>> = {};
  for (const name in now) {
    const [count, earlier] = [now[name], before[name]];
    if (count === undefined || earlier === undefined) continue;
    if (count < earlier) return undefined;
    rates[name] = (count - earlier) / seconds;
  }
  return rates;
}
