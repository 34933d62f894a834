import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { listen, type ListenOptions } from "../src/listener.ts";
import { silentLogger } from "../src/log.ts";
import { FakeClock } from "./fake_clock.ts";

const posix = Deno.build.os !== "windows";

const listening = (address: string | readonly string[], options: Partial<ListenOptions> = {}) =>
  listen({ addresses: [address].flat(), handler: () => new Response("ok"), log: silentLogger, ...options });

/** The text that an address answers with, by HTTP written by hand: as it is sent, so it is read. */
async function exchange(address: string, request = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n") {
  using connection = await connect(address);
  const writer = connection.writable.getWriter();
  await writer.write(new TextEncoder().encode(request));
  return await new Response(connection.readable).text();
}

async function connect(address: string): Promise<Deno.Conn> {
  if (address.startsWith("unix:")) return await Deno.connect({ transport: "unix", path: address.slice(5) });
  const { hostname, port } = new URL(`http://${address}`);
  return await Deno.connect({ hostname: hostname.replace(/^\[|\]$/g, ""), port: Number(port) });
}

async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Tries until it is so. */
async function eventually(attempt: () => Promise<boolean>): Promise<void> {
  const limit = performance.now() + 60_000;
  while (!await attempt()) assert.ok(performance.now() < limit, "it has not become so");
}

/** What a promise brings, which is to come before long. */
async function soon<T>(promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => timer = setTimeout(reject, 60_000, new Error("it takes too long")));
  return await Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

const isRefused = (address: string) =>
  connect(address).then((connection) => {
    connection.close();
    return false;
  }, (error) => error instanceof Deno.errors.ConnectionRefused);

const exists = (path: string) => Deno.lstat(path).then(() => true, () => false);

Deno.test("listen: serves on several addresses, and tells which", async () => {
  const listener = await listening(["127.0.0.1:0", "localhost:0"]);
  assert.equal(listener.addresses.length, 2);
  for (const address of listener.addresses) {
    assert.match(address, /^(127\.0\.0\.1|\[::1\]):[1-9]\d*$/);
    assert.match(await exchange(address), /^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\nok$/);
  }
  await listener.stop();
  for (const address of listener.addresses) assert.ok(await isRefused(address));
  await listener.stop();
});

Deno.test("listen: without host, serves on all interfaces", async () => {
  const listener = await listening(":0");
  const [address = ""] = listener.addresses;
  assert.match(address, /^(\[::\]|0\.0\.0\.0):[1-9]\d*$/);
  assert.match(await exchange(`127.0.0.1:${address.split(":").at(-1)}`), /ok$/);
  await listener.stop();
});

Deno.test("listen: tells the handler that who asks from this host is local", async () => {
  await inFolder(async (folder) => {
    const addresses = ["127.0.0.1:0", ":0", ...posix ? [`unix:${folder}/s`] : []];
    const listener = await listening(addresses, { handler: (_, client) => new Response(`client=${client}`) });
    for (const address of listener.addresses) {
      const near = address.replace(/^(\[::\]|0\.0\.0\.0)/, "127.0.0.1");
      const forged = "GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 192.0.2.1\r\nConnection: close\r\n\r\n";
      assert.match(await exchange(near, forged), /client=local$/, address);
    }
    const outer = Deno.networkInterfaces().find(({ family, address }) =>
      family === "IPv4" && !address.startsWith("127.")
    );
    const everywhere = listener.addresses[1] ?? "";
    const answer = outer && await exchange(everywhere.replace(/^.*:/, `${outer.address}:`));
    if (answer !== undefined) assert.match(answer, /client=remote$/);
    await listener.stop();
  });
});

Deno.test("listen: leaves compression to the handler", async () => {
  const body = "a".repeat(10_000);
  const listener = await listening("127.0.0.1:0", { handler: () => new Response(body) });
  const request = "GET / HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n";
  assert.ok((await exchange(listener.addresses[0] ?? "", request)).endsWith(`\r\n\r\n${body}`));
  await listener.stop();
});

Deno.test({
  name: "listen: serves on a socket, for owner and group",
  ignore: !posix,
  fn: () =>
    inFolder(async (folder) => {
      const path = `${folder}/sonde.sock`;
      const listener = await listening(`unix:${path}`);
      assert.deepEqual(listener.addresses, [`unix:${path}`]);
      assert.equal(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o660);
      assert.match(await exchange(`unix:${path}`), /ok$/);
      await assert.rejects(listening(`unix:${path}`), {
        message: `Cannot listen on "unix:${path}": the address is in use`,
      });
      assert.match(await exchange(`unix:${path}`), /ok$/);
      await listener.stop();
      assert.equal(await exists(path), false);
    }),
});

Deno.test({
  name: "listen: replaces a socket that nobody listens on, but no other file",
  ignore: !posix,
  fn: () =>
    inFolder(async (folder) => {
      const path = `${folder}/sonde.sock`;
      await leaveStale(path);
      const listener = await listening(`unix:${path}`);
      assert.match(await exchange(`unix:${path}`), /ok$/);
      await listener.stop();
      const file = `${folder}/precious`;
      await Deno.writeTextFile(file, "kept");
      await assert.rejects(listening(`unix:${file}`), {
        message: `Cannot listen on "unix:${file}": there is a file that is no socket`,
      });
      assert.equal(await Deno.readTextFile(file), "kept");
    }),
});

/** Leaves a socket behind as a killed program does: under a name that its owner does not know. */
async function leaveStale(path: string): Promise<void> {
  const listener = Deno.listen({ transport: "unix", path: `${path}.0` });
  await Deno.rename(`${path}.0`, path);
  listener.close();
}

Deno.test("listen: says in one line why it cannot", async (t) => {
  const listener = await listening("127.0.0.1:0");
  const [taken = ""] = listener.addresses;
  const cases: readonly (readonly [address: string, message: string])[] = [
    [taken, `Cannot listen on "${taken}": the address is in use`],
    ["192.0.2.1:0", 'Cannot listen on "192.0.2.1:0": this host has no such address'],
    ["unix:/nonexistent/sonde.sock", 'Cannot listen on "unix:/nonexistent/sonde.sock": there is no such folder'],
    ["here", 'Cannot parse address "here": a port is missing, try "here:9999"'],
    ["127.0.0.1:70000", 'Cannot parse address "127.0.0.1:70000": the port is above 65535'],
  ];
  for (const [address, message] of cases) {
    if (!posix && address.startsWith("unix:")) continue;
    await t.step(address, () => assert.rejects(listening(address), { message }));
  }
  await listener.stop();
});

Deno.test({
  name: "listen: listens on all addresses or on none",
  ignore: !posix,
  fn: () =>
    inFolder(async (folder) => {
      const other = await listening("127.0.0.1:0");
      const path = `${folder}/sonde.sock`;
      await assert.rejects(listening([`unix:${path}`, ...other.addresses]), /the address is in use$/);
      assert.equal(await exists(path), false);
      await other.stop();
    }),
});

Deno.test("listen: a handler that throws, a client that leaves, and a hostile Host cost nobody else anything", async () => {
  const lines: string[] = [];
  const entered = Promise.withResolvers<void>();
  const leave = Promise.withResolvers<Response>();
  const listener = await listening("127.0.0.1:0", {
    log: (_level, message, fields) => void lines.push(`${message}: ${fields?.error}`),
    handler: ({ url }) => {
      if (url.endsWith("/throws")) throw new Error("secret");
      if (!url.endsWith("/waits")) return new Response(url);
      entered.resolve();
      return leave.promise;
    },
  });
  const [address = ""] = listener.addresses;
  const ask = (path: string, host = "x") =>
    exchange(address, `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
  assert.match(await ask("/throws"), /^HTTP\/1\.1 500 [^]*\r\n\r\nInternal server error\n$/);
  assert.deepEqual(lines, ["request failed: secret"]);
  const leaving = await connect(address);
  await leaving.write(new TextEncoder().encode("GET /waits HTTP/1.1\r\nHost: x\r\n\r\n"));
  await entered.promise;
  leaving.close();
  assert.match(await ask("/x", "a b/..@"), /^HTTP\/1\.1 200 /);
  leave.resolve(new Response("too late"));
  assert.match(await ask("/x"), /\/x$/);
  await listener.stop();
  assert.equal(lines.length, 1);
});

Deno.test("Listener.stop: lets requests in flight finish, and takes no new ones", async () => {
  const entered = Promise.withResolvers<void>();
  const finish = Promise.withResolvers<Response>();
  const listener = await listening("127.0.0.1:0", {
    handler: () => {
      entered.resolve();
      return finish.promise;
    },
  });
  const [address = ""] = listener.addresses;
  const answer = exchange(address);
  await entered.promise;
  const stopped = listener.stop();
  await eventually(() => isRefused(address));
  finish.resolve(new Response("finished"));
  assert.match(await answer, /^HTTP\/1\.1 200 [^]*finished$/);
  await stopped;
});

Deno.test("Listener.stop: answers 503 to what takes too long", async () => {
  const clock = new FakeClock();
  const entered = Promise.withResolvers<void>();
  const listener = await listening("127.0.0.1:0", {
    clock,
    handler: () => {
      entered.resolve();
      return new Promise(() => {});
    },
  });
  const answer = exchange(listener.addresses[0] ?? "");
  await entered.promise;
  const stopped = listener.stop();
  await clock.advance(3.5);
  assert.match(await soon(answer), /^HTTP\/1\.1 503 [^]*The exporter stops\n$/);
  await stopped;
});

Deno.test("Listener.stop: does not wait for a client that does not read", async () => {
  const clock = new FakeClock();
  const entered = Promise.withResolvers<void>();
  const listener = await listening("127.0.0.1:0", {
    clock,
    handler: () => {
      entered.resolve();
      return new Response("a".repeat(50_000_000));
    },
  });
  const [address = ""] = listener.addresses;
  const connection = await connect(address);
  await connection.write(new TextEncoder().encode("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
  await entered.promise;
  const stopped = listener.stop();
  await clock.advance(4);
  await soon(stopped);
  connection.close();
});

Deno.test({
  name: "listen: listens again after it ran out of file descriptors",
  ignore: !posix,
  async fn() {
    const program = fileURLToPath(new URL("children/short_of_descriptors.ts", import.meta.url));
    const child = new Deno.Command("sh", {
      args: ["-c", 'ulimit -n 64 && exec "$0" run -A --no-check "$1"', Deno.execPath(), program],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    const lines = child.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(lineBreaks()).getReader();
    const next = async () => (await lines.read()).value;
    const address = await next() ?? "";
    for (let round = 0; round < 2; round++) {
      assert.match(await exchange(address), /ok$/);
      let exhausted = false;
      const listensAgain = next().then((line) => {
        exhausted = true;
        return line;
      });
      const connections: Deno.Conn[] = [];
      while (!exhausted && connections.length < 200) {
        await connect(address).then((connection) => connections.push(connection), () => {});
      }
      assert.match(await listensAgain ?? "", /^cannot (accept connections, listening again|listen again, trying on)$/);
      for (const connection of connections) connection.close();
      await eventually(() => exchange(address).then((text) => text.endsWith("ok"), () => false));
    }
    await child.stdin.close();
    let last: string | undefined;
    for (let line = await next(); line !== undefined; line = await next()) last = line;
    assert.equal(last, "stopped");
    assert.equal((await child.status).code, 0);
  },
});

function lineBreaks(): TransformStream<string, string> {
  let rest = "";
  return new TransformStream({
    transform(chunk, controller) {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) controller.enqueue(line);
    },
  });
}
