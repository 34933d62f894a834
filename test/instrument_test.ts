import assert from "node:assert/strict";
import fc from "fast-check";
import { defineCollector, instrument } from "../mod.ts";
import { systemClock } from "../src/clock.ts";

const request = (path = "/", init?: RequestInit) => new Request(`http://app.example${path}`, init);

/** The samples of an app's page whose names match, sorted, without those of buckets. */
async function shown(app: { exporter: { handler(request: Request): Response | Promise<Response> } }, name: RegExp) {
  const text = await (await app.exporter.handler(request("/metrics"))).text();
  return text.split("\n").filter((line) => name.test(line) && !/^#|_bucket/.test(line)).sort();
}

/** Counts of requests by their labels. */
const counts = (app: Parameters<typeof shown>[0]) => shown(app, /^http_server_request_duration_seconds_count/);
const active = (app: Parameters<typeof shown>[0]) => shown(app, /^http_server_active_requests/);
const counted = (labels: string, count = 1) => `http_server_request_duration_seconds_count{${labels}} ${count}`;

const GET_200 = 'http_request_method="GET",http_response_status_code="200",url_scheme="http"';

Deno.test("instrument: measures time, sizes and uptime, by the conventions' names and buckets", async () => {
  let now = 0;
  const clock = { ...systemClock, monotonic: () => now };
  const handler = () => {
    now += 0.2;
    return new Response("hello", { status: 201, headers: { "content-length": "5" } });
  };
  const app = instrument(handler, { clock, route: () => "/things/:id" });
  await app(request("/things/7", { method: "POST", body: "x", headers: { "content-length": "1" } }));
  now += 1.8;
  const text = await (await app(request("/metrics"))).text();
  const labels =
    'http_request_method="POST",http_response_status_code="201",http_route="/things/:id",url_scheme="http"';
  const bounds = [...text.matchAll(/^http_server_request_duration_seconds_bucket\{.*le="([^"]+)"\} (\d)$/gm)];
  assert.deepEqual(
    bounds.map(([, bound, count]) => [bound, count]),
    [
      "0.005",
      "0.01",
      "0.025",
      "0.05",
      "0.075",
      "0.1",
      "0.25",
      "0.5",
      "0.75",
      "1.0",
      "2.5",
      "5.0",
      "7.5",
      "10.0",
      "+Inf",
    ]
      .map((bound, i) => [bound, i < 6 ? "0" : "1"]),
  );
  for (
    const line of [
      counted(labels),
      `http_server_request_body_size_bytes_sum{${labels}} 1`,
      `http_server_response_body_size_bytes_sum{${labels}} 5`,
      'http_server_active_requests{http_request_method="POST",url_scheme="http"} 0',
      "service_uptime_seconds_total 2",
    ]
  ) assert.ok(text.split("\n").includes(line), `${line} is not in\n${text}`);
  assert.match(text, /^service_last_response_time_seconds 0\.2/m);
  await app.exporter.stop();
});

Deno.test("instrument: the page is not measured, and answers reads alone", async () => {
  const app = instrument(() => new Response("app"));
  assert.equal((await app(request("/metrics"))).status, 200);
  assert.equal((await app(request("/metrics", { method: "HEAD" }))).status, 200);
  assert.equal((await app(request("/metrics", { method: "OPTIONS" }))).headers.get("allow"), "GET, HEAD");
  assert.deepEqual(await counts(app), []);
  assert.equal(await (await app(request("/metrics/"))).text(), "app");
  assert.deepEqual(await counts(app), [counted(GET_200)]);
  await app.exporter.stop();
});

Deno.test("instrument: the page is for whom `serve` says", async () => {
  const asks = async (serve: boolean | ((request: Request, who: string) => boolean), who: string) => {
    const app = instrument((_request: Request, _who: string) => new Response("app", { status: 404 }), { serve });
    const { status } = await app(request("/metrics"), who);
    await app.exporter.stop();
    return status;
  };
  const guard = (_request: Request, who: string) => who === "friend";
  assert.deepEqual(
    [await asks(true, "foe"), await asks(false, "friend"), await asks(guard, "friend"), await asks(guard, "foe")],
    [200, 404, 200, 404],
  );
  const broken = () => {
    throw new Error("no");
  };
  assert.equal(await asks(broken, "friend"), 404);
});

Deno.test("instrument: the telemetry path is the configuration's", async () => {
  const app = instrument(() => new Response("app"), { config: { web: { "telemetry-path": "/m" } } });
  assert.equal(await (await app(request("/metrics"))).text(), "app");
  assert.match(await (await app(request("/m"))).text(), /^http_server_/m);
  await app.exporter.stop();
});

Deno.test("instrument: passes arguments, `this`, and the very response on", async () => {
  const given: unknown[] = [];
  const response = new Response("hello");
  const app = instrument(function (this: unknown, ...args: [Request, string, number]) {
    given.push(this, ...args);
    return response;
  });
  const one = request();
  const server = { app };
  assert.equal(server.app(one, "env", 7), response);
  assert.deepEqual(given, [server, one, "env", 7]);
  assert.equal(response.bodyUsed, false);
  await app.exporter.stop();
});

Deno.test("instrument: a promise is returned as it is, and its settlement measured", async () => {
  const { promise, resolve } = Promise.withResolvers<Response>();
  const app = instrument(() => promise);
  assert.equal(app(request()), promise);
  assert.deepEqual(await active(app), ['http_server_active_requests{http_request_method="GET",url_scheme="http"} 1']);
  assert.deepEqual(await counts(app), []);
  resolve(new Response(""));
  await promise;
  assert.deepEqual(await counts(app), [counted(GET_200)]);
  assert.deepEqual(await active(app), ['http_server_active_requests{http_request_method="GET",url_scheme="http"} 0']);
  await app.exporter.stop();
});

Deno.test("instrument: `then` of what is no promise is called once", async () => {
  let calls = 0;
  const lazy: PromiseLike<Response> = {
    then: (onResponse, onError) => {
      calls++;
      return Promise.resolve(new Response("")).then(onResponse, onError);
    },
  };
  const app = instrument(() => lazy);
  assert.equal((await app(request())).status, 200);
  assert.equal(calls, 1);
  assert.deepEqual(await counts(app), [counted(GET_200)]);
  await app.exporter.stop();
});

Deno.test("instrument: errors are passed on as they are, and counted by their class", async () => {
  const boom = new RangeError("boom");
  const thrower = instrument((): Response => {
    throw boom;
  });
  assert.throws(() => thrower(request()), (error) => error === boom);
  assert.deepEqual(await counts(thrower), [
    counted('error_type="RangeError",http_request_method="GET",url_scheme="http"'),
  ]);
  const rejecter = instrument((): Promise<Response> => Promise.reject("no error at all"));
  await assert.rejects(async () => await rejecter(request()), (error) => error === "no error at all");
  assert.deepEqual(await counts(rejecter), [
    counted('error_type="_OTHER",http_request_method="GET",url_scheme="http"'),
  ]);
  const failing = instrument(() => new Response("", { status: 503 }));
  await failing(request());
  assert.deepEqual(await counts(failing), [
    counted('error_type="503",http_request_method="GET",http_response_status_code="503",url_scheme="http"'),
  ]);
  for (const { exporter } of [thrower, rejecter, failing]) await exporter.stop();
});

Deno.test("instrument: unknown methods are one, statuses of 4xx no error, TLS another scheme", async () => {
  const app = instrument(() => new Response("", { status: 404 }));
  for (const method of ["PURGE", "BREW"]) await app(new Request("https://app.example/", { method }));
  assert.deepEqual(await counts(app), [
    counted('http_request_method="_OTHER",http_response_status_code="404",url_scheme="https"', 2),
  ]);
  await app.exporter.stop();
});

Deno.test("instrument: what is no response is passed on, and an error but for Bun's upgrades", async () => {
  const app = instrument((_request: Request, ..._server: unknown[]) => undefined);
  assert.equal(app(request()), undefined);
  assert.deepEqual(await counts(app), [counted('error_type="_OTHER",http_request_method="GET",url_scheme="http"')]);
  assert.equal(app(request(), { upgrade: () => true }), undefined);
  assert.deepEqual(await counts(app), [
    counted('error_type="_OTHER",http_request_method="GET",url_scheme="http"'),
    counted('http_request_method="GET",url_scheme="http"'),
  ]);
  await app.exporter.stop();
});

Deno.test("instrument: a response to HEAD has no body, whatever its length says", async () => {
  const app = instrument(() => new Response(null, { headers: { "content-length": "12" } }));
  await app(request("/", { method: "HEAD" }));
  assert.deepEqual(await shown(app, /body_size/), []);
  await app(request());
  assert.equal((await shown(app, /response_body_size_bytes_sum/)).length, 1);
  await app.exporter.stop();
});

Deno.test("instrument: measures a WebSocket's upgrade as 101, and its server's own arguments reach the handler", async () => {
  const app = instrument((request: Request, info: Deno.ServeHandlerInfo<Deno.NetAddr>) => {
    if (request.headers.get("upgrade") !== "websocket") return new Response(info.remoteAddr.hostname);
    const { socket, response } = Deno.upgradeWebSocket(request);
    socket.onmessage = ({ data }) => socket.send(`${data}!`);
    return response;
  });
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, app);
  const { port } = server.addr;
  assert.equal(await (await fetch(`http://127.0.0.1:${port}/`)).text(), "127.0.0.1");
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`);
  const closed = new Promise((resolve) => socket.onclose = resolve);
  const heard = new Promise((resolve) => socket.onmessage = ({ data }) => resolve(data));
  socket.onopen = () => socket.send("hi");
  assert.equal(await heard, "hi!");
  socket.close();
  await closed;
  const upgraded = 'http_request_method="GET",http_response_status_code="101",url_scheme="http"';
  assert.deepEqual(await counts(app), [counted(upgraded), counted(GET_200)]);
  await server.shutdown();
  await app.exporter.stop();
});

Deno.test("instrument: streams pass through, and a client that goes ends no other's measurement", async () => {
  const app = instrument(() => {
    const chunks = ["a", "b", "c"];
    return new Response(
      new ReadableStream<string>({
        pull(controller) {
          const chunk = chunks.shift();
          if (chunk === undefined) controller.close();
          else controller.enqueue(chunk);
        },
      }).pipeThrough(new TextEncoderStream()),
    );
  });
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, app);
  const url = `http://127.0.0.1:${server.addr.port}/`;
  await (await fetch(url)).body?.cancel();
  assert.equal(await (await fetch(url)).text(), "abc");
  assert.deepEqual(await counts(app), [counted(GET_200, 2)]);
  await server.shutdown();
  await app.exporter.stop();
});

/** Something that throws at every touch, or is of any kind. */
const hostile = new Proxy({}, {
  get() {
    throw new Error("touched");
  },
  has() {
    throw new Error("touched");
  },
  getPrototypeOf() {
    throw new Error("touched");
  },
});

Deno.test("instrument: whatever a request and a response are, the handler's answer is not changed", async () => {
  const value = fc.oneof(fc.anything(), fc.constant(() => {}));
  const members = fc.record({ method: value, url: fc.oneof(value, fc.webUrl()), headers: value, status: value }, {
    requiredKeys: [],
  });
  const either = fc.oneof(value, members);
  const app = instrument((_request: Request, answer: Response) => answer, { route: () => `${hostile}` });
  // The types promise requests and responses; what comes is not always one.
  const call: unknown = app;
  assert.ok(typeof call === "function");
  const passes = (given: unknown, answer: unknown) => assert.ok(Object.is(call(given, answer), answer));
  fc.assert(fc.property(either, either, passes), { numRuns: 500 });
  fc.assert(fc.property(either, (other) => {
    for (const part of [hostile, { method: hostile, url: hostile, headers: hostile, status: hostile, then: hostile }]) {
      passes(part, other);
      passes(other, part);
      passes(part, part);
    }
  }));
  const rest = await active(app);
  assert.ok(rest.every((line) => /\} \d+$/.test(line)), rest.join("\n"));
  await app.exporter.stop();
});

Deno.test("instrument: a log, a clock and a route that throw harm nothing", async () => {
  let broken = false;
  const app = instrument(() => new Response("fine"), {
    clock: {
      ...systemClock,
      monotonic() {
        if (broken) throw new Error("stopped");
        return systemClock.monotonic();
      },
    },
    log() {
      throw new Error("full");
    },
    route() {
      throw new Error("lost");
    },
  });
  assert.equal((await app(request())).status, 200);
  broken = true;
  assert.equal((await app(request())).status, 200);
  broken = false;
  assert.deepEqual(await counts(app), [counted(GET_200)]);
  await app.exporter.stop();
});

Deno.test("instrument: beyond 2000 label sets routes are not told apart, which is logged once", async () => {
  const lines: string[] = [];
  const app = instrument(() => new Response(""), {
    route: ({ url }) => url,
    log: (_level, message) => void lines.push(message),
  });
  for (let i = 0; i < 2100; i++) await app(request(`/${i}`));
  const all = await counts(app);
  assert.equal(all.length, 2001);
  assert.ok(all.includes(counted(GET_200, 100)));
  assert.deepEqual(lines, ["too many routes, further ones are not told apart"]);
  await app.exporter.stop();
});

Deno.test("instrument: shows further collectors, which are checked at the call", async () => {
  const shelf = (name: string) =>
    defineCollector({
      name: "shelf",
      help: "h",
      freshnessSeconds: 0.1,
      metrics: { [name]: { type: "gauge", help: "B." } },
      read: () => 3,
      samples: (books, emit) => emit(name, books),
    });
  const app = instrument(() => new Response(""), { collectors: [shelf("shelf_books")] });
  assert.deepEqual(await shown(app, /^shelf/), ["shelf_books 3"]);
  await app.exporter.stop();
  for (const name of ["shelf-books", "service_uptime_seconds_total"]) {
    assert.throws(
      () => instrument(() => new Response(""), { collectors: [shelf(name)] }),
      (error) => error instanceof TypeError && error.message.includes(`"${name}"`),
    );
  }
});

Deno.test("instrument: refuses what is no function", () => {
  const refuse: unknown = instrument;
  assert.ok(typeof refuse === "function");
  assert.throws(() => refuse("handler"), {
    name: "TypeError",
    message: "Cannot measure string: expected a function",
  });
});
