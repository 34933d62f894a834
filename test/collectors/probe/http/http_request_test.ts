import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type HeaderLine,
  type HttpRequest,
  isFaithful,
  isRedirect,
  isRelative,
  parseTarget,
  redirectTarget,
  redirectUrl,
  renderRequest,
} from "../../../../collectors/probe/http/http_request.ts";
import type { ResponseHead } from "../../../../collectors/probe/http/http_response.ts";
import { ProbeError } from "../../../../collectors/probe/result.ts";
import { withoutUserInfo } from "../../../../collectors/probe/target_name.ts";

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

Deno.test("parseTarget: what has no scheme is asked for by http", () => {
  assert.equal(parseTarget("localhost:9999").url, "http://localhost:9999/");
  assert.equal(parseTarget("example.org/a?b").url, "http://example.org/a?b");
  assert.equal(parseTarget("[::1]:81").url, "http://[::1]:81/");
  assert.deepEqual(parseTarget("user:secret@host"), {
    url: "http://host/",
    authorization: `Basic ${btoa("user:secret")}`,
  });
});

Deno.test("parseTarget: whatever is given, it is a URL or refused by a short SyntaxError", () => {
  const hostile = fc.constantFrom(
    "x".repeat(65_536),
    "http://a\nb/",
    "http://é.example/\u{1f600}",
    "http://\u0000",
    "%",
  );
  fc.assert(fc.property(fc.oneof(hostile, fc.string(), fc.webUrl()), (text) => {
    try {
      assert(URL.canParse(parseTarget(text).url));
    } catch (error) {
      assert(error instanceof SyntaxError && error.message.length < 600, String(error));
    }
  }));
});

Deno.test("parseTarget: what is no URL of HTTP is refused, without showing credentials", () => {
  const refused = [
    "ftp://user:secret@x/",
    "http://user:secret@ho\nst/",
    "http:\\\\user:secret@host",
    "http://",
    "http://user:secret@a b/",
    "http://user:secret@host:99999/",
    "http://user:sec%zzret@host/",
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

function rendered(request: Partial<HttpRequest>, proxy?: readonly HeaderLine[]): string {
  const url = new URL("http://example.org:80/a b?q");
  return new TextDecoder().decode(
    renderRequest({ method: "GET", url, host: url.host, headers: [], ...request }, proxy),
  );
}

Deno.test("renderRequest: asks for path and query of the host", () => {
  assert.equal(rendered({}), "GET /a%20b?q HTTP/1.1\r\nHost: example.org\r\nConnection: close\r\n\r\n");
  const headers = [["X", "1"], ["X", "é"]] as const;
  const body = new TextEncoder().encode("é");
  assert.equal(
    rendered({ method: "PUT", headers, body, host: "h:1" }),
    "PUT /a%20b?q HTTP/1.1\r\nHost: h:1\r\nContent-Length: 2\r\nX: 1\r\nX: é\r\nConnection: close\r\n\r\né",
  );
  assert.match(rendered({ method: "POST" }), /\r\nContent-Length: 0\r\n/);
});

Deno.test("renderRequest: a proxy that reads it is told the whole URL, and who we are", () => {
  assert.equal(
    rendered({ host: "h.test" }, [["Proxy-Authorization", "Basic x"]]),
    "GET http://h.test/a%20b?q HTTP/1.1\r\nHost: h.test\r\nProxy-Authorization: Basic x\r\nConnection: close\r\n\r\n",
  );
});

Deno.test("isRedirect: five statuses are one, if they say where to", () => {
  const statuses = Array.from({ length: 500 }, (_, i) => 100 + i);
  assert.deepEqual(statuses.filter((status) => isRedirect(headOf(status, "/"))), [301, 302, 303, 307, 308]);
  assert(!isRedirect(headOf(302)));
  assert(!isRedirect(headOf(302, "")));
});

Deno.test("isRelative: a redirect that names no host stays where it is", () => {
  for (const location of ["next", "/next", "?q", "#x", "./a:b"]) assert(isRelative(headOf(302, location)), location);
  for (const location of ["http://x/", "HTTPS:y", "//x/", "/\\x", "\\\\x", "mailto:x"]) {
    assert(!isRelative(headOf(302, location)), location);
  }
});

Deno.test("isFaithful: 307 and 308 keep method and body, others only what asks for no change", () => {
  assert.deepEqual([301, 302, 303, 307, 308].map((status) => isFaithful(headOf(status, "/"), "POST")), [
    ...[false, false, false],
    ...[true, true],
  ]);
  assert([301, 302, 303].every((status) => ["GET", "HEAD"].every((method) => isFaithful(headOf(status, "/"), method))));
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
