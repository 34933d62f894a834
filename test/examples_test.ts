/** Every example, started as its first lines say, and scraped. */

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { asked, started } from "./example_process.ts";

/** What an example is asked before it is scraped, and what its page then shows. */
interface Expectation {
  readonly path?: string;
  readonly answer?: RegExp;
  readonly page: readonly RegExp[];
}

const SERVICE = [
  /^service_last_response_time_seconds \d/m,
  /^service_uptime_seconds_total \d/m,
  /^http_server_active_requests\{http_request_method="GET",url_scheme="http"\} 0$/m,
];
const ROUTE =
  /^http_server_request_duration_seconds_count\{http_request_method="GET",http_response_status_code="200",http_route="\/users\/:id",url_scheme="http"\} 1$/m;
const hello: Expectation = { path: "/there", answer: /^hello from \/there\n$/, page: SERVICE };
const user: Expectation = { path: "/users/7", answer: /^user 7\n$/, page: [...SERVICE, ROUTE] };

const EXPECTED: Readonly<Record<string, Expectation>> = {
  "deno_serve.ts": hello,
  "system_usage.ts": {
    page: [
      /^system_usage\{resource_type="Memory"\} \d/m,
      /^system_usage\{resource_type="CPU"\} \d/m,
      /^process_resident_memory_bytes \d/m,
    ],
  },
  "hono.ts": user,
  "express.mjs": user,
  "fastify.mjs": user,
  "node_http.mjs": { path: "/users/7", answer: /^hello from \/users\/7\n$/, page: [...SERVICE, ROUTE] },
};
/** Not run by Deno: what needs another runtime, a plugin of the command, and what has a test of its own. */
const ELSEWHERE = /^(?:bun\.mjs|dice_plugin\.js|cluster.*)$/;

Deno.test("examples: each is tested", async () => {
  const files = (await readdir(new URL("../examples/", import.meta.url))).filter((file) => !ELSEWHERE.test(file));
  assert.deepEqual(files.sort(), Object.keys(EXPECTED).sort());
});

for (const [file, { path, answer, page }] of Object.entries(EXPECTED)) {
  Deno.test(`examples: ${file} runs, and is scraped`, async () => {
    const script = fileURLToPath(new URL(`../examples/${file}`, import.meta.url));
    await using example = await started(Deno.execPath(), ["run", "-A", "--no-prompt", script]);
    if (path !== undefined && answer) assert.match(await asked(example, path), answer);
    await example.shows("/metrics", page);
  });
}

Deno.test("examples: each stands in docs/library.md", async () => {
  const text = await readFile(new URL("../docs/library.md", import.meta.url), "utf8");
  const missing = [...Object.keys(EXPECTED), "bun.mjs"].filter((file) => !text.includes(`(../examples/${file})`));
  assert.deepEqual(missing, []);
});
