import assert from "node:assert/strict";
import fc from "fast-check";
import { ResponseBody } from "../../../../collectors/probe/http/http_body.ts";
import { HEAD_LIMIT_BYTES, ResponseReader } from "../../../../collectors/probe/http/http_response.ts";
import { ProbeError, type Reason } from "../../../../collectors/probe/result.ts";

/** What a response comes to when the connection ends after it: status, announced and counted bytes, or why it is none. */
interface Reading {
  status?: number;
  length?: number;
  bytes: number;
  reason?: Reason;
}

function read(pieces: readonly Uint8Array[], limit = Infinity): Reading {
  const body = new ResponseBody({ compression: "", bodyLimitBytes: limit, keepsBody: false });
  const reader = new ResponseReader("GET", body, () => false);
  let reason: Reason | undefined;
  body.feed({ pause: assert.fail, resume: assert.fail, fail: (error) => reason = refusal(error) });
  try {
    for (const piece of pieces) reader.push(piece);
    reader.end();
  } catch (error) {
    reason ??= refusal(error);
  }
  const { head } = reader;
  const { bytes } = body;
  return head ? { status: head.status, length: head.contentLength, bytes, reason } : { bytes, reason };
}

function refusal(error: unknown): Reason {
  assert(error instanceof ProbeError);
  return error.reason;
}

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

const OK = "HTTP/1.1 200 OK\r\n";
const FIVE = "Content-Length: 5\r\n\r\nhello";
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`;

/** Verdicts of blackbox_exporter 0.28 on the same bytes; a reason stands where it has no success for the answer's sake. */
const CASES: Readonly<Record<string, readonly [text: string, reading: Reading]>> = {
  "a length": [`${OK}${FIVE}`, { status: 200, length: 5, bytes: 5 }],
  "lines without CR": ["HTTP/1.1 200 OK\nContent-Length: 5\n\nhello", { status: 200, length: 5, bytes: 5 }],
  "no length": ["HTTP/1.0 200 OK\r\n\r\nhello", { status: 200, length: -1, bytes: 5 }],
  "an empty length": [`${OK}Content-Length: \r\n\r\nhello`, { status: 200, length: -1, bytes: 5 }],
  "the same length twice": [`${OK}Content-Length: 5\r\n${FIVE}`, { status: 200, length: 5, bytes: 5 }],
  "two lengths": [`${OK}Content-Length: 6\r\n${FIVE}`, { bytes: 0, reason: "protocol" }],
  "a negative length": [`${OK}Content-Length: -5\r\n\r\nhello`, { bytes: 0, reason: "protocol" }],
  "a length with a sign": [`${OK}Content-Length: +5\r\n\r\nhello`, { bytes: 0, reason: "protocol" }],
  "a space before the colon": [`${OK}Content-Length : 5\r\n\r\nhello`, { status: 200, length: -1, bytes: 5 }],
  "a folded header": [`${OK}X: a\r\n b\r\n${FIVE}`, { status: 200, length: 5, bytes: 5 }],
  "a header that begins with a space": [`${OK} X: y\r\n${FIVE}`, { bytes: 0, reason: "protocol" }],
  "a header without colon": [`${OK}foo\r\n${FIVE}`, { bytes: 0, reason: "protocol" }],
  "a header without name": [`${OK}: x\r\n${FIVE}`, { bytes: 0, reason: "protocol" }],
  "a header's name with a parenthesis": [`${OK}f(o: x\r\n${FIVE}`, { bytes: 0, reason: "protocol" }],
  "a header with a NUL": [`${OK}X: a\0b\r\n${FIVE}`, { bytes: 0, reason: "protocol" }],
  "a folded header with a NUL": [`${OK}X: a\r\n \0b\r\n${FIVE}`, { bytes: 0, reason: "protocol" }],
  "a long header": [`${OK}X: ${"a".repeat(300_000)}\r\n${FIVE}`, { status: 200, length: 5, bytes: 5 }],
  "no reason phrase": [`HTTP/1.1 200\r\n${FIVE}`, { status: 200, length: 5, bytes: 5 }],
  "two spaces before the status": [`HTTP/1.1  200 OK\r\n${FIVE}`, { status: 200, length: 5, bytes: 5 }],
  "another version": [`HTTP/1.9 200 OK\r\n${FIVE}`, { status: 200, length: 5, bytes: 5 }],
  "a status below 100": [`HTTP/1.1 099 X\r\n${FIVE}`, { status: 99, length: 5, bytes: 5 }],
  "a status of four digits": ["HTTP/1.1 1000 X\r\n\r\n", { bytes: 0, reason: "protocol" }],
  "a lower-case protocol": [`http/1.1 200 OK\r\n${FIVE}`, { bytes: 0, reason: "protocol" }],
  "an empty line first": [`\r\n${OK}${FIVE}`, { bytes: 0, reason: "protocol" }],
  "informational responses": [
    `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${OK}${FIVE}`,
    { status: 200, length: 5, bytes: 5 },
  ],
  "switched protocols": ["HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\nhello", { status: 101, length: 0, bytes: 0 }],
  "204 with a body": [`HTTP/1.1 204 No\r\n${FIVE}`, { status: 204, length: 0, bytes: 0 }],
  "304 with a length": ["HTTP/1.1 304 No\r\nContent-Length: 5\r\n\r\n", { status: 304, length: 0, bytes: 0 }],
  "chunks": [`${CHUNKED}5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n`, { status: 200, length: -1, bytes: 11 }],
  "chunks with extension and trailer": [
    `${CHUNKED}5;a=b\r\nhello\r\n0\r\nX: y\r\n\r\n`,
    { status: 200, length: -1, bytes: 5 },
  ],
  "chunks and a length": [
    `${OK}Content-Length: 50\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`,
    { status: 200, length: -1, bytes: 5 },
  ],
  "chunks in HTTP/1.0": [
    "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    { status: 200, length: -1, bytes: 15 },
  ],
  "another encoding": [
    `${OK}Transfer-Encoding: gzip, chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`,
    { bytes: 0, reason: "protocol" },
  ],
  "chunks without CR": [`${CHUNKED}5\nhello\n0\n\n`, { status: 200, length: -1, bytes: 0, reason: "protocol" }],
  "a malformed chunk": [`${CHUNKED}zz\r\nhello`, { status: 200, length: -1, bytes: 0, reason: "protocol" }],
  "a chunk longer than announced": [
    `${CHUNKED}3\r\nhello\r\n0\r\n\r\n`,
    { status: 200, length: -1, bytes: 3, reason: "protocol" },
  ],
  "no empty line after the last chunk": [
    `${CHUNKED}5\r\nhello\r\n0\r\n`,
    { status: 200, length: -1, bytes: 5, reason: "reset" },
  ],
  "an end in a chunk": [`${CHUNKED}50\r\nhello`, { status: 200, length: -1, bytes: 5, reason: "reset" }],
  "an end in the body": [`${OK}Content-Length: 50\r\n\r\nhello`, {
    status: 200,
    length: 50,
    bytes: 5,
    reason: "reset",
  }],
  "an end in the head": [`${OK}Cont`, { bytes: 0, reason: "reset" }],
  "nothing": ["", { bytes: 0, reason: "reset" }],
};

for (const [name, [text, expected]] of Object.entries(CASES)) {
  Deno.test(`ResponseReader: ${name}`, () => {
    assert.deepEqual(read([bytesOf(text)]), { reason: undefined, ...expected });
  });
}

Deno.test("ResponseReader: it does not matter in what pieces a response arrives", () => {
  const texts = fc.constantFrom(...Object.values(CASES).map(([text]) => text).filter(({ length }) => length < 1000));
  fc.assert(fc.property(texts, fc.array(fc.nat(200), { maxLength: 20 }), (text, cuts) => {
    const bytes = bytesOf(text);
    const edges = [...cuts.filter((cut) => cut < bytes.length), 0, bytes.length].sort((a, b) => a - b);
    const pieces = edges.slice(1).map((end, i) => bytes.subarray(edges[i], end));
    assert.deepEqual(read(pieces), read([bytes]));
    assert.deepEqual(read([...bytes].map((byte) => Uint8Array.of(byte))), read([bytes]));
  }));
});

Deno.test("ResponseReader: whatever arrives, it is read or refused with a reason", () => {
  const noise = fc.uint8Array({ maxLength: 60 });
  const texts = fc.constantFrom(...Object.values(CASES).map(([text]) => text));
  fc.assert(fc.property(texts, noise, fc.nat(100), (text, bytes, at) => {
    read([bytesOf(text.slice(0, at)), bytes, bytesOf(text.slice(at))]);
  }));
});

Deno.test("ResponseReader: headers are found by lower-case name, in order, decoded as UTF-8", () => {
  const body = new ResponseBody({ compression: "", bodyLimitBytes: Infinity, keepsBody: true });
  const reader = new ResponseReader("GET", body, () => false);
  reader.push(new TextEncoder().encode(`${OK}Location:  /é \r\nSet-Cookie: a\r\nSET-COOKIE: b\r\n c\r\n${FIVE}`));
  assert.equal(reader.head?.version, "1.1");
  assert.deepEqual(reader.head?.headers.get("location"), ["/é"]);
  assert.deepEqual(reader.head?.headers.get("set-cookie"), ["a", "b c"]);
  assert(reader.done);
  reader.push(bytesOf("more"));
  reader.end();
  assert.equal(body.bytes, 5);
  assert.equal(new TextDecoder().decode(body.whole()), "hello");
});

Deno.test("ResponseReader: a body may have as many bytes as the limit, and no more", () => {
  assert.deepEqual(read([bytesOf(`${OK}${FIVE}`)], 5).reason, undefined);
  for (const text of [`${OK}${FIVE}`, `${CHUNKED}5\r\nhello\r\n`, `${OK}\r\nhello`]) {
    const { bytes, reason } = read([bytesOf(text)], 4);
    assert.deepEqual({ bytes, reason }, { bytes: 4, reason: "size" });
  }
});

Deno.test("ResponseReader: head, line and trailer have a limit", () => {
  const long = "x".repeat(HEAD_LIMIT_BYTES + 1);
  const lines = "X: y\r\n".repeat(HEAD_LIMIT_BYTES / 6 + 1);
  for (const text of [long, `${OK}X: ${long}`, `${OK}${lines}\r\n`, `${CHUNKED}${long}`, `${CHUNKED}0\r\n${lines}`]) {
    assert.equal(read([bytesOf(text)]).reason, "size");
  }
  const hints = "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(HEAD_LIMIT_BYTES / 28);
  assert.equal(read([bytesOf(hints), bytesOf(`${OK}${FIVE}`)]).reason, "size");
});

Deno.test("ResponseReader: HEAD has no body, whatever is announced", () => {
  const lengths = [["Content-Length: 24\r\n", 24], ["", -1], ["Transfer-Encoding: chunked\r\n", -1]] as const;
  for (const [header, length] of lengths) {
    const body = new ResponseBody({ compression: "", bodyLimitBytes: 0, keepsBody: false });
    const reader = new ResponseReader("HEAD", body, () => false);
    reader.push(bytesOf(`${OK}${header}\r\n`));
    assert(reader.done);
    assert.equal(reader.head?.contentLength, length);
  }
});

Deno.test("ResponseReader: where the head is enough, the body is not taken", () => {
  const body = new ResponseBody({ compression: "", bodyLimitBytes: 0, keepsBody: false });
  const reader = new ResponseReader("GET", body, ({ status }) => status === 200);
  reader.push(bytesOf(`${OK}${FIVE}`));
  assert(reader.done);
  assert.equal(body.bytes, 0);
});
