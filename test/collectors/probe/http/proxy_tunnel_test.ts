import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { HttpModule, Proxy } from "../../../../collectors/probe/module.ts";
import {
  type Answer,
  clientOf,
  httpsTarget,
  httpTarget,
  linesOf,
  outcomeOf,
  probeUrl,
  responds,
  says,
  type Target,
  tcpTarget,
  trustFixtures,
  urlOf,
} from "../target.ts";

trustFixtures();

/** A proxy: answers what `Answer` says, but connects the client by CONNECT to where it asks. */
function tunnelling(answer: Answer): Answer {
  return (socket, request) => {
    const [, host = "", port = ""] = /^CONNECT ([^ ]*):(\d+) HTTP/.exec(request) ?? [];
    if (port === "") return answer(socket, request);
    socket.removeAllListeners("data");
    socket.write("HTTP/1.1 200 Connection established\r\nX: y\r\n\r\n");
    joined(socket, host, Number(port));
  };
}

function joined(socket: Socket, host: string, port: number): void {
  const far = connect({ host, port });
  far.on("error", () => socket.destroy()).on("close", () => socket.destroy());
  socket.on("close", () => far.destroy());
  socket.pipe(far).pipe(socket);
}

const proxied = (url: string, more: Partial<Proxy> = {}): Partial<HttpModule> =>
  clientOf({ proxy: { url, except: "", connectHeaders: [], ...more } });

Deno.test("probeHttp: a proxy is told the whole URL of what is plain, and who we are", async () => {
  await using proxy = await httpTarget(responds(200, {}, "hello"));
  const result = await probeUrl("http://127.0.0.1:1/a?b", proxied(`http://us%3Aer:p%40ss@127.0.0.1:${proxy.port}`));
  assert.equal(outcomeOf(result), "success");
  assert.deepEqual(result.address, { ip: "127.0.0.1", family: 4 });
  assert.deepEqual(linesOf(proxy), [
    "GET http://127.0.0.1:1/a?b HTTP/1.1",
    "Host: 127.0.0.1:1",
    "User-Agent: Sonde/1.2.3",
    `Proxy-Authorization: Basic ${btoa("us:er:p@ss")}`,
    "Connection: close",
    "",
    "",
  ]);
});

Deno.test("probeHttp: TLS goes through a proxy by CONNECT, with the headers for that", async () => {
  await using target = await httpsTarget("server.pem", responds(200, {}, "hello"));
  for (const make of [httpTarget, (answer: Answer) => httpsTarget("server.pem", answer)]) {
    await using proxy = await make(tunnelling(says("HTTP/1.1 400 No\n\n")));
    const scheme = make === httpTarget ? "http" : "https";
    const at = `${scheme}://u:p@localhost:${proxy.port}`;
    const result = await probeUrl(
      `https://localhost:${target.port}/`,
      proxied(at, { connectHeaders: [["X", [{ text: "1" }, { text: "2" }]]] }),
    );
    assert.equal(outcomeOf(result), "success", scheme);
    assert.equal(result.response?.tls?.verified, true);
    const authority = `127.0.0.1:${target.port}`;
    assert.deepEqual(linesOf(proxy), [
      `CONNECT ${authority} HTTP/1.1`,
      `Host: ${authority}`,
      `Proxy-Authorization: Basic ${btoa("u:p")}`,
      "X: 1",
      "X: 2",
      "",
      "",
    ]);
  }
  assert(target.requests.every((text) => !text.includes("Proxy-Authorization")));
});

Deno.test("probeHttp: a name can be left to the proxy to resolve", async () => {
  await using target = await httpsTarget("server.pem", responds(200));
  await using proxy = await httpTarget(tunnelling(responds(200)));
  const module = { ...proxied(urlOf(proxy)), skipResolveWithProxy: true };
  const result = await probeUrl("http://name.invalid/", module);
  assert.equal(outcomeOf(result), "success");
  assert.deepEqual([result.resolves, result.address], [false, undefined]);
  assert.equal(outcomeOf(await probeUrl("http://name.invalid/", proxied(urlOf(proxy)))), "dns in resolve");
  assert.equal(outcomeOf(await probeUrl(`https://localhost:${target.port}/`, module)), "success");
  assert.equal(linesOf(proxy, 1)[0], `CONNECT localhost:${target.port} HTTP/1.1`);
});

Deno.test("probeHttp: a proxy that will not, is not there, or is none", async () => {
  const closed = await (async () => {
    await using gone = await tcpTarget(() => {});
    return gone;
  })();
  const cases: readonly (readonly [answer: Answer, outcome: string])[] = [
    [says("HTTP/1.1 407 Proxy Authentication Required\n\n"), "refused in connect"],
    [says("SSH-2.0\n\n\n"), "protocol in connect"],
    [(socket) => socket.end(), "reset in connect"],
    [(socket) => socket.write("HTTP/1.1 200 OK\r\n"), "timeout in connect"],
    [(socket) => socket.write("x".repeat(100_000)), "protocol in connect"],
  ];
  for (const [answer, outcome] of cases) {
    await using proxy = await httpTarget(answer);
    const result = await probeUrl("https://127.0.0.1:1/", proxied(urlOf(proxy)), { timeoutSeconds: 0.5 });
    assert.equal(outcomeOf(result), outcome);
    await proxy.idle();
  }
  assert.equal(outcomeOf(await probeUrl("http://127.0.0.1:1/", proxied(urlOf(closed)))), "refused in connect");
  assert.equal(
    outcomeOf(await probeUrl("http://127.0.0.1:1/", proxied("http://nonexistent.invalid"))),
    "dns in connect",
  );
});

/** A SOCKS server that wants a name and a password, and refuses port 1. */
function socksTarget(heard: string[]): Promise<Target> {
  return tcpTarget(async (socket) => {
    const next = async (): Promise<Uint8Array> => (await once(socket, "data"))[0];
    const [, count] = await next();
    socket.write(Uint8Array.of(5, count === 2 ? 2 : 0xff));
    if (count !== 2) return;
    heard.push(new TextDecoder().decode((await next()).subarray(1)));
    socket.write(Uint8Array.of(1, 0));
    const request = await next();
    const isName = request[3] === 3;
    const host = isName ? new TextDecoder().decode(request.subarray(5, -2)) : request.subarray(4, -2).join(".");
    const port = (request.at(-2) ?? 0) * 256 + (request.at(-1) ?? 0);
    heard.push(`${isName ? "name" : "address"} ${host}`);
    socket.write(Uint8Array.of(5, port === 1 ? 2 : 0, 0, 1, 127, 0, 0, 1, 0, 0));
    if (port !== 1) joined(socket, "127.0.0.1", port);
  });
}

Deno.test("probeHttp: a proxy may speak SOCKS", async () => {
  await using target = await httpTarget(responds(200));
  await using secure = await httpsTarget("server.pem", responds(200));
  const heard: string[] = [];
  await using proxy = await socksTarget(heard);
  const module = proxied(`socks5://u:pw@127.0.0.1:${proxy.port}`);
  assert.equal(outcomeOf(await probeUrl(urlOf(target), module)), "success");
  assert.equal(
    outcomeOf(await probeUrl(`https://localhost:${secure.port}/`, { ...module, skipResolveWithProxy: true })),
    "success",
  );
  assert.deepEqual(heard, ["\x01u\x02pw", "address 127.0.0.1", "\x01u\x02pw", "name localhost"]);
  const refused = await probeUrl("http://127.0.0.1:1/", module);
  assert.equal(outcomeOf(refused), "refused in connect");
  assert(!refused.outcome.success && refused.outcome.failure.message.endsWith("not allowed by its rules"));
  assert.equal(
    outcomeOf(await probeUrl(urlOf(target), proxied(`socks5h://127.0.0.1:${proxy.port}`))),
    "refused in connect",
  );
  await proxy.idle();
});
