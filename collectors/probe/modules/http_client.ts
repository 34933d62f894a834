/**
 * The keys that clients of HTTP share: authentication, TLS, proxy, redirects.
 *
 * @module
 */

import * as z from "zod";
import type { Authorization, HttpClient, Proxy, TextRef } from "../module.ts";
import { flag, list, refuse, refuseSeveral, secret, type Sink, text, textRef, texts } from "./fields.ts";
import { tlsConfig } from "./tls.ts";

const basicAuth = z.strictObject({
  username: text.nullish(),
  username_file: text.nullish(),
  password: secret.nullish(),
  password_file: text.nullish(),
}).superRefine((value, sink) => {
  refuseSeveral(sink, value, ["username", "username_file"]);
  refuseSeveral(sink, value, ["password", "password_file"]);
});

const authorization = z.strictObject({
  type: text.nullish().meta({ description: "Scheme; by default Bearer." }),
  credentials: secret.nullish(),
  credentials_file: text.nullish(),
}).superRefine((value, sink) => {
  refuseSeveral(sink, value, ["credentials", "credentials_file"]);
  if (value.type?.trim().toLowerCase() === "basic") {
    refuse(sink, ["type"], 'Cannot use type "basic": expected the section "basic_auth"');
  }
});

/** Values of a header: in the open, secret, or in files. */
const headerValues = z.strictObject({
  values: list(text),
  secrets: list(secret),
  files: list(text),
});

const proxyFields = {
  proxy_url: text.nullish().meta({ secret: true, description: "Proxy, as http://user:password@host:port." }),
  no_proxy: text.nullish().meta({ description: "Hosts that are asked directly, separated by commas." }),
  proxy_from_environment: flag(false).meta({ description: "Take the proxy of HTTP_PROXY, HTTPS_PROXY and NO_PROXY." }),
  proxy_connect_header: z.record(z.string(), list(secret)).nullish(),
};

const oauth2 = z.strictObject({
  client_id: text,
  client_secret: secret.nullish(),
  client_secret_file: text.nullish(),
  scopes: list(text),
  token_url: text,
  endpoint_params: texts,
  tls_config: tlsConfig,
  ...proxyFields,
}).superRefine((value, sink) => {
  refuseSeveral(sink, value, ["client_secret", "client_secret_file"]);
  checkProxy(value, sink);
});

/** The keys, to be spread into a section. */
export const httpClientFields = {
  basic_auth: basicAuth.nullish(),
  authorization: authorization.nullish(),
  oauth2: oauth2.nullish(),
  bearer_token: secret.nullish(),
  bearer_token_file: text.nullish(),
  tls_config: tlsConfig,
  follow_redirects: flag(true),
  enable_http2: flag(true),
  ...proxyFields,
  http_headers: z.record(z.string(), headerValues).nullish(),
};

const fields = z.object(httpClientFields);
type Fields = z.output<typeof fields>;
type ProxyFields = Pick<Fields, "proxy_url" | "no_proxy" | "proxy_from_environment" | "proxy_connect_header">;

/** Headers that are not for `http_headers` to set. */
const OWN_HEADERS = new Set([
  "authorization",
  "host",
  "content-encoding",
  "content-length",
  "content-type",
  "user-agent",
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "www-authenticate",
  "accept-encoding",
  "x-prometheus-remote-write-version",
  "x-prometheus-remote-read-version",
  "x-prometheus-scrape-timeout-seconds",
]);
const PROXIES = ["http:", "https:", "socks5:", "socks5h:"];

function checkProxy(value: ProxyFields, sink: Sink): void {
  const { proxy_url: url, no_proxy: except, proxy_from_environment: environment, proxy_connect_header: connect } =
    value;
  if (environment && url) {
    refuse(sink, ["proxy_from_environment"], 'Cannot take the proxy of the environment: "proxy_url" is set as well');
  }
  if (environment && except) {
    refuse(sink, ["proxy_from_environment"], 'Cannot take the proxy of the environment: "no_proxy" is set as well');
  }
  if (except && !url) refuse(sink, ["no_proxy"], 'Cannot use "no_proxy": there is no "proxy_url"');
  if (connect && Object.keys(connect).length > 0 && !url && !environment) {
    refuse(sink, ["proxy_connect_header"], "Cannot send headers to a proxy: there is none");
  }
  if (!url) return;
  if (!URL.canParse(url) || !PROXIES.includes(new URL(url).protocol)) {
    refuse(sink, ["proxy_url"], `Cannot use this proxy: expected a URL of ${PROXIES.join(", ")}`);
  }
}

/** Reports what is well-formed, but not together. */
export function checkHttpClient(value: Fields, sink: Sink): void {
  refuseSeveral(sink, value, ["bearer_token", "bearer_token_file"]);
  const kinds = { ...value, bearer: value.bearer_token || value.bearer_token_file };
  const set = ["basic_auth", "authorization", "oauth2"].filter((key) => Reflect.get(kinds, key));
  const [first, second] = kinds.bearer ? [...set, "bearer_token"] : set;
  if (first !== undefined && second !== undefined) {
    refuse(sink, [second], `Cannot use "${second}": "${first}" is set as well, expected one way of authentication`);
  }
  for (const name of Object.keys(value.http_headers ?? {})) {
    if (!OWN_HEADERS.has(name.toLowerCase())) continue;
    refuse(
      sink,
      ["http_headers", name],
      `Cannot set header "${name}" here: it has a key of its own, or belongs to HTTP`,
    );
  }
  checkProxy(value, sink);
}

function secretRef(own: string | null | undefined, file: string | null | undefined): TextRef {
  return textRef(own, file) ?? { text: "" };
}

function authorizationOf(value: Fields): Authorization | undefined {
  const { basic_auth: basic, authorization: header, oauth2: client } = value;
  if (basic) {
    const username = secretRef(basic.username, basic.username_file);
    return { kind: "basic", username, password: textRef(basic.password, basic.password_file) };
  }
  if (header) {
    const credentials = secretRef(header.credentials, header.credentials_file);
    return { kind: "header", type: header.type?.trim() || "Bearer", credentials };
  }
  if (client) {
    return {
      kind: "oauth2",
      clientId: client.client_id,
      clientSecret: secretRef(client.client_secret, client.client_secret_file),
      scopes: client.scopes,
      tokenUrl: client.token_url,
      endpointParams: client.endpoint_params,
      tls: client.tls_config,
      proxy: proxyOf(client),
    };
  }
  const bearer = textRef(value.bearer_token, value.bearer_token_file);
  return bearer && { kind: "header", type: "Bearer", credentials: bearer };
}

function proxyOf(value: ProxyFields): Proxy | undefined {
  const url = value.proxy_from_environment ? "environment" : value.proxy_url;
  if (!url) return undefined;
  const connectHeaders = Object.entries(value.proxy_connect_header ?? {}).map(([name, values]) =>
    [name, values.map((own): TextRef => ({ text: own }))] as const
  );
  return { url, except: value.no_proxy ?? "", connectHeaders };
}

/** The client that {@linkcode httpClientFields} describe. */
export function httpClient(value: Fields): HttpClient {
  return {
    authorization: authorizationOf(value),
    tls: value.tls_config,
    followRedirects: value.follow_redirects,
    http2: value.enable_http2,
    proxy: proxyOf(value),
    headers: Object.entries(value.http_headers ?? {}).map(([name, { values, secrets, files }]) => [
      name,
      [...[...values, ...secrets].map((own): TextRef => ({ text: own })), ...files.map((file): TextRef => ({ file }))],
    ]),
  };
}

/** The client of a section that is not there. */
export const STANDARD_HTTP_CLIENT: HttpClient = httpClient(fields.parse({}));
