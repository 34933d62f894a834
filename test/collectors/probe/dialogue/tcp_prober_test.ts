import assert from "node:assert/strict";
import fc from "fast-check";
import { stopsIn } from "../../../../collectors/probe/accounting.ts";
import { resultPage } from "../../../../collectors/probe/pages/result_page.ts";
import { tcpProber } from "../../../../collectors/probe/dialogue/tcp_prober.ts";
import { ProbeError } from "../../../../collectors/probe/result.ts";
import { Trace } from "../../../../collectors/probe/trace.ts";
import { systemClock } from "../../../../src/clock.ts";
import type { AnyEmit, Labels, SampleValue } from "../../../../src/collector.ts";
import { until } from "../../../e2e/programs.ts";
import { beginsTls, MAIL_DIALOGUE, mailServer, probePort, type Serve, speaks, tcpModule } from "../dialogue_target.ts";
import { manualTimers, outcomeOf, probeTools, type Target, tcpTarget, tlsFixture } from "../target.ts";

const ca = tlsFixture("authority.pem");
const says = (text: string): Serve => (socket) => socket.resume().end(text);

/** A port that nobody listens on. */
async function closedPort(): Promise<number> {
  await using gone: Target = await tcpTarget(() => {});
  return gone.port;
}

for (
  const [what, serve, section, outcome, said] of [
    ["a port that is open", says(""), {}, "success", "00"],
    ["a line that matches", says("a\r\nb\r\n"), { query_response: [{ expect: "^b$" }] }, "success", "00"],
    ["a last line without an end", says("a\nb"), { query_response: [{ expect: "b$" }] }, "success", "00"],
    ["no line that matches", says("a\nb\n"), { query_response: [{ expect: "c" }] }, "response in validate", "10"],
    ["nothing at all", says(""), { query_response: [{ expect: "c" }] }, "response in validate", "10"],
    ["bytes", says("hello you"), { query_response: [{ expect_bytes: "hello" }] }, "success", "00"],
    ["other bytes", says("hullo"), { query_response: [{ expect_bytes: "hello" }] }, "response in validate", "01"],
    ["too few bytes", says("hel"), { query_response: [{ expect_bytes: "hello" }] }, "reset in processing", "00"],
    ["a line too long", says("a".repeat(70_000)), { query_response: [{ expect: "b" }] }, "size in processing", "00"],
    ["a NUL", says("a\0b\n"), { query_response: [{ expect: "a\\x00b" }] }, "success", "00"],
    [
      "a reset",
      (socket) => socket.once("data", () => socket.resetAndDestroy()),
      { query_response: [{ send: "x" }, { expect: "b" }] },
      "reset in processing",
      "00",
    ],
    ["TLS", beginsTls("server.pem", says("ok\n")), { tls: true, tls_config: { ca } }, "success", "00"],
    ["TLS that cannot be verified", beginsTls("self_signed.pem", says("ok\n")), { tls: true }, "tls in tls", ""],
    ["no TLS where it is wanted", says("SSH-2.0-x\r\n"), { tls: true }, "tls in tls", ""],
    [
      "STARTTLS",
      mailServer("server.pem"),
      { tls_config: { ca, server_name: "localhost" }, query_response: MAIL_DIALOGUE },
      "success",
      "00",
    ],
    [
      "STARTTLS with a certificate for others",
      mailServer("names.pem"),
      { tls_config: { ca, server_name: "other.test" }, query_response: MAIL_DIALOGUE },
      "tls in tls",
      "00",
    ],
  ] satisfies [string, Serve, Record<string, unknown>, string, string][]
) {
  Deno.test(`tcpProber: ${what} comes to ${outcome}`, async () => {
    await using target = await tcpTarget(serve);
    const module = tcpModule(section);
    const result = await probePort(target.port, section);
    assert.equal(outcomeOf(result), outcome);
    const flags = result.said ? `${Number(result.said.failedByPattern)}${Number(result.said.failedByBytes)}` : "";
    assert.equal(flags, said);
    if (!result.outcome.success) {
      const { reason, phase } = result.outcome.failure;
      assert(tcpProber.stops(module).some((stop) => stop.reason === reason && stop.phase === phase));
    }
    await target.idle();
  });
}

for (
  const [what, serve, section, phase, told] of [
    ["nothing", () => {}, { query_response: [{ expect: "a" }] }, "processing", "Processing query response entry"],
    ["half a line", (to) => to.write("a\nb"), { query_response: [{ expect: "b" }] }, "processing", "Read line"],
    [
      "half the bytes",
      (to) => to.write("b"),
      { query_response: [{ expect_bytes: "bb" }] },
      "processing",
      "Processing query response entry",
    ],
    ["no TLS", () => {}, { tls: true }, "tls", "heard"],
    ["a refusal of TLS", mailServer("server.pem", true), { query_response: MAIL_DIALOGUE }, "processing", "454"],
  ] satisfies [string, Serve, Record<string, unknown>, string, string][]
) {
  Deno.test(`tcpProber: a server that gives ${what} is waited for until the time is up`, async () => {
    const timers = manualTimers();
    const trace = new Trace(systemClock);
    await using target = await tcpTarget((socket) => {
      serve(socket);
      socket.once("data", () => trace.note("debug", "heard"));
    });
    const probing = probePort(target.port, section, { clock: timers.clock, trace });
    await until(() => JSON.stringify(trace.events).includes(told), told);
    timers.fire();
    const result = await probing;
    assert.equal(outcomeOf(result), `timeout in ${phase}`);
    assert.equal(timers.pending.size, 0);
    assert.equal(result.said?.failedByPattern ?? false, false);
    await target.idle();
  });
}

Deno.test("tcpProber: what is expected is said again where the module asks for it, with and without TLS", async () => {
  const heard: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  await using target = await tcpTarget((socket) => {
    socket.write("SSH-2.0-é x\n");
    socket.on("data", (bytes) => {
      heard.push(String(bytes));
      socket.end("bye\n");
    }).on("close", () => resolve());
  });
  const step = {
    expect: "^SSH-2.0-(?P<version>[^ ]+)",
    send: "to ${version}$$",
    labels: [{ name: "v", value: "$version" }, { name: "none", value: "$2" }],
  };
  const { outcome, said } = await probePort(target.port, { query_response: [step, { expect: "bye" }] });
  assert(outcome.success);
  assert.deepEqual(said?.matches, [{ v: "é", none: "" }]);
  await promise;
  assert.deepEqual(heard, ["to é$\n"]);
});

Deno.test("tcpProber: bytes that come in pieces are put together", async () => {
  await using target = await tcpTarget(speaks("he", "l", "lo"));
  const steps = [{ send: "1" }, { expect_bytes: "hel" }, { send: "2" }, { expect_bytes: "lo" }];
  assert.equal(outcomeOf(await probePort(target.port, { query_response: steps })), "success");
});

Deno.test("tcpProber: binary text is sent as it is", async () => {
  const { promise, resolve } = Promise.withResolvers<number[]>();
  await using target = await tcpTarget((socket) => socket.once("data", (bytes) => resolve([...bytes])));
  await probePort(target.port, { query_response: [{ send: Uint8Array.of(0, 0xff, 0xe9) }] });
  assert.deepEqual(await promise, [0, 0xff, 0xe9, 10]);
});

Deno.test("tcpProber: what was sent in the clear after the promise of TLS is dropped", async () => {
  const secured = beginsTls("server.pem", says("safe\n"));
  await using target = await tcpTarget((socket) => {
    socket.write("go\ninjected\n");
    secured(socket);
  });
  const steps = [{ expect: "^go" }, { starttls: true }, { expect: "^(.*)$", labels: [{ name: "line", value: "$1" }] }];
  const { said } = await probePort(target.port, {
    tls_config: { ca, server_name: "localhost" },
    query_response: steps,
  });
  assert.deepEqual(said?.matches, [{ line: "safe" }]);
});

Deno.test("tcpProber: the facts of TLS are kept though it was not accepted, and reported only if it was", async () => {
  await using target = await tcpTarget(beginsTls("expired.pem", says("ok\n")));
  const refused = await probePort(target.port, { tls: true });
  assert.equal(refused.tls?.verificationError, "CERT_HAS_EXPIRED");
  const names: string[] = [];
  const emit: AnyEmit = Object.assign((name: string) => void names.push(name), { family() {} });
  tcpProber.emit(refused, emit, {});
  assert(!names.some((name) => /ssl|tls|failed/.test(name)));
  const accepted = await probePort(target.port, { tls: true, tls_config: { insecure_skip_verify: true } });
  assert(accepted.outcome.success && !accepted.tls?.verified);
  tcpProber.emit(accepted, emit, {});
  assert(names.includes("probe_ssl_last_chain_expiry_timestamp_seconds") && names.includes("probe_tls_version_info"));
  assert(!names.includes("probe_tls_cipher_info"));
});

Deno.test("tcpProber: nobody there is refused, and an address that is not allowed is not connected to", async () => {
  assert.equal(outcomeOf(await probePort(await closedPort(), {})), "refused in connect");
  let connections = 0;
  await using target = await tcpTarget(() => connections++);
  const admit = () => {
    throw new ProbeError("refused", "not allowed");
  };
  assert.equal(outcomeOf(await probePort(target.port, {}, { admit })), "refused in connect");
  assert.equal(connections, 0);
});

Deno.test("tcpProber: connections come from the address that the module names", async () => {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  await using target = await tcpTarget((socket) => resolve(socket.remoteAddress));
  assert.equal(outcomeOf(await probePort(target.port, { source_ip_address: "127.0.0.9" })), "success");
  assert.equal(await promise, "127.0.0.9");
});

Deno.test("tcpProber: what is said is no part of the trace, for it may be a password", async () => {
  await using target = await tcpTarget(speaks("+OK\n", "+OK\n"));
  const trace = new Trace(systemClock);
  const steps = [{ expect: "OK", send: "PASS hunter2" }, { expect: "OK" }];
  await probePort(target.port, { query_response: steps }, { trace });
  assert(trace.events.some(({ message }) => message === "Sending line"));
  assert(!JSON.stringify(trace.events).includes("hunter2"));
});

Deno.test("tcpProber: the outside's abort is thrown", async () => {
  await using target = await tcpTarget(() => {});
  const controller = new AbortController();
  const probing = probePort(target.port, { query_response: [{ expect: "x" }] }, { signal: controller.signal });
  const reason = new Error("stopped");
  controller.abort(reason);
  await assert.rejects(probing, (error) => error === reason);
  await target.idle();
});

Deno.test("tcpProber.emit: two steps of the same labels make one series, and the target's own labels win", () => {
  const matches: Labels[] = [{ v: "1", target: "mine" }, { v: "1", target: "other" }, { v: "2" }];
  const said = { failedByPattern: false, failedByBytes: false, matches };
  const result = { ...tcpProber.failed(new Error("x")), said };
  const series: unknown[] = [];
  const emit: AnyEmit = Object.assign((name: string, value?: SampleValue, labels?: Labels) => {
    if (name === "probe_expect_info") series.push([value, labels]);
  }, { family() {} });
  tcpProber.emit(result, emit, { target: "t" });
  assert.deepEqual(series, [[1, { v: "1", target: "t" }], [1, { v: "2", target: "t" }]]);
});

Deno.test("tcpProber.checkTarget: wants a host and a port, and refuses all else by a SyntaxError", () => {
  for (const target of ["example.org:25", "127.0.0.1:1", "[::1]:443", "[fe80::1%lo]:1"]) tcpProber.checkTarget(target);
  for (const target of ["example.org", "::1:80", "[::1", "a:1:2", "http://a:1", "a:x", "a:99999", ":80", "a:"]) {
    assert.throws(() => tcpProber.checkTarget(target), SyntaxError, target);
  }
  fc.assert(fc.property(fc.string({ unit: "binary" }), (target) => {
    try {
      tcpProber.checkTarget(target);
    } catch (error) {
      assert(error instanceof SyntaxError);
    }
  }));
});

Deno.test("tcpProber.stops: names only what the module can reach", () => {
  const plain = tcpProber.stops(tcpModule({}));
  assert.deepEqual(plain, [
    ...stopsIn("resolve", "internal", "dns", "timeout"),
    ...stopsIn("connect", "refused", "reset", "timeout"),
  ]);
  const mail = tcpProber.stops(tcpModule({ query_response: MAIL_DIALOGUE })).map(({ reason, phase }) =>
    `${reason} ${phase}`
  );
  assert(mail.includes("tls tls") && mail.includes("response validate") && mail.includes("timeout request"));
  assert.equal(new Set(mail).size, mail.length);
});

Deno.test("tcpProber: targets with names of 64 kB, newlines and other nonsense fail, and stay a value", async () => {
  for (const host of ["a".repeat(65_536), "a\nb", "ünï", "a b", "%41"]) {
    const result = await tcpProber.probe(`${host}.invalid:1`, tcpModule({}), probeTools());
    assert.equal(outcomeOf(result), "dns in resolve");
  }
});

Deno.test("tcpProber.failed: of what is no target no address is told, as the peer has it", () => {
  assert.doesNotMatch(resultPage(tcpProber, tcpProber.failed(new SyntaxError("no port"))).text, /probe_ip|lookup/);
  assert.match(resultPage(tcpProber, tcpProber.failed(new Error("no memory"))).text, /^probe_ip_protocol 0$/m);
});

Deno.test("tcpProber: who has no more to say is still spoken to", async () => {
  const { promise, resolve } = Promise.withResolvers<string>();
  await using target = await tcpTarget((socket) => {
    socket.allowHalfOpen = true;
    socket.end("a\nb");
    socket.on("data", (bytes) => resolve(String(bytes)));
  });
  assert.equal(
    outcomeOf(await probePort(target.port, { query_response: [{ expect: "^b", send: "still" }] })),
    "success",
  );
  assert.equal(await promise, "still\n");
});
