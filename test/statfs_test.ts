import assert from "node:assert/strict";
import fc from "fast-check";
import { oneCallEach, statfs, statfsAnswer } from "../src/statfs.ts";

Deno.test("statfs: answers with the space, or with what the system says", async () => {
  const { space } = await statfs(Deno.cwd());
  assert(space && space.sizeBytes >= space.freeBytes && space.freeBytes >= space.availableBytes);
  assert.deepEqual(await statfs("/nonexistent/folder"), { fault: "no such file or directory" });
});

Deno.test("oneCallEach: makes no second call for a path until the first has its answer", async () => {
  const calls: string[] = [];
  const answers: ((fault: string) => void)[] = [];
  const ask = oneCallEach((path) => {
    calls.push(path);
    const { promise, resolve } = Promise.withResolvers<{ fault: string }>();
    answers.push((fault) => resolve({ fault }));
    return promise;
  });
  const first = ask("/a");
  assert.equal(await ask("/a"), undefined);
  const other = ask("/b");
  assert.deepEqual(calls, ["/a", "/b"]);
  answers[1]?.("b");
  assert.deepEqual(await other, { fault: "b" });
  answers[0]?.("a");
  assert.deepEqual(await first, { fault: "a" });
  void ask("/a");
  assert.deepEqual(calls, ["/a", "/b", "/a"]);
});

Deno.test("statfsAnswer: takes what statfs gives, through JSON, and refuses anything else", async () => {
  for (const answer of [await statfs("/"), await statfs("/nonexistent")]) {
    assert.deepEqual(statfsAnswer(JSON.parse(JSON.stringify(answer))), answer);
  }
  fc.assert(fc.property(fc.json(), (json) => {
    assert.throws(() => statfsAnswer(JSON.parse(json)), TypeError);
  }));
});
