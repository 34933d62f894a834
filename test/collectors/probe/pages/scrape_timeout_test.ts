import assert from "node:assert/strict";
import { scrapeTimeout } from "../../../../collectors/probe/pages/scrape_timeout.ts";

Deno.test("scrapeTimeout: the shorter of the scrape's less the offset and the module's", () => {
  assert.equal(scrapeTimeout("10", undefined, 0.5), 9.5);
  assert.equal(scrapeTimeout("10", 2, 0.5), 2);
  assert.equal(scrapeTimeout("1.5", 5, 0.5), 1);
  assert.equal(scrapeTimeout(null, undefined, 0.5), 119.5);
  assert.equal(scrapeTimeout("0", undefined, 0.5), 119.5);
  assert.equal(scrapeTimeout(null, 5, 0.5), 5);
});

Deno.test("scrapeTimeout: of less than the offset the module's own, or a half", () => {
  assert.equal(scrapeTimeout("0.3", 5, 0.5), 5);
  assert.equal(scrapeTimeout("0.3", undefined, 0.5), 0.15);
});

Deno.test("scrapeTimeout: what is no number is none", () => {
  for (const header of ["abc", "1s", "0x10", "1e", " 1", "NaN", "Infinity"]) {
    assert.equal(scrapeTimeout(header, 5, 0.5), undefined, header);
  }
  assert.equal(scrapeTimeout("1e1", undefined, 0.5), 9.5);
});
