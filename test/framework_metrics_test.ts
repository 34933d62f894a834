/** honoMetrics, nodeMetrics and fastifyMetrics, in the frameworks themselves. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { createServer, type RequestListener } from "node:http";
import express from "express";
import Fastify from "fastify";
import { Hono } from "hono";
import { type Exporter, fastifyMetrics, honoMetrics, nodeMetrics } from "../mod.ts";

/** A response of Express, whose types would bring those of Node along, in place of the runtime's. */
interface ExpressResponse {
  status(code: number): ExpressResponse;
  send(text: string): void;
}

/** Requests counted, as `METHOD status route error_type`, sorted. */
async function counts({ handler }: Exporter): Promise<string[]> {
  const text = await (await handler(new Request("http://a/metrics"))).text();
  return [...text.matchAll(/^http_server_request_duration_seconds_count\{(.*)\} (\d+)$/gm)].flatMap(
    ([, labels = "", count]) => {
      const label = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(labels)?.[1] ?? "-";
      const line = ["http_request_method", "http_response_status_code", "http_route", "error_type"].map(label).join(
        " ",
      );
      return Array.from({ length: Number(count) }, () => line);
    },
  ).sort();
}

/** Waits until what is counted is that: Node counts when a response has been sent. */
async function countsBecome(exporter: Exporter, expected: readonly string[]): Promise<void> {
  const until = Date.now() + 30_000;
  for (;;) {
    const found = await counts(exporter);
    if (found.length >= expected.length || Date.now() > until) return assert.deepEqual(found, [...expected].sort());
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Serves by `node:http` on a free port while it is used. */
async function listening(
  listener: RequestListener,
  use: (origin: string, port: number) => Promise<void>,
): Promise<void> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  assert.ok(typeof address === "object" && address);
  try {
    await use(`http://127.0.0.1:${address.port}`, address.port);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

const status = async (url: string, init?: RequestInit) => {
  const response = await fetch(url, init);
  await response.body?.cancel();
  return response.status;
};

Deno.test("honoMetrics: tells Hono's routes apart, also of what is mounted, and errors by their class", async () => {
  const metrics = honoMetrics();
  const users = new Hono().get("/:id", (context) => context.text("user"));
  const app = new Hono();
  app.use(metrics);
  app.use(async (_context, next) => await next());
  app.route("/users", users);
  app.get("/broken", () => {
    throw new RangeError("broken");
  });
  const paths = ["/users/7", "/users/8", "/nowhere", "/broken", "/metrics"];
  // Hono prints what its handlers throw.
  const { error } = console;
  console.error = () => {};
  const statuses = [];
  for (const path of paths) statuses.push((await app.request(path)).status);
  console.error = error;
  assert.deepEqual(statuses, [200, 200, 404, 500, 200]);
  assert.deepEqual(await counts(metrics.exporter), [
    "GET 200 /users/:id -",
    "GET 200 /users/:id -",
    "GET 404 - -",
    "GET 500 /broken RangeError",
  ]);
  await metrics.exporter.stop();
});

Deno.test("nodeMetrics: tells Express's routes apart, those of mounted routers by their parameters' names", async () => {
  const metrics = nodeMetrics();
  const shop = express.Router({ mergeParams: true });
  shop.get("/items/:item", (_request: unknown, response: ExpressResponse) => response.send("item"));
  shop.get("/", (_request: unknown, response: ExpressResponse) => response.send("shop"));
  const app = express();
  app.use(metrics);
  app.use("/shops/:shop", shop);
  app.get("/broken", () => {
    throw new RangeError("broken");
  });
  app.use((_error: unknown, _request: unknown, response: ExpressResponse, _next: unknown) => {
    response.status(500).send("broken");
  });
  await listening(app, async (origin) => {
    const paths = ["/shops/7/items/12", "/shops/7", "/nowhere", "/broken", "/metrics"];
    assert.deepEqual(await Promise.all(paths.map((path) => status(origin + path))), [200, 200, 404, 500, 200]);
    await countsBecome(metrics.exporter, [
      "GET 200 /shops/:shop -",
      "GET 200 /shops/:shop/items/:item -",
      "GET 404 - -",
      "GET 500 /broken 500",
    ]);
  });
  await metrics.exporter.stop();
});

Deno.test("fastifyMetrics: tells Fastify's routes apart, and answers the page", async () => {
  const metrics = fastifyMetrics();
  const app = Fastify();
  app.addHook("onRequest", metrics);
  app.get("/users/:id", () => "user");
  const address = await app.listen({ host: "127.0.0.1", port: 0 });
  const paths = ["/users/7", "/nowhere", "/metrics"];
  assert.deepEqual(await Promise.all(paths.map((path) => status(address + path))), [200, 404, 200]);
  await countsBecome(metrics.exporter, ["GET 200 /users/:id -", "GET 404 - -"]);
  await app.close();
  await metrics.exporter.stop();
});

Deno.test("nodeMetrics: the page has its headers, answers reads alone, and those whom `serve` lets", async () => {
  const metrics = nodeMetrics({ serve: ({ headers }) => headers["authorization"] === "Bearer secret" });
  await listening((request, response) => metrics(request, response, () => response.end("app")), async (origin) => {
    const headers = { authorization: "Bearer secret", accept: "application/openmetrics-text; version=1.0.0" };
    const page = await fetch(`${origin}/metrics?x=1`, { headers });
    assert.match(page.headers.get("content-type") ?? "", /^application\/openmetrics-text/);
    assert.match(await page.text(), /# EOF\n$/);
    assert.equal(await status(`${origin}/metrics`, { method: "HEAD", headers }), 200);
    assert.equal(await status(`${origin}/metrics`, { method: "DELETE", headers }), 405);
    assert.equal(await (await fetch(`${origin}/metrics`)).text(), "app");
    await countsBecome(metrics.exporter, ["GET 200 - -"]);
  });
  await metrics.exporter.stop();
});

Deno.test("nodeMetrics: a client that goes before its response is sent has been aborted", async () => {
  const metrics = nodeMetrics();
  const { promise: asked, resolve } = Promise.withResolvers<void>();
  await listening((request, response) => metrics(request, response, resolve), async (_origin, port) => {
    const socket = connect(port, "127.0.0.1");
    socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    await asked;
    assert.deepEqual(await counts(metrics.exporter), []);
    socket.destroy();
    await countsBecome(metrics.exporter, ["GET - - aborted"]);
  });
  await metrics.exporter.stop();
});

Deno.test("nodeMetrics: sizes are those of Content-Length, and of no response to HEAD", async () => {
  const metrics = nodeMetrics();
  const app: RequestListener = (_request, response) => void response.setHeader("content-length", "3").end("abc");
  await listening((request, response) => metrics(request, response, () => app(request, response)), async (origin) => {
    await status(origin, { method: "POST", body: "12345" });
    await status(origin, { method: "HEAD" });
    await countsBecome(metrics.exporter, ["POST 200 - -", "HEAD 200 - -"]);
    const text = await (await metrics.exporter.handler(new Request("http://a/metrics"))).text();
    const sums = [...text.matchAll(/^http_server_(\w+)_body_size_bytes_sum\{http_request_method="(\w+)".* (\d+)$/gm)];
    assert.deepEqual(sums.map(([, what, method, bytes]) => [what, method, bytes]), [
      ["request", "POST", "5"],
      ["response", "POST", "3"],
    ]);
  });
  await metrics.exporter.stop();
});

Deno.test("nodeMetrics: a request and a response that are broken reach the app", async () => {
  const metrics = nodeMetrics();
  let reached = 0;
  const call: unknown = metrics;
  assert.ok(typeof call === "function");
  for (const broken of [{}, null, 7, { method: 3, url: 3, headers: null }]) call(broken, broken, () => reached++);
  assert.equal(reached, 4);
  await metrics.exporter.stop();
});
