import type { z } from "zod";
import { fit } from "./fit.ts";
import { gathering } from "./gathering.ts";
import { UNWORDED_MESSAGES } from "./issue.ts";
import { type Dict, dict, find, type Located, plain, type Report } from "./located.ts";
import { reportRefusal } from "./refusal.ts";
import { type JsonSchema, jsonSchemaOf, property, resolve } from "./shape.ts";
import { fileReader, readRegularFile } from "./sources.ts";
import type { webSchema as Schema } from "./web_schema.ts";
import { readYaml } from "./yaml_file.ts";

/** Whether clients have to show a certificate, and whether it is verified. */
export type ClientAuth =
  | "NoClientCert"
  | "RequestClientCert"
  | "RequireAnyClientCert"
  | "VerifyClientCertIfGiven"
  | "RequireAndVerifyClientCert";

/** How the server shows who it is, and asks its clients who they are. */
export interface TlsSettings {
  /** In PEM. */
  readonly cert: string;
  /** In PEM. */
  readonly key: string;
  /** Authorities of clients' certificates, in PEM. */
  readonly clientCa: string | undefined;
  /** What is asked of clients. */
  readonly clientAuth: ClientAuth;
  /** Names of which a client's certificate must have one; absent: any. */
  readonly allowedSans: readonly string[] | undefined;
  /** Oldest version spoken. */
  readonly minVersion: "TLSv1.2" | "TLSv1.3";
  /** Newest version spoken. */
  readonly maxVersion: "TLSv1.2" | "TLSv1.3";
}

/** Who may ask, how, and what answers say besides. */
export interface WebConfig {
  /** Absent: plain HTTP. */
  readonly tls: TlsSettings | undefined;
  /** Hashes of passwords, by bcrypt, by the names of users; empty: everybody may ask. */
  readonly users: ReadonlyMap<string, string>;
  /** Headers of every answer that has not got its own. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** So many requests at once, and one more each interval; absent: any number. */
  readonly rateLimit: { readonly intervalSeconds: number; readonly burst: number } | undefined;
}

/** A {@linkcode WebConfig} source. */
export interface WebConfigSource {
  /** For messages, and for paths relative to it. */
  readonly name: string;
  /** Its YAML. */
  readonly text: string;
  /** Told of each file that it names, before that is read. */
  readonly onRead?: (path: string) => void;
}

type Parsed = z.output<typeof Schema>;

const VERSIONS = { TLS12: "TLSv1.2", TLS13: "TLSv1.3" } as const;

const isNothing = ({ value }: { readonly value: Located }): boolean =>
  value.kind === "scalar" ? value.value === null : value.kind === "map" && value.entries.size === 0;

/** The entries that hold something, and those that nobody knows. */
function filled({ place, entries }: Dict, schema: JsonSchema): Dict {
  return dict(place, [...entries].filter(([key, entry]) => !isNothing(entry) || property(schema, key) === undefined));
}

/** The tree without sections, and keys of sections, that hold nothing; a user without hash stays a fault. */
function withoutNothing(tree: Dict, root: JsonSchema): Dict {
  const { place, entries } = filled(tree, root);
  return dict(
    place,
    [...entries].map(([key, entry]) => {
      const schema = resolve(property(root, key), root);
      const isSection = entry.value.kind === "map" && schema?.properties !== undefined;
      return [key, isSection ? { ...entry, value: filled(entry.value, schema) } : entry] as const;
    }),
  );
}

/** The places of what is wrong with settings that are well-formed each. */
class Together {
  readonly #tree: Dict;
  readonly #report: Report;

  constructor(tree: Dict, report: Report) {
    this.#tree = tree;
    this.#report = report;
  }

  refuse(path: readonly string[], message: string): void {
    const place = find(this.#tree, path)?.place ?? find(this.#tree, path.slice(0, 1))?.place ?? this.#tree.place;
    this.#report(place, message);
  }

  checkLimit({ interval, burst }: Parsed["rate_limit"]): void {
    if (interval > 0 && burst === 0) {
      this.refuse(["rate_limit", "burst"], "with a burst of 0 nothing would be answered");
    }
  }

  async checkTls(tls: NonNullable<Parsed["tls_server_config"]>): Promise<void> {
    const { cert, key, client_ca, client_auth_type: type, client_allowed_sans: sans } = tls;
    const at = (name: string, message: string) => this.refuse(["tls_server_config", name], message);
    if (cert === undefined) at("cert", "a certificate is missing, expected cert_file or cert");
    if (key === undefined) at("key", "a private key is missing, expected key_file or key");
    if (VERSIONS[tls.min_version] > VERSIONS[tls.max_version]) at("min_version", "it is above max_version");
    const verifies = type === "RequireAndVerifyClientCert" || type === "VerifyClientCertIfGiven";
    if (client_ca !== undefined && type === "NoClientCert") {
      at("client_ca", "no client is asked for a certificate, expected a client_auth_type");
    }
    if (client_ca === undefined && verifies) {
      at("client_auth_type", `${type} needs the clients' authority, expected client_ca_file or client_ca`);
    }
    if (sans && type !== "RequireAnyClientCert" && type !== "RequireAndVerifyClientCert") {
      at("client_allowed_sans", "it needs client_auth_type RequireAnyClientCert or RequireAndVerifyClientCert");
    }
    const { caFault, pairFault } = await import("../certificates.ts");
    const unusable = client_ca === undefined ? undefined : caFault(client_ca);
    if (unusable) at("client_ca", unusable);
    const pair = cert === undefined || key === undefined ? undefined : pairFault(cert, key);
    if (pair) at(pair.of, pair.reason);
  }
}

function tlsSettings(tls: Parsed["tls_server_config"]): TlsSettings | undefined {
  if (tls?.cert === undefined || tls.key === undefined) return undefined;
  return {
    cert: tls.cert,
    key: tls.key,
    clientCa: tls.client_ca,
    clientAuth: tls.client_auth_type,
    allowedSans: tls.client_allowed_sans,
    minVersion: VERSIONS[tls.min_version],
    maxVersion: VERSIONS[tls.max_version],
  };
}

/**
 * The file of TLS and authentication that the Prometheus exporters share, and the files that it names.
 * {@link https://github.com/prometheus/exporter-toolkit/blob/master/docs/web-configuration.md}
 *
 * @throws {ConfigError} with all faults, if there are any
 */
export async function loadWebConfig({ name, text, onRead }: WebConfigSource): Promise<WebConfig> {
  const faults = gathering();
  const { report } = faults;
  const written = await readYaml(name, text, report);
  if (!written) return faults.refuse();
  // Most configurations have no such file, and the schema is some work to make.
  const { webSchema } = await import("./web_schema.ts");
  const schema = jsonSchemaOf(webSchema) ?? {};
  const readFile = (path: string): string => {
    onRead?.(path);
    return readRegularFile(path);
  };
  const reading = { root: schema, report, readFile: fileReader({ readFile }) };
  const fitted = fit(withoutNothing(written, schema), schema, reading);
  const { data, error } = webSchema.safeParse(plain(fitted), UNWORDED_MESSAGES);
  if (error) reportRefusal({ error, input: fitted, schema }, report);
  const together = new Together(fitted.kind === "map" ? fitted : written, report);
  if (data && faults.isEmpty()) {
    together.checkLimit(data.rate_limit);
    if (data.tls_server_config) await together.checkTls(data.tls_server_config);
  }
  if (!data || !faults.isEmpty()) return faults.refuse();
  const { interval, burst } = data.rate_limit;
  return {
    tls: tlsSettings(data.tls_server_config),
    users: new Map(Object.entries(data.basic_auth_users)),
    headers: Object.entries(data.http_server_config.headers).filter(([, value]) => value !== ""),
    rateLimit: interval > 0 ? { intervalSeconds: interval, burst } : undefined,
  };
}
