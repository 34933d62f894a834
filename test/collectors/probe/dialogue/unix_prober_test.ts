import assert from "node:assert/strict";
import { createServer, type Socket } from "node:net";
import type { UnixModule } from "../../../../collectors/probe/module.ts";
import { moduleSchema } from "../../../../collectors/probe/modules/module.ts";
import { unixProber } from "../../../../collectors/probe/dialogue/unix_prober.ts";
import { folder } from "../../../e2e/programs.ts";
import { beginsTls, MAIL_DIALOGUE, mailServer, speaks } from "../dialogue_target.ts";
import { manualTimers, outcomeOf, probeTools, tlsFixture } from "../target.ts";

function unixModule(section: Readonly<Record<string, unknown>>): UnixModule {
  const module = { name: "test", ...moduleSchema.parse({ prober: "unix", unix: section }) };
  if (module.prober !== "unix") throw new TypeError("Cannot make a module of Unix sockets");
  return module;
}

/** Has `work` probe a socket at which a server does this with each connection. */
async function withSocket(serve: (socket: Socket) => void, work: (path: string) => Promise<void>): Promise<void> {
  await using home = await folder();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    serve(socket.on("error", () => {}));
  });
  await new Promise<void>((resolve) => server.listen(home.at("socket"), resolve));
  try {
    await work(home.at("socket"));
  } finally {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
}

const ca = tlsFixture("authority.pem");
const named = { ca, server_name: "localhost" };

for (
  const [what, serve, section, outcome] of [
    ["a socket that is open", () => {}, {}, "success"],
    ["a line that matches", speaks("a\nunix x\n"), { query_response: [{ expect: "^unix (.)" }] }, "success"],
    [
      "a line that does not",
      (socket) => socket.end("a\n"),
      { query_response: [{ expect: "b" }] },
      "response in validate",
    ],
    ["TLS", beginsTls("server.pem", speaks("a\n")), { tls: true, tls_config: named }, "success"],
    ["TLS without a name", beginsTls("server.pem", speaks("a\n")), { tls: true, tls_config: { ca } }, "tls in tls"],
    ["STARTTLS", mailServer("server.pem"), { tls_config: named, query_response: MAIL_DIALOGUE }, "success"],
  ] satisfies [string, (socket: Socket) => void, Record<string, unknown>, string][]
) {
  Deno.test(`unixProber: ${what} comes to ${outcome}`, async () => {
    await withSocket(serve, async (path) => {
      assert.equal(outcomeOf(await unixProber.probe(path, unixModule(section), probeTools())), outcome);
    });
  });
}

Deno.test("unixProber: a target may begin with unix:", async () => {
  await withSocket(() => {}, async (path) => {
    for (const target of [`unix:${path}`, `unix://${path}`]) {
      assert.equal(outcomeOf(await unixProber.probe(target, unixModule({}), probeTools())), "success");
    }
  });
});

Deno.test("unixProber: a path that leads to no socket is refused", async () => {
  await using home = await folder();
  await home.write("file", "");
  for (const path of ["none", "file", "file/none", ""]) {
    const result = await unixProber.probe(home.at(path), unixModule({}), probeTools());
    assert.equal(outcomeOf(result), "refused in connect", path);
  }
});

Deno.test("unixProber: a server that is silent is waited for until the time is up", async () => {
  const timers = manualTimers();
  const { promise: connected, resolve } = Promise.withResolvers<void>();
  await withSocket((socket) => socket.once("data", () => resolve()), async (path) => {
    const module = unixModule({ query_response: [{ send: "hello" }, { expect: "x" }] });
    const probing = unixProber.probe(path, module, probeTools({ clock: timers.clock }));
    await connected;
    timers.fire();
    assert.match(outcomeOf(await probing), /^timeout in (?:request|processing)$/);
    assert.equal(timers.pending.size, 0);
  });
});

Deno.test("unixProber.checkTarget: wants an absolute path that fits a socket's address", () => {
  unixProber.checkTarget("/run/example.sock");
  for (const target of ["", "run/x", "unix:run/x", "/run/\0x", "@abstract", `/${"a".repeat(107)}`]) {
    assert.throws(() => unixProber.checkTarget(target), SyntaxError, target);
  }
});

Deno.test("unixProber.stops: a module that only connects knows three ways, and that of a run that fails itself", () => {
  assert.deepEqual(unixProber.stops(unixModule({})).map(({ reason, phase }) => `${reason} in ${phase}`), [
    "internal in resolve",
    "refused in connect",
    "reset in connect",
    "timeout in connect",
  ]);
});
