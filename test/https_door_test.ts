import assert from "node:assert/strict";
import { createServer, request, type RequestOptions } from "node:https";
import { connect, TLSSocket } from "node:tls";
import type { ClientAuth, TlsSettings } from "../src/config.ts";
import { HttpsDoor, type HttpsOptions } from "../src/https_door.ts";
import { silentLogger } from "../src/log.ts";
import { textOf } from "./web_files.ts";

const PLAIN: TlsSettings = {
  cert: textOf("server.pem"),
  key: textOf("server.key"),
  clientCa: undefined,
  clientAuth: "NoClientCert",
  allowedSans: undefined,
  minVersion: "TLSv1.2",
  maxVersion: "TLSv1.3",
};

/** Opens a door on a port that the system chooses, until `use` has ended. */
async function opened(
  options: Partial<HttpsOptions>,
  use: (port: number, door: HttpsDoor) => Promise<void>,
): Promise<void> {
  const handler = () => new Response("ok");
  const door = new HttpsDoor("127.0.0.1:0", { handler, tls: () => PLAIN, log: silentLogger, createServer, ...options });
  await door.open({ kind: "tcp", host: "127.0.0.1", port: 0 });
  try {
    await use(Number(door.bound.split(":")[1]), door);
  } finally {
    door.cut();
    await door.close();
  }
}

/** An answer: its status, its text, the version of TLS, and the certificate shown. */
interface Answer {
  readonly status: number | undefined;
  readonly text: string;
  readonly version: string | null;
  readonly fingerprint: string;
}

/** What is answered; rejects where nothing is. */
function ask(port: number, options: RequestOptions = {}): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const all = {
    port,
    host: "127.0.0.1",
    servername: "localhost",
    ca: textOf("authority.pem"),
    agent: false as const,
    ...options,
  };
  const asked = request(all, (response) => {
    let text = "";
    const { socket } = response;
    assert.ok(socket instanceof TLSSocket);
    const version = socket.getProtocol();
    const fingerprint = socket.getPeerCertificate().fingerprint256;
    response.on("data", (part) => text += part);
    response.on("end", () => resolve({ status: response.statusCode, text, version, fingerprint }));
    response.on("error", reject);
  });
  asked.on("error", reject);
  asked.end();
  return promise;
}

const certificateOf = (name: string) => ({ cert: textOf(`${name}.pem`), key: textOf(`${name}.key`) });

Deno.test("HttpsDoor: answers by the newest version, and by the oldest allowed", async () => {
  await opened({}, async (port) => {
    assert.deepEqual([(await ask(port)).status, (await ask(port)).version], [200, "TLSv1.3"]);
    assert.equal((await ask(port, { maxVersion: "TLSv1.2" })).version, "TLSv1.2");
  });
  await opened({ tls: () => ({ ...PLAIN, minVersion: "TLSv1.3" }) }, async (port) => {
    await assert.rejects(ask(port, { maxVersion: "TLSv1.2" }));
    assert.equal((await ask(port)).version, "TLSv1.3");
  });
  await opened({ tls: () => ({ ...PLAIN, maxVersion: "TLSv1.2" }) }, async (port) => {
    assert.equal((await ask(port)).version, "TLSv1.2");
    await assert.rejects(ask(port, { minVersion: "TLSv1.3" }));
  });
});

/** Who is let in, of: nobody's certificate, one of our authority, one of another. */
const LETS_IN: Readonly<Record<ClientAuth, readonly boolean[]>> = {
  NoClientCert: [true, true, true],
  RequestClientCert: [true, true, true],
  RequireAnyClientCert: [false, true, true],
  VerifyClientCertIfGiven: [true, true, false],
  RequireAndVerifyClientCert: [false, true, false],
};
const CLIENTS = [{}, certificateOf("client"), certificateOf("foreign")];
const AUTHS = ["NoClientCert", "RequestClientCert", "RequireAnyClientCert", "VerifyClientCertIfGiven"] as const;

for (const clientAuth of [...AUTHS, "RequireAndVerifyClientCert" as const]) {
  Deno.test(`HttpsDoor: lets in whom ${clientAuth} does`, async () => {
    const clientCa = clientAuth === "NoClientCert" ? undefined : textOf("authority.pem");
    await opened({ tls: () => ({ ...PLAIN, clientAuth, clientCa }) }, async (port) => {
      for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const) {
        const isIn = CLIENTS.map((client) => ask(port, { ...client, maxVersion }).then(() => true, () => false));
        assert.deepEqual(await Promise.all(isIn), LETS_IN[clientAuth], maxVersion);
      }
    });
  });
}

Deno.test("HttpsDoor: lets in who has an allowed name, and not who has it within another", async () => {
  const clientCa = textOf("authority.pem");
  const required = { ...PLAIN, clientCa, clientAuth: "RequireAndVerifyClientCert" } as const;
  let allowedSans = ["other.test", "scraper.test"];
  const said: string[] = [];
  const log = (_level: string, message: string, fields = {}) => said.push(`${message} ${JSON.stringify(fields)}`);
  await opened({ tls: () => ({ ...required, allowedSans }), log }, async (port) => {
    assert.equal((await ask(port, certificateOf("client"))).status, 200);
    await assert.rejects(ask(port, certificateOf("comma")));
    assert.match(said.join("\n"), /client refused .*its certificate has none of the allowed names/);
    allowedSans = ["spiffe://test/scraper"];
    assert.equal((await ask(port, certificateOf("client"))).status, 200);
    allowedSans = [];
    await assert.rejects(ask(port, certificateOf("client")));
  });
});

Deno.test("HttpsDoor: shows a renewed certificate to who connects after", async () => {
  let tls = PLAIN;
  await opened({ tls: () => tls }, async (port, door) => {
    const before = await ask(port);
    tls = { ...PLAIN, ...certificateOf("renewed") };
    door.renew();
    const after = await ask(port);
    assert.equal(after.status, 200);
    assert.notEqual(after.fingerprint, before.fingerprint);
  });
});

Deno.test("HttpsDoor: hands over method, path, headers, and answers with status and headers", async () => {
  const seen: string[] = [];
  const handler = (asked: Request) => {
    seen.push(`${asked.method} ${new URL(asked.url).pathname} ${asked.headers.get("x-a")}`);
    return Promise.resolve(new Response("x".repeat(300_000), { status: 418, headers: { "x-b": "c" } }));
  };
  await opened({ handler }, async (port) => {
    const { status, text } = await ask(port, { method: "POST", path: "/a/b?c=d", headers: { "x-a": "1" } });
    assert.deepEqual([status, text.length], [418, 300_000]);
    assert.equal((await ask(port, { method: "HEAD" })).text, "");
    assert.equal((await ask(port, { headers: { host: "a/b" } })).status, 400);
  });
  assert.deepEqual(seen, ["POST /a/b 1", "HEAD / null"]);
});

Deno.test("HttpsDoor: answers 500 for a handler that throws, and says so", async () => {
  const said: string[] = [];
  const handler = () => Promise.reject(new Error("broken"));
  const log = (_level: string, message: string, fields = {}) => said.push(`${message} ${JSON.stringify(fields)}`);
  await opened({ handler, log }, async (port) => assert.equal((await ask(port)).status, 500));
  assert.deepEqual(said, ['request failed {"error":"broken"}']);
});

/** Resolves when the other side has closed. */
function closed(socket: TLSSocket): Promise<void> {
  return new Promise((resolve) => socket.on("error", () => {}).on("close", () => resolve()).resume());
}

Deno.test("HttpsDoor: waits neither for a handshake nor for headers for ever", async () => {
  await opened({ patienceMs: 200 }, async (port) => {
    const silent = await Deno.connect({ hostname: "127.0.0.1", port });
    const slow = connect({ port, host: "127.0.0.1", ca: textOf("authority.pem") });
    slow.on("secureConnect", () => slow.write("GET / HTTP/1.1\r\nHost: x\r\nX-A: "));
    await closed(slow);
    assert.equal(await silent.read(new Uint8Array(1)).catch(() => null), null);
    silent.close();
    assert.equal((await ask(port)).status, 200);
  });
});

Deno.test("HttpsDoor: says why it cannot listen", async () => {
  await opened({}, async (port) => {
    const options = { handler: () => new Response(), tls: () => PLAIN, log: silentLogger, createServer };
    await assert.rejects(new HttpsDoor(`:${port}`, options).open({ kind: "tcp", host: "127.0.0.1", port }), {
      message: `Cannot listen on ":${port}": the address is in use`,
    });
    await assert.rejects(
      new HttpsDoor("unix:/x", options).open({ kind: "unix", path: "/x" }),
      /TLS is spoken on ports/,
    );
  });
});
