import assert from "node:assert/strict";
import fc from "fast-check";
import {
  isRedirect,
  parseTarget,
  redirectTarget,
  redirectUrl,
  renderRequest,
  withoutUserInfo,
} from "../../../collectors/probe/http_request.ts";
import type { ResponseHead } from "../../../collectors/probe/http_response.ts";
import { ProbeError } from "../../../collectors/probe/result.ts";

function headOf(status: number, location?: string): ResponseHead {
  const headers = new Map(location === undefined ? [] : [["location", [location]]]);
  return { version: "1.1", status, contentLength: -1, headers };
}

Deno.test("parseTarget: user-info becomes basic authentication, and leaves the URL", () => {
  assert.deepEqual(parseTarget("https://user:p%40ss@example.org:8443/x?y=z#part"), {
    url: "https://example.org:8443/x?y=z",
    authorization: `Basic ${btoa("user:p@ss")}`,
  });
  assert.deepEqual(parseTarget("HTTP://example.org"), { url: "http://example.org/", authorization: "" });
  assert.equal(parseTarget("http://user@example.org").authorization, `Basic ${btoa("user:")}`);
});

Deno.test("parseTarget: what is no URL of HTTP is refused, without showing credentials", () => {
  const refused = [
    "ftp://user:secret@x/",
    "localhost:9999",
    "user:secret@host",
    "http:user:secret@host",
    "http:\\\\user:secret@host",
    "http://",
    "http://user:secret@a b/",
    "http://user:secret@host:99999/",
    "http://user:sec%zzret@host/",
    "//user:secret@host",
    " http://user:secret@host",
    "",
  ];
  for (const text of refused) {
    assert.throws(() => parseTarget(text), (error) => {
      assert(error instanceof SyntaxError);
      assert.match(error.message, /^Cannot use URL ".*": [^.]+[^.]$|^Cannot use URL ".*": expected the form/);
      return !/secret|sec%zz/.test(`${error.message}${error.cause ?? ""}`);
    }, text);
  }
});

Deno.test("withoutUserInfo: the text stays as it is but for the user-info", () => {
  assert.equal(withoutUserInfo("https://user:p@ss@Example.org"), "https://Example.org");
  assert.equal(withoutUserInfo("http://example.org/a@b?c@d#e@f"), "http://example.org/a@b?c@d#e@f");
  assert.equal(withoutUserInfo("http://example.org\\@x"), "http://example.org\\@x");
});

Deno.test("withoutUserInfo: of any target what is left leads to the same place, unauthorized", () => {
  fc.assert(
    fc.property(fc.webUrl({ validSchemes: ["http", "https"], authoritySettings: { withUserInfo: true } }), (url) => {
      if (!URL.canParse(url)) return;
      const { href } = new URL(parseTarget(url).url);
      assert.deepEqual(parseTarget(withoutUserInfo(url)), { url: href, authorization: "" });
    }),
  );
});

Deno.test("renderRequest: asks for path and query of the host", () => {
  const bare = renderRequest(parseTarget("http://[::1]:81?q"), "Sonde/1.2.3", undefined);
  assert.equal(bare, "GET /?q HTTP/1.1\r\nHost: [::1]:81\r\nUser-Agent: Sonde/1.2.3\r\nConnection: close\r\n\r\n");
  const full = renderRequest(parseTarget("http://u:p@example.org:80/a b"), "Sonde/1.2.3", "k=v");
  assert.deepEqual(full.split("\r\n"), [
    "GET /a%20b HTTP/1.1",
    "Host: example.org",
    "User-Agent: Sonde/1.2.3",
    `Authorization: Basic ${btoa("u:p")}`,
    "Cookie: k=v",
    "Connection: close",
    "",
    "",
  ]);
});

Deno.test("isRedirect: five statuses are one, if they say where to", () => {
  const statuses = Array.from({ length: 500 }, (_, i) => 100 + i);
  assert.deepEqual(statuses.filter((status) => isRedirect(headOf(status, "/"))), [301, 302, 303, 307, 308]);
  assert(!isRedirect(headOf(302)));
  assert(!isRedirect(headOf(302, "")));
});

Deno.test("redirectUrl: is relative to the page that redirects", () => {
  const from = parseTarget("http://example.org/a/b?c");
  assert.equal(redirectUrl(from, headOf(302, "d")).href, "http://example.org/a/d");
  assert.equal(redirectUrl(from, headOf(302, "//other.test")).href, "http://other.test/");
  assert.equal(redirectUrl(from, headOf(302, "?é x")).href, "http://example.org/a/b?%C3%A9%20x");
  assert.throws(() => redirectUrl(from, headOf(302, "http://[")), (error) => {
    return error instanceof ProbeError && error.reason === "redirect";
  });
});

Deno.test("redirectTarget: credentials go to the same scheme, host and port only", () => {
  const from = parseTarget("http://u:p@example.org/");
  const authorizationAt = (url: string) => redirectTarget(from, new URL(url)).authorization;
  assert.equal(authorizationAt("http://example.org:80/x"), from.authorization);
  for (
    const url of ["https://example.org/", "http://example.org:81/", "http://www.example.org/", "http://other.test/"]
  ) {
    assert.equal(authorizationAt(url), "", url);
  }
  assert.equal(authorizationAt("http://v:q@other.test/"), `Basic ${btoa("v:q")}`);
});

Deno.test("redirectTarget: another protocol is a failure of the redirect, which shows no credentials", () => {
  const from = parseTarget("http://example.org/");
  for (const url of ["ftp://u:secret@example.org/", "mailto:secret@example.org", "http://u:sec%zzret@example.org/"]) {
    assert.throws(() => redirectTarget(from, new URL(url)), (error) => {
      return error instanceof ProbeError && error.reason === "redirect" &&
        !/sec/.test(`${error.message}${error.cause}`);
    });
  }
});
