import assert from "node:assert/strict";
import fc from "fast-check";
import { httpDateSeconds } from "../../../../collectors/probe/http/http_date.ts";

Deno.test("httpDateSeconds: reads the form in use and the two before it", () => {
  assert.equal(httpDateSeconds("Sun, 06 Nov 1994 08:49:37 GMT"), 784111777);
  assert.equal(httpDateSeconds("Sunday, 06-Nov-94 08:49:37 GMT"), 784111777);
  assert.equal(httpDateSeconds("Sun Nov  6 08:49:37 1994"), 784111777);
});

Deno.test("httpDateSeconds: any other text is no date", () => {
  for (const text of ["", "1994-11-06", "1994", "Sun, 06 Nov 1994 08:49:37 +0100", "Sun, 99 Nov 1994 99:49:37 GMT"]) {
    assert.equal(httpDateSeconds(text), undefined);
  }
});

Deno.test("httpDateSeconds: reads back what is written", () => {
  const dates = fc.date({ min: new Date(0), max: new Date("9999-12-31"), noInvalidDate: true });
  fc.assert(fc.property(dates, (date) => {
    assert.equal(httpDateSeconds(date.toUTCString()), Math.floor(date.getTime() / 1000));
  }));
});
