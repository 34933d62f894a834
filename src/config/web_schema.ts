import * as z from "zod";
import { checked } from "../checked.ts";

/** Go's names, as the file has them. */
const CLIENT_AUTH = [
  "NoClientCert",
  "RequestClientCert",
  "RequireAnyClientCert",
  "VerifyClientCertIfGiven",
  "RequireAndVerifyClientCert",
] as const;

/** All that the runtime offers up to TLS 1.2. It cannot be told to offer less. */
const CIPHER_SUITES = [
  "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
  "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
  "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
  "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
  "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
  "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
] as const;

const UNIT_SECONDS: Readonly<Record<string, number>> = {
  ns: 1e-9,
  us: 1e-6,
  "µs": 1e-6,
  ms: 1e-3,
  s: 1,
  m: 60,
  h: 3600,
};
const DURATION = /^(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|ms|s|m|h))+$/;
const BCRYPT = /^\$2[aby]\$(?:0[4-9]|[12]\d|3[01])\$[./A-Za-z0-9]{53}$/;

/** Seconds of a duration as Go writes it, which takes other units than Prometheus, in any order. */
function goSeconds(text: string): number {
  if (text === "0") return 0;
  if (!DURATION.test(text)) {
    throw new SyntaxError(`Cannot parse duration ${JSON.stringify(text)}, expected the form "1s" or "1m30s"`);
  }
  const parts = [...text.matchAll(/([\d.]+)([a-zµ]+)/g)];
  return parts.reduce((sum, [, count, unit = ""]) => sum + Number(count) * (UNIT_SECONDS[unit] ?? 0), 0);
}

function checkCiphers(suites: readonly string[]): void {
  const lacking = CIPHER_SUITES.filter((suite) => !suites.includes(suite));
  if (suites.length === 0 || lacking.length === 0) return;
  throw new RangeError(
    `Cannot do without ${lacking.join(", ")}: TLS 1.2 offers what is safe, and no choice of it; set min_version to ` +
      '"TLS13", or leave cipher_suites out',
  );
}

function checkCurves(curves: readonly string[]): void {
  if (curves.length > 0) {
    throw new RangeError("Cannot choose curves: TLS offers what is safe; leave curve_preferences out");
  }
}

const version = z.enum(["TLS12", "TLS13"]);
const pem = (what: string) => z.string().min(1).optional().meta({ description: `${what}, in PEM.` });

const tls = z.strictObject({
  cert: pem("Certificate, and those between it and its authority"),
  key: z.string().min(1).optional().meta({ secret: true, description: "Private key of the certificate, in PEM." }),
  client_ca: pem("Authorities that sign clients' certificates"),
  client_auth_type: z.preprocess(
    (name) => name === "RequireClientCert" ? "RequireAnyClientCert" : name === "" ? "NoClientCert" : name,
    z.enum(CLIENT_AUTH),
  ).default("NoClientCert"),
  client_allowed_sans: z.array(z.string()).optional(),
  min_version: version.default("TLS12"),
  max_version: version.default("TLS13"),
  cipher_suites: z.array(z.string()).default([]),
  prefer_server_cipher_suites: z.boolean().default(true),
  curve_preferences: z.array(z.string()).superRefine(checked(checkCurves)).default([]),
}).superRefine(({ min_version, cipher_suites }, sink) => {
  if (min_version === "TLS13") return;
  try {
    checkCiphers(cipher_suites);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    sink.addIssue({ code: "custom", path: ["cipher_suites"], message });
  }
});

const http = z.strictObject({
  http2: z.boolean().default(true),
  headers: z.strictObject({
    "Content-Security-Policy": z.string().optional(),
    "X-Frame-Options": z.enum(["deny", "sameorigin"]).optional(),
    "X-Content-Type-Options": z.enum(["nosniff"]).optional(),
    "X-XSS-Protection": z.string().optional(),
    "Strict-Transport-Security": z.string().optional(),
  }).default({}),
});

const rateLimit = z.strictObject({
  interval: z.union([z.string(), z.number()]).transform(checked((value: string | number) => goSeconds(String(value))))
    .default(0),
  burst: z.int().min(0).default(0),
});

/** The file of TLS and authentication that the Prometheus exporters share, as far as it can be had here. */
export const webSchema = z.strictObject({
  tls_server_config: tls.optional(),
  http_server_config: http.prefault({}),
  basic_auth_users: z.record(
    z.string(),
    z.string().regex(BCRYPT, "expected a password hashed by bcrypt, as \"htpasswd -nBC 10 ''\" prints it").meta({
      secret: true,
    }),
  ).default({}),
  rate_limit: rateLimit.prefault({}),
});
