import assert from "node:assert/strict";
import { once } from "node:events";
import { TLSSocket } from "node:tls";
import { openSocket, secureSocket } from "../../../collectors/probe/connection.ts";
import type { TlsOptions } from "../../../collectors/probe/module.ts";
import { STANDARD_TLS } from "../../../collectors/probe/modules/tls.ts";
import { ProbeError } from "../../../collectors/probe/result.ts";
import { UnverifiedError } from "../../../collectors/probe/tls/tls_facts.ts";
import { createSource } from "../../../src/source.ts";
import { httpsTarget, responds, tcpTarget, tlsFixture, trustFixtures } from "./target.ts";

trustFixtures();
const loopback = { ip: "127.0.0.1", family: 4 } as const;
const never = new AbortController().signal;
const source = createSource();

Deno.test("openSocket: a connection is ready, and nothing is read before it is wanted", async () => {
  await using target = await tcpTarget((socket) => socket.write("welcome"));
  const { socket, error } = await openSocket(loopback, target.port, never);
  assert.equal(error, undefined);
  assert(socket.isPaused());
  const [bytes] = await once(socket.resume(), "data");
  assert.equal(String(bytes), "welcome");
  socket.destroy();
  await target.idle();
});

Deno.test("openSocket: an abort before or while connecting is thrown, and nothing stays open", async () => {
  await using target = await tcpTarget(() => {});
  const reason = new Error("enough");
  assert.throws(() => openSocket(loopback, target.port, AbortSignal.abort(reason)), (error) => error === reason);
  const controller = new AbortController();
  const connecting = openSocket(loopback, target.port, controller.signal);
  controller.abort(reason);
  await assert.rejects(connecting, (error) => error === reason);
  await target.idle();
});

Deno.test("openSocket: what a connection raises later is kept, and harms nobody", async () => {
  await using target = await tcpTarget((socket) => socket.once("data", () => socket.resetAndDestroy()));
  const connection = await openSocket(loopback, target.port, never);
  const closed = once(connection.socket, "close");
  connection.socket.resume().write("x");
  await closed.catch(() => {});
  assert(connection.error instanceof Error);
});

Deno.test("secureSocket: TLS over a connection that is there, for a name or an address", async () => {
  await using target = await httpsTarget("server.pem", responds(200));
  for (const host of ["localhost", "127.0.0.1"]) {
    const plain = await openSocket(loopback, target.port, never);
    const { socket } = await secureSocket(plain, { tls: STANDARD_TLS, host, source }, never);
    assert(socket.authorized);
    socket.destroy();
    plain.socket.destroy();
  }
  await target.idle();
});

Deno.test("secureSocket: an abort in the handshake is thrown, and the connection is closed", async () => {
  const { promise: greeted, resolve } = Promise.withResolvers<void>();
  await using target = await tcpTarget((socket) => socket.once("data", () => resolve()));
  const controller = new AbortController();
  const plain = await openSocket(loopback, target.port, controller.signal);
  const securing = secureSocket(plain, { tls: STANDARD_TLS, host: "localhost", source }, controller.signal);
  await greeted;
  const reason = new Error("enough");
  controller.abort(reason);
  await assert.rejects(securing, (error) => error === reason);
  plain.socket.destroy();
  await target.idle();
});

/** What securing a connection to a target comes to, closed again. */
async function secured(port: number, options: Partial<TlsOptions>, alpn?: readonly string[]) {
  const plain = await openSocket(loopback, port, never);
  try {
    const secure = await secureSocket(
      plain,
      { tls: { ...STANDARD_TLS, ...options }, host: "localhost", alpn, source },
      never,
    );
    secure.socket.destroy();
    return secure;
  } finally {
    plain.socket.destroy();
  }
}

/** The facts that an unverified handshake's error carries. */
async function refusal(port: number, options: Partial<TlsOptions> = {}): Promise<UnverifiedError> {
  const error: unknown = await secured(port, options).catch((error: unknown) => error);
  assert(error instanceof UnverifiedError);
  return error;
}

Deno.test("openSocket: a connection comes from the address that is asked for", async () => {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  await using target = await tcpTarget((socket) => resolve(socket.remoteAddress));
  const { socket } = await openSocket(loopback, target.port, never, { sourceAddress: "127.0.0.9" });
  assert.equal(await promise, "127.0.0.9");
  socket.destroy();
});

for (
  const [certificate, code, words] of [
    ["expired.pem", "CERT_HAS_EXPIRED", "it has expired"],
    ["early.pem", "CERT_NOT_YET_VALID", "it is not valid yet"],
    ["self_signed.pem", "DEPTH_ZERO_SELF_SIGNED_CERT", "it is signed by itself"],
    ["names.pem", "ERR_TLS_CERT_ALTNAME_INVALID", "it is for other names"],
    ["nameless.pem", "ERR_TLS_CERT_ALTNAME_INVALID", "it is for other names"],
  ] as const
) {
  Deno.test(`secureSocket: ${certificate} is refused with its facts, and accepted with them where that is allowed`, async () => {
    await using target = await httpsTarget(certificate, responds(200));
    const { facts, reason, message } = await refusal(target.port);
    assert.deepEqual([reason, message], ["tls", `cannot verify the certificate: ${words}`]);
    assert.equal(facts.verificationError, code);
    assert(!facts.verified && facts.chain.length === 1);
    assert.equal(facts.version, "TLS 1.3");
    assert.match(facts.cipher ?? "", /^TLS_/);
    const lenient = await secured(target.port, { verify: false });
    assert.deepEqual(lenient.facts, { ...facts, unchecked: true });
    await target.idle();
  });
}

Deno.test("secureSocket: an unknown authority is refused, and a named one is the only one", async () => {
  await using target = await httpsTarget("server.pem", responds(200));
  assert((await secured(target.port, { ca: { text: tlsFixture("authority.pem") } })).facts.verified);
  const { facts } = await refusal(target.port, { ca: { text: tlsFixture("self_signed.pem") } });
  assert.equal(facts.verificationError, "UNABLE_TO_VERIFY_LEAF_SIGNATURE");
});

Deno.test("secureSocket: server_name stands for the host", async () => {
  await using target = await httpsTarget("names.pem", responds(200));
  assert((await secured(target.port, { serverName: "target.test" })).facts.verified);
  assert((await secured(target.port, { serverName: "a.target.test" })).facts.verified);
  assert((await secured(target.port, { serverName: "127.0.0.1" })).facts.verified);
  assert(!(await refusal(target.port, { serverName: "a.b.target.test" })).facts.verified);
  assert(!(await refusal(target.port, { serverName: "127.0.0.2" })).facts.verified);
});

Deno.test("secureSocket: versions are bounded, and the one settled is told", async () => {
  await using target = await httpsTarget("server.pem", responds(200));
  assert.equal((await secured(target.port, { maxVersion: "TLSv1.2" })).facts.version, "TLS 1.2");
  assert.equal((await secured(target.port, { minVersion: "TLSv1.3" })).facts.version, "TLS 1.3");
  await assert.rejects(secured(target.port, { minVersion: "TLSv1", maxVersion: "TLSv1.1" }), /unsupported protocol/);
  await using old = await httpsTarget("server.pem", responds(200), { maxVersion: "TLSv1.2" });
  await assert.rejects(secured(old.port, { minVersion: "TLSv1.3" }), /ProtocolVersion/);
  await target.idle();
});

Deno.test("secureSocket: a protocol is agreed on where one is offered", async () => {
  await using target = await httpsTarget("server.pem", responds(200), { ALPNProtocols: ["h2", "http/1.1"] });
  assert.equal((await secured(target.port, {}, ["h2", "http/1.1"])).protocol, "h2");
  assert.equal((await secured(target.port, {}, ["http/1.1"])).protocol, "http/1.1");
  assert.equal((await secured(target.port, {})).protocol, undefined);
});

Deno.test("secureSocket: a certificate of ours is shown, and what is none is refused by name", async () => {
  const wanted = { requestCert: true, rejectUnauthorized: true, ca: tlsFixture("authority.pem") };
  const { promise, resolve } = Promise.withResolvers<boolean>();
  await using target = await httpsTarget("server.pem", (socket) => {
    resolve(socket instanceof TLSSocket && socket.authorized);
    socket.end();
  }, wanted);
  const folder = new URL("../../fixtures/tls/", import.meta.url).pathname;
  const cert = { file: `${folder}server.pem` };
  const key = { file: `${folder}server.key` };
  const plain = await openSocket(loopback, target.port, never);
  const { socket } = await secureSocket(plain, { tls: { verify: true, cert, key }, host: "localhost", source }, never);
  socket.write("x\r\n\r\n");
  assert(await promise);
  socket.destroy();
  plain.socket.destroy();
  const refused = (options: Partial<TlsOptions>, words: RegExp) =>
    assert.rejects(
      secured(target.port, options),
      (error) => error instanceof ProbeError && error.reason === "internal" && words.test(error.message),
    );
  await refused({ ca: { file: key.file } }, /^Cannot use authorities of TLS "[^"]*server\.key": expected one in PEM$/);
  await refused({ cert: { text: "secret" } }, /^Cannot use the certificate of TLS: expected one in PEM$/);
  await refused({ cert, key: { file: `${folder}missing` } }, /^Cannot read "[^"]*missing": /);
  await target.idle();
});

Deno.test("secureSocket: a certificate of ten thousand names is a certificate, of which a thousand are kept", async () => {
  await using target = await httpsTarget("many_names.pem", responds(200));
  const { facts } = await secured(target.port, {});
  assert(facts.verified);
  assert.equal(facts.chain[0]?.dnsNames.length, 1000);
  assert((await secured(target.port, { serverName: "n7pq" })).facts.verified);
});
