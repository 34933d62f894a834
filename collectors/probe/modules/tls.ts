/**
 * The section `tls_config`.
 *
 * @module
 */

import * as z from "zod";
import type { TlsOptions } from "../module.ts";
import { flag, secret, text, textRef } from "./fields.ts";
import { refuse, refuseSeveral } from "./fields.ts";

const VERSIONS = { TLS10: "TLSv1", TLS11: "TLSv1.1", TLS12: "TLSv1.2", TLS13: "TLSv1.3" } as const;
const version = z.enum(["TLS10", "TLS11", "TLS12", "TLS13"]).nullish();

const fields = z.strictObject({
  insecure_skip_verify: flag(false).meta({ description: "Accept certificates that cannot be verified." }),
  ca: text.nullish().meta({ description: "Authorities, in PEM." }),
  ca_file: text.nullish().meta({ description: "File of authorities, in PEM." }),
  cert: text.nullish().meta({ description: "Certificate of the client, in PEM." }),
  cert_file: text.nullish().meta({ description: "File of the client's certificate, in PEM." }),
  key: secret.nullish().meta({ description: "Key of the client's certificate, in PEM." }),
  key_file: text.nullish().meta({ description: "File of that key, in PEM." }),
  server_name: text.nullish().meta({ description: "Name that the certificate must be for." }),
  min_version: version.meta({ description: "Oldest version spoken." }),
  max_version: version.meta({ description: "Newest version spoken." }),
}).superRefine((value, sink) => {
  for (const kind of ["ca", "cert", "key"]) refuseSeveral(sink, value, [kind, `${kind}_file`]);
  const cert = value.cert ?? value.cert_file;
  const key = value.key ?? value.key_file;
  if (cert && !key) refuse(sink, ["cert_file"], 'Cannot use a certificate without its key: expected "key_file" too');
  if (key && !cert) refuse(sink, ["key_file"], 'Cannot use a key without its certificate: expected "cert_file" too');
  const { min_version: least, max_version: most } = value;
  if (least && most && least > most) refuse(sink, ["max_version"], `Cannot use "${most}": it is older than "${least}"`);
});

/** TLS that verifies, by the system's authorities. */
export const STANDARD_TLS: TlsOptions = { verify: true };

/** `tls_config`. */
export const tlsConfig: z.ZodType<TlsOptions, z.input<typeof fields> | null | undefined> = fields.nullish().transform(
  (value): TlsOptions => {
    if (!value) return STANDARD_TLS;
    return {
      verify: !value.insecure_skip_verify,
      serverName: value.server_name || undefined,
      ca: textRef(value.ca, value.ca_file),
      cert: textRef(value.cert, value.cert_file),
      key: textRef(value.key, value.key_file),
      minVersion: value.min_version ? VERSIONS[value.min_version] : undefined,
      maxVersion: value.max_version ? VERSIONS[value.max_version] : undefined,
    };
  },
);
