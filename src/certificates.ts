/**
 * Whether certificates and keys can be used.
 *
 * @module
 */

import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";

const BLOCK = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** The certificates of a text in PEM; `undefined` if one of them is none, or there are none. */
function certificates(pem: string): readonly X509Certificate[] | undefined {
  const blocks = pem.match(BLOCK);
  if (!blocks) return undefined;
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch {
    return undefined;
  }
}

function privateKey(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined;
  }
}

/** What is wrong with the clients' authorities. */
export function caFault(pem: string): string | undefined {
  return certificates(pem) ? undefined : "it holds no certificate, expected one or more in PEM";
}

/** What is wrong with a certificate and its key, and with which of them. */
export function pairFault(cert: string, key: string): { of: "cert" | "key"; reason: string } | undefined {
  const [first] = certificates(cert) ?? [];
  if (!first) return { of: "cert", reason: "it holds no certificate, expected one or more in PEM" };
  const secret = privateKey(key);
  if (!secret) {
    return { of: "key", reason: "it holds no private key that can be used, expected one in PEM without passphrase" };
  }
  if (!first.checkPrivateKey(secret)) return { of: "key", reason: "it is not the key of the certificate" };
  return undefined;
}
