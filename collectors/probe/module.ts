/**
 * How targets are probed: blackbox_exporter's modules as they are after validation, and what Sonde adds to them.
 *
 * @module
 */

import type { Pattern } from "../../src/pattern.ts";

/** The probers, by the names that modules give them. */
export const PROBER_NAMES = ["http", "tcp", "dns", "icmp", "grpc", "unix", "websocket"] as const;
/** One of {@linkcode PROBER_NAMES}. */
export type ProberName = (typeof PROBER_NAMES)[number];

/** A text as it stands in the configuration, or a file that holds it, read anew for each probe. */
export type TextRef = { readonly text: string; readonly file?: undefined } | {
  readonly file: string;
  readonly text?: undefined;
};

/** Which of a name's addresses are probed. */
export interface AddressChoice {
  /** The family that is taken where the name has addresses of both. */
  readonly preferred: 4 | 6;
  /** Whether an address of the other family will do. */
  readonly fallback: boolean;
  /** `first`: one; `all`: each must succeed; `any`: one after the other until one succeeds. */
  readonly resolve: "first" | "all" | "any";
  /** Server that is asked in place of the system's resolver, as `192.0.2.53` or `192.0.2.53:5353`. */
  readonly dnsServer?: string;
}

/** TLS of a client. */
export interface TlsOptions {
  /** Whether a certificate that cannot be verified fails the probe. */
  readonly verify: boolean;
  /** Name that the certificate must be for, in place of the target's. */
  readonly serverName?: string;
  /** Authorities in PEM, in place of the system's. */
  readonly ca?: TextRef;
  /** Certificate that the client shows, in PEM. */
  readonly cert?: TextRef;
  /** Its key, in PEM. */
  readonly key?: TextRef;
  /** The oldest version that is spoken. */
  readonly minVersion?: "TLSv1" | "TLSv1.1" | "TLSv1.2" | "TLSv1.3";
  /** The newest version that is spoken. */
  readonly maxVersion?: "TLSv1" | "TLSv1.1" | "TLSv1.2" | "TLSv1.3";
}

/** What the modules of all probers have. */
export interface ModuleBase {
  /** Its name, by which targets ask for it. */
  readonly name: string;
  /** Seconds that a probe may take; `undefined`: as long as the node or the scrape allows. */
  readonly timeoutSeconds?: number;
  /** Hosts that /probe may be asked for with it, as `example.org`, `*.example.org` or `192.0.2.1:443`; absent: any. */
  readonly targets?: readonly string[];
  /** Whether the durations of successful probes are counted in a histogram. */
  readonly histogram: boolean;
  /** Whether `sonde_probe_address_success` tells the outcome of each address. */
  readonly addressSuccess: boolean;
}

/** A header and what its values are held against. */
export interface HeaderRule {
  /** Its name. */
  readonly header: string;
  /** Found in one of its values. */
  readonly pattern: Pattern;
  /** Whether a response without it is passed over. */
  readonly allowMissing: boolean;
}

/** A program of CEL over JSON: the variable `body` is a response's, `item` an element of a list. */
export interface CelProgram {
  /** As it was written. */
  readonly source: string;
  /**
   * Loads the language and compiles the program; before, it cannot be evaluated.
   *
   * @throws {SyntaxError} if it is none
   */
  prepare(): Promise<void>;
  /**
   * What it comes to.
   *
   * @throws {Error} if it cannot be evaluated for these values
   */
  evaluate(variables: Readonly<Record<string, unknown>>): unknown;
  /** As it was written: two programs are the same if their sources are. */
  toJSON(): string;
}

/** A gauge made of a JSON body. */
export interface JsonMetric {
  /** Full exposition name. */
  readonly name: string;
  /** Text of `# HELP`. */
  readonly help: string;
  /** Comes to a number or a boolean, or, where `each` is there, to that of one element. */
  readonly value: CelProgram;
  /** Comes to a list: one series per element, which programs know as `item`. */
  readonly each?: CelProgram;
  /** Labels by name; each program comes to a text, a number or a boolean. */
  readonly labels: Readonly<Record<string, CelProgram>>;
}

/** How a request says who it is from. */
export type Authorization =
  | { readonly kind: "basic"; readonly username: TextRef; readonly password?: TextRef }
  /** `Authorization: <type> <credentials>`. */
  | { readonly kind: "header"; readonly type: string; readonly credentials: TextRef }
  | {
    readonly kind: "oauth2";
    readonly clientId: string;
    readonly clientSecret: TextRef;
    readonly scopes: readonly string[];
    readonly tokenUrl: string;
    readonly endpointParams: Readonly<Record<string, string>>;
    readonly tls: TlsOptions;
    readonly proxy?: Proxy;
  };

/** A proxy between us and the target. */
export interface Proxy {
  /** `http:`, `https:`, `socks5:` or `socks5h:`, with user-info perhaps; `environment`: as `HTTP_PROXY` and its like say. */
  readonly url: string;
  /** Hosts that are asked directly, as `NO_PROXY` has them. */
  readonly except: string;
  /** Headers of `CONNECT`. */
  readonly connectHeaders: readonly (readonly [name: string, values: readonly TextRef[]])[];
}

/** What is common to clients of HTTP. */
export interface HttpClient {
  /** As whom it asks. */
  readonly authorization?: Authorization;
  /** Its TLS. */
  readonly tls: TlsOptions;
  /** Whether redirects are followed. */
  readonly followRedirects: boolean;
  /** Whether HTTP/2 is offered over TLS. */
  readonly http2: boolean;
  /** Its proxy. */
  readonly proxy?: Proxy;
  /** Headers of `http_headers`, each with its values. */
  readonly headers: readonly (readonly [name: string, values: readonly TextRef[]])[];
}

/** A module of the HTTP prober. */
export interface HttpModule extends ModuleBase {
  readonly prober: "http";
  readonly address: AddressChoice;
  readonly client: HttpClient;
  /** Accepted status codes; empty: 2xx. */
  readonly validStatusCodes: readonly number[];
  /** Accepted versions, as `HTTP/1.1`; empty: any. */
  readonly validHttpVersions: readonly string[];
  /** Method of the request. */
  readonly method: string;
  /** Headers of `headers`; one named `Host` sets the host. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Body of the request. */
  readonly body?: TextRef;
  /** Encoding of the response's body that is undone, as `gzip`, `br`, `deflate` or `identity`; empty: none is. */
  readonly compression: string;
  /** Bytes of the (decoded) body beyond which the probe fails; `Infinity`: none. */
  readonly bodyLimitBytes: number;
  /** Redirects followed; one more is a failure. */
  readonly maxRedirects: number;
  readonly failIfSsl: boolean;
  readonly failIfNotSsl: boolean;
  readonly failIfBodyMatches: readonly Pattern[];
  readonly failIfBodyNotMatches: readonly Pattern[];
  readonly failIfHeaderMatches: readonly HeaderRule[];
  readonly failIfHeaderNotMatches: readonly HeaderRule[];
  readonly failIfJsonMatches?: CelProgram;
  readonly failIfJsonNotMatches?: CelProgram;
  /** Gauges made of the body. */
  readonly jsonMetrics: readonly JsonMetric[];
  /** Whether a proxy's host alone is resolved by us. */
  readonly skipResolveWithProxy: boolean;
}

/** One step of a dialogue. */
export interface DialogueStep {
  /** A line that must come, in pattern form. */
  readonly expect?: Pattern;
  /** Bytes that must come. */
  readonly expectBytes?: Uint8Array;
  /** Labels of `probe_expect_info`, with `${1}` for groups of `expect`. */
  readonly labels: readonly { readonly name: string; readonly value: string }[];
  /** What is sent then, with `${1}` for groups of `expect`; empty: nothing. */
  readonly send: Uint8Array;
  /** Whether TLS begins then. */
  readonly startTls: boolean;
}

/** A module of the TCP prober. */
export interface TcpModule extends ModuleBase {
  readonly prober: "tcp";
  readonly address: AddressChoice;
  /** Address that connections come from. */
  readonly sourceAddress?: string;
  readonly dialogue: readonly DialogueStep[];
  /** Whether the connection begins with TLS. */
  readonly useTls: boolean;
  readonly tls: TlsOptions;
}

/** A module of the prober of Unix sockets. */
export interface UnixModule extends ModuleBase {
  readonly prober: "unix";
  readonly dialogue: readonly DialogueStep[];
  readonly useTls: boolean;
  readonly tls: TlsOptions;
}

/** Rules for the records of one section of an answer, each found in a record's text as zone files have it. */
export interface RecordRules {
  readonly failIfMatches: readonly Pattern[];
  readonly failIfAllMatch: readonly Pattern[];
  readonly failIfNotMatches: readonly Pattern[];
  readonly failIfNoneMatches: readonly Pattern[];
}

/** A module of the DNS prober. */
export interface DnsModule extends ModuleBase {
  readonly prober: "dns";
  readonly address: AddressChoice;
  readonly sourceAddress?: string;
  readonly transport: "udp" | "tcp";
  /** Whether the question is asked over TLS. */
  readonly overTls: boolean;
  readonly tls: TlsOptions;
  /** Class by its name, as `IN`. */
  readonly queryClass: string;
  readonly queryName: string;
  /** Type by its name, as `ANY`. */
  readonly queryType: string;
  readonly recursionDesired: boolean;
  /** Accepted codes by name, as `NOERROR`. */
  readonly validRcodes: readonly string[];
  readonly answer: RecordRules;
  readonly authority: RecordRules;
  readonly additional: RecordRules;
}

/** A module of the ICMP prober. */
export interface IcmpModule extends ModuleBase {
  readonly prober: "icmp";
  readonly address: AddressChoice;
  readonly sourceAddress?: string;
  /** Bytes after the ICMP header; 0: as many as the prober likes. */
  readonly payloadBytes: number;
  readonly dontFragment: boolean;
  /** Hops that a packet may make. */
  readonly ttl: number;
}

/** A module of the prober of gRPC's health service. */
export interface GrpcModule extends ModuleBase {
  readonly prober: "grpc";
  readonly address: AddressChoice;
  /** Service that is asked for; empty: the server as a whole. */
  readonly service: string;
  readonly useTls: boolean;
  readonly tls: TlsOptions;
  /** Metadata of the call, each key with its values. */
  readonly metadata: readonly (readonly [key: string, values: readonly string[]])[];
}

/** A module of the WebSocket prober. */
export interface WebsocketModule extends ModuleBase {
  readonly prober: "websocket";
  readonly address: AddressChoice;
  readonly client: HttpClient;
  /** Headers of the upgrade, each with its values. */
  readonly headers: readonly (readonly [name: string, values: readonly TextRef[]])[];
  readonly dialogue: readonly DialogueStep[];
}

/** How a target is probed. */
export type Module = HttpModule | TcpModule | DnsModule | IcmpModule | GrpcModule | UnixModule | WebsocketModule;
