import assert from "node:assert/strict";
import { type AnyCollector, type Client, defineCollector } from "../src/collector.ts";
import { answer, broken, families, on, other, quick, serving, TEXT } from "./serving.ts";

Deno.test("createHandler: answers HEAD as GET, without the body", async () => {
  const { get } = serving([quick], { reload: () => Promise.resolve() });
  for (const path of ["/metrics", "/metrics?name[]=quick_value", "/", "/-/healthy", "/-/ready", "/none"]) {
    for (const encoding of ["gzip", "identity"]) {
      const headers = { "accept-encoding": encoding };
      const head = await get(path, { method: "HEAD", headers });
      const whole = await get(path, { headers });
      const length = (await whole.arrayBuffer()).byteLength;
      assert.equal(head.body, null);
      assert.equal(head.status, whole.status);
      assert.equal(head.headers.get("content-type"), whole.headers.get("content-type"));
      assert.equal(head.headers.get("content-length"), String(length));
    }
  }
});

Deno.test("createHandler: is healthy always, ready once every node has run, and then for good", async () => {
  const scheduled = defineCollector({ ...quick, name: "scheduled", freshnessSeconds: undefined });
  const { get, engine } = serving([scheduled]);
  assert.deepEqual(await answer(get("/-/healthy")), [200, "OK"]);
  assert.equal((await get("/-/ready")).status, 503);
  await engine.collect();
  assert.deepEqual(await answer(get("/-/ready")), [200, "OK"]);
  const added = defineCollector({ ...other, freshnessSeconds: undefined });
  engine.apply([scheduled, added], on([scheduled, added]), { exporterMetrics: true });
  assert.equal(engine.ready(), false);
  assert.deepEqual(await answer(get("/-/ready")), [200, "OK"]);
});

Deno.test("createHandler: reloads by POST alone, and tells what is wrong", async () => {
  const fault = new SyntaxError("sonde.yml:3: first\nsonde.yml:9: second");
  let reloads = 0;
  const reload = () => ++reloads === 2 ? Promise.reject(fault) : Promise.resolve();
  const { get } = serving([quick], { reload });
  assert.deepEqual(await answer(get("/-/reload", { method: "POST" })), [200, "OK"]);
  assert.deepEqual(await answer(get("/-/reload", { method: "POST" })), [500, fault.message]);
  for (const method of ["GET", "HEAD", "DELETE"]) {
    const refused = await get("/-/reload", { method });
    assert.equal(refused.status, 405);
    assert.equal(refused.headers.get("allow"), "POST");
  }
  assert.equal(reloads, 2);
  assert.equal((await serving([quick]).get("/-/reload", { method: "POST" })).status, 404);
});

Deno.test("createHandler: refuses other methods and other paths", async () => {
  const { get } = serving([quick]);
  for (const path of ["/metrics", "/metrics?collect[]=quick", "/", "/-/healthy", "/-/ready"]) {
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"]) {
      const response = await get(path, { method });
      assert.equal(response.status, 405, `${method} ${path}`);
      assert.equal(response.headers.get("allow"), "GET, HEAD");
    }
  }
  for (
    const path of ["/metric", "/metricsx", "/metrics/", "/metrics/x", "/-/", "/favicon.ico", "//metrics", "/%6detrics"]
  ) {
    assert.equal((await get(path)).status, 404, path);
  }
});

Deno.test("createHandler: finds the path whatever the Host header makes of the URL", async (t) => {
  class Hostile extends Request {
    readonly #url: string;
    constructor(url: string) {
      super("http://host.example/");
      this.#url = url;
    }
    override get url() {
      return this.#url;
    }
  }
  const { handler } = serving([quick]);
  const cases: readonly (readonly [url: string, status: number])[] = [
    ["http://a b@/metrics", 200],
    ["http://a b/..@/metrics", 404],
    ["http://[::1/metrics", 200],
    ["http://é:x/metrics?name[]=quick_value", 200],
    ["http+unix://%2Frun%2Fsonde.sock/metrics", 200],
    ["http://host.example:80", 404],
    ["http://host.example/*", 404],
    ["http://a b@/-/healthy#x", 200],
    ["", 404],
  ];
  for (const [url, status] of cases) {
    await t.step(url || "no URL", async () => assert.equal((await handler(new Hostile(url))).status, status));
  }
});

Deno.test("createHandler: serves the page at the path that is set, in place of the landing page if need be", async () => {
  const { get, current } = serving([quick], { settings: { telemetryPath: "/" } });
  assert.equal((await get("/")).headers.get("content-type"), TEXT);
  assert.equal((await get("/", { method: "POST" })).status, 405);
  assert.equal((await get("/metrics")).status, 404);
  current.telemetryPath = "/host/figures";
  assert.deepEqual(await families(get("/host/figures?name[]=quick_value")), ["quick_value"]);
  const landing = await (await get("/")).text();
  assert.match(landing, /<a href="\.\/host\/figures">/);
});

Deno.test("createHandler: shows people what runs", async () => {
  const { get, engine } = serving([quick, broken]);
  await engine.collect();
  const response = await get("/");
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-type"), "text/html; charset=utf-8");
  const html = await response.text();
  assert.match(html, /1\.2\.3/);
  assert.match(html, /it broke/);
  const policy = response.headers.get("content-security-policy") ?? "";
  const [, nonce] = /script-src 'nonce-([^']+)'/.exec(policy) ?? [];
  assert.ok(nonce);
  assert.equal(html.split(`nonce="${nonce}"`).length, 3);
  assert.notEqual((await get("/")).headers.get("content-security-policy"), policy);
});

Deno.test("createHandler: mounts what collectors bring, as they are at the moment", async () => {
  const probing = defineCollector({
    ...quick,
    name: "probing",
    routes: {
      "/probe": ({ method, url }) => new Response(`${method} ${url}`),
      "/throws": () => {
        throw new Error("secret");
      },
      "/rejects": () => Promise.reject(new Error("secret")),
      "/nonsense": () => Promise.reject("secret"),
    },
  });
  const { get, engine, lines } = serving([quick]);
  assert.equal((await get("/probe")).status, 404);
  engine.apply([probing], on([probing]), { exporterMetrics: true });
  assert.deepEqual(await answer(get("/probe?a=1")), [200, "GET http://host.example/probe?a=1"]);
  assert.deepEqual(await answer(get("/probe", { method: "POST" })), [200, "POST http://host.example/probe"]);
  assert.deepEqual(await answer(get("/probe", { method: "HEAD" })), [200, ""]);
  for (const path of ["/throws", "/rejects", "/nonsense"]) {
    lines.length = 0;
    assert.deepEqual(await answer(get(path)), [500, "Internal server error"]);
    assert.deepEqual(lines, [`error request failed {"path":"${path}","error":"secret"}`]);
  }
  engine.apply([quick], on([quick]), { exporterMetrics: true });
  assert.equal((await get("/probe")).status, 404);
});

Deno.test("createHandler: answers 500 where it fails itself, and says why in the log alone", async () => {
  const { get, engine, clock, lines } = serving([quick]);
  clock.wall = () => {
    throw new Error("no time");
  };
  assert.deepEqual(await answer(get("/")), [500, "Internal server error"]);
  engine.scrape = () => {
    throw new Error("no page");
  };
  assert.deepEqual(await answer(get("/metrics")), [500, "Internal server error"]);
  engine.scrape = () => Promise.reject(new Error("no page later"));
  assert.deepEqual(await answer(get("/metrics?name[]=x")), [500, "Internal server error"]);
  assert.deepEqual(lines, [
    'error request failed {"path":"/","error":"no time"}',
    'error request failed {"path":"/metrics","error":"no page"}',
    'error request failed {"path":"/metrics","error":"no page later"}',
  ]);
});

Deno.test("createHandler: a Host that would pass for a path is refused", async () => {
  const { handler } = serving([quick]);
  for (const host of ["a/metrics", "a?x", "a#b", "u@a", "a\\b"]) {
    const response = await handler(new Request("http://a/-/healthy", { headers: { host } }));
    assert.equal(response.status, 400, host);
  }
});

Deno.test("createHandler: all pages are below the route prefix", async () => {
  const paged: AnyCollector = {
    ...quick,
    routes: { "/own": ({ url }: Request) => new Response(new URL(url).pathname) },
  };
  const { get } = serving([paged], { settings: { routePrefix: "/p/q", telemetryPath: "/p/q/metrics" } });
  assert.match((await answer(get("/p/q/metrics")))[1], /quick_value/);
  assert.deepEqual(await answer(get("/p/q/-/healthy")), [200, "OK"]);
  assert.deepEqual(await answer(get("/p/q/own?x")), [200, "/p/q/own"]);
  assert.match((await answer(get("/p/q/")))[1], /href="\.\/metrics"/);
  for (const path of ["/metrics", "/own", "/-/healthy", "/p/own", "/p/q2/own"]) {
    assert.equal((await get(path)).status, 404, path);
  }
  for (const path of ["/", "/p/q"]) {
    const { status, headers } = await get(path);
    assert.deepEqual([status, headers.get("location")], [302, "/p/q/"], path);
  }
});

Deno.test("createHandler: shows another page at / if it is told to, and says what a peer says", async () => {
  const paged: AnyCollector = { ...quick, routes: { "/own": () => new Response("own") } };
  const { get, current } = serving([paged], { settings: { landingPage: "/own", healthy: "Healthy" } });
  assert.deepEqual(await answer(get("/")), [200, "own"]);
  assert.deepEqual(await answer(get("/-/healthy")), [200, "Healthy"]);
  current.landingPage = "/gone";
  assert.match((await answer(get("/")))[1], /<title>Sonde/);
});

Deno.test("createHandler: tells the handlers of routes who asks; remote, if nobody says", async () => {
  const paged: AnyCollector = { ...quick, routes: { "/who": (_, { client }) => new Response(client) } };
  const { handler } = serving([paged]);
  const ask = async (client?: Client) => await (await handler(new Request("http://a/who"), client)).text();
  assert.deepEqual([await ask(), await ask("local"), await ask("operator")], ["remote", "local", "operator"]);
});
