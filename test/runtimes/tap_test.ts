import assert from "node:assert/strict";
import { parseTap } from "./tap.ts";

Deno.test("parseTap: reads what passed and what failed, with its reason", () => {
  const results = parseTap(
    "1..2\nok 1 - it works\n# said beside\nnot ok 2 - it fails\n# Error: no\n#  ok 1 - not this\n",
  );
  assert.deepEqual(results.map(({ name, passed }) => [name, passed]), [["it works", true], ["it fails", false]]);
  assert.match(results[1]?.reason ?? "", /# Error: no/);
});

Deno.test("parseTap: refuses a run that broke off, and one without checks", () => {
  assert.throws(() => parseTap("1..2\nok 1 - it works\n"), SyntaxError);
  assert.throws(() => parseTap("1..0\n"), SyntaxError);
  assert.throws(() => parseTap(""), SyntaxError);
});
