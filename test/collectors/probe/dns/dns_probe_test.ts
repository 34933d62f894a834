import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer as createSecureServer } from "node:tls";
import { type DnsResult, dnsStops, probeDns } from "../../../../collectors/probe/dns/dns_probe.ts";
import { dnsProber } from "../../../../collectors/probe/dns/dns_prober.ts";
import type { ProbeTools } from "../../../../collectors/probe/prober.ts";
import { ProbeError } from "../../../../collectors/probe/result.ts";
import { dnsModule } from "../dns_module.ts";
import { addressRecord, bytesOf, encodeMessage, joined, nameServer, type Say, zoneRecord } from "../dns_server.ts";
import { outcomeOf, probeTools, tcpTarget, tlsFixture } from "../target.ts";

const ANSWER = [addressRecord("192.0.2.1")];
const TCP = { transport_protocol: "tcp" };

/** What asking a server that says this comes to. */
async function asked(
  say: Say,
  section: Record<string, unknown> = {},
  tools: Partial<ProbeTools> = {},
): Promise<DnsResult> {
  await using server = await nameServer(say);
  return await probeDns(`127.0.0.1:${server.port}`, dnsModule(section), probeTools(tools));
}

/** How it ends, in a way that the module was said to end. */
function endOf(result: DnsResult, section: Record<string, unknown> = {}): string {
  const { outcome } = result;
  if (!outcome.success) {
    const { reason, phase } = outcome.failure;
    const stops = dnsStops(dnsModule(section)).map((stop) => `${stop.reason} in ${stop.phase}`);
    assert(
      stops.includes(`${reason} in ${phase}`),
      `${reason} in ${phase} is not among ${stops}: ${outcome.failure.message}`,
    );
  }
  return outcomeOf(result);
}

Deno.test("probeDns: counts the records of an answer over datagrams and connections", async () => {
  for (const section of [{}, TCP]) {
    const result = await asked(() => [{ answer: ANSWER, authority: [...ANSWER, ...ANSWER] }], section);
    assert.equal(endOf(result), "success");
    assert.deepEqual(result.answer, { answer: 1, authority: 2, additional: 0, serial: undefined });
    assert.deepEqual(Object.keys(result.durations), ["resolve", "connect", "request", "validate"]);
    assert.deepEqual(result.address, { ip: "127.0.0.1", family: 4 });
  }
});

Deno.test("probeDns: keeps the serial number of a zone, if that was asked for", async () => {
  const soa = { query_type: "SOA", query_name: "probe.test" };
  const zone = [zoneRecord("probe.test", 4294967295)];
  assert.equal((await asked(() => [{ answer: zone }], soa)).answer?.serial, 4294967295);
  assert.equal((await asked(() => [{ answer: [] }], soa)).answer?.serial, 0);
  assert.equal((await asked(() => [{ answer: zone }])).answer?.serial, undefined);
});

Deno.test("probeDns: what is no answer to the question is passed over", async () => {
  const result = await asked(({ id, question }) => [
    { id: id ^ 1, answer: [] },
    { question: { ...question, name: "other.test." } },
    { question: { ...question, type: 28 } },
    { flags: 0x0100 },
    bytesOf("00"),
    joined(bytesOf("ffff").map((byte, i) => byte ^ (i === 0 ? id >> 8 : id & 0xff)), bytesOf("8180 0001")),
    { question: { ...question, name: "WWW.Probe.Test." }, answer: ANSWER },
  ]);
  assert.equal(endOf(result), "success");
  assert.equal(result.answer?.answer, 1);
});

Deno.test("probeDns: what somebody else sends is no answer", async () => {
  const [server, stranger] = [createSocket("udp4"), createSocket("udp4")];
  server.bind(0, "127.0.0.1");
  await once(server, "listening");
  server.on("message", (bytes, { port, address }) => {
    const answer = (flags: number) => encodeMessage({ id: (bytes[0] ?? 0) << 8 | (bytes[1] ?? 0), flags });
    stranger.send(answer(0x8182), port, address, () => server.send(answer(0x8180), port, address));
  });
  const result = await probeDns(`127.0.0.1:${server.address().port}`, dnsModule(), probeTools());
  const closed = [once(server, "close"), once(stranger, "close")];
  server.close();
  stranger.close();
  await Promise.all(closed);
  assert.equal(endOf(result), "success");
});

Deno.test("probeDns: silence is a timeout", async () => {
  const limit = { timeoutSeconds: 0.05 };
  assert.equal(endOf(await asked(() => [], {}, limit)), "timeout in request");
  await using silent = await tcpTarget(() => {});
  const target = `127.0.0.1:${silent.port}`;
  assert.equal(endOf(await probeDns(target, dnsModule(TCP), probeTools(limit)), TCP), "timeout in request");
  const tls = { ...TCP, dns_over_tls: true };
  assert.equal(endOf(await probeDns(target, dnsModule(tls), probeTools(limit)), tls), "timeout in tls");
});

Deno.test("probeDns: no time left after resolving is a way to fail that every transport was said to have", async () => {
  for (const section of [{}, TCP]) {
    const result = await asked(() => [], section, { timeoutSeconds: 1e-9 });
    // By a clock that is looked at now and then, the server may have answered nothing and gone before.
    assert.match(endOf(result, section), /^(?:timeout|reset) in (?:resolve|connect|request)$/);
    assert(dnsStops(dnsModule(section)).some(({ reason, phase }) => reason === "timeout" && phase === "connect"));
  }
});

Deno.test("probeDns: answers that cannot be read fail at once", async () => {
  const cut: Say = ({ id, question }) => [encodeMessage({ id, question, answer: ANSWER }).subarray(0, -2)];
  assert.equal(endOf(await asked(cut)), "protocol in request");
  assert.equal(endOf(await asked(cut, TCP)), "protocol in request");
  const many = Array.from({ length: 60 }, (_, i) => addressRecord(`192.0.2.${i}`, i === 0 ? "a" : undefined));
  const oversized = await asked(() => [{ answer: many }]);
  assert.equal(endOf(oversized), "protocol in request");
  assert(!oversized.outcome.success);
  assert.match(oversized.outcome.failure.message, /^the answer has \d+ bytes, more than the 512 that were asked for$/);
  assert.equal((await asked(() => [{ answer: many }], TCP)).answer?.answer, 60);
});

Deno.test("probeDns: over a connection an answer to something else, or none, is a failure", async () => {
  assert.equal(endOf(await asked(({ id }) => [{ id: id ^ 1 }], TCP), TCP), "protocol in request");
  assert.equal(endOf(await asked(() => [], TCP), TCP), "reset in request");
  const length = await asked(() => [new Uint8Array()], TCP);
  assert.equal(endOf(length, TCP), "protocol in request");
});

Deno.test("probeDns: an answer that trickles over a connection is put together", async () => {
  await using trickle = await tcpTarget((socket) => {
    socket.on("data", (bytes: Uint8Array) => {
      const answer = encodeMessage({ id: (bytes[2] ?? 0) << 8 | (bytes[3] ?? 0), answer: ANSWER });
      const whole = joined(Uint8Array.of(0, answer.length), answer);
      socket.setNoDelay(true);
      for (const byte of whole) socket.write(Uint8Array.of(byte));
    });
  });
  const result = await probeDns(`127.0.0.1:${trickle.port}`, dnsModule(TCP), probeTools());
  assert.equal(endOf(result), "success");
});

Deno.test("probeDns: codes and rules are judged after the answer was counted", async () => {
  const refused = await asked(() => [{ flags: 0x8185, authority: ANSWER }]);
  assert.equal(endOf(refused), "response in validate");
  assert.equal(refused.answer?.authority, 1);
  const rules = { validate_answer_rrs: { fail_if_matches_regexp: ["192\\.0\\.2"] } };
  const judged = await asked(() => [{ answer: ANSWER }], rules);
  assert.equal(endOf(judged, rules), "answer in validate");
  assert.equal(judged.answer?.answer, 1);
});

Deno.test("probeDns: nobody there, and an address that is not ours to ask from", async () => {
  const port = await (async () => {
    await using gone = await tcpTarget(() => {});
    return gone.port;
  })();
  assert.equal(endOf(await probeDns(`127.0.0.1:${port}`, dnsModule(TCP), probeTools()), TCP), "refused in connect");
  for (const section of [{}, TCP]) {
    assert.equal(endOf(await probeDns("127.0.0.1:0", dnsModule(section), probeTools()), section), "refused in connect");
    const elsewhere = { ...section, source_ip_address: "192.0.2.55" };
    assert.equal(endOf(await asked(() => [{ answer: ANSWER }], elsewhere), elsewhere), "refused in connect");
    const here = { ...section, source_ip_address: "127.0.0.1" };
    assert.equal(endOf(await asked(() => [{ answer: ANSWER }], here), here), "success");
  }
});

Deno.test("probeDns: a name that nobody can ask for is a failure, as the peer has it", async () => {
  const section = { query_name: "a..b" };
  assert.equal(endOf(await asked(() => [{ answer: ANSWER }], section), section), "internal in connect");
});

Deno.test("probeDns: an address that is not admitted is not asked", async () => {
  await using server = await nameServer(() => [{ answer: ANSWER }]);
  const admit = ({ ip }: { ip: string }) => {
    throw new ProbeError("refused", `${ip} is denied`);
  };
  for (const section of [{}, TCP]) {
    const result = await probeDns(`127.0.0.1:${server.port}`, dnsModule(section), probeTools({ admit }));
    assert.equal(endOf(result), "refused in connect");
  }
  assert.deepEqual(server.asked, []);
});

Deno.test("probeDns: over TLS keeps the facts of the handshake, also where the certificate is not accepted", async () => {
  const identity = { cert: tlsFixture("server.pem"), key: tlsFixture("server.key") };
  const take: Parameters<typeof nameServer>[1] = (connected) =>
    createSecureServer(identity, connected).on("tlsClientError", () => {});
  await using server = await nameServer(() => [{ answer: ANSWER }], take);
  const target = `localhost:${server.port}`;
  const tls = (tlsConfig: unknown) => ({ ...TCP, dns_over_tls: true, tls_config: tlsConfig });
  const verified = await probeDns(target, dnsModule(tls({ ca: tlsFixture("authority.pem") })), probeTools());
  assert.equal(endOf(verified), "success");
  assert.equal(verified.tls?.verified, true);
  const section = tls({});
  const refused = await probeDns(target, dnsModule(section), probeTools());
  assert.equal(endOf(refused, section), "tls in tls");
  assert.equal(refused.tls?.verified, false);
  const unverified = await probeDns(target, dnsModule(tls({ insecure_skip_verify: true })), probeTools());
  assert.equal(endOf(unverified), "success");
  assert.equal(unverified.tls?.verified, false);
});

Deno.test("probeDns: a target is a host, with the port of DNS unless it has another", async () => {
  assert.throws(() => dnsProber.checkTarget(""), SyntaxError);
  assert.throws(() => dnsProber.checkTarget("host:65536"), SyntaxError);
  assert.throws(() => dnsProber.checkTarget("host:domain"), SyntaxError);
  for (const host of ["a\nb", "a\0b", "ü".repeat(65_536), "no host"]) {
    const result = await probeDns(host, dnsModule(), probeTools());
    assert.equal(endOf(result), "dns in resolve");
  }
  const tools = probeTools({ admit: () => assert.fail("stop here") });
  await assert.rejects(probeDns("[::1]", dnsModule({ preferred_ip_protocol: "ip6" }), tools), /stop here/);
});

Deno.test("probeDns: all and any of a name's addresses, as another server names them", async () => {
  await using server = await nameServer(({ question }) =>
    question.type === 1 ? [{ answer: [addressRecord("127.0.0.9"), addressRecord("127.0.0.1")] }] : [{}]
  );
  const target = `server.test:${server.port}`;
  const own = { dns_server: `127.0.0.1:${server.port}` };
  const states = ({ addresses }: DnsResult) => addresses?.map(({ address, outcome }) => [address.ip, outcome.success]);
  const any = await probeDns(target, dnsModule(TCP, { ...own, resolve: "any" }), probeTools());
  assert.equal(endOf(any), "success");
  assert.deepEqual(states(any), [["127.0.0.9", false], ["127.0.0.1", true]]);
  const all = await probeDns(target, dnsModule(TCP, { ...own, resolve: "all" }), probeTools());
  assert.equal(endOf(all, TCP), "refused in connect");
  assert.deepEqual(states(all), [["127.0.0.9", false], ["127.0.0.1", true]]);
  assert.equal(all.address?.ip, "127.0.0.9");
});

Deno.test("probeDns: an abort from outside is no outcome", async () => {
  await using server = await nameServer(() => []);
  const controller = new AbortController();
  const reason = new Error("the exporter stops");
  const probe = probeDns(`127.0.0.1:${server.port}`, dnsModule(), probeTools({ signal: controller.signal }));
  controller.abort(reason);
  await assert.rejects(probe, (error) => error === reason);
});
