import assert from "node:assert/strict";
import { moduleSchema } from "../../../../collectors/probe/modules/module.ts";

/** Section, keys in it as written, and what the module has of it, as path and value; patterns and programs as their text. */
type Row = readonly [section: string, written: unknown, path: string, value: unknown];

const pem = "-----BEGIN X-----";
const tls = (path: string): readonly Row[] => [
  [path, { insecure_skip_verify: true }, "verify", false],
  [path, { ca: pem }, "ca", { text: pem }],
  [path, { ca_file: "/ca.pem" }, "ca", { file: "/ca.pem" }],
  [path, { cert: pem, key: pem }, "cert", { text: pem }],
  [path, { cert_file: "/c.pem", key_file: "/k.pem" }, "cert", { file: "/c.pem" }],
  [path, { cert_file: "/c.pem", key_file: "/k.pem" }, "key", { file: "/k.pem" }],
  [path, { cert_file: "/c.pem", key: pem }, "key", { text: pem }],
  [path, { server_name: "a.example" }, "serverName", "a.example"],
  [path, { min_version: "TLS11" }, "minVersion", "TLSv1.1"],
  [path, { max_version: "TLS13" }, "maxVersion", "TLSv1.3"],
];
const address = (section: string): readonly Row[] => [
  [section, { preferred_ip_protocol: "ip4" }, "address.preferred", 4],
  [section, { preferred_ip_protocol: "ip6" }, "address.preferred", 6],
  [section, { preferred_ip_protocol: null }, "address.preferred", 6],
  [section, { ip_protocol_fallback: false }, "address.fallback", false],
];
const client: readonly (readonly [written: unknown, path: string, value: unknown])[] = [
  [{ basic_auth: { username: "u", password: "p" } }, "authorization", {
    kind: "basic",
    username: { text: "u" },
    password: { text: "p" },
  }],
  [{ basic_auth: { username_file: "/u", password_file: "/p" } }, "authorization", {
    kind: "basic",
    username: { file: "/u" },
    password: { file: "/p" },
  }],
  [{ authorization: { credentials: "tok" } }, "authorization", {
    kind: "header",
    type: "Bearer",
    credentials: { text: "tok" },
  }],
  [{ authorization: { type: "Token", credentials_file: "/t" } }, "authorization", {
    kind: "header",
    type: "Token",
    credentials: { file: "/t" },
  }],
  [{ bearer_token: "tok" }, "authorization", { kind: "header", type: "Bearer", credentials: { text: "tok" } }],
  [{ bearer_token_file: "/t" }, "authorization", { kind: "header", type: "Bearer", credentials: { file: "/t" } }],
  [{ follow_redirects: false }, "followRedirects", false],
  [{ enable_http2: false }, "http2", false],
  [{ proxy_url: "http://p:1", no_proxy: "a,b" }, "proxy", { url: "http://p:1", except: "a,b", connectHeaders: [] }],
  [{ proxy_from_environment: true }, "proxy", { url: "environment", except: "", connectHeaders: [] }],
  [{ proxy_url: "socks5h://p:1", proxy_connect_header: { "X-A": ["1", "2"] } }, "proxy.connectHeaders", [
    ["X-A", [{ text: "1" }, { text: "2" }]],
  ]],
  [{ http_headers: { "X-A": { values: ["v"], secrets: ["s"], files: ["/f"] } } }, "headers", [
    ["X-A", [{ text: "v" }, { text: "s" }, { file: "/f" }]],
  ]],
];
const oauth2 = { client_id: "i", client_secret: "s", token_url: "http://t" };
const rules: readonly (readonly [string, string])[] = [
  ["fail_if_matches_regexp", "failIfMatches"],
  ["fail_if_all_match_regexp", "failIfAllMatch"],
  ["fail_if_not_matches_regexp", "failIfNotMatches"],
  ["fail_if_none_matches_regexp", "failIfNoneMatches"],
];
const dialogue: readonly (readonly [written: unknown, step: Readonly<Record<string, unknown>>])[] = [
  [{ expect: "^a+$" }, { expect: "^a+$" }],
  [{ expect_bytes: "S" }, { expectBytes: "S" }],
  [{ expect_bytes: new Uint8Array([0, 255]) }, { expectBytes: "\0\xff" }],
  [{ send: "PONG ${1}" }, { send: "PONG ${1}" }],
  [{ send: new Uint8Array([0, 8, 4, 210]) }, { send: "\0\b\x04\xd2" }],
  [{ expect: "(a)", labels: [{ name: "l", value: "${1}" }] }, { labels: [{ name: "l", value: "${1}" }] }],
];

const ROWS: readonly Row[] = [
  ["http", { valid_status_codes: [200, 404] }, "validStatusCodes", [200, 404]],
  ["http", { valid_http_versions: ["HTTP/1.1", "HTTP/2"] }, "validHttpVersions", ["HTTP/1.1", "HTTP/2"]],
  ...address("http"),
  ["http", { skip_resolve_phase_with_proxy: true, proxy_url: "http://p:1" }, "skipResolveWithProxy", true],
  ["http", { no_follow_redirects: true }, "client.followRedirects", false],
  ["http", { no_follow_redirects: false }, "client.followRedirects", true],
  ["http", { fail_if_ssl: true }, "failIfSsl", true],
  ["http", { fail_if_not_ssl: true }, "failIfNotSsl", true],
  ["http", { method: "post" }, "method", "POST"],
  ["http", { headers: { Host: "h", "X-N": 5 } }, "headers", [["Host", "h"], ["X-N", "5"]]],
  ["http", { fail_if_body_matches_regexp: ["a"] }, "failIfBodyMatches", ["a"]],
  ["http", { fail_if_body_not_matches_regexp: ["a", "b"] }, "failIfBodyNotMatches", ["a", "b"]],
  ["http", { fail_if_body_json_matches_cel: "body.a" }, "failIfJsonMatches", "body.a"],
  ["http", { fail_if_body_json_not_matches_cel: "body.a" }, "failIfJsonNotMatches", "body.a"],
  ["http", { fail_if_header_matches: [{ header: "H", regexp: "r" }] }, "failIfHeaderMatches", [
    { header: "H", pattern: "r", allowMissing: false },
  ]],
  [
    "http",
    { fail_if_header_not_matches: [{ header: "H", regexp: "r", allow_missing: true }] },
    "failIfHeaderNotMatches",
    [
      { header: "H", pattern: "r", allowMissing: true },
    ],
  ],
  ["http", { body: "b" }, "body", { text: "b" }],
  ["http", { body_file: "/b" }, "body", { file: "/b" }],
  ["http", { compression: "gzip" }, "compression", "gzip"],
  ["http", { body_size_limit: "1KB" }, "bodyLimitBytes", 1024],
  ["http", { body_size_limit: "10MiB" }, "bodyLimitBytes", 10 * 1024 ** 2],
  ["http", { body_size_limit: 0 }, "bodyLimitBytes", Infinity],
  ["http", { json_metrics: [{ name: "n", value: "body.n", each: "body.l", labels: { a: "item.a" } }] }, "jsonMetrics", [
    { name: "n", help: "Value of body.n in the body.", value: "body.n", each: "body.l", labels: { a: "item.a" } },
  ]],
  ["http", { oauth2: { ...oauth2, scopes: ["a"], endpoint_params: { b: "c" } } }, "client.authorization", {
    kind: "oauth2",
    clientId: "i",
    clientSecret: { text: "s" },
    scopes: ["a"],
    tokenUrl: "http://t",
    endpointParams: { b: "c" },
    tls: { verify: true },
  }],
  [
    "http",
    {
      oauth2: { client_id: "i", client_secret_file: "/s", token_url: "http://t", proxy_url: "http://p:1" },
    },
    "client.authorization.proxy",
    { url: "http://p:1", except: "", connectHeaders: [] },
  ],
  ["http", { oauth2: { ...oauth2, tls_config: { insecure_skip_verify: true } } }, "client.authorization.tls", {
    verify: false,
  }],
  ...client.flatMap(([written, path, value]): Row[] => [
    ["http", written, `client.${path}`, value],
    ["websocket", { http_config: written }, `client.${path}`, value],
  ]),
  ...tls("").flatMap(([, written, path, value]): Row[] => [
    ["http", { tls_config: written }, `client.tls.${path}`, value],
    ["websocket", { http_config: { tls_config: written } }, `client.tls.${path}`, value],
    ...["tcp", "unix", "grpc", "dns"].map((section): Row => [section, { tls_config: written }, `tls.${path}`, value]),
  ]),
  ...address("tcp"),
  ["tcp", { source_ip_address: "127.0.0.1" }, "sourceAddress", "127.0.0.1"],
  ["tcp", { tls: true }, "useTls", true],
  ["unix", { tls: true }, "useTls", true],
  ["tcp", { query_response: [{ starttls: true }] }, "dialogue.0.startTls", true],
  ["unix", { query_response: [{ starttls: true }] }, "dialogue.0.startTls", true],
  ...dialogue.flatMap(([written, step]) =>
    ["tcp", "unix", "websocket"].flatMap((section) =>
      Object.entries(step).map(([key, value]): Row => [
        section,
        { query_response: [written] },
        `dialogue.0.${key}`,
        value,
      ])
    )
  ),
  ...address("dns"),
  ["dns", { dns_over_tls: true, transport_protocol: "tcp" }, "overTls", true],
  ["dns", { source_ip_address: "::1" }, "sourceAddress", "::1"],
  ["dns", { transport_protocol: "tcp" }, "transport", "tcp"],
  ["dns", { query_class: "CH" }, "queryClass", "CH"],
  ["dns", {}, "queryName", "example.org"],
  ["dns", { query_type: "SOA" }, "queryType", "SOA"],
  ["dns", {}, "queryType", "ANY"],
  ["dns", { recursion_desired: false }, "recursionDesired", false],
  ["dns", { valid_rcodes: ["NXDOMAIN"] }, "validRcodes", ["NXDOMAIN"]],
  ["dns", {}, "validRcodes", ["NOERROR"]],
  ...rules.flatMap(([key, own]) =>
    ["answer", "authority", "additional"].map((
      section,
    ): Row => ["dns", { [`validate_${section}_rrs`]: { [key]: ["a\tb"] } }, `${section}.${own}`, ["a\tb"]])
  ),
  ...address("icmp"),
  ["icmp", { source_ip_address: "127.0.0.1" }, "sourceAddress", "127.0.0.1"],
  ["icmp", { payload_size: 100 }, "payloadBytes", 100],
  ["icmp", { dont_fragment: true }, "dontFragment", true],
  ["icmp", { ttl: 5 }, "ttl", 5],
  ["icmp", { ttl: 0 }, "ttl", 64],
  ...address("grpc"),
  ["grpc", { service: "s" }, "service", "s"],
  ["grpc", { tls: true }, "useTls", true],
  ["grpc", { metadata: { Key: ["a", "b"] } }, "metadata", [["key", ["a", "b"]]]],
  ...address("websocket"),
  ["websocket", { headers: { "X-A": "b" } }, "headers", [["X-A", [{ text: "b" }]]]],
];

const REQUIRED: Readonly<Record<string, unknown>> = { dns: { query_name: "example.org" } };

function at(value: unknown, path: string): unknown {
  return path.split(".").reduce((inner, key) => Reflect.get(Object(inner), key), value);
}

Deno.test("moduleSchema: every key of blackbox_exporter's sections, and what it is to the prober", () => {
  for (const [prober, written, path, value] of ROWS) {
    const section = { ...Object(REQUIRED[prober]), ...Object(written) };
    const module = moduleSchema.parse({ prober, [prober]: section });
    const found = at(module, path);
    const shown = typeof found === "number"
      ? found
      : found instanceof Uint8Array
      ? String.fromCharCode(...found)
      : JSON.parse(JSON.stringify(found) ?? "null");
    assert.deepEqual(shown, value, `${prober} ${JSON.stringify(written)} at ${path}`);
    const usual = moduleSchema.parse({ prober, [prober]: REQUIRED[prober] });
    assert.equal(
      JSON.stringify(Object.keys(module)),
      JSON.stringify(Object.keys(usual)),
      "the same keys whatever is set",
    );
  }
});

Deno.test("moduleSchema: what all modules have", () => {
  const module = moduleSchema.parse({ prober: "tcp" });
  assert.deepEqual([module.timeoutSeconds, module.histogram, module.addressSuccess], [undefined, false, false]);
  assert.equal(moduleSchema.parse({ prober: "tcp", timeout: "1m30s" }).timeoutSeconds, 90);
  assert.equal(moduleSchema.parse({ prober: "tcp", timeout: "0s" }).timeoutSeconds, undefined);
  const more = moduleSchema.parse({
    prober: "icmp",
    histogram: true,
    address_success: true,
    resolve: "any",
    dns_server: "192.0.2.53:5353",
  });
  assert(more.prober === "icmp");
  assert.deepEqual([more.histogram, more.addressSuccess], [true, true]);
  assert.deepEqual(more.address, { preferred: 6, fallback: true, resolve: "any", dnsServer: "192.0.2.53:5353" });
});

Deno.test("moduleSchema: a section that is not there, or empty, leaves all as it usually is", () => {
  for (const prober of ["http", "tcp", "icmp", "grpc", "unix", "websocket"]) {
    const absent = JSON.stringify(moduleSchema.parse({ prober }));
    for (const section of [null, {}]) {
      assert.equal(JSON.stringify(moduleSchema.parse({ prober, [prober]: section })), absent);
    }
  }
});

Deno.test("moduleSchema: a key without a value is one that is not there", () => {
  for (const [prober, written] of ROWS) {
    const section = {
      ...Object(REQUIRED[prober]),
      ...Object.fromEntries(Object.keys(Object(written)).map((key) => [key, null])),
    };
    if (section.query_name === null) continue;
    assert.equal(
      JSON.stringify(moduleSchema.parse({ prober, [prober]: section })),
      JSON.stringify(moduleSchema.parse({ prober, [prober]: REQUIRED[prober] })),
      `${prober} ${Object.keys(Object(written))}`,
    );
  }
});

Deno.test("moduleSchema: numbers and switches where text is expected are taken as they are written", () => {
  const module = moduleSchema.parse({
    prober: "http",
    http: {
      headers: { "X-N": 5, "X-B": true },
      basic_auth: { username: 42, password: 1234 },
      body: 7,
      valid_http_versions: ["HTTP/1.1"],
      fail_if_body_matches_regexp: [200],
    },
  });
  assert(module.prober === "http" && module.client.authorization?.kind === "basic");
  assert.deepEqual(module.headers, [["X-N", "5"], ["X-B", "true"]]);
  assert.deepEqual(module.client.authorization.username, { text: "42" });
  assert.deepEqual([module.body, module.failIfBodyMatches[0]?.source], [{ text: "7" }, "200"]);
});

/** Faults of a module, each with its path in it. */
function faultsOf(module: unknown): string[] {
  const { error } = moduleSchema.safeParse(module);
  return (error?.issues ?? []).map(({ path, message }) => `${path.join(".")}: ${message}`);
}

Deno.test("moduleSchema: what the loader of blackbox_exporter refuses, is refused where it stands", () => {
  const http = (section: unknown) => ({ prober: "http", http: section });
  const dns = (section: unknown) => ({ prober: "dns", dns: section });
  const tcp = (section: unknown) => ({ prober: "tcp", tcp: section });
  const cases: readonly (readonly [module: unknown, ...faults: readonly RegExp[]])[] = [
    [{ prober: "smtp" }, /^prober: /],
    [{}, /^prober: /],
    [http({ body: "a", body_file: "/b" }), /^http\.body_file: Cannot use "body_file": "body" is set as well/],
    [
      http({ compression: "gzip", headers: { "accEpt-enCoding": "deflate" } }),
      /^http\.compression: Cannot use .*"gzip"/,
    ],
    [http({ compression: "gzip", headers: { "Accept-Encoding": "*;q=0.0" } }), /^http\.compression: /],
    [http({ compression: "gzip", headers: { "Accept-Encoding": "gzip;q=0" } }), /^http\.compression: /],
    [http({ valid_http_versions: ["HTTP/1.1", "HTTP/3.0"] }), /^http\.valid_http_versions\.1: .*HTTP\/3\.0/],
    [http({ enable_http3: true, enable_http2: false }), /^http\.enable_http3: Cannot probe by HTTP\/3/],
    [http({ enable_http3: true, method: [] }), /^http\.method: /, /^http\.enable_http3: Cannot probe/],
    [http({ enable_http3: true }), /^http\.enable_http3: Cannot probe/, /^http\.enable_http3: .*enable_http2: false/],
    [http({ no_follow_redirects: false, follow_redirects: false }), /^http\.no_follow_redirects: /],
    [http({ fail_if_header_matches: [{ header: "H" }] }), /^http\.fail_if_header_matches\.0\.regexp: /],
    [http({ fail_if_header_not_matches: [{ regexp: "r" }] }), /^http\.fail_if_header_not_matches\.0\.header: /],
    [http({ fail_if_body_matches_regexp: ["ok", ":["] }), /^http\.fail_if_body_matches_regexp\.1: Cannot compile/],
    [http({ fail_if_body_not_matches_regexp: [":["] }), /^http\.fail_if_body_not_matches_regexp\.0: Cannot compile/],
    [
      http({ fail_if_header_matches: [{ header: "H", regexp: ":[" }] }),
      /^http\.fail_if_header_matches\.0\.regexp: Cannot/,
    ],
    [http({ bearer_token: "a", bearer_token_file: "/b" }), /^http\.bearer_token_file: /],
    [http({ basic_auth: { username: "u" }, authorization: { credentials: "c" } }), /^http\.authorization: .*one way/],
    [http({ basic_auth: { username: "u" }, oauth2 }), /^http\.oauth2: .*one way/],
    [http({ basic_auth: { username: "u" }, bearer_token: "b" }), /^http\.bearer_token: .*one way/],
    [http({ basic_auth: { username: "u", username_file: "/u" } }), /^http\.basic_auth\.username_file: /],
    [http({ basic_auth: { password: "u", password_file: "/u" } }), /^http\.basic_auth\.password_file: /],
    [http({ authorization: { type: "Basic", credentials: "c" } }), /^http\.authorization\.type: .*basic_auth/],
    [http({ authorization: { credentials: "c", credentials_file: "/c" } }), /^http\.authorization\.credentials_file: /],
    [http({ oauth2: { ...oauth2, client_secret_file: "/s" } }), /^http\.oauth2\.client_secret_file: /],
    [http({ proxy_url: "http://p:1", proxy_from_environment: true }), /^http\.proxy_from_environment: /],
    [http({ no_proxy: "a" }), /^http\.no_proxy: /],
    [http({ proxy_connect_header: { a: ["b"] } }), /^http\.proxy_connect_header: /],
    [http({ proxy_url: "ftp://p" }), /^http\.proxy_url: /],
    [http({ http_headers: { Authorization: { values: ["a"] } } }), /^http\.http_headers\.Authorization: /],
    [http({ headers: { "x-a": "1" }, http_headers: { "X-A": { values: ["a"] } } }), /^http\.http_headers\.X-A: /],
    [http({ body_size_limit: "10 parsecs" }), /^http\.body_size_limit: Cannot use size "10 parsecs"/],
    [http({ preferred_ip_protocol: "ip5" }), /^http\.preferred_ip_protocol: /],
    [http({ json_metrics: [{ name: "probe_x", value: "1" }] }), /^http\.json_metrics\.0\.name: .*are taken/],
    [http({ tls_config: { cert_file: "/c" } }), /^http\.tls_config\.cert_file: .*key/],
    [http({ tls_config: { key_file: "/c" } }), /^http\.tls_config\.key_file: .*certificate/],
    [http({ tls_config: { ca: "a", ca_file: "/a" } }), /^http\.tls_config\.ca_file: /],
    [http({ tls_config: { min_version: "TLS13", max_version: "TLS12" } }), /^http\.tls_config\.max_version: /],
    [http({ tls_config: { min_version: "SSL3" } }), /^http\.tls_config\.min_version: /],
    [{ prober: "dns" }, /^dns: .*"query_name"/],
    [dns({}), /^dns\.query_name: /],
    [dns({ query_name: "a", query_class: "X" }), /^dns\.query_class: Cannot use "X"/],
    [dns({ query_name: "a", query_type: "AAA" }), /^dns\.query_type: Cannot use "AAA".*AAAA/],
    [dns({ query_name: "a", valid_rcodes: ["OK", "NXDOMAIN"] }), /^dns\.valid_rcodes\.0: /],
    [dns({ query_name: "a", transport_protocol: "sctp" }), /^dns\.transport_protocol: /],
    [
      dns({ query_name: "a", validate_answer_rrs: { fail_if_matches_regexp: [":["] } }),
      /^dns\.validate_answer_rrs\.fail_if/,
    ],
    [{ prober: "icmp", icmp: { ttl: -1 } }, /^icmp\.ttl: .*0 to 255/],
    [{ prober: "icmp", icmp: { ttl: 256 } }, /^icmp\.ttl: .*0 to 255/],
    [{ prober: "icmp", icmp: { payload_size: 70_000 } }, /^icmp\.payload_size: /],
    [tcp({ query_response: [{ expect: ":[" }] }), /^tcp\.query_response\.0\.expect: Cannot compile/],
    [tcp({ query_response: [{ expect: "a", expect_bytes: "b" }] }), /^tcp\.query_response\.0\.expect_bytes: /],
    [
      tcp({ query_response: [{ expect: "a", labels: [{ name: "a-b", value: "" }] }] }),
      /^tcp\.query_response\.0\.labels\.0\.name/,
    ],
    [tcp({ source_ip_address: "localhost" }), /^tcp\.source_ip_address: /],
    [{ prober: "unix", unix: { query_response: [{ expect: ":[" }] } }, /^unix\.query_response\.0\.expect: Cannot/],
    [
      { prober: "websocket", websocket: { query_response: [{ expect: ":[" }] } },
      /^websocket\.query_response\.0\.expect: /,
    ],
    [
      { prober: "websocket", websocket: { query_response: [{ starttls: true }] } },
      /^websocket\.query_response\.0\.starttls/,
    ],
    [{ prober: "tcp", timeout: "soon" }, /^timeout: Cannot parse duration "soon"/],
    [{ prober: "tcp", resolve: "some" }, /^resolve: /],
    [{ prober: "tcp", dns_server: "a b" }, /^dns_server: /],
  ];
  for (const [module, ...expected] of cases) {
    const faults = faultsOf(module);
    assert.equal(faults.length, expected.length, `${JSON.stringify(module)}: ${JSON.stringify(faults)}`);
    for (const [i, pattern] of expected.entries()) assert.match(faults[i] ?? "", pattern);
  }
});

Deno.test("moduleSchema: unknown keys are refused at every depth", () => {
  const sections: readonly unknown[] = [
    { prober: "http", htp: {} },
    { prober: "http", http: { x: 1 } },
    { prober: "http", http: { tls_config: { x: 1 } } },
    { prober: "http", http: { basic_auth: { x: 1 } } },
    { prober: "http", http: { authorization: { x: 1 } } },
    { prober: "http", http: { oauth2: { ...oauth2, x: 1 } } },
    { prober: "http", http: { http_headers: { A: { x: 1 } } } },
    { prober: "http", http: { fail_if_header_matches: [{ header: "a", regexp: "b", x: 1 }] } },
    { prober: "http", http: { json_metrics: [{ name: "a", value: "1", x: 1 }] } },
    { prober: "tcp", tcp: { x: 1 } },
    { prober: "tcp", tcp: { query_response: [{ x: 1 }] } },
    { prober: "tcp", tcp: { query_response: [{ labels: [{ name: "a", value: "b", x: 1 }] }] } },
    { prober: "dns", dns: { query_name: "a", x: 1 } },
    { prober: "dns", dns: { query_name: "a", validate_answer_rrs: { x: 1 } } },
    { prober: "icmp", icmp: { x: 1 } },
    { prober: "grpc", grpc: { x: 1 } },
    { prober: "unix", unix: { x: 1 } },
    { prober: "websocket", websocket: { x: 1 } },
    { prober: "websocket", websocket: { http_config: { x: 1 } } },
  ];
  for (const module of sections) {
    const { error } = moduleSchema.safeParse(module);
    assert.deepEqual(error?.issues.map(({ code }) => code), ["unrecognized_keys"], JSON.stringify(module));
  }
});
