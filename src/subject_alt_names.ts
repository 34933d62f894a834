/**
 * Names that a certificate is for, out of its DER: as one text, with commas between, a name could hold another.
 * {@link https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.6}
 *
 * @module
 */

/** One value of DER. */
interface Value {
  readonly tag: number;
  readonly content: Uint8Array;
}

const SEQUENCE = 0x30;
const OBJECT_ID = 0x06;
const OCTET_STRING = 0x04;
/** `[3]` of the certificate. */
const EXTENSIONS = 0xa3;
/** 2.5.29.17. */
const SUBJECT_ALT_NAME = "85,29,17";
/** Context tags of the names that are text: e-mail, DNS, URI. */
const TEXT_NAMES: readonly number[] = [0x81, 0x82, 0x86];
const ADDRESS = 0x87;

/** The values one after another in `bytes`. */
function* values(bytes: Uint8Array): Generator<Value> {
  for (let at = 0; at < bytes.length;) {
    const tag = bytes[at] ?? 0;
    const first = bytes[at + 1] ?? 0;
    const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
    let length = first;
    if (lengthBytes > 0) length = bytes.subarray(at + 2, at + 2 + lengthBytes).reduce((sum, b) => sum * 256 + b, 0);
    const start = at + 2 + lengthBytes;
    at = start + length;
    if (first === 0x80 || lengthBytes > 4 || at > bytes.length) {
      throw new SyntaxError("Cannot parse the certificate: it is cut off, or no DER");
    }
    yield { tag, content: bytes.subarray(start, at) };
  }
}

function child(bytes: Uint8Array, tag: number): Uint8Array | undefined {
  for (const value of values(bytes)) if (value.tag === tag) return value.content;
}

function addressText(bytes: Uint8Array): string | undefined {
  if (bytes.length === 4) return bytes.join(".");
  if (bytes.length !== 16) return undefined;
  const groups = Array.from(
    { length: 8 },
    (_, i) => ((bytes[2 * i] ?? 0) * 256 + (bytes[2 * i + 1] ?? 0)).toString(16),
  );
  return new URL(`http://[${groups.join(":")}]/`).hostname.slice(1, -1);
}

/**
 * Its DNS names, e-mail addresses, IP addresses and URIs; empty if it has none.
 *
 * @param der the whole certificate
 * @throws {SyntaxError} if it is no DER
 */
export function subjectAltNames(der: Uint8Array): readonly string[] {
  const certificate = child(der, SEQUENCE);
  const signed = certificate && child(certificate, SEQUENCE);
  const extensions = signed && child(signed, EXTENSIONS);
  const list = extensions && child(extensions, SEQUENCE);
  const names: string[] = [];
  for (const { content: extension } of list ? values(list) : []) {
    if (child(extension, OBJECT_ID)?.join() !== SUBJECT_ALT_NAME) continue;
    const found = child(child(extension, OCTET_STRING) ?? new Uint8Array(), SEQUENCE) ?? new Uint8Array();
    for (const { tag, content } of values(found)) {
      const name = tag === ADDRESS
        ? addressText(content)
        : TEXT_NAMES.includes(tag)
        ? String.fromCharCode(...content)
        : undefined;
      if (name !== undefined) names.push(name);
    }
  }
  return names;
}
