/**
 * Pages of an exporter under check.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Exporter } from "../../mod.ts";
import { type Page, parsePage } from "../e2e/page.ts";

/** The public module. */
export type Sonde = typeof import("../../mod.ts");

/** A request for the page. */
export function request(headers: Readonly<Record<string, string>> = {}): Request {
  return new Request("http://localhost/metrics", { headers });
}

/** The page, which must be answered with 200. */
export async function pageOf({ handler }: Pick<Exporter, "handler">): Promise<Page> {
  const response = await handler(request());
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return parsePage(text);
}
