import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { bodyDecoder } from "../../../../collectors/probe/http/body_decoder.ts";
import { type BodyFeeder, ResponseBody } from "../../../../collectors/probe/http/http_body.ts";

const never = new AbortController().signal;
const plain = { compression: "", bodyLimitBytes: Infinity, keepsBody: true };
const bytes = (text: string) => new TextEncoder().encode(text);

/** A feeder that notes what it is told. */
function listener() {
  const told: string[] = [];
  const { promise: resumed, resolve } = Promise.withResolvers<void>();
  const feeder: BodyFeeder = {
    fail: (error) => told.push(error.message),
    pause: () => told.push("pause"),
    resume: () => {
      told.push("resume");
      resolve();
    },
  };
  return { told, feeder, resumed };
}

Deno.test("ResponseBody: counts what comes, and keeps it where it is wanted, whatever becomes of the pieces", async () => {
  await fc.assert(fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 9 })), async (pieces) => {
    using kept = new ResponseBody(plain);
    using counted = new ResponseBody({ ...plain, keepsBody: false });
    const whole = pieces.flatMap((piece) => [...piece]);
    for (const piece of pieces) {
      kept.push(piece);
      counted.push(piece);
      piece.fill(0);
    }
    await kept.finish(never);
    assert.deepEqual([...kept.whole() ?? []], whole);
    assert.equal(counted.whole(), undefined);
    assert.deepEqual([kept.bytes, counted.bytes], [whole.length, whole.length]);
  }));
});

Deno.test("ResponseBody: as many bytes as the limit are taken, one more is a fault, and nothing after it counts", async () => {
  const { told, feeder } = listener();
  using body = new ResponseBody({ ...plain, bodyLimitBytes: 5 });
  body.feed(feeder);
  body.push(bytes("hello"));
  assert.deepEqual([body.bytes, told], [5, []]);
  body.push(bytes("!"));
  body.push(bytes("more"));
  assert.deepEqual([body.bytes, told], [5, ["the body has more than 5 bytes"]]);
  await assert.rejects(body.finish(never), { name: "ProbeError", reason: "size" });
});

Deno.test("ResponseBody: the limit is on what comes out of the decoder", async () => {
  const encoded = gzipSync(bytes("a".repeat(1000)));
  using small = new ResponseBody({ ...plain, bodyLimitBytes: 1000 }, await bodyDecoder("gzip"));
  small.push(encoded);
  await small.finish(never);
  assert.equal(small.bytes, 1000);
  using large = new ResponseBody({ ...plain, bodyLimitBytes: 999 }, await bodyDecoder("gzip"));
  large.push(encoded);
  await assert.rejects(large.finish(never), { name: "ProbeError", reason: "size" });
  assert.equal(large.bytes, 999);
});

Deno.test("ResponseBody: who feeds faster than it is decoded is asked to wait, and to go on", async () => {
  const { told, feeder, resumed } = listener();
  const encoded = gzipSync(
    Buffer.concat(Array.from({ length: 5 }, () => crypto.getRandomValues(new Uint8Array(60_000)))),
  );
  using body = new ResponseBody({ ...plain, compression: "gzip" }, await bodyDecoder("gzip"));
  body.feed(feeder);
  body.push(encoded);
  assert.deepEqual(told, ["pause"]);
  await resumed;
  await body.finish(never);
  assert.deepEqual(told, ["pause", "resume"]);
  assert.equal(body.bytes, 300_000);
});

Deno.test("ResponseBody: an abort ends the wait for the decoder, and one that came before", async () => {
  using body = new ResponseBody({ ...plain, compression: "gzip" }, await bodyDecoder("gzip"));
  body.push(gzipSync(bytes("hello")));
  const controller = new AbortController();
  const finished = body.finish(controller.signal);
  controller.abort(new Error("enough"));
  await assert.rejects(finished, { message: "enough" });
  using other = new ResponseBody({ ...plain, compression: "gzip" }, await bodyDecoder("gzip"));
  await assert.rejects(other.finish(controller.signal), { message: "enough" });
});
