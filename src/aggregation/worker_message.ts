/**
 * What a worker and who adds its figures up write to each other: plain values that survive JSON and structured clones.
 *
 * Asked by `{ sonde: 1, ask: true }`, a worker answers with all it shows, in parts of bounded size. Messages without
 * `sonde` are the app's own. Nothing of a worker's message is trusted.
 *
 * @module
 */

import type { Batch, FamilyBatch } from "../batch.ts";
import type { HistogramValue, MetricType, SampleValue } from "../collector.ts";

/** Version of this protocol. */
const PROTOCOL = 1;
/** Numbers in one part, about: a part is read and written in few milliseconds. */
const PART_NUMBERS = 4000;
/** Longest text of a message: longer ones are refused. */
const MOST_CHARACTERS = 100_000;
/** Bounds or quantiles of one series. */
const MOST_BOUNDS = 10_000;

/** Who sends: the same for all that one exporter ever says. */
export interface Sender {
  /** Of the exporter, whose counters begin at zero with it; random. */
  readonly instance: string;
  /** Of the process in which it runs: several workers may be its threads. */
  readonly process: string;
}

/** One part of what a worker shows. */
export interface AnswerPart extends Sender {
  /** The message. */
  readonly kind: "part";
  /** Of the answer; grows. */
  readonly sequence: number;
  /** Of the part in its answer, from 0. */
  readonly part: number;
  /** Whether it is the answer's last. */
  readonly last: boolean;
  /** Of a large family some series. */
  readonly families: readonly FamilyBatch[];
}

/** What a worker says: it has begun to listen; a part of an answer; it ends, all has been said. */
export type WorkerMessage = AnswerPart | (Sender & { readonly kind: "hello" | "bye" });

/** The question. */
export const ASK: unknown = { sonde: PROTOCOL, ask: true };

/** Whether a message is the question. */
export function isAsk(message: unknown): boolean {
  return typeof message === "object" && message !== null && "sonde" in message && message.sonde === PROTOCOL &&
    "ask" in message;
}

/** JSON has no other way for numbers that are not finite. */
const encodeNumber = (value: number) => Number.isFinite(value) ? value : String(value);

function encodeValue(value: SampleValue): unknown {
  if (typeof value === "number") return encodeNumber(value);
  const points = "buckets" in value ? value.buckets : value.quantiles;
  return [value.sum, value.count, [...points.keys()].map(encodeNumber), [...points.values()].map(encodeNumber)];
}

/** Whether a value can be added up: a counter that is not a number would spoil the sum for ever, and is left out. */
function isAddable(type: MetricType, value: SampleValue): boolean {
  if (typeof value !== "number") return Number.isFinite(value.sum) && Number.isFinite(value.count) && value.count >= 0;
  return type !== "counter" || (Number.isFinite(value) && value >= 0);
}

/** A message without an answer. */
export function encodeNotice(kind: "hello" | "bye", { instance, process }: Sender): unknown {
  return { sonde: PROTOCOL, kind, instance, process };
}

/** The parts of an answer, made one by one. */
export function* encodeAnswer(batch: Batch, { instance, process }: Sender, sequence: number): Generator<unknown> {
  let part = 0;
  let families: unknown[] = [];
  let numbers = 0;
  const message = (last: boolean) => ({
    sonde: PROTOCOL,
    kind: "part",
    instance,
    process,
    sequence,
    part: part++,
    last,
    families,
  });
  for (const { name, type, help, series } of batch.values()) {
    let entries: unknown[] = [];
    families.push([name, type, help, entries]);
    for (const [key, value] of series) {
      if (!isAddable(type, value)) continue;
      if (numbers >= PART_NUMBERS) {
        yield message(false);
        entries = [];
        families = [[name, type, help, entries]];
        numbers = 0;
      }
      entries.push(key, encodeValue(value));
      numbers += typeof value === "number" ? 1 : 2 + ("buckets" in value ? value.buckets.size : value.quantiles.size);
    }
  }
  yield message(true);
}

const TYPES: ReadonlySet<unknown> = new Set<MetricType>(["counter", "gauge", "histogram", "summary", "untyped"]);
const isType = (value: unknown): value is MetricType => TYPES.has(value);
const isText = (value: unknown): value is string => typeof value === "string" && value.length <= MOST_CHARACTERS;
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

function refuse(expected: string, found: unknown): never {
  const text = typeof found === "object" ? String(found && "an object") : String(found);
  throw new TypeError(`Cannot read a worker's message: expected ${expected}, found ${text.slice(0, 100)}`);
}

/**
 * What a worker says; `undefined` if the message is the app's own.
 *
 * @throws {TypeError} if it is malformed
 */
export function decodeMessage(message: unknown): WorkerMessage | undefined {
  if (typeof message !== "object" || message === null || !("sonde" in message)) return undefined;
  if (message.sonde !== PROTOCOL) refuse(`version ${PROTOCOL} of the protocol`, message.sonde);
  const { kind, instance, process, sequence, part, last, families }: Record<string, unknown> = { ...message };
  if (!isText(instance) || instance === "") refuse("an instance", instance);
  if (!isText(process)) refuse("a process", process);
  if (kind === "hello" || kind === "bye") return { kind, instance, process };
  if (kind !== "part") refuse("hello, bye or part", kind);
  if (!isCount(sequence) || !isCount(part)) refuse("numbers of answer and part", sequence);
  if (!Array.isArray(families)) refuse("families", families);
  return { kind, instance, process, sequence, part, last: last === true, families: families.map(decodeFamily) };
}

function decodeFamily(family: unknown): FamilyBatch {
  if (!Array.isArray(family)) refuse("a family", family);
  const [name, type, help, entries]: unknown[] = family;
  if (!isText(name) || !/^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name)) refuse("the name of a family", name);
  if (!isType(type)) refuse(`the type of "${name}"`, type);
  if (!isText(help)) refuse(`the help of "${name}"`, help);
  if (!Array.isArray(entries) || entries.length % 2 !== 0) refuse(`the series of "${name}"`, entries);
  const own = type === "histogram" ? "le" : type === "summary" ? "quantile" : undefined;
  const series = new Map<string, SampleValue>();
  for (let i = 0; i < entries.length; i += 2) {
    const key: unknown = entries[i];
    if (!isText(key) || !areLabels(key, own)) refuse(`labels of "${name}"`, key);
    series.set(key, decodeValue(name, type, entries[i + 1]));
  }
  return { name, type, help, series };
}

const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="(?:[^"\\\n]|\\[\\"n])*"(?:,(?!$)|$)/y;

/** Whether `key` is what `renderLabels` makes: each set of labels has one form only. */
function areLabels(key: string, own: string | undefined): boolean {
  let before = "";
  LABEL.lastIndex = 0;
  while (LABEL.lastIndex < key.length) {
    const name = LABEL.exec(key)?.[1];
    if (name === undefined || name <= before || name === own) return false;
    before = name;
  }
  return true;
}

function decodeNumber(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  return value === "NaN" || value === "Infinity" || value === "-Infinity" ? Number(value) : undefined;
}

function decodeValue(name: string, type: MetricType, value: unknown): SampleValue {
  if (type === "histogram" || type === "summary") return decodeDistribution(name, type, value);
  const number = decodeNumber(value);
  if (number === undefined) refuse(`a number for "${name}"`, value);
  if (type === "counter" && !(number >= 0 && number < Infinity)) refuse(`a count for "${name}"`, number);
  return number;
}

function decodeDistribution(name: string, type: "histogram" | "summary", value: unknown): SampleValue {
  if (!Array.isArray(value)) refuse(`a ${type} for "${name}"`, value);
  const [sum, count, points, values]: unknown[] = value;
  if (typeof sum !== "number" || !Number.isFinite(sum)) refuse(`the sum of "${name}"`, sum);
  if (typeof count !== "number" || !(count >= 0 && count < Infinity)) refuse(`the count of "${name}"`, count);
  // Quantiles of several workers make no quantile of all.
  if (type === "summary") return { quantiles: new Map(), sum, count };
  if (!Array.isArray(points) || !Array.isArray(values) || points.length !== values.length) {
    refuse(`the buckets of "${name}"`, points);
  }
  if (points.length > MOST_BOUNDS) refuse(`at most ${MOST_BOUNDS} buckets of "${name}"`, points.length);
  return { buckets: decodeBuckets(name, points, values, count), sum, count };
}

function decodeBuckets(name: string, bounds: unknown[], counts: unknown[], count: number): HistogramValue["buckets"] {
  const buckets = new Map<number, number>();
  let last = -Infinity;
  let below = 0;
  for (const [i, each] of bounds.entries()) {
    const bound = decodeNumber(each);
    const within = counts[i];
    if (bound === undefined || !(bound > last)) refuse(`ascending bounds of "${name}"`, each);
    if (typeof within !== "number" || !(within >= below && within <= count)) refuse(`counts of "${name}"`, within);
    buckets.set(bound, within);
    last = bound;
    below = within;
  }
  return buckets;
}
