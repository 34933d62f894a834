/**
 * Addresses to listen on, as exporters take them: `:9999`, `127.0.0.1:9100`, `[::1]:9999`, `unix:/run/sonde.sock`.
 *
 * @module
 */

/** An address to listen on. */
export type ListenAddress =
  | {
    readonly kind: "tcp";
    /** Name or address without brackets; `undefined`: all interfaces. */
    readonly host: string | undefined;
    /** 0: the system chooses. */
    readonly port: number;
  }
  | {
    readonly kind: "unix";
    /** Path of the socket. */
    readonly path: string;
  };

const SHAPE = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]*)):(\d{1,5})$/;

/** Why `text` is no address. */
function reason(text: string): string {
  if (/^\d+$/.test(text)) return `: a colon is missing, try ":${text}"`;
  if (/^[a-z]+:\/\//i.test(text)) return ': it is a URL, expected the form "127.0.0.1:9100"';
  if (/^[0-9A-Fa-f:]*:[0-9A-Fa-f:]*:\d+$/.test(text)) return ': an IPv6 address stands in brackets, as "[::1]:9999"';
  if (/^(?:\[.*\]|[^:]+)$/.test(text)) return `: a port is missing, try ${JSON.stringify(`${text}:9999`)}`;
  return ', expected the form ":9999", "127.0.0.1:9100", "[::1]:9999" or "unix:/path"';
}

function isHost(host: string): boolean {
  try {
    return new URL(`http://${host}/`).hostname !== "";
  } catch {
    return false;
  }
}

/**
 * Reads an address to listen on.
 *
 * @throws {SyntaxError} if `text` is none
 * @throws {RangeError} if its port is above 65535
 */
export function parseListenAddress(text: string): ListenAddress {
  const cannot = `Cannot parse address ${JSON.stringify(text)}`;
  if (text.startsWith("unix:")) {
    const path = text.slice("unix:".length);
    if (path === "" || path.includes("\0")) {
      throw new SyntaxError(`${cannot}: a path is missing, as "unix:/run/sonde.sock"`);
    }
    return { kind: "unix", path };
  }
  const [, v6, name, digits] = SHAPE.exec(text) ?? [];
  const host = v6 ?? (name || undefined);
  if (digits === undefined) throw new SyntaxError(`${cannot}${reason(text)}`);
  if (host !== undefined && !isHost(v6 === undefined ? host : `[${host}]`)) {
    throw new SyntaxError(`${cannot}: ${JSON.stringify(host)} is no host`);
  }
  const port = Number(digits);
  if (port > 65_535) throw new RangeError(`${cannot}: the port is above 65535`);
  return { kind: "tcp", host, port };
}
