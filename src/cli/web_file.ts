import { statSync } from "node:fs";
import { accessHandler } from "../access.ts";
import type { Clock } from "../clock.ts";
import type { RequestHandler } from "../collector.ts";
import { loadWebConfig, type TlsSettings, type WebConfig } from "../config.ts";
import { failureMessage } from "../failure.ts";
import type { Logger } from "../log.ts";
import { coalesced } from "./coalesced.ts";
import { readConfigFile } from "./config_file.ts";
import { UsageError } from "./usage_error.ts";

/** How long what was found of the files holds: who is taken out of them may ask so long. */
const LOOK_SECONDS = 1;

/** What tells whether a file has changed. */
function markOf(file: string): string {
  try {
    const { mtimeMs, size, ino } = statSync(file);
    return `${mtimeMs} ${size} ${ino}`;
  } catch (error) {
    return failureMessage(error);
  }
}

/** Files, with what they were like just before they were read. */
type Marks = Map<string, string>;

/**
 * Reads the file of TLS and authentication, and those that it names.
 *
 * @param again whether it has been read before by this process
 * @param marks takes the files that were read
 * @throws {ConfigError} with all faults
 * @throws {UsageError} if it cannot be read
 */
export async function readWebFile(name: string, again = false, marks: Marks = new Map()): Promise<WebConfig> {
  const onRead = (path: string): unknown => marks.set(path, markOf(path));
  onRead(name);
  let text: string;
  try {
    text = await readConfigFile(name, again);
  } catch (error) {
    const reason = failureMessage(error).replace(/^\w+: /, "").replace(/, \w+ '.*'$/, "");
    throw new UsageError(`Cannot read web configuration file ${JSON.stringify(name)}: ${reason}`, { cause: error });
  }
  return await loadWebConfig({ name, text, onRead });
}

/** What a {@linkcode WebFile} works with. */
export interface WebFileParts {
  /** Told of what was read anew, and of faults. */
  readonly log: Logger;
  /** Time. */
  readonly clock: Clock;
  /** Called when there are other certificates. */
  readonly renew: () => void;
}

/** The file of TLS and authentication while the exporter runs: it is followed as it changes. */
export class WebFile {
  readonly #name: string;
  readonly #parts: WebFileParts;
  #config: WebConfig;
  #marks: Marks;
  #lookedAt: number;

  /** @param read what it said at the start, and what it and the files that it names were like */
  constructor(name: string, parts: WebFileParts, read: { readonly config: WebConfig; readonly marks: Marks }) {
    this.#name = name;
    this.#parts = parts;
    this.#config = read.config;
    this.#marks = read.marks;
    this.#lookedAt = parts.clock.monotonic();
  }

  /** Certificates at any moment; `undefined` where plain HTTP is spoken, for good. */
  get tls(): (() => TlsSettings) | undefined {
    const { tls } = this.#config;
    return tls && (() => this.#config.tls ?? tls);
  }

  /** A handler that answers those alone who may ask. */
  protect(handler: RequestHandler): RequestHandler {
    return accessHandler({ handler, config: this.#current, clock: this.#parts.clock });
  }

  readonly #current = (): WebConfig | Promise<WebConfig> => {
    const now = this.#parts.clock.monotonic();
    if (now - this.#lookedAt < LOOK_SECONDS) return this.#config;
    this.#lookedAt = now;
    if ([...this.#marks].every(([file, mark]) => markOf(file) === mark)) return this.#config;
    // It has been said what is wrong, and the one before stays.
    return this.reload().catch(() => {}).then(() => this.#config);
  };

  /**
   * Reads it anew. A bad one changes nothing.
   *
   * @throws whatever is wrong with it, after it was logged
   */
  readonly reload: () => Promise<void> = coalesced(async () => {
    const { log, renew } = this.#parts;
    const marks: Marks = new Map();
    try {
      const before = this.#config;
      const config = await readWebFile(this.#name, true, marks);
      this.#config = { ...config, tls: this.#tlsOf(config.tls) };
      try {
        if (this.#config.tls !== before.tls) renew();
      } catch (error) {
        this.#config = before;
        throw error;
      }
      log("info", "web configuration reloaded", { file: this.#name });
    } catch (error) {
      for (const fault of failureMessage(error).split("\n")) log("error", "web configuration fault", { fault });
      log("error", "web configuration not reloaded, the running one stays");
      throw error;
    } finally {
      this.#marks = marks;
    }
  });

  /** What cannot be changed while ports are open stays as it is. */
  #tlsOf(tls: TlsSettings | undefined): TlsSettings | undefined {
    const before = this.#config.tls;
    const setting = !tls !== !before
      ? "tls_server_config"
      : tls?.clientAuth !== before?.clientAuth
      ? "tls_server_config.client_auth_type"
      : undefined;
    if (setting === undefined) return tls;
    this.#parts.log("warn", "restart needed", { setting });
    return before;
  }
}

/**
 * A {@linkcode WebFile}, read for the first time.
 *
 * @throws {ConfigError} with all faults
 * @throws {UsageError} if it cannot be read
 */
export async function webFile(name: string, parts: WebFileParts): Promise<WebFile> {
  const marks: Marks = new Map();
  return new WebFile(name, parts, { config: await readWebFile(name, false, marks), marks });
}
