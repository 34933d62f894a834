import assert from "node:assert/strict";
import { watchFile } from "../../src/cli/watch_file.ts";
import { systemClock } from "../../src/clock.ts";
import { folder } from "../e2e/programs.ts";

Deno.test("watchFile: reloads once for each other text, and tells what cannot be read", async () => {
  await using own = await folder();
  const name = await own.write("a.yml", "one");
  const log: string[] = [];
  let reloads = 0;
  let waiting = Promise.withResolvers<() => void>();
  const clock = {
    ...systemClock,
    timer(callback: () => void, delaySeconds: number) {
      assert.equal(delaySeconds, 30);
      waiting.resolve(callback);
      return () => waiting = Promise.withResolvers();
    },
  };
  const stop = watchFile({
    file: { name, text: "one" },
    intervalSeconds: 30,
    clock,
    log: (level, message) => void log.push(`${level} ${message}`),
    reload: () => ++reloads === 2 ? Promise.reject(new Error("bad")) : Promise.resolve(),
  });
  /** Ends when it waits again. */
  const look = async () => {
    const callback = await waiting.promise;
    waiting = Promise.withResolvers();
    callback();
    await waiting.promise;
  };
  await look();
  assert.equal(reloads, 0);
  await own.write("a.yml", "two");
  await look();
  await look();
  assert.equal(reloads, 1);
  await own.write("a.yml", "three");
  await look();
  await look();
  assert.equal(reloads, 2, "a bad one is not read again until it changes");
  await Deno.remove(name);
  await look();
  assert.deepEqual(log, ["error cannot look at the configuration file"]);
  await own.write("a.yml", "four");
  await look();
  assert.equal(reloads, 3);
  stop();
});
