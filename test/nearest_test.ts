import assert from "node:assert/strict";
import { nearest, suggestion } from "../src/nearest.ts";

Deno.test("nearest: finds the likest name within a third of its letters", () => {
  const names = ["collector.cpu", "collector.meminfo", "web.listen-address", "cpu"];
  assert.equal(nearest("collector.cup", names), "collector.cpu");
  assert.equal(nearest("web.listen-adress", names), "web.listen-address");
  assert.equal(nearest("WEB.LISTEN-ADDRESS", names), "web.listen-address");
  assert.equal(nearest("cpi", names), "cpu");
  assert.equal(nearest("disk", names), undefined);
  assert.equal(nearest("x", []), undefined);
});

Deno.test("nearest: swapped neighbours are one step, and of equally near names the first stands", () => {
  assert.equal(nearest("stta", ["stat", "stab"]), "stat");
  assert.equal(nearest("ab", ["aa", "bb"]), "aa");
});

Deno.test("suggestion: is the end of a sentence, or nothing", () => {
  assert.equal(suggestion("cpi", ["cpu"]), ', did you mean "cpu"?');
  assert.equal(suggestion("quite other", ["cpu"]), "");
});
