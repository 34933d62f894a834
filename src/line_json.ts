/**
 * What a child process and its parent write to each other: one JSON value per line, in UTF-8.
 *
 * A request is `{"id":1,"request":…}`, its answer `{"id":1,"response":…}` or
 * `{"id":1,"error":{"name":…,"message":…,"cause":…}}`.
 *
 * @module
 */

/** The byte that ends a line. */
export const NEWLINE = 10;
/** Characters of a faulty line that an error quotes. */
const QUOTED = 80;
/** Causes of an error that are carried over. */
const DEEPEST_CAUSE = 8;
/** Characters of an error's name or message that are taken over: they go on to logs and pages. */
const LONGEST_MESSAGE = 2000;
/** Errors that are rebuilt as what they were; by their class the engine tells a parse failure from others. */
const ERROR_CLASSES = new Map<string, ErrorConstructor>([
  ["SyntaxError", SyntaxError],
  ["RangeError", RangeError],
  ["TypeError", TypeError],
]);

const encoder = new TextEncoder();
const strictUtf8 = new TextDecoder("utf-8", { fatal: true });
const lenientUtf8 = new TextDecoder();

/** A line without its newline. */
export interface Line {
  /** Its bytes, or the first of them. */
  readonly bytes: Uint8Array;
  /** Whether it had more than allowed; the rest of it is dropped. */
  readonly tooLong: boolean;
}

/**
 * Cuts a stream of bytes at its newlines, in linear time and in at most `2 * maxLineBytes` of memory however small its
 * pieces are. A line that is too long is handed out as soon as that shows. An unfinished last line is never handed out.
 *
 * The bytes of a line are valid until the next piece is taken.
 */
export function lineSplitter(maxLineBytes: number): (piece: Uint8Array) => Generator<Line, void> {
  let held = new Uint8Array(0);
  let length = 0;
  let dropping = false;
  function hold(bytes: Uint8Array): Uint8Array {
    if (length + bytes.length > held.length) {
      const larger = new Uint8Array(Math.min(maxLineBytes, 2 * (length + bytes.length)));
      larger.set(held.subarray(0, length));
      held = larger;
    }
    held.set(bytes, length);
    length += bytes.length;
    return held.subarray(0, length);
  }
  return function* (piece) {
    let start = 0;
    while (start < piece.length) {
      const newline = piece.indexOf(NEWLINE, start);
      const end = newline < 0 ? piece.length : newline;
      if (!dropping) {
        const part = piece.subarray(start, Math.min(end, start + maxLineBytes - length));
        const tooLong = part.length < end - start;
        const complete = tooLong || newline >= 0;
        const bytes = complete && length === 0 ? part : hold(part);
        if (complete) {
          held = new Uint8Array(0);
          length = 0;
          yield { bytes, tooLong };
        }
        dropping = tooLong;
      }
      if (newline >= 0) dropping = false;
      start = end + 1;
    }
  };
}

/**
 * The line that carries a value.
 *
 * @throws {TypeError} if JSON cannot carry it
 */
export function encodeLine(value: object): Uint8Array<ArrayBuffer> {
  return encoder.encode(JSON.stringify(value) + "\n");
}

/**
 * The value that a line carries.
 *
 * @throws {TypeError} if the line is not UTF-8
 * @throws {SyntaxError} if it is not JSON
 */
export function decodeLine(bytes: Uint8Array): unknown {
  return JSON.parse(strictUtf8.decode(bytes));
}

/** Text of bytes that may be anything; control characters become spaces. */
export function readable(bytes: Uint8Array): string {
  return lenientUtf8.decode(bytes).replace(/\p{Cc}/gu, " ");
}

/** The beginning of bytes that may be anything, in quotes, for an error. */
export function quote(bytes: Uint8Array): string {
  const text = lenientUtf8.decode(bytes.subarray(0, 4 * QUOTED));
  return JSON.stringify(text.slice(0, QUOTED)) + (text.length > QUOTED || bytes.length > 4 * QUOTED ? "…" : "");
}

/** Whether a value is an object with keys. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** An error as it goes over the line. */
export interface ErrorRecord {
  /** Name of its class. */
  readonly name: string;
  /** Its message. */
  readonly message: string;
  /** Its cause, if it has one. */
  readonly cause?: ErrorRecord;
}

/** Whatever was thrown, as a record. */
export function recordError(thrown: unknown, depth = 0): ErrorRecord {
  if (!(thrown instanceof Error)) return { name: "Error", message: String(thrown) };
  const cause = thrown.cause === undefined || depth === DEEPEST_CAUSE ? undefined : thrown.cause;
  return {
    name: String(thrown.name),
    message: String(thrown.message),
    ...(cause !== undefined && { cause: recordError(cause, depth + 1) }),
  };
}

/** The error that a record describes, or `undefined` if it describes none. */
export function reviveError(record: unknown, depth = 0): Error | undefined {
  if (!isRecord(record) || typeof record.name !== "string" || typeof record.message !== "string") return undefined;
  const cause = depth < DEEPEST_CAUSE ? reviveError(record.cause, depth + 1) : undefined;
  const name = record.name.slice(0, LONGEST_MESSAGE);
  const message = record.message.slice(0, LONGEST_MESSAGE);
  const error = new (ERROR_CLASSES.get(name) ?? Error)(message, cause && { cause });
  if (error.name !== name) Object.defineProperty(error, "name", { value: name, configurable: true, writable: true });
  return error;
}
