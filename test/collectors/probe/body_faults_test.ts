/**
 * Bodies of real servers: bombs, endless ones, large ones.
 *
 * @module
 */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { brotliCompressSync, constants, deflateRawSync, gzipSync } from "node:zlib";
import type { HttpModule } from "../../../collectors/probe/module.ts";
import { Pattern } from "../../../src/pattern.ts";
import { type Answer, httpTarget, outcomeOf, probeUrl, respondsWith } from "./target.ts";

const MEGABYTE = 1024 * 1024;
const ENCODERS = {
  gzip: gzipSync,
  deflate: deflateRawSync,
  br: (bytes: Uint8Array) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } }),
};

/** A head without a length, then `piece` again and again, for as long as somebody takes it. */
function pours(piece: Uint8Array): Answer {
  return (socket) => {
    socket.write("HTTP/1.1 200 OK\r\n\r\n");
    const more = () => {
      while (!socket.destroyed && socket.write(piece));
    };
    socket.on("drain", more);
    more();
  };
}

/** As many zeros, encoded; then nothing more, and no end. */
function bomb(encoding: keyof typeof ENCODERS, bytes: number): Answer {
  const encoded = ENCODERS[encoding](new Uint8Array(bytes));
  return (socket) => socket.write(Buffer.concat([Buffer.from("HTTP/1.1 200 OK\r\n\r\n"), encoded]));
}

Deno.test("ResponseBody: a decompression bomb stops at the limit, and nobody listens to the rest", async () => {
  for (const compression of ["gzip", "deflate", "br"] as const) {
    await using target = await httpTarget(bomb(compression, 64 * MEGABYTE));
    const module = { compression, bodyLimitBytes: 3 * MEGABYTE, failIfBodyMatches: [new Pattern("x")] };
    const result = await probeUrl(`http://127.0.0.1:${target.port}/`, module);
    assert.equal(outcomeOf(result), "size in transfer", compression);
    assert.equal(result.response?.bodyBytes, 3 * MEGABYTE);
    assert.equal(result.verdict.failedByPattern, true);
    await target.idle();
  }
});

Deno.test("ResponseBody: an endless body that is kept for rules stops where no limit is set, too", async () => {
  await using target = await httpTarget(pours(new Uint8Array(MEGABYTE)));
  const module: Partial<HttpModule> = { bodyLimitBytes: Infinity, failIfBodyMatches: [new Pattern("x")] };
  const result = await probeUrl(`http://127.0.0.1:${target.port}/`, module);
  assert.equal(outcomeOf(result), "size in transfer");
  await target.idle();
});

Deno.test("ResponseBody: rules see the whole of a large body, as it was before it was encoded", async () => {
  const body = new Uint8Array(20 * MEGABYTE).fill(0x61);
  body.set(new TextEncoder().encode(" the end"), body.length - 8);
  await using target = await httpTarget(respondsWith(gzipSync(body)));
  const url = `http://127.0.0.1:${target.port}/`;
  const module = { compression: "gzip", bodyLimitBytes: Infinity };
  const found = await probeUrl(url, { ...module, failIfBodyNotMatches: [new Pattern("a the end$")] });
  assert.equal(outcomeOf(found), "success");
  assert.equal(found.response?.bodyBytes, body.length);
  const refused = await probeUrl(url, { ...module, failIfBodyMatches: [new Pattern("^a+ the")] });
  assert.equal(outcomeOf(refused), "body in validate");
});

Deno.test("ResponseBody: a body that ends in the middle of its encoding is a fault of the transfer", async () => {
  const encoded = gzipSync("hello hello hello");
  await using target = await httpTarget(respondsWith(encoded.subarray(0, encoded.length - 9)));
  const result = await probeUrl(`http://127.0.0.1:${target.port}/`, { compression: "gzip" });
  assert.equal(outcomeOf(result), "protocol in transfer");
});
