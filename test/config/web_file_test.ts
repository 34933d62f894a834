import assert from "node:assert/strict";
import { dirname } from "node:path";
import { ConfigError, loadWebConfig } from "../../src/config.ts";
import { hashed, pathOf, textOf } from "../web_files.ts";

const NAME = pathOf("web.yml");
const load = (text: string, onRead?: (path: string) => void) => loadWebConfig({ name: NAME, text, onRead });

/** What is said of a file, without the folder that it is in. */
async function faults(text: string): Promise<string> {
  try {
    await load(text);
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.message.replaceAll(`${dirname(NAME)}/`, "");
  }
  assert.fail(`it is taken: ${text}`);
}

const tls = (more = "") => `tls_server_config:\n  cert_file: server.pem\n  key_file: server.key\n${more}`;
const indented = (text: string) => text.trim().split("\n").map((line) => `    ${line}\n`).join("");

Deno.test("loadWebConfig: reads all that the file may hold", async () => {
  const hash = hashed("secret");
  const read: string[] = [];
  const config = await load(
    `${tls()}  client_ca_file: authority.pem
  client_auth_type: RequireAndVerifyClientCert
  client_allowed_sans: [scraper.test]
  min_version: TLS13
  cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]
  prefer_server_cipher_suites: false
http_server_config:
  http2: false
  headers:
    X-Frame-Options: sameorigin
    Content-Security-Policy: ""
rate_limit: { interval: 1m0.5s, burst: 3 }
basic_auth_users: { alice: ${hash} }
`,
    (path) => read.push(path),
  );
  assert.deepEqual(config, {
    tls: {
      cert: textOf("server.pem").trimEnd(),
      key: textOf("server.key").trimEnd(),
      clientCa: textOf("authority.pem").trimEnd(),
      clientAuth: "RequireAndVerifyClientCert",
      allowedSans: ["scraper.test"],
      minVersion: "TLSv1.3",
      maxVersion: "TLSv1.3",
    },
    users: new Map([["alice", hash]]),
    headers: [["X-Frame-Options", "sameorigin"]],
    rateLimit: { intervalSeconds: 60.5, burst: 3 },
  });
  assert.deepEqual(read, ["server.pem", "server.key", "authority.pem"].map(pathOf));
});

Deno.test("loadWebConfig: protects nothing where nothing is said", async () => {
  const nothing = { tls: undefined, users: new Map(), headers: [], rateLimit: undefined };
  for (const text of ["", "{}", "tls_server_config:\nbasic_auth_users:\n", "tls_server_config: {}\nrate_limit:\n"]) {
    assert.deepEqual(await load(text), nothing, text);
  }
});

Deno.test("loadWebConfig: takes certificates and keys as text", async () => {
  const text = `tls_server_config:\n  cert: |\n${indented(textOf("server.pem"))}  key: |\n${
    indented(textOf("server.key"))
  }`;
  assert.equal((await load(text)).tls?.cert, textOf("server.pem"));
});

Deno.test("loadWebConfig: names every fault, its line and what was expected", async () => {
  assert.equal(
    await faults(`${tls()}  client_auth_typ: NoClientCert\n  max_version: TLS11\nbasic_auth_user: {}\n`),
    [
      'web.yml:4:3: tls_server_config.client_auth_typ: unknown key "client_auth_typ", did you mean "client_auth_type"?',
      'web.yml:5:16: tls_server_config.max_version: expected "TLS12" or "TLS13", found "TLS11", did you mean "TLS12"?',
      'web.yml:6:1: basic_auth_user: unknown key "basic_auth_user", did you mean "basic_auth_users"?',
    ].join("\n"),
  );
});

const REFUSED: readonly (readonly [text: string, message: RegExp])[] = [
  ["tls_server_config: { cert_file: server.pem }", /a private key is missing, expected key_file or key/],
  ["tls_server_config: { min_version: TLS12 }", /a certificate is missing/],
  ["tls_server_config: { cert_file: none.pem, key_file: server.key }", /Cannot read "none\.pem": .*no such file/],
  ["tls_server_config: { cert_file: server.key, key_file: server.key }", /\.cert: it holds no certificate/],
  ["tls_server_config: { cert_file: server.pem, key_file: server.pem }", /\.key: it holds no private key/],
  ["tls_server_config: { cert_file: server.pem, key_file: client.key }", /\.key: it is not the key of the certificate/],
  [`${tls()}  cert: x\n`, /"cert" is set as well/],
  [`${tls()}  min_version: TLS13\n  max_version: TLS12\n`, /it is above max_version/],
  [`${tls()}  client_ca_file: authority.pem\n`, /no client is asked for a certificate/],
  [`${tls()}  client_auth_type: RequireAndVerifyClientCert\n`, /needs the clients' authority/],
  [`${tls()}  client_auth_type: Require\n`, /expected .*"RequireAndVerifyClientCert", found "Require"/],
  [`${tls()}  client_auth_type: RequestClientCert\n  client_allowed_sans: [a]\n`, /it needs client_auth_type/],
  [`${tls()}  client_auth_type: RequireAndVerifyClientCert\n  client_ca: x\n`, /\.client_ca: it holds no certificate/],
  [`${tls()}  cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]\n`, /cipher_suites: Cannot do without TLS_/],
  [`${tls()}  curve_preferences: [X25519]\n`, /curve_preferences: Cannot choose curves/],
  ["http_server_config: { headers: { X-Frame-Options: allow } }", /expected "deny" or "sameorigin", found "allow"/],
  ["http_server_config: { headers: { X-Other: a } }", /unknown key "X-Other"/],
  ["http_server_config: { http2: maybe }", /expected true or false, found "maybe"/],
  ["rate_limit: { interval: 1 day, burst: 1 }", /Cannot parse duration "1 day"/],
  ["rate_limit: { interval: 1s }", /with a burst of 0 nothing would be answered/],
  ["rate_limit: { interval: 1s, burst: -1 }", /burst: expected/],
  ["[]", /expected a map/],
];

for (const [text, message] of REFUSED) {
  Deno.test(`loadWebConfig: refuses ${JSON.stringify(text)}`, async () => assert.match(await faults(text), message));
}

Deno.test("loadWebConfig: shows no hash, and lets nobody in without one", async () => {
  const message = await faults("basic_auth_users:\n  alice: opensesame\n  bob:\n");
  assert.match(message, /web\.yml:2:10: basic_auth_users\.alice: expected a password hashed by bcrypt/);
  assert.match(message, /web\.yml:3:\d+: basic_auth_users\.bob: expected/);
  assert.doesNotMatch(message, /opensesame/);
});
