/**
 * One rendered page, as text, bytes and gzip.
 *
 * @module
 */

import { gzip, gzipSync } from "node:zlib";
import type { Format } from "./text_format.ts";

/** What a page is served as. */
export const CONTENT_TYPES: Readonly<Record<Format, string>> = {
  text: "text/plain; version=0.0.4; charset=utf-8",
  openmetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
};

/** Fast enough for every scrape; higher levels cost more time than they save bytes. */
const GZIP_LEVEL = 1;
/** Longer pages are compressed on another thread. */
const SYNC_GZIP_BYTES = 256 * 1024;

/** A page. Bytes and gzip are made when first asked for, and kept. */
export class Page {
  /** The whole text. */
  readonly text: string;
  #body: string | Uint8Array<ArrayBuffer> | undefined;
  #gzip: Uint8Array<ArrayBuffer> | Promise<Uint8Array<ArrayBuffer>> | undefined;

  /** A page of that text. */
  constructor(text: string) {
    this.text = text;
  }

  /** The fastest form to serve: the text where it is ASCII, otherwise its bytes. */
  body(): string | Uint8Array<ArrayBuffer> {
    // deno-lint-ignore no-control-regex -- the whole of ASCII is meant
    return this.#body ??= /^[\x00-\x7f]*$/.test(this.text) ? this.text : new TextEncoder().encode(this.text);
  }

  /** The page compressed. */
  gzip(): Uint8Array<ArrayBuffer> | Promise<Uint8Array<ArrayBuffer>> {
    return this.#gzip ??= this.text.length <= SYNC_GZIP_BYTES
      ? new Uint8Array(gzipSync(this.text, { level: GZIP_LEVEL }))
      : new Promise((resolve, reject) => {
        gzip(
          this.text,
          { level: GZIP_LEVEL },
          (error, bytes) => error ? reject(error) : resolve(new Uint8Array(bytes)),
        );
      });
  }
}
