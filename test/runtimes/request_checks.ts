/**
 * Checks of measured requests.
 *
 * @module
 */

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { pageOf, request, type Sonde } from "./page_of.ts";
import type { Check } from "./tap.ts";

const answered = (more = "") =>
  `http_server_request_duration_seconds_count{${
    ['http_request_method="GET"', 'http_response_status_code="200"', more, 'url_scheme="http"'].filter(Boolean)
  }}`;

/** The checks. */
export function requestChecks({ instrument, nodeMetrics }: Sonde): readonly Check[] {
  return [
    ["instrument: measures a handler, and answers with the page", async () => {
      const app = instrument((_request: Request, name: string) => new Response(`hello ${name}`), { route: () => "/" });
      const response = await app(new Request("http://localhost/"), "you");
      assert.equal(await response.text(), "hello you");
      const page = await app(request(), "nobody");
      assert.match(await page.text(), /^service_uptime_seconds_total \d/m);
      const { samples } = await pageOf(app.exporter);
      assert.equal(samples.get(answered('http_route="/"')), 1);
      assert.ok((samples.get("service_last_response_time_seconds") ?? -1) >= 0);
      await app.exporter.stop();
    }],
    ["nodeMetrics: measures requests of a real server, and answers with the page", async () => {
      const metrics = nodeMetrics();
      const server = createServer((asked, response) => metrics(asked, response, () => response.end("hello")));
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
      const address = server.address();
      assert.ok(address !== null && typeof address === "object");
      try {
        const get = async (path: string) => {
          const url = `http://127.0.0.1:${address.port}${path}`;
          return await (await fetch(url, { headers: { connection: "close" } })).text();
        };
        assert.equal(await get("/"), "hello");
        assert.match(await get("/metrics"), /^# TYPE http_server_request_duration_seconds histogram$/m);
        assert.equal((await pageOf(metrics.exporter)).samples.get(answered()), 1);
      } finally {
        await metrics.exporter.stop();
        await new Promise<unknown>((resolve) => server.close(resolve));
      }
    }],
  ];
}
