import assert from "node:assert/strict";
import { type LogFields, rateLimited } from "../src/log.ts";
import { FakeClock } from "./fake_clock.ts";

Deno.test("rateLimited: a line that repeats is written once a minute, with the number left out", async () => {
  const clock = new FakeClock();
  const lines: [string, LogFields | undefined][] = [];
  const log = rateLimited((_level, message, fields) => lines.push([message, fields]), clock);
  for (let i = 0; i < 5; i++) log("warn", "failed", { node: "a", error: `${i}` });
  log("warn", "failed", { node: "b" });
  log("error", "failed", { node: "a" });
  await clock.advance(60);
  log("warn", "failed", { node: "a", error: "5" });
  assert.deepEqual(lines, [
    ["failed", { node: "a", error: "0" }],
    ["failed", { node: "b" }],
    ["failed", { node: "a" }],
    ["failed", { node: "a", error: "5", repeated: 4 }],
  ]);
});

Deno.test("rateLimited: remembers a bounded number of lines", () => {
  let written = 0;
  const log = rateLimited(() => written++, new FakeClock());
  for (let i = 0; i < 2000; i++) log("warn", `message ${i}`);
  log("warn", "message 0");
  log("warn", "message 1999");
  assert.equal(written, 2001, "the oldest is forgotten, the newest is not");
});
