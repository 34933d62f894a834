/**
 * Modules as they were written, so that they can be shown: what is secret in them is not.
 *
 * @module
 */

/** What stands for a secret, as blackbox_exporter has it. */
const SECRET = "<secret>";
/** What stands for a secret in what the engine gives. */
const REDACTED = /^<redacted>$/;
/** Headers and the like whose values say who asks, wherever they stand. */
const CREDENTIAL_NAME =
  /^(?:(?:proxy-)?authorization|(?:set-)?cookie|.*(?:token|secret|passw(?:or)?d|api[-_]?key).*)$/i;
/** Sections whose keys are names that the configuration chooses. */
const OPEN_SECTIONS = new Set(["headers", "metadata", "http_headers", "endpoint_params"]);
/** Keys of files that hold what a target is told of who asks. */
const CREDENTIAL_FILES = new Set([
  "username_file",
  "password_file",
  "credentials_file",
  "client_secret_file",
  "bearer_token_file",
  "key_file",
  "files",
]);
/** Sections and keys of which the target learns nothing. */
const NOT_SENT = new Set(["proxy_url", "proxy_connect_header", "ca"]);

/** Whether `value` is a map of something. */
export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The modules by name, of what the options of a collector were made of. */
export function writtenModules(written: unknown): Readonly<Record<string, unknown>> {
  return isMap(written) && isMap(written.modules) ? written.modules : {};
}

/** A module, or a part of one, with {@linkcode SECRET} for each secret. */
export function withoutSecrets(value: unknown, isOpen = false): unknown {
  if (typeof value === "string") return value.replace(REDACTED, SECRET);
  if (Array.isArray(value)) return value.map((item) => withoutSecrets(item, isOpen));
  if (!isMap(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      isOpen && CREDENTIAL_NAME.test(key) ? blotted(item) : withoutSecrets(item, OPEN_SECTIONS.has(key)),
    ]),
  );
}

/** All texts of it as secrets; names of files stay. */
function blotted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(blotted);
  if (!isMap(value)) return SECRET;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, key === "files" ? item : blotted(item)]));
}

/** Whether a target learns a secret from a probe with this module. */
export function hasCredentials(value: unknown): boolean {
  return holdsSecret(withoutSecrets(value));
}

function holdsSecret(value: unknown): boolean {
  if (value === SECRET) return true;
  if (Array.isArray(value)) return value.some(holdsSecret);
  if (!isMap(value)) return false;
  return Object.entries(value).some(([key, item]) =>
    !NOT_SENT.has(key) && (holdsSecret(item) || (CREDENTIAL_FILES.has(key) && isSet(item)))
  );
}

function isSet(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== null && value !== undefined && value !== "";
}
