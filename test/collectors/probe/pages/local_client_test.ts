import assert from "node:assert/strict";
import { isOnThisHost } from "../../../../collectors/probe/pages/local_client.ts";

const asked = (headers: Record<string, string>) => new Request("http://localhost/config", { headers });

Deno.test("isOnThisHost: a connection of this host, by no proxy", () => {
  assert.ok(isOnThisHost("operator", asked({})));
  assert.ok(isOnThisHost("local", asked({ host: "127.0.0.1:9115" })));
  assert.ok(isOnThisHost("local", asked({ host: "[::1]:9115" })));
  assert.ok(isOnThisHost("local", asked({ host: "localhost:9115", "sec-fetch-site": "none" })));
  assert.ok(!isOnThisHost("remote", asked({})));
  for (const name of ["x-forwarded-for", "forwarded", "via", "x-real-ip"]) {
    assert.ok(!isOnThisHost("local", asked({ [name]: "127.0.0.1" })), name);
    assert.ok(!isOnThisHost("remote", asked({ [name]: "127.0.0.1" })), name);
  }
});

Deno.test("isOnThisHost: not a browser that another site sends", () => {
  assert.ok(!isOnThisHost("local", asked({ "sec-fetch-site": "cross-site" })));
  assert.ok(!isOnThisHost("local", asked({ "sec-fetch-site": "same-site" })));
  assert.ok(!isOnThisHost("local", asked({ host: "evil.example" })), "a name that points to this host");
});
