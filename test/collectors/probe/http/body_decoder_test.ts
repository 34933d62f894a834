import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { bodyDecoder } from "../../../../collectors/probe/http/body_decoder.ts";
import { ResponseBody } from "../../../../collectors/probe/http/http_body.ts";
import { ProbeError } from "../../../../collectors/probe/result.ts";

const never = new AbortController().signal;

/** The body of some pieces: its text, or why there is none. */
async function read(compression: string, pieces: readonly Uint8Array[], limit = Infinity): Promise<string> {
  const wish = { compression, bodyLimitBytes: limit, keepsBody: true };
  using body = new ResponseBody(wish, await bodyDecoder(compression));
  let fault: Error | undefined;
  body.feed({ fail: (error) => fault = error, pause() {}, resume() {} });
  try {
    for (const piece of pieces) body.push(piece);
    await body.finish(never);
    assert.equal(fault, undefined);
    return new TextDecoder().decode(body.whole());
  } catch (error) {
    assert(error instanceof ProbeError);
    return `${error.reason} after ${body.bytes > limit ? "too much" : "no more than it may"}: ${error.message}`;
  }
}

const ENCODERS: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array>> = {
  gzip: gzipSync,
  br: brotliCompressSync,
  deflate: deflateRawSync,
  identity: (bytes) => bytes,
};

/** Bytes in pieces of that size. */
function cut(bytes: Uint8Array, size: number): Uint8Array[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.slice(i * size, (i + 1) * size));
}

Deno.test("bodyDecoder: undoes what was encoded, in whatever pieces it comes", async () => {
  const encodings = fc.constantFrom(...Object.keys(ENCODERS));
  await fc.assert(
    fc.asyncProperty(
      encodings,
      fc.string({ maxLength: 300 }),
      fc.integer({ min: 1, max: 40 }),
      async (name, text, size) => {
        const encoded = ENCODERS[name]?.(new TextEncoder().encode(text)) ?? new Uint8Array();
        assert.equal(await read(name, cut(encoded, size)), text.toWellFormed());
      },
    ),
    { numRuns: 60 },
  );
});

Deno.test("bodyDecoder: a body that is cut off anywhere is a fault", async () => {
  const text = new TextEncoder().encode("one two three, one two three, and four".repeat(5));
  for (const name of ["gzip", "br", "deflate"]) {
    const encoded = ENCODERS[name]?.(text) ?? new Uint8Array();
    for (let length = 0; length < encoded.length; length++) {
      const found = await read(name, [encoded.subarray(0, length)]);
      assert(found.startsWith("protocol"), `${name} of ${length} bytes: ${found}`);
    }
  }
});

Deno.test("bodyDecoder: what follows the end is a fault of gzip and Brotli, but for another member of gzip", async () => {
  const text = new TextEncoder().encode("hello");
  const more = (name: string, rest: Uint8Array) => [ENCODERS[name]?.(text) ?? rest, rest];
  for (const rest of [new Uint8Array(20), Uint8Array.of(1), new TextEncoder().encode("trash")]) {
    for (const pieces of [more("gzip", rest), [Buffer.concat(more("gzip", rest))]]) {
      assert.match(await read("gzip", pieces), /^protocol/);
    }
    for (const pieces of [more("br", rest), [Buffer.concat(more("br", rest))]]) {
      assert.match(await read("br", pieces), /^protocol .* there is more after its end$/);
    }
    assert.equal(await read("deflate", more("deflate", rest)), "hello");
  }
  assert.equal(await read("gzip", [gzipSync(text), gzipSync(text)]), "hellohello");
});

Deno.test("bodyDecoder: what is not encoded so is a fault", async () => {
  const text = new TextEncoder().encode("hello hello hello");
  for (const name of ["gzip", "br", "deflate"]) assert.match(await read(name, [text]), /^protocol/);
  assert.match(await read("deflate", [deflateSync(text)]), /^protocol/);
  await assert.rejects(bodyDecoder("zstd"), { name: "ProbeError", reason: "internal" });
  assert.equal(await read("GZip", [gzipSync(text)]), "hello hello hello");
});

Deno.test("bodyDecoder: a bomb stops at the limit", async () => {
  const zeros = new Uint8Array(16 * 1024 * 1024);
  for (const name of ["gzip", "br", "deflate"]) {
    const bomb = ENCODERS[name]?.(zeros) ?? new Uint8Array();
    const found = await read(name, cut(bomb, 16 * 1024), 100_000);
    assert.equal(found, "size after no more than it may: the body has more than 100000 bytes", name);
  }
});
