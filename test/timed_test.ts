import assert from "node:assert/strict";
import { createExporter, createTimers, type Timers } from "../mod.ts";
import { systemClock } from "../src/clock.ts";

/** The samples of a page with these timers, without buckets. */
async function shown({ collector }: Timers) {
  const { handler } = createExporter([collector]);
  const text = await (await handler(new Request("http://app.example/metrics"))).text();
  return text.split("\n").filter((line) => line && !/^#|_bucket/.test(line));
}

/** Timers whose calls take what the returned function is told. */
function timers() {
  let now = 0;
  const made = createTimers({ clock: { ...systemClock, monotonic: () => now } });
  return { ...made, made, pass: (seconds: number) => void (now += seconds) };
}

Deno.test("createTimers: measures calls, and passes `this`, arguments and result on", async () => {
  const { timed, made, pass } = timers();
  const add = timed("add", function (this: { base: number }, n: number) {
    pass(0.25);
    return this.base + n;
  });
  assert.equal(add.call({ base: 40 }, 2), 42);
  assert.deepEqual(await shown(made), [
    "add_duration_seconds_sum 0.25",
    "add_duration_seconds_count 1",
    "add_errors_total 0",
  ]);
});

Deno.test("createTimers: errors are counted, and the very error thrown", async () => {
  const { timed, made } = timers();
  const boom = new Error("boom");
  const sync = timed("sync", (): never => {
    throw boom;
  });
  const late = timed("late", () => Promise.reject(boom));
  assert.throws(() => sync(), (error) => error === boom);
  await assert.rejects(late(), (error) => error === boom);
  const lines = await shown(made);
  assert.ok(lines.includes("sync_errors_total 1") && lines.includes("late_errors_total 1"), lines.join("\n"));
});

Deno.test("createTimers: of a promise the settlement is measured, and the promise returned as it is", async () => {
  const { timed, made, pass } = timers();
  const { promise, resolve } = Promise.withResolvers<string>();
  const wait = timed("wait", () => promise);
  assert.equal(wait(), promise);
  assert.deepEqual(await shown(made), ["wait_errors_total 0"]);
  pass(3);
  resolve("done");
  await promise;
  assert.ok((await shown(made)).includes("wait_duration_seconds_sum 3"));
});

Deno.test("createTimers: `then` of what is no promise is not called", () => {
  const { timed } = timers();
  const query = {
    then(): never {
      throw new Error("the query began");
    },
  };
  assert.equal(timed("query", () => query)(), query);
});

Deno.test("createTimers: `method` decorates methods", async () => {
  const { method, made } = timers();
  class Shelf {
    #books = 0;
    @method("shelf_add", { help: "Books put on the shelf" })
    add(count: number): number {
      return this.#books += count;
    }
  }
  const shelf = new Shelf();
  shelf.add(1);
  assert.equal(shelf.add(2), 3);
  assert.ok((await shown(made)).includes("shelf_add_duration_seconds_count 2"));
});

Deno.test("createTimers: functions may come after the exporter", async () => {
  const { timed, collector } = createTimers();
  const { handler } = createExporter([collector]);
  timed("later", () => {})();
  assert.match(await (await handler(new Request("http://a/metrics"))).text(), /^later_duration_seconds_count 1$/m);
});

Deno.test("createTimers: several beside each other have names", async () => {
  const [one, two] = [createTimers(), createTimers({ name: "more" })];
  one.timed("one", () => {})();
  two.timed("two", () => {})();
  const { handler } = createExporter([one.collector, two.collector]);
  const page = await (await handler(new Request("http://a/metrics"))).text();
  assert.match(page, /^one_errors_total 0$/m);
  assert.match(page, /^two_errors_total 0$/m);
});

Deno.test("createTimers: what Prometheus would refuse is refused at the call", () => {
  const { timed, method } = createTimers();
  timed("taken", () => {});
  const cannot = (name: string, reason: string) => ({
    name: "TypeError",
    message: `Cannot measure a function as ${JSON.stringify(name)}: ${reason}`,
  });
  const form = "expected letters, digits and underscores, the first no digit";
  assert.throws(() => timed("a-b", () => {}), cannot("a-b", form));
  assert.throws(() => timed("", () => {}), cannot("", form));
  assert.throws(() => timed("taken", () => {}), cannot("taken", "the name is taken"));
  assert.throws(() => {
    class Shelf {
      @method("taken")
      add(): void {}
    }
    return Shelf;
  }, cannot("taken", "the name is taken"));
  assert.throws(() => timed("b", () => {}, { bounds: [1, 1] }), {
    name: "RangeError",
    message: 'Cannot use bounds [1, 1] for "b": expected finite ones that ascend',
  });
  assert.throws(() => timed("b", () => {}, { bounds: [1, Infinity] }), RangeError);
  const refuse: unknown = timed;
  assert.ok(typeof refuse === "function");
  assert.throws(() => refuse("b", "code"), cannot("b", "it is string, expected a function"));
});
