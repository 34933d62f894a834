/**
 * Runs one snippet of the documentation as a program of its own: servers that it starts listen on free ports, are asked
 * for `/` and `/metrics`, and shut down; a collector that it exports by default is scraped.
 *
 *     deno run -A test/snippet_runner.ts FILE
 *
 * @module
 */

import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { createExporter } from "../mod.ts";

type Server = Deno.HttpServer<Deno.NetAddr>;

const servers: Server[] = [];
const serve = Deno.serve;

/** As `Deno.serve`, on a free port. */
function serveSomewhere(...args: readonly unknown[]): Server {
  const handler = args.find((arg): arg is Deno.ServeHandler => typeof arg === "function");
  assert.ok(handler, "a snippet serves something that is no handler");
  const server = serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, handler);
  servers.push(server);
  return server;
}

Object.defineProperty(Deno, "serve", { value: serveSomewhere });

const [file = ""] = Deno.args;
const snippet: { readonly default?: Parameters<typeof createExporter>[0][number] } = await import(
  pathToFileURL(file).href
);

const pages: string[] = [];
for (const { addr } of servers) {
  for (const path of ["/", "/metrics"]) {
    const response = await fetch(`http://127.0.0.1:${addr.port}${path}`);
    const text = await response.text();
    assert.ok(response.status < 500, `${path}: ${text}`);
    if (response.headers.get("content-type")?.includes("version=")) pages.push(text);
  }
}
if (snippet.default) {
  const { handler } = createExporter([snippet.default]);
  pages.push(await (await handler(new Request("http://localhost/metrics"))).text());
}
console.log(JSON.stringify({ servers: servers.length, pages }));
Deno.exit();
