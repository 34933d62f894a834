import assert from "node:assert/strict";
import fc from "fast-check";
import { ProbeError } from "../../../../collectors/probe/result.ts";
import {
  type Frame,
  FrameReader,
  LONGEST_MESSAGE,
  MessageJoiner,
  OPCODES,
  renderFrame,
} from "../../../../collectors/probe/websocket/websocket_frames.ts";

const { continuation, text, ping } = OPCODES;

/** The frame as a server sends it, and so without a mask. */
function unmasked(opcode: number, payload: Uint8Array): Uint8Array {
  const frame = renderFrame(opcode, payload, new Uint8Array(4));
  const maskAt = frame.length - payload.length - 4;
  const bytes = new Uint8Array(frame.length - 4);
  bytes.set(frame.subarray(0, maskAt));
  bytes.set(payload, maskAt);
  bytes[1] = (bytes[1] ?? 0) & 0x7f;
  return bytes;
}

function framesOf(...pieces: readonly Uint8Array[]): Frame[] {
  const reader = new FrameReader();
  const frames: Frame[] = [];
  for (const piece of pieces) {
    reader.push(piece);
    for (let frame = reader.next(); frame; frame = reader.next()) frames.push(frame);
  }
  return frames;
}

const refused = (reason: string) => (error: unknown) => error instanceof ProbeError && error.reason === reason;

Deno.test("renderFrame: the example of RFC 6455, section 5.7", () => {
  const frame = renderFrame(text, new TextEncoder().encode("Hello"), Uint8Array.of(0x37, 0xfa, 0x21, 0x3d));
  assert.deepEqual([...frame], [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58]);
});

Deno.test("FrameReader: what was rendered is read again, however it was cut", () => {
  const payload = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.constantFrom(125, 126, 65_535, 65_536, 70_000).map((length) => new Uint8Array(length).fill(7)),
  );
  fc.assert(fc.property(fc.array(payload, { maxLength: 4 }), fc.nat(500), (payloads, cut) => {
    const bytes = Uint8Array.from(payloads.flatMap((payload) => [...unmasked(text, payload)]));
    const frames = framesOf(bytes.subarray(0, cut), bytes.subarray(cut));
    assert.deepEqual(frames.map(({ payload }) => [...payload]), payloads.map((payload) => [...payload]));
  }));
});

for (
  const [what, bytes, reason] of [
    ["a reserved bit", [0xc1, 0], "protocol"],
    ["a mask", [0x81, 0x80, 0, 0, 0, 0], "protocol"],
    ["an unknown opcode", [0x83, 0], "protocol"],
    ["a ping of 126 bytes", [0x89, 126, 0, 126], "protocol"],
    ["a ping in pieces", [0x09, 0], "protocol"],
    ["too many bytes", [0x82, 127, 0, 0, 0, 0, 0, 0x20, 0, 0], "size"],
    ["a length beyond all numbers", [0x82, 127, 255, 255, 255, 255, 255, 255, 255, 255], "size"],
  ] as const
) {
  Deno.test(`FrameReader: ${what} is refused`, () => {
    assert.throws(() => framesOf(Uint8Array.from(bytes)), refused(reason));
  });
}

Deno.test("MessageJoiner: pieces become a message, and what does not belong there is refused", () => {
  const joiner = new MessageJoiner();
  const frame = (opcode: number, isFinal: boolean, ...payload: number[]): Frame => ({
    opcode,
    isFinal,
    payload: Uint8Array.from(payload),
  });
  assert.equal(joiner.add(frame(text, false, 1)), undefined);
  assert.equal(joiner.add(frame(continuation, false, 2)), undefined);
  assert.throws(() => joiner.add(frame(text, true, 3)), refused("protocol"));
  assert.deepEqual([...joiner.add(frame(continuation, true, 3)) ?? []], [1, 2, 3]);
  assert.deepEqual([...joiner.add(frame(text, true)) ?? [9]], []);
  assert.throws(() => joiner.add(frame(continuation, true)), refused("protocol"));
  const large = { opcode: text, isFinal: false, payload: new Uint8Array(LONGEST_MESSAGE) };
  assert.equal(joiner.add(large), undefined);
  assert.throws(() => joiner.add(frame(continuation, true, 1)), refused("size"));
});

Deno.test("FrameReader: arbitrary bytes are frames, or refused by a ProbeError", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
    try {
      framesOf(bytes);
    } catch (error) {
      assert(error instanceof ProbeError);
    }
  }));
  assert.equal(framesOf(unmasked(ping, Uint8Array.of(1)))[0]?.opcode, ping);
});
