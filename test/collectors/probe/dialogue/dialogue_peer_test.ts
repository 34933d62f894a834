/**
 * The same dialogues held by a real blackbox_exporter and by us. Left out where none is installed.
 *
 * @module
 */

import assert from "node:assert/strict";
import { createServer } from "node:net";
import { moduleSchema } from "../../../../collectors/probe/modules/module.ts";
import type { Module } from "../../../../collectors/probe/module.ts";
import { PROBERS } from "../../../../collectors/probe/probers.ts";
import { resultPage } from "../../../../collectors/probe/pages/result_page.ts";
import { folder, testWith } from "../../../e2e/programs.ts";
import { PEER, startBlackbox } from "../blackbox.ts";
import { beginsTls, MAIL_DIALOGUE, mailServer, type Serve, speaks, tcpSection } from "../dialogue_target.ts";
import { probeTools, tcpTarget, tlsFixture } from "../target.ts";

const says = (text: string | Uint8Array): Serve => (socket) => socket.resume().end(text);
const waits = (text: string): Serve => (socket) => socket.resume().write(text);
const ca = tlsFixture("authority.pem");
const insecure = { insecure_skip_verify: true };
const X = { query_response: [{ expect: "^X" }] };
const HELLO = { query_response: [{ expect_bytes: "hello" }] };
const PATTERN = "(?P<word>[a-z]+) (b*)(c+)?";
const TEMPLATE = "$word|${word}x|$1|$12|${2}|$3|$$|$|${|${}|$1a|$é|";

/** Servers, and the sections `tcp` with which they are probed; with `…` where it takes until the timeout. */
const CASES: readonly (readonly [what: string, serve: Serve, section: Readonly<Record<string, unknown>>])[] = [
  ["open", says(""), {}],
  ["match", says("a\r\nX\r\n"), X],
  ["a match at the end without a line feed", says("a\nX"), X],
  ["no match", says("a\nb\n"), X],
  ["nothing", says(""), X],
  ["a reset", (socket) => socket.once("data", () => socket.resetAndDestroy()), {
    query_response: [{ send: "go" }, { expect: "X" }],
  }],
  ["silence…", waits(""), X],
  ["no match and silence…", waits("a\nb\n"), X],
  ["a part of a line and silence…", waits("X"), X],
  ["a line of 65535 bytes", waits(`X${"a".repeat(65_534)}\n`), X],
  ["a line of 65536 bytes", waits(`X${"a".repeat(65_535)}\n`), X],
  ["a line without end", says("a".repeat(70_000)), X],
  ["a CR more", says("X\r\r\n"), { query_response: [{ expect: "^X\r$" }] }],
  ["NUL and bytes that are no text", says(Uint8Array.of(0, 0xff, 10, 0x58, 0xff, 10)), X],
  ["unicode", says("é…🎉\n"), { query_response: [{ expect: "^(é)(.)", labels: [{ name: "l", value: "$2" }] }] }],
  ["groups in labels", says("abc bbb\n"), {
    query_response: [{ expect: PATTERN, labels: [{ name: "a", value: "$0" }, { name: "b", value: TEMPLATE }] }],
  }],
  ["groups in what is sent", (socket) => {
    socket.write("abc bbb\n");
    socket.once("data", (bytes) => socket.end(bytes));
  }, {
    query_response: [{ expect: PATTERN, send: TEMPLATE }, { expect: "(.*)", labels: [{ name: "l", value: "$1" }] }],
  }],
  ["bytes", says("hello you"), HELLO],
  ["other bytes", says("hullo"), HELLO],
  ["no bytes", says(""), HELLO],
  ["silence for bytes…", waits(""), HELLO],
  ["bytes that came with a line…", waits("a\nhello"), { query_response: [{ expect: "a" }, { expect_bytes: "hello" }] }],
  ["TLS", beginsTls("server.pem", speaks("X\n")), { ...X, tls: true, tls_config: { ca } }],
  ["TLS, not verified", beginsTls("self_signed.pem", speaks("X\n")), { ...X, tls: true, tls_config: insecure }],
  ["TLS, refused", beginsTls("self_signed.pem", speaks("X\n")), { ...X, tls: true }],
  ["TLS for others", beginsTls("names.pem", speaks("X\n")), {
    ...X,
    tls: true,
    tls_config: { ca, server_name: "x.test" },
  }],
  ["no TLS", says("SSH-2.0-x\r\n"), { tls: true }],
  ["silence for TLS…", waits(""), { tls: true }],
  ["STARTTLS", mailServer("server.pem"), {
    tls_config: { ca, server_name: "localhost" },
    query_response: MAIL_DIALOGUE,
  }],
  ["STARTTLS, refused", mailServer("server.pem", true), {
    query_response: [
      ...MAIL_DIALOGUE.slice(0, 4),
      { expect: "^454", labels: [{ name: "l", value: "$0" }] },
      { starttls: true },
    ],
  }],
  ["STARTTLS, not verified", mailServer("expired.pem"), { tls_config: { ca }, query_response: MAIL_DIALOGUE }],
];

const TIMEOUT_SECONDS = 1;

/** The series of a page but for times, which are alike if both are zero or neither is. */
function comparable(page: string): readonly string[] {
  return page.split("\n").filter((line) => line.startsWith("probe_") || /^# (?:HELP|TYPE) probe_/.test(line)).map((
    line,
  ) => line.replace(/^(probe_(?:duration|dns_lookup_time)_seconds) (?!0$).*/, "$1 time")).map((line) =>
    line.replace(/ (\S+)$/, (_, value) => ` ${/^[\d.+e-]+$/.test(value) ? Number(value) : value}`)
  );
}

async function ownPage(module: Module, target: string): Promise<string> {
  const prober = PROBERS.get(module.prober);
  assert(prober);
  prober.checkTarget(target);
  const result = await prober.probe(target, module, probeTools({ timeoutSeconds: TIMEOUT_SECONDS }));
  return resultPage(prober, result).text;
}

/** Both answers to the same question, at once. */
async function compared(
  peer: { probe(module: string, target: string): Promise<string> },
  name: string,
  written: Readonly<Record<string, unknown>>,
  target: string,
): Promise<void> {
  const module: Module = { name, ...moduleSchema.parse(written) };
  const [theirs, ours] = await Promise.all([peer.probe(name, target), ownPage(module, target)]);
  assert.deepEqual(comparable(ours), comparable(theirs), `${name}\n${theirs}`);
}

testWith("tcp: shows what blackbox_exporter shows of the same dialogues", [PEER], async (path) => {
  const written = (section: Readonly<Record<string, unknown>>) => ({
    prober: "tcp",
    timeout: `${TIMEOUT_SECONDS}s`,
    tcp: tcpSection(section),
  });
  const modules = Object.fromEntries(CASES.map(([what, , section]) => [what, written(section)]));
  await using peer = await startBlackbox(path(PEER), modules);
  for (const [what, serve, section] of CASES) {
    await using target = await tcpTarget(serve);
    await compared(peer, what, written(section), `127.0.0.1:${target.port}`);
  }
  const { port } = await (async () => {
    await using gone = await tcpTarget(() => {});
    return gone;
  })();
  for (const target of [`127.0.0.1:${port}`, "nonexistent.invalid:1", "a b:1"]) {
    await compared(peer, "open", written({}), target);
  }
});

testWith("unix: shows what blackbox_exporter shows of the same sockets", [PEER], async (path) => {
  const sections = { plain: X, tls: { tls: true }, open: {} };
  const modules = Object.fromEntries(
    Object.entries(sections).map(([name, unix]) => [name, { prober: "unix", timeout: `${TIMEOUT_SECONDS}s`, unix }]),
  );
  await using peer = await startBlackbox(path(PEER), modules);
  await using home = await folder();
  await home.write("file", "");
  const server = createServer((socket) => socket.on("error", () => {}).resume().end("a\nX\n"));
  await new Promise<void>((resolve) => server.listen(home.at("socket"), resolve));
  try {
    for (const [name, module] of Object.entries(modules)) {
      for (const file of ["socket", "file", "none", "none/at/all", ""]) {
        await compared(peer, name, module, home.at(file));
      }
    }
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
});
