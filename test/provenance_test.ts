import assert from "node:assert/strict";
import { sourcesOf, sourcesOfFamily } from "../src/provenance.ts";

Deno.test("sourcesOf: a list, or what families are listed by", () => {
  assert.deepEqual(sourcesOf({}), []);
  assert.deepEqual(sourcesOf({ sources: ["/proc/a", "/proc/b"] }), ["/proc/a", "/proc/b"]);
  assert.deepEqual(sourcesOf({ sources: { "/proc/a": ["x"], "/proc/b": ["y"] } }), ["/proc/a", "/proc/b"]);
});

Deno.test("sourcesOfFamily: all of a list, or those that name it, or else those whose patterns it matches", () => {
  assert.deepEqual(sourcesOfFamily({ sources: ["/proc/a", "/proc/b"] }, "x"), ["/proc/a", "/proc/b"]);
  const sources = { "/proc/a": ["node_a_*"], "/proc/b": ["node_a_x", "node_b_*"], "/proc/c": ["node_*"] };
  assert.deepEqual(sourcesOfFamily({ sources }, "node_a_x"), ["/proc/b"]);
  assert.deepEqual(sourcesOfFamily({ sources }, "node_a_y"), ["/proc/a", "/proc/c"]);
  assert.deepEqual(sourcesOfFamily({ sources }, "node_b_*"), ["/proc/b"]);
  assert.deepEqual(sourcesOfFamily({ sources }, "other"), []);
});
