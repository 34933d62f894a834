/** One file of TLS and authentication for node_exporter and Sonde: who is let in by the one is let in by the other. */

import assert from "node:assert/strict";
import { hashed, pathOf, textOf } from "../web_files.ts";
import { servePeer } from "./node_exporter.ts";
import { folder, output, testWith } from "./programs.ts";
import { servePrometheus } from "./prometheus.ts";
import { runSonde, serveSonde } from "./sonde.ts";

const USERS = `basic_auth_users: { alice: ${hashed("secret")} }\n`;
const HEADERS = `http_server_config:
  headers:
    X-Frame-Options: deny
    Strict-Transport-Security: max-age=31536000
    Content-Security-Policy: default-src 'self'
`;
const tls = (more = "") =>
  `tls_server_config:\n  cert_file: ${pathOf("server.pem")}\n  key_file: ${pathOf("server.key")}\n${more}`;
const asking = (type: string) => tls(`  client_auth_type: ${type}\n  client_ca_file: ${pathOf("authority.pem")}\n`);

/** What of an answer comes by the file. */
const CONFIGURED = [
  "content-security-policy",
  "strict-transport-security",
  "www-authenticate",
  "x-frame-options",
];

/** Who asks. */
interface Client {
  /** Name of its certificate, if it has one. */
  readonly certificate?: string;
  /** Its user and password. */
  readonly credentials?: string;
  readonly path?: string;
}

const CLIENTS: readonly Client[] = [undefined, "client", "foreign"].flatMap((certificate) => [
  { certificate },
  { certificate, path: "/none" },
  { certificate, credentials: "alice:wrong" },
  { certificate, credentials: "mallory:secret" },
  { certificate, credentials: "alice:secret" },
]);

/** Status and configured headers of an answer; that there is none. */
async function answer(url: string, { certificate, credentials, path = "/metrics" }: Client): Promise<unknown> {
  using client = Deno.createHttpClient({
    caCerts: [textOf("authority.pem")],
    ...(certificate && { cert: textOf(`${certificate}.pem`), key: textOf(`${certificate}.key`) }),
  });
  const headers: HeadersInit = credentials ? { authorization: `Basic ${btoa(credentials)}` } : {};
  const options: RequestInit & { readonly client: Deno.HttpClient } = { client, headers };
  try {
    const response = await fetch(`${url}${path}`, options);
    await response.body?.cancel();
    return [response.status, CONFIGURED.map((name) => response.headers.get(name))];
  } catch {
    return "none";
  }
}

const FILES: Readonly<Record<string, string>> = {
  "users and headers": USERS + HEADERS,
  TLS: tls(),
  "TLS, users and headers": tls() + USERS + HEADERS,
  "any certificate": asking("RequireAnyClientCert"),
  "a certificate if there is one": asking("VerifyClientCertIfGiven") + USERS,
  "a verified certificate": asking("RequireAndVerifyClientCert") + USERS,
};

for (const [name, text] of Object.entries(FILES)) {
  testWith(`web config: ${name}: node_exporter and Sonde let in the same`, ["newest node_exporter"], async (path) => {
    await using own = await folder();
    const flag = `--web.config.file=${await own.write("web.yml", text)}`;
    await using peer = await servePeer(path("newest node_exporter"), "--collector.disable-defaults", flag);
    await using sonde = await serveSonde(["--collector.disable-defaults", flag]);
    const scheme = text.includes("tls_server_config") ? "https" : "http";
    const answers: unknown[] = [];
    for (const client of CLIENTS) {
      const [theirs, ours] = await Promise.all(
        [peer, sonde].map(({ host }) => answer(`${scheme}://${host}`, client)),
      );
      assert.deepEqual(ours, theirs, JSON.stringify(client));
      answers.push(ours);
    }
    assert.ok(answers.some((each) => Array.isArray(each) && each[0] === 200), "somebody is let in");
  });
}

testWith(
  "web config: Prometheus scrapes by certificate and password, and learns of a certificate put in its place",
  ["newest prometheus"],
  async (path) => {
    await using own = await folder();
    const text = asking("RequireAndVerifyClientCert")
      .replaceAll(pathOf("server.pem"), "cert.pem")
      .replaceAll(pathOf("server.key"), "key.pem");
    await own.write("cert.pem", textOf("server.pem"));
    await own.write("key.pem", textOf("server.key"));
    const file = await own.write("web.yml", text + USERS);
    await using sonde = await serveSonde(["--collector.disable-defaults", `--web.config.file=${file}`]);
    const settings = {
      scheme: "https",
      basic_auth: { username: "alice", password: "secret" },
      tls_config: {
        ca_file: pathOf("authority.pem"),
        cert_file: pathOf("client.pem"),
        key_file: pathOf("client.key"),
        server_name: "localhost",
      },
    };
    const job = { name: "secure", target: sonde.host, interval: "1s", settings };
    await using prometheus = await servePrometheus(path("newest prometheus"), [job]);
    await prometheus.scraped("secure", 3);
    await own.write("cert.pem", textOf("renewed.pem"));
    await own.write("key.pem", textOf("renewed.key"));
    await sonde.says(/msg="web configuration reloaded"/);
    await prometheus.scraped("secure", 6);
    assert.deepEqual((await prometheus.targets()).get("secure"), { health: "up", lastError: "" });
    const [least] = await prometheus.query('min_over_time(up{job="secure"}[1h])');
    assert.equal(least?.value, 1);
  },
);

/** Files about which the toolkit's own check says what Sonde says. */
const CHECKED: readonly string[] = [
  ...Object.values(FILES),
  "",
  "tls_server_config: {}\n",
  tls("  min_version: TLS13\n"),
  tls("  min_version: TLS14\n"),
  tls("  client_auth_type: Nobody\n"),
  tls(`  client_ca_file: ${pathOf("authority.pem")}\n`),
  tls("  curve_preferences: [Invented]\n"),
  tls("  cipher_suites: [INVENTED]\n"),
  tls().replace("server.key", "client.key"),
  tls().replace("server.pem", "none.pem"),
  tls().replace(/^ {2}key_file.*\n/m, ""),
  "basic_auth_users: { alice: secret }\n",
  "basic_auth_users: [alice]\n",
  "http_server_config: { http2: false }\n",
  "http_server_config: { headers: { X-Frame-Options: sometimes } }\n",
  "http_server_config: { headers: { X-Content-Type-Options: nosniff, X-Other: a } }\n",
  "unknown: 1\n",
  "- 1\n",
];

testWith("web config: promtool and Sonde take the same files", ["promtool"], async (path) => {
  await using own = await folder();
  for (const text of CHECKED) {
    const file = await own.write("web.yml", text);
    const theirs = await output([path("promtool"), "check", "web-config", file]);
    const ours = await runSonde("check", "--collector.disable-defaults", `--web.config.file=${file}`);
    assert.equal(ours.code === 0, theirs.code === 0, `${text}\n${theirs.stderr}${theirs.stdout}\n${ours.stderr}`);
  }
});
