import assert from "node:assert/strict";
import { createSecureServer, type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import { encodeHeaders } from "../../../../collectors/probe/http/hpack.ts";
import {
  FLAG,
  FRAME,
  type Frame,
  FrameReader,
  renderFrame,
  uint32,
} from "../../../../collectors/probe/http/http2_frames.ts";
import type { HeaderLine } from "../../../../collectors/probe/http/http_request.ts";
import { httpsTarget, outcomeOf, patientModule, probeUrl, type Target, tlsFixture, trustFixtures } from "../target.ts";

trustFixtures();

interface Asked {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A real server; tells what it was asked. */
async function realServer(
  answer: (stream: ServerHttp2Stream, path: string) => void,
): Promise<{ readonly port: number; readonly asked: Asked[] } & AsyncDisposable> {
  const asked: Asked[] = [];
  const server = createSecureServer({ cert: tlsFixture("server.pem"), key: tlsFixture("server.key") });
  const sessions = new Set<{ destroy(): void }>();
  server.on("session", (session) => {
    sessions.add(session);
    session.on("error", () => {});
  });
  server.on("stream", (stream, headers) => {
    let body = "";
    stream.on("error", () => {}).on("data", (bytes) => body += bytes).on("end", () => {
      asked.push({ headers, body });
      answer(stream, String(headers[":path"]));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address: AddressInfo | string | null = server.address();
  assert(typeof address === "object" && address !== null);
  return {
    port: address.port,
    asked,
    async [Symbol.asyncDispose]() {
      for (const session of sessions) session.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

Deno.test("exchange2: asks a real server, and reads its answer by HTTP/2", async () => {
  const value = String.fromCharCode(...Array.from({ length: 95 }, (_, i) => 32 + i)).trim();
  await using server = await realServer((stream) => {
    stream.respond({ ":status": 200, "content-length": "5", "x-all": value, "x-long": "y".repeat(40_000) });
    stream.end("hello");
  });
  const headers = [["X-Own", "1"], ["Connection", "close"], ["X-Long", "z".repeat(40_000)]] as const;
  const result = await probeUrl(`https://localhost:${server.port}/a?b`, { headers });
  assert.equal(outcomeOf(result), "success");
  const { head, bodyBytes, tls } = result.response ?? {};
  assert.deepEqual([head?.version, head?.status, head?.contentLength, bodyBytes], ["2.0", 200, 5, 5]);
  assert.deepEqual(head?.headers.get("x-all"), [value]);
  assert.equal(head?.headers.get("x-long")?.[0]?.length, 40_000);
  assert.equal(tls?.verified, true);
  const phases = ["resolve", "connect", "tls", "request", "processing", "transfer", "validate"];
  assert.deepEqual(Object.keys(result.durations), phases);
  const asked = server.asked[0]?.headers ?? {};
  assert.deepEqual(
    [asked[":method"], asked[":path"], asked[":authority"], asked["x-own"], asked["user-agent"], asked.connection],
    ["GET", "/a?b", `localhost:${server.port}`, "1", "Sonde/1.2.3", undefined],
  );
  assert.equal(asked["x-long"], "z".repeat(40_000));
});

Deno.test("exchange2: bodies larger than any window go both ways, and count to the limit", async () => {
  await using server = await realServer((stream) => {
    stream.respond({ ":status": 200 });
    stream.end("x".repeat(10_000_000));
  });
  const at = `https://localhost:${server.port}/`;
  const body = { text: "y".repeat(1_000_000) };
  const result = await probeUrl(at, { method: "POST", body, bodyLimitBytes: Infinity });
  assert.equal(outcomeOf(result), "success");
  assert.equal(result.response?.bodyBytes, 10_000_000);
  assert.equal(server.asked[0]?.body.length, 1_000_000);
  const limited = await probeUrl(at, { bodyLimitBytes: 1000 });
  assert.equal(outcomeOf(limited), "size in transfer");
  assert.equal(limited.response?.bodyBytes, 1000);
});

Deno.test("exchange2: redirects, answers without a body, HEAD", async () => {
  await using server = await realServer((stream, path) => {
    if (path === "/") stream.respond({ ":status": 302, location: "/empty" }, { endStream: true });
    else if (path === "/empty") stream.respond({ ":status": 204 }, { endStream: true });
    else stream.respond({ ":status": 200, "content-length": "24" }, { endStream: true });
  });
  const at = `https://localhost:${server.port}`;
  const empty = await probeUrl(`${at}/`);
  assert.deepEqual([outcomeOf(empty), empty.redirects, empty.response?.head.contentLength], ["success", 1, 0]);
  const head = await probeUrl(`${at}/head`, { method: "HEAD" });
  assert.deepEqual([outcomeOf(head), head.response?.head.contentLength], ["success", 24]);
});

Deno.test("exchange2: HTTP/2 is not offered where the module will not have it", async () => {
  await using server = await realServer((stream) => stream.respond({ ":status": 200 }, { endStream: true }));
  const client = { ...patientModule.client, http2: false };
  const { outcome } = await probeUrl(`https://localhost:${server.port}/`, { client });
  assert(!outcome.success);
});

type Say = (send: (type: number, flags: number, stream: number, payload?: Uint8Array) => void, socket: Socket) => void;

/** A server that agrees on HTTP/2 and says what it likes once it has been asked. */
function rawServer(say: Say, greets = true): Promise<Target> {
  return httpsTarget("server.pem", () => {}, { ALPNProtocols: ["h2"] }, (socket) => {
    const reader = new FrameReader();
    let skipped = 24; // the preface
    const send = (type: number, flags: number, stream: number, payload: Uint8Array = new Uint8Array()) =>
      socket.write(renderFrame(type, flags, stream, payload));
    socket.on("data", (bytes: Uint8Array) => {
      const rest = bytes.subarray(Math.min(skipped, bytes.length));
      skipped -= bytes.length - rest.length;
      const frames: Frame[] = [...reader.push(rest)];
      if (!frames.some(({ type }) => type === FRAME.headers)) return;
      if (greets) send(FRAME.settings, 0, 0);
      say(send, socket);
    });
  });
}

const block = (...headers: HeaderLine[]) => encodeHeaders(headers);
const OK = block([":status", "200"]);
const five = block([":status", "200"], ["content-length", "5"]);
const bytes = (text: string) => new TextEncoder().encode(text);

const CASES: Readonly<Record<string, { say: Say; outcome: string; greets?: boolean }>> = {
  "a whole answer, padded and in pieces": {
    say(send) {
      send(FRAME.ping, 0, 0, new Uint8Array(8));
      send(99, 0, 7, bytes("unknown"));
      send(
        FRAME.headers,
        FLAG.padded | FLAG.priority,
        1,
        Uint8Array.of(2, 0, 0, 0, 0, 0, ...five.subarray(0, 3), 0, 0),
      );
      send(FRAME.continuation, FLAG.endHeaders, 1, five.subarray(3));
      send(FRAME.data, FLAG.padded, 1, Uint8Array.of(3, 104, 101, 108, 0, 0, 0));
      send(FRAME.data, 0, 1, bytes("lo"));
      send(FRAME.headers, FLAG.endHeaders | FLAG.endStream, 1, block(["x-trailer", "1"]));
    },
    outcome: "success",
  },
  "hints before the answer": {
    say(send) {
      send(FRAME.headers, FLAG.endHeaders, 1, block([":status", "103"]));
      send(FRAME.headers, FLAG.endHeaders | FLAG.endStream, 1, OK);
    },
    outcome: "success",
  },
  "a farewell that does not concern us": {
    say(send) {
      send(FRAME.goAway, 0, 0, Uint8Array.from([...uint32(1), ...uint32(0)]));
      send(FRAME.headers, FLAG.endHeaders | FLAG.endStream, 1, OK);
    },
    outcome: "success",
  },
  "a stream that is refused": { say: (send) => send(FRAME.reset, 0, 1, uint32(7)), outcome: "reset in processing" },
  "a stream reset in the body": {
    say(send) {
      send(FRAME.headers, FLAG.endHeaders, 1, OK);
      send(FRAME.data, 0, 1, bytes("hel"));
      send(FRAME.reset, 0, 1, uint32(2));
    },
    outcome: "reset in transfer",
  },
  "a farewell": {
    say: (send) => send(FRAME.goAway, 0, 0, Uint8Array.from([...uint32(0), ...uint32(11)])),
    outcome: "reset in processing",
  },
  "an end without an answer": { say: (_, socket) => socket.end(), outcome: "reset in processing" },
  "a body that is cut off": {
    say(send) {
      send(FRAME.headers, FLAG.endHeaders, 1, five);
      send(FRAME.data, FLAG.endStream, 1, bytes("hel"));
    },
    outcome: "reset in transfer",
  },
  "a body that is too long": {
    say(send) {
      send(FRAME.headers, FLAG.endHeaders, 1, five);
      send(FRAME.data, FLAG.endStream, 1, bytes("hello!"));
    },
    outcome: "protocol in transfer",
  },
  "a body without a head": { say: (send) => send(FRAME.data, 0, 1, bytes("x")), outcome: "protocol in processing" },
  "no settings": { say: (send) => send(FRAME.ping, 0, 0), outcome: "protocol in processing", greets: false },
  "another protocol": {
    say: (_, socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"),
    outcome: "protocol in processing",
    greets: false,
  },
  "a push": { say: (send) => send(FRAME.push, 4, 1, uint32(2)), outcome: "protocol in processing" },
  "a stream of its own": {
    say: (send) => send(FRAME.headers, FLAG.endHeaders, 2, OK),
    outcome: "protocol in processing",
  },
  "no status": {
    say: (send) => send(FRAME.headers, FLAG.endHeaders, 1, block(["x", "y"])),
    outcome: "protocol in transfer",
  },
  "a header of two lines": {
    say: (send) => send(FRAME.headers, FLAG.endHeaders, 1, block([":status", "200"], ["set-cookie", "a=b\r\nX: y"])),
    outcome: "protocol in transfer",
  },
  "malformed headers": {
    say: (send) => send(FRAME.headers, FLAG.endHeaders, 1, Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff)),
    outcome: "protocol in transfer",
  },
  "more padding than frame": {
    say: (send) => send(FRAME.headers, FLAG.endHeaders | FLAG.padded, 1, Uint8Array.of(9, 0)),
    outcome: "protocol in transfer",
  },
  "headers that break off": {
    say(send) {
      send(FRAME.headers, 0, 1, OK);
      send(FRAME.data, 0, 1, bytes("x"));
    },
    outcome: "protocol in transfer",
  },
  "endless headers": {
    say(send, socket) {
      send(FRAME.headers, 0, 1, OK);
      const more = () => {
        while (!socket.destroyed && socket.write(renderFrame(FRAME.continuation, 0, 1, new Uint8Array(16_000))));
      };
      socket.on("drain", more);
      more();
    },
    outcome: "size in transfer",
  },
  "headers that go on without saying more": {
    say(send, socket) {
      send(FRAME.headers, 0, 1, OK);
      const empty = renderFrame(FRAME.continuation, 0, 1, new Uint8Array());
      const many = Buffer.concat(Array.from({ length: 1000 }, () => empty));
      const more = () => {
        while (!socket.destroyed && socket.write(many));
      };
      socket.on("drain", more);
      more();
    },
    outcome: "size in transfer",
  },
  "few bytes that stand for many headers": {
    say(send) {
      const value = bytes("a".repeat(4000));
      const entry = Uint8Array.of(0x40, 1, 120, 0x7f, 0xa1, 0x1e, ...value); // x: a…, to be referred to by one byte
      send(
        FRAME.headers,
        FLAG.endHeaders | FLAG.endStream,
        1,
        Uint8Array.of(...OK, ...entry, ...Array(300).fill(0xbe)),
      );
    },
    outcome: "size in transfer",
  },
  "silence": { say: () => {}, outcome: "timeout in processing" },
  "silence in the head": { say: (send) => send(FRAME.headers, 0, 1, OK), outcome: "timeout in transfer" },
};

for (const [name, { say, outcome, greets }] of Object.entries(CASES)) {
  Deno.test(`exchange2: ${name} is ${outcome}`, async () => {
    await using target = await rawServer(say, greets);
    const timeoutSeconds = outcome.startsWith("timeout") ? 0.5 : 60;
    const result = await probeUrl(`https://localhost:${target.port}/`, {}, { timeoutSeconds });
    assert.equal(outcomeOf(result), outcome);
    await target.idle();
  });
}
