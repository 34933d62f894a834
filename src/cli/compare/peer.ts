import type { IncomingMessage } from "node:http";
import type { RequestOptions } from "node:https";
import { failureMessage } from "../../failure.ts";
import { UsageError } from "../usage_error.ts";

/** Bytes above which a page is refused: exporters have pages of a hundredth of that. */
const LARGEST_PAGE = 64 * 2 ** 20;
const DEFAULT_PATH = "/metrics";

/** A running exporter. */
export interface Peer {
  /** Its address, without what it holds of a user. */
  readonly shown: string;
  /**
   * Its page.
   *
   * @throws {UsageError} if there is none in time, or it is too large
   */
  page(): Promise<string>;
}

/** How peers are asked. */
export interface PeerOptions {
  /** For one page, from the connection to its end. */
  readonly timeoutSeconds: number;
  /** PEM certificates trusted instead of the system's. */
  readonly ca?: string;
}

/** An address without user and password. */
function withoutUser(address: string): string {
  return address.replace(/^([^/?#]*\/\/)?[^/?#]*@/, "$1");
}

/**
 * The exporter at an address; without a path, its `/metrics`. A user and password in it are sent by basic authentication,
 * and never shown.
 *
 * @throws {UsageError} if it is no address of http or https
 */
export function peerAt(address: string, options: PeerOptions): Peer {
  const shown = withoutUser(address);
  const url = URL.parse(address);
  if (!url || !/^https?:$/.test(url.protocol) || url.hostname === "") {
    throw new UsageError(`Cannot compare with ${JSON.stringify(shown)}: expected http://host:port${DEFAULT_PATH}`);
  }
  if (url.pathname === "/" && url.search === "") url.pathname = DEFAULT_PATH;
  return { shown: withoutUser(url.href), page: () => pageOf(url, options) };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** Not by `fetch`, which would ask a proxy. */
async function pageOf(url: URL, { timeoutSeconds, ca }: PeerOptions): Promise<string> {
  const { get } = await (url.protocol === "https:" ? import("node:https") : import("node:http"));
  const signal = AbortSignal.timeout(timeoutSeconds * 1000);
  const options: RequestOptions = {
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port,
    path: url.pathname + url.search,
    headers: { accept: "text/plain;version=0.0.4", "user-agent": "sonde" },
    agent: false,
    signal,
    ...(url.username && { auth: `${decoded(url.username)}:${decoded(url.password)}` }),
    ...(ca !== undefined && { ca }),
  };
  try {
    return await new Promise<string>((resolve, reject) => {
      const request = get(options, (response) => {
        bodyOf(response).then(resolve, (error) => {
          request.destroy();
          reject(error);
        });
      });
      request.on("error", reject);
    });
  } catch (error) {
    const reason = signal.aborted ? `no answer in ${timeoutSeconds}s` : reasonOf(error);
    throw new UsageError(`Cannot scrape ${JSON.stringify(withoutUser(url.href))}: ${reason}`, { cause: error });
  }
}

/** Some errors of connections have a code alone. */
function reasonOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "it cannot be reached";
  return failureMessage(error) || code;
}

async function bodyOf(response: IncomingMessage): Promise<string> {
  if (response.statusCode !== 200) throw new Error(`it answered ${response.statusCode}`);
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of chunksOf(response)) {
    bytes += chunk.length;
    if (bytes > LARGEST_PAGE) throw new RangeError(`its page is larger than ${LARGEST_PAGE / 2 ** 20} MiB`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

async function* chunksOf(response: IncomingMessage): AsyncGenerator<Uint8Array> {
  try {
    yield* response;
  } catch (error) {
    throw new Error("its page was cut off", { cause: error });
  }
}
