import assert from "node:assert/strict";
import { KeptFiles } from "../src/kept_files.ts";

function keeping(capacity: number) {
  const closed: string[] = [];
  const files = new KeptFiles<string>(() => capacity, (file) => closed.push(file));
  /** Reads a file as a source does; whether it was open. */
  const read = (path: string) => {
    const kept = files.get(path) !== undefined;
    if (!kept) files.offer(path, path);
    return kept;
  };
  return { files, closed, read };
}

const numbered = (count: number) => Array.from({ length: count }, (_, i) => `file ${i}`);

Deno.test("KeptFiles: keeps what fits, and closes it in the end", () => {
  const { files, closed, read } = keeping(3);
  assert.deepEqual(numbered(3).map(read), [false, false, false]);
  assert.deepEqual(numbered(3).map(read), [true, true, true]);
  files.drop("file 1");
  files.drop("file 7");
  assert.deepEqual(closed, ["file 1"]);
  files.clear();
  assert.deepEqual(closed, ["file 1", "file 0", "file 2"]);
  assert.equal(read("file 0"), false);
});

Deno.test("KeptFiles: of more files than fit, read in turn, most of those that fit are found", () => {
  const { closed, read } = keeping(100);
  for (let round = 0; round < 3; round++) numbered(300).forEach((path) => read(path));
  for (let round = 0; round < 50; round++) {
    const found = numbered(300).filter(read).length;
    assert(found >= 80, `${found} of 100`);
  }
  const opened = 53 * 300 - closed.length;
  assert(opened > 100, "each that is not kept is closed");
});

Deno.test("KeptFiles: what is read no more makes room", () => {
  const { files, read } = keeping(10);
  numbered(10).forEach((path) => read(path));
  for (let round = 0; round < 60; round++) {
    for (let i = 0; i < 10; i++) read(`new ${i}`);
  }
  assert.deepEqual(numbered(10).filter((path) => files.get(path) !== undefined), []);
  assert.deepEqual(Array.from({ length: 10 }, (_, i) => files.get(`new ${i}`) !== undefined), Array(10).fill(true));
});
