import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import { Page } from "../src/page.ts";

Deno.test("Page: is served as text where it is ASCII, as bytes where it is not", () => {
  assert.equal(new Page("a 1\n").body(), "a 1\n");
  const page = new Page("ä 1\n");
  assert.deepEqual(page.body(), new TextEncoder().encode("ä 1\n"));
  assert.equal(page.body(), page.body());
});

Deno.test("Page.gzip: is made once, at once for a short page and beside the event loop for a long one", async () => {
  const short = new Page("ä 1\n".repeat(10));
  const bytes = short.gzip();
  assert.ok(bytes instanceof Uint8Array);
  assert.equal(short.gzip(), bytes);
  assert.equal(gunzipSync(bytes).toString(), short.text);
  const long = new Page("ä 1\n".repeat(100_000));
  const promise = long.gzip();
  assert.ok(promise instanceof Promise);
  assert.equal(gunzipSync(await promise).toString(), long.text);
});
