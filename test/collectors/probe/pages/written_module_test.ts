import assert from "node:assert/strict";
import { hasCredentials, withoutSecrets, writtenModules } from "../../../../collectors/probe/pages/written_module.ts";

Deno.test("withoutSecrets: shows <secret> for what the engine redacted, and for headers that say who asks", () => {
  assert.deepEqual(
    withoutSecrets({
      http: {
        basic_auth: { username: "u", password: "<redacted>" },
        headers: { Host: "h", Authorization: "Bearer x", "X-Api-Key": "k", Accept: "a" },
        http_headers: { Cookie: { values: ["a"], files: ["/run/cookie"] }, Language: { values: ["en"] } },
      },
      grpc: { metadata: { authorization: ["Bearer y"] } },
    }),
    {
      http: {
        basic_auth: { username: "u", password: "<secret>" },
        headers: { Host: "h", Authorization: "<secret>", "X-Api-Key": "<secret>", Accept: "a" },
        http_headers: { Cookie: { values: ["<secret>"], files: ["/run/cookie"] }, Language: { values: ["en"] } },
      },
      grpc: { metadata: { authorization: ["<secret>"] } },
    },
  );
});

Deno.test("hasCredentials: what a target learns of who asks", () => {
  const yes: unknown[] = [
    { http: { basic_auth: { username: "u", password: "<redacted>" } } },
    { http: { basic_auth: { username: "u", password_file: "/run/p" } } },
    { http: { authorization: { credentials_file: "/run/p" } } },
    { http: { bearer_token_file: "/run/p" } },
    { http: { headers: { Authorization: "Bearer x" } } },
    { http: { http_headers: { "X-A": { files: ["/run/p"] } } } },
    { http: { http_headers: { "X-A": { secrets: ["<redacted>"] } } } },
    { http: { tls_config: { cert_file: "/c", key_file: "/k" } } },
    { tcp: { query_response: [{ send: "<redacted>" }] } },
    { grpc: { metadata: { "x-token": ["t"] } } },
  ];
  for (const module of yes) assert.ok(hasCredentials(module), JSON.stringify(module));
  const no: unknown[] = [
    undefined,
    { prober: "http" },
    { http: { headers: { Host: "h" }, http_headers: { "X-A": { values: ["a"], files: [] } } } },
    { http: { bearer_token_file: "", tls_config: { ca_file: "/ca" } } },
    { http: { proxy_url: "<redacted>", proxy_connect_header: { Authorization: ["<redacted>"] } } },
  ];
  for (const module of no) assert.ok(!hasCredentials(module), JSON.stringify(module));
});

Deno.test("writtenModules: none where there are none", () => {
  assert.deepEqual(writtenModules(undefined), {});
  assert.deepEqual(writtenModules({ modules: null }), {});
  assert.deepEqual(writtenModules({ modules: { a: { prober: "tcp" } } }), { a: { prober: "tcp" } });
});
