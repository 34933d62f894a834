import assert from "node:assert/strict";
import type { Socket } from "node:net";
import type { HttpModule } from "../../../../collectors/probe/module.ts";
import {
  type Answer,
  httpsTarget,
  httpTarget,
  manualTimers,
  outcomeOf,
  probeUrl,
  responds,
  routes,
  says,
  tcpTarget,
  trustFixtures,
} from "../target.ts";

trustFixtures();

/** Writes a piece every few milliseconds until the other side is gone. */
function trickle(socket: Socket, piece: string): void {
  const timer = setInterval(() => socket.write(piece), 5);
  socket.on("close", () => clearInterval(timer));
}

/** Writes as much as is taken. */
function flood(socket: Socket): void {
  const block = "x".repeat(65_536);
  const more = () => {
    while (!socket.destroyed && socket.write(block));
  };
  socket.on("drain", more);
  more();
}

const endless = "HTTP/1.1 200 OK\r\n\r\n";

const CASES: Readonly<
  Record<string, { answer: Answer; outcome: string; module?: Partial<HttpModule>; timeoutSeconds?: number }>
> = {
  "200": { answer: responds(200, {}, "hello"), outcome: "success" },
  "204": { answer: says("HTTP/1.1 204 No Content\n\n"), outcome: "success" },
  "299": { answer: responds(299), outcome: "success" },
  "a body until the end of the connection": { answer: says("HTTP/1.0 200 OK\n\nhello"), outcome: "success" },
  "chunks": { answer: says("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n5\nhello\n0\n\n"), outcome: "success" },
  "early hints": {
    answer: says("HTTP/1.1 103 Early Hints\n\nHTTP/1.1 200 OK\nContent-Length: 0\n\n"),
    outcome: "success",
  },
  "bytes after the end": {
    answer: (socket) => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok and more"),
    outcome: "success",
  },
  "101": { answer: says("HTTP/1.1 101 Switching Protocols\nUpgrade: x\n\n"), outcome: "status in validate" },
  "404": { answer: responds(404), outcome: "status in validate" },
  "500": { answer: responds(500, {}, "sorry"), outcome: "status in validate" },
  "302 without a location": { answer: responds(302), outcome: "status in validate" },
  "a redirect in circles": { answer: responds(302, { Location: "/" }), outcome: "redirect in validate" },
  "a redirect to a malformed URL": { answer: responds(302, { Location: "http://[" }), outcome: "redirect in validate" },
  "a redirect to another protocol": {
    answer: responds(302, { Location: "ftp://127.0.0.1/" }),
    outcome: "redirect in validate",
  },
  "a redirect to a name without address": {
    answer: responds(302, { Location: "http://nonexistent.invalid/" }),
    outcome: "dns in resolve",
  },
  "closed without an answer": { answer: (socket) => socket.end(), outcome: "reset in processing" },
  "reset without an answer": { answer: (socket) => socket.resetAndDestroy(), outcome: "reset in processing" },
  "closed in the head": { answer: says("HTTP/1.1 200 OK\nContent-"), outcome: "reset in transfer" },
  "closed in the body": { answer: says("HTTP/1.1 200 OK\nContent-Length: 50\n\nhello"), outcome: "reset in transfer" },
  "closed in a chunk": {
    answer: says("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n50\nhello"),
    outcome: "reset in transfer",
  },
  "reset in the body": {
    answer: (socket) => {
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello", () => socket.resetAndDestroy());
    },
    outcome: "reset in transfer",
  },
  "404 whose body is cut off": {
    answer: says("HTTP/1.1 404 Not Found\nContent-Length: 50\n\nhello"),
    outcome: "reset in transfer",
  },
  "another protocol": { answer: says("SSH-2.0-OpenSSH_9.9\n"), outcome: "protocol in transfer" },
  "invalid chunks": {
    answer: says("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\nzz\nhello\n0\n\n"),
    outcome: "protocol in transfer",
  },
  "two lengths": {
    answer: says("HTTP/1.1 200 OK\nContent-Length: 5\nContent-Length: 6\n\nhello"),
    outcome: "protocol in transfer",
  },
  "an endless head": { answer: (socket) => flood(socket), outcome: "size in transfer" },
  "an endless body": {
    answer: (socket) => {
      socket.write(endless);
      flood(socket);
    },
    outcome: "size in transfer",
    module: { bodyLimitBytes: 1_000_000 },
  },
  "no answer": { answer: () => {}, outcome: "timeout in processing", timeoutSeconds: 0.5 },
  "a head that trickles": {
    answer: (socket) => trickle(socket, "H"),
    outcome: "timeout in transfer",
    timeoutSeconds: 0.5,
  },
  "a body that trickles": {
    answer: (socket) => {
      socket.write(endless);
      trickle(socket, "x");
    },
    outcome: "timeout in transfer",
    timeoutSeconds: 0.5,
  },
};

for (const [name, { answer, outcome, module, timeoutSeconds = 60 }] of Object.entries(CASES)) {
  Deno.test(`probeHttp: ${name} is ${outcome}`, async () => {
    await using target = await httpTarget(answer);
    const result = await probeUrl(`http://127.0.0.1:${target.port}/`, module, { timeoutSeconds });
    assert.equal(outcomeOf(result), outcome);
    await target.idle();
  });
}

Deno.test("probeHttp: a closed port is refused, and the phases end there", async () => {
  const { port } = await (async () => {
    await using target = await tcpTarget(() => {});
    return target;
  })();
  const result = await probeUrl(`http://127.0.0.1:${port}/`);
  assert.equal(outcomeOf(result), "refused in connect");
  assert.deepEqual(result.requests.map(Object.keys), [["connect"]]);
  assert.deepEqual(Object.keys(result.durations), ["resolve", "connect"]);
  assert.deepEqual(result.address, { ip: "127.0.0.1", family: 4 });
});

Deno.test("probeHttp: a name without address is a failure of DNS", async () => {
  const result = await probeUrl("http://nonexistent.invalid/");
  assert.equal(outcomeOf(result), "dns in resolve");
  assert.deepEqual(result.requests, []);
  assert.equal(result.address, undefined);
  assert.deepEqual(result.durations, { resolve: result.lookupSeconds });
});

Deno.test("probeHttp: a probe gives up after its module's time, and leaves no timer", async () => {
  await using target = await httpTarget(() => {});
  const timers = manualTimers();
  const probe = probeUrl(`http://127.0.0.1:${target.port}/`, {}, { clock: timers.clock, timeoutSeconds: 9.5 });
  await target.asked;
  assert.deepEqual([...timers.pending.values()].map((seconds) => seconds.toFixed(1)), ["9.5"]);
  timers.fire();
  const { outcome } = await probe;
  assert(!outcome.success && outcome.failure.reason === "timeout");
  assert.equal(outcome.failure.message, "no result within 9s500ms");
  assert.equal(timers.pending.size, 0);
  await target.idle();
});

Deno.test("probeHttp: TLS that is never answered is a timeout in tls", async () => {
  const { promise: connected, resolve } = Promise.withResolvers<void>();
  await using target = await tcpTarget((socket) => socket.once("data", () => resolve()));
  const timers = manualTimers();
  const probe = probeUrl(`https://127.0.0.1:${target.port}/`, {}, { clock: timers.clock });
  await connected;
  timers.fire();
  assert.equal(outcomeOf(await probe), "timeout in tls");
  await target.idle();
});

Deno.test("probeHttp: a timeout in the body keeps the head's facts", async () => {
  await using target = await httpTarget((socket) => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello"));
  const result = await probeUrl(`http://127.0.0.1:${target.port}/`, {}, { timeoutSeconds: 0.5 });
  assert.equal(outcomeOf(result), "timeout in transfer");
  assert.equal(result.response?.head.status, 200);
  assert.equal(result.response?.head.contentLength, 50);
  assert.equal(result.response?.bodyBytes, 5);
});

Deno.test("probeHttp: an abort from outside is no outcome", async () => {
  await using target = await httpTarget(() => {});
  const controller = new AbortController();
  const timers = manualTimers();
  const probe = probeUrl(`http://127.0.0.1:${target.port}/`, {}, { clock: timers.clock, signal: controller.signal });
  await target.asked;
  const reason = new Error("the exporter stops");
  controller.abort(reason);
  await assert.rejects(probe, (error) => error === reason);
  assert.equal(timers.pending.size, 0);
  await target.idle();
  await assert.rejects(
    probeUrl(`http://127.0.0.1:${target.port}/`, {}, { signal: controller.signal }),
    (error) => error === reason,
  );
});

Deno.test("probeHttp: the request says who asks, for what and of whom, and no more", async () => {
  await using target = await httpTarget(responds(200));
  await probeUrl(`http://127.0.0.1:${target.port}/a%20b?c=d#e`);
  assert.deepEqual(target.requests, [
    `GET /a%20b?c=d HTTP/1.1\r\nHost: 127.0.0.1:${target.port}\r\nUser-Agent: Sonde/1.2.3\r\nConnection: close\r\n\r\n`,
  ]);
});

Deno.test("probeHttp: phases agree with a server that delays head and body", async () => {
  await using target = await httpTarget((socket) => {
    setTimeout(() => {
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
      setTimeout(() => socket.end("hello"), 200);
    }, 100);
  });
  const result = await probeUrl(`http://127.0.0.1:${target.port}/`);
  assert.equal(outcomeOf(result), "success");
  const { processing = 0, transfer = 0, ...rest } = result.durations;
  assert(processing > 0.095 && processing < 1, `processing ${processing}`);
  assert(transfer > 0.195 && transfer < 1, `transfer ${transfer}`);
  const sum = Object.values(rest).reduce((sum, seconds) => sum + seconds, processing + transfer);
  const { durationSeconds = 0 } = result.outcome;
  assert(sum <= durationSeconds && durationSeconds - sum < 0.1, `${sum} of ${durationSeconds}`);
});

Deno.test("probeHttp: redirects are followed, relative and absolute, and their phases kept apart", async () => {
  await using target = await httpTarget((socket, request) =>
    routes({
      "/": responds(301, { Location: "next" }),
      "/next": responds(308, { Location: `http://localhost:${target.port}/last` }),
      "/last": responds(200, {}, "here"),
    })(socket, request)
  );
  const result = await probeUrl(`http://127.0.0.1:${target.port}/`);
  assert.equal(outcomeOf(result), "success");
  assert.equal(result.redirects, 2);
  assert.equal(result.requests.length, 3);
  assert.equal(result.response?.bodyBytes, 4);
  assert.deepEqual(target.requests.map((text) => text.split("\r\n")[1]), [
    `Host: 127.0.0.1:${target.port}`,
    `Host: 127.0.0.1:${target.port}`,
    `Host: localhost:${target.port}`,
  ]);
});

Deno.test("probeHttp: ten redirects are followed, the eleventh is shown", async () => {
  const countdown: Answer = (socket, request) => {
    const left = Number(request.split(" ")[1]?.slice(1));
    (left > 0 ? responds(302, { Location: `/${left - 1}` }) : responds(200))(socket, request);
  };
  await using target = await httpTarget(countdown);
  const ten = await probeUrl(`http://127.0.0.1:${target.port}/10`);
  assert.equal(outcomeOf(ten), "success");
  assert.equal(ten.redirects, 10);
  const eleven = await probeUrl(`http://127.0.0.1:${target.port}/11`);
  assert.equal(outcomeOf(eleven), "redirect in validate");
  assert.equal(eleven.redirects, 11);
  assert.equal(eleven.response?.head.status, 302);
});

Deno.test("probeHttp: credentials go along to the same origin, and to no other", async () => {
  await using other = await httpTarget(responds(200));
  await using target = await httpTarget((socket, request) =>
    routes({
      "/": responds(302, { Location: "/same" }),
      "/same": responds(302, { Location: `http://localhost:${target.port}/name` }),
      "/name": responds(302, { Location: `http://127.0.0.1:${other.port}/port` }),
    })(socket, request)
  );
  const result = await probeUrl(`http://us%3Aer:p%40ss@127.0.0.1:${target.port}/`);
  assert.equal(outcomeOf(result), "success");
  const sent = [...target.requests, ...other.requests].map((text) => /^Authorization: (.*)\r$/m.exec(text)?.[1]);
  const credentials = `Basic ${btoa("us:er:p@ss")}`;
  assert.deepEqual(sent, [credentials, credentials, undefined, undefined]);
});

Deno.test("probeHttp: cookies come back to the host that set them, so that it does not redirect in circles", async () => {
  await using target = await httpTarget((socket, request) =>
    (request.includes("\r\nCookie: seen=1\r\n")
      ? responds(200)
      : responds(302, { Location: "/", "Set-Cookie": "seen=1; Path=/" }))(socket, request)
  );
  const result = await probeUrl(`http://127.0.0.1:${target.port}/`);
  assert.equal(outcomeOf(result), "success");
  assert.equal(result.redirects, 1);
});

Deno.test("probeHttp: a trusted certificate is verified, and its facts are kept", async () => {
  await using target = await httpsTarget("server.pem", responds(200, {}, "hello"));
  for (const host of ["localhost", "127.0.0.1"]) {
    const result = await probeUrl(`https://${host}:${target.port}/`);
    assert.equal(outcomeOf(result), "success");
    assert.equal(result.response?.tls?.version, "TLS 1.3");
    assert.match(result.response?.tls?.cipher ?? "", /^TLS_AES_/);
    assert.deepEqual(result.response?.tls?.chain.map(({ subject }) => subject), ["CN=localhost,O=Sonde"]);
    assert.deepEqual(Object.keys(result.durations), [
      "resolve",
      "connect",
      "tls",
      "request",
      "processing",
      "transfer",
      "validate",
    ]);
  }
});

Deno.test("probeHttp: a certificate that nobody vouches for, or for another name, is a failure of TLS", async () => {
  await using unknown = await httpsTarget("self_signed.pem", responds(200));
  await using named = await httpsTarget("names.pem", responds(200));
  for (const url of [`https://localhost:${unknown.port}/`, `https://localhost:${named.port}/`]) {
    const result = await probeUrl(url);
    assert.equal(outcomeOf(result), "tls in tls");
    assert.equal(result.response, undefined);
  }
  assert.deepEqual([...unknown.requests, ...named.requests], []);
});

Deno.test("probeHttp: what does not speak TLS is a failure in tls", async () => {
  await using plain = await tcpTarget((socket) => socket.once("data", () => socket.end("HTTP/1.1 400 Bad\r\n\r\n")));
  assert.equal(outcomeOf(await probeUrl(`https://127.0.0.1:${plain.port}/`)), "tls in tls");
  await using mute = await tcpTarget((socket) => socket.once("data", () => socket.end()));
  assert.equal(outcomeOf(await probeUrl(`https://127.0.0.1:${mute.port}/`)), "reset in tls");
});

Deno.test("probeHttp: a redirect leads from HTTP to HTTPS, where the certificate counts", async () => {
  await using good = await httpsTarget("server.pem", responds(200));
  await using bad = await httpsTarget("self_signed.pem", responds(200));
  await using target = await httpTarget(routes({
    "/good": responds(302, { Location: `https://localhost:${good.port}/` }),
    "/bad": responds(302, { Location: `https://localhost:${bad.port}/` }),
  }));
  const success = await probeUrl(`http://127.0.0.1:${target.port}/good`);
  assert.equal(outcomeOf(success), "success");
  assert(success.response?.tls);
  const failure = await probeUrl(`http://127.0.0.1:${target.port}/bad`);
  assert.equal(outcomeOf(failure), "tls in tls");
  assert.equal(failure.redirects, 1);
});

Deno.test("probeHttp: a body over the limit is not read further, nor counted", async () => {
  await using target = await httpTarget((socket) => {
    socket.write(endless);
    flood(socket);
  });
  const result = await probeUrl(`http://127.0.0.1:${target.port}/`, { bodyLimitBytes: 1024 });
  assert.equal(outcomeOf(result), "size in transfer");
  assert.equal(result.response?.bodyBytes, 1024);
  await target.idle();
});

Deno.test("probeHttp: many probes at once all get their own answer", async () => {
  await using target = await httpTarget((socket, request) =>
    responds(200, {}, "x".repeat(Number(request.split(" ")[1]?.slice(1))))(socket, request)
  );
  const results = await Promise.all(
    Array.from({ length: 50 }, (_, i) => probeUrl(`http://127.0.0.1:${target.port}/${i}`)),
  );
  assert.deepEqual(results.map(outcomeOf), results.map(() => "success"));
  assert.deepEqual(results.map(({ response }) => response?.bodyBytes), results.map((_, i) => i));
  await target.idle();
});
