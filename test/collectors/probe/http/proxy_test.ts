import assert from "node:assert/strict";
import { type Environment, proxyFor } from "../../../../collectors/probe/http/proxy.ts";
import { ProbeError } from "../../../../collectors/probe/result.ts";

const proxied = (url: string, except: string, ip?: string) =>
  proxyFor(new URL(url), ip, { url: "http://proxy:3128", except, connectHeaders: [] }) !== undefined;

Deno.test("proxyFor: a proxy by its URL", () => {
  const of = (url: string) => proxyFor(new URL("http://x/"), undefined, { url, except: "", connectHeaders: [] });
  assert.equal(proxyFor(new URL("http://x/"), undefined, undefined), undefined);
  assert.deepEqual(of("https://u%40:p%3Aq@[::1]"), {
    kind: "https",
    host: "::1",
    port: 443,
    authorization: `Basic ${btoa("u@:p:q")}`,
    user: "u@",
    password: "p:q",
  });
  assert.deepEqual([of("http://p")?.port, of("socks5h://p")?.port, of("socks5://p:9")?.port], [80, 1080, 9]);
  for (const url of ["ftp://secret@p", "http://", "http://u%zz:secret@p"]) {
    assert.throws(() => of(url), (error) => error instanceof ProbeError && !error.message.includes("secret"));
  }
});

Deno.test("proxyFor: hosts that are excepted are asked directly", () => {
  const cases: readonly (readonly [url: string, except: string, isProxied: boolean])[] = [
    ["http://a.example/", "", true],
    ["http://a.example/", "*", false],
    ["http://a.example/", "example", false],
    ["http://a.example/", ".example", false],
    ["http://a.example/", "*.example", false],
    ["http://example/", ".example", true],
    ["http://example/", "EXAMPLE", false],
    ["http://notexample/", "example", true],
    ["http://a.example/", " other , a.example:80 ", false],
    ["https://a.example/", "a.example:80", true],
    ["http://a.example./", "a.example", false],
    ["http://192.0.2.7/", "192.0.2.0/24", false],
    ["http://192.0.3.7/", "192.0.2.0/24", true],
    ["http://192.0.2.7/", "192.0.2.7", false],
    ["http://192.0.2.7:81/", "192.0.2.7:80", true],
    ["http://[2001:db8::7]/", "2001:db8::/32", false],
    ["http://[2001:db8::7]:81/", "[2001:db8::7]:81", false],
    ["http://localhost/", "other", false],
    ["http://127.0.0.9/", "other", false],
    ["http://[::1]/", "other", false],
    ["http://localhost/", "", true],
  ];
  for (const [url, except, isProxied] of cases) assert.equal(proxied(url, except), isProxied, `${url} ${except}`);
  assert.equal(proxied("http://name.test/", "192.0.2.0/24", "192.0.2.7"), false);
});

Deno.test("proxyFor: the environment has a proxy by scheme, in either case of letters", () => {
  const host = (url: string, environment: Environment) =>
    proxyFor(new URL(url), undefined, { url: "environment", except: "", connectHeaders: [] }, environment)?.host;
  const both = { HTTP_PROXY: "plain:1", https_proxy: "http://secure:2", no_proxy: "direct.test" };
  assert.equal(host("http://x/", both), "plain");
  assert.equal(host("https://x/", both), "secure");
  assert.equal(host("https://direct.test/", both), undefined);
  assert.equal(host("http://localhost/", both), undefined);
  assert.equal(host("http://x/", {}), undefined);
});
