/**
 * Messages of gRPC's health service, grpc.health.v1, and the frames that they travel in.
 *
 * @module
 */

/** What a server says of a service, by its number on the wire. */
export const SERVING_STATUSES = ["UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"] as const;

/** Bytes before a message: whether it is compressed, and its length. */
const PREFIX_BYTES = 5;
/** Types of fields on the wire, by the number of their bytes; `undefined`: it says so itself. */
const FIXED_BYTES: ReadonlyMap<number, number> = new Map([[1, 8], [5, 4]]);
const VARINT = 0;
const BYTES = 2;

/** A frame with a `HealthCheckRequest` for a service; empty for the server as a whole. */
export function healthCheckRequest(service: string): Uint8Array {
  const name = new TextEncoder().encode(service);
  const message = name.length === 0 ? [] : [0x0a, ...varint(name.length), ...name];
  const frame = new Uint8Array(PREFIX_BYTES + message.length);
  new DataView(frame.buffer).setUint32(1, message.length);
  frame.set(message, PREFIX_BYTES);
  return frame;
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (; value > 0x7f; value = Math.floor(value / 0x80)) bytes.push(value & 0x7f | 0x80);
  return [...bytes, value];
}

/**
 * The message in the one frame that is the body of an answer; `undefined` if the body is empty.
 *
 * @throws {SyntaxError} if it is not exactly one whole frame, or is compressed, which nobody has asked for
 */
export function parseFrame(body: Uint8Array): Uint8Array | undefined {
  if (body.length === 0) return undefined;
  if (body.length < PREFIX_BYTES) throw broken("it is cut off");
  if (body[0] !== 0) throw broken("it is compressed");
  const length = new DataView(body.buffer, body.byteOffset).getUint32(1);
  if (length !== body.length - PREFIX_BYTES) {
    throw broken(`it has ${body.length - PREFIX_BYTES} bytes, expected ${length}`);
  }
  return body.subarray(PREFIX_BYTES);
}

/**
 * The status in a `HealthCheckResponse`: one of {@linkcode SERVING_STATUSES}, or the number of another.
 *
 * @throws {SyntaxError} if the message breaks the format
 */
export function parseHealthCheckResponse(message: Uint8Array): string {
  let status = 0;
  let offset = 0;
  const next = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = message[offset++];
      if (byte === undefined) throw broken("a field is cut off");
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw broken("a number has no end");
  };
  while (offset < message.length) {
    const tag = Number(next());
    const [field, type] = [Math.floor(tag / 8), tag % 8];
    if (field === 0) throw broken("a field has the number 0");
    if (type === VARINT) {
      const value = next();
      if (field === 1) status = Number(BigInt.asIntN(32, value));
    } else {
      const size = type === BYTES ? Number(next()) : FIXED_BYTES.get(type) ?? unknownType(type);
      offset += size;
      if (offset > message.length) throw broken("a field is cut off");
    }
  }
  return SERVING_STATUSES[status] ?? String(status);
}

function unknownType(type: number): never {
  throw broken(`a field is of type ${type}`);
}

function broken(reason: string): SyntaxError {
  return new SyntaxError(`Cannot read the message of gRPC: ${reason}`);
}
