import assert from "node:assert/strict";
import fc from "fast-check";
import { Workers } from "../../src/aggregation/workers.ts";
import { FakeClock } from "../fake_clock.ts";
import { FakeWorker, family } from "./fake_worker.ts";

type Rules = ConstructorParameters<typeof Workers>[0]["rules"];

function workersWith(rules: Rules = {}) {
  const clock = new FakeClock();
  const lies: string[] = [];
  const workers = new Workers({ rules, clock, lied: (worker, error) => lies.push(`${worker}: ${error}`) });
  /** Asks all, and lets those that do not answer be late. */
  const report = async () => {
    await clock.advance(1);
    const asked = workers.ask(0.5);
    await clock.advance(1);
    await asked;
    const { families, refused, ...rest } = workers.report();
    const shown = Object.fromEntries(families.map(({ name, series }) => [name, Object.fromEntries(series)]));
    return { ...rest, shown, refused: refused.map(({ message }) => message) };
  };
  return { workers, clock, lies, report };
}

const counter = (value: number) => family("counter", "jobs_total", { "": value });
const gauge = (value: number) => family("gauge", "queue", { "": value });

Deno.test("Workers: sums counters, and makes gauges one by their rules", async () => {
  const values = [1, 5, 3];
  const shown = async (rule: "sum" | "min" | "max" | "latest" | "worker") => {
    const { workers, report } = workersWith({ queue: rule });
    for (const [i, value] of values.entries()) {
      workers.add(new FakeWorker([counter(value), gauge(value)]).channel, `w${i}`);
    }
    return (await report()).shown;
  };
  assert.deepEqual(await shown("sum"), { jobs_total: { "": 9 }, queue: { "": 9 } });
  assert.deepEqual((await shown("min")).queue, { "": 1 });
  assert.deepEqual((await shown("max")).queue, { "": 5 });
  assert.deepEqual((await shown("latest")).queue, { "": 3 });
  assert.deepEqual((await shown("worker")).queue, { 'worker="w0"': 1, 'worker="w1"': 5, 'worker="w2"': 3 });
});

Deno.test("Workers: the latest gauge is the one that changed last, whoever answers last", async () => {
  const { workers, report } = workersWith({ queue: "latest" });
  const [one, two] = [new FakeWorker([gauge(1)]), new FakeWorker([gauge(2)])];
  workers.add(one.channel, "1");
  workers.add(two.channel, "2");
  await report();
  one.families = [gauge(7)];
  assert.deepEqual((await report()).shown.queue, { "": 7 });
  assert.deepEqual((await report()).shown.queue, { "": 7 });
  one.close(true);
  assert.deepEqual((await report()).shown.queue, { "": 2 });
});

Deno.test("Workers: a gauge without a rule is left out, and named", async () => {
  const { workers, report } = workersWith({ "other_*": "sum" });
  workers.add(new FakeWorker([gauge(1), family("gauge", "other_queue", { "": 2 })]).channel, "1");
  const { shown, refused } = await report();
  assert.deepEqual(shown, { other_queue: { "": 2 } });
  assert.deepEqual(refused, [
    'Cannot aggregate "queue": it is a gauge of worker "1" without a rule, declare one of sum, min, max, latest, worker: ' +
    'rules: { queue: "sum" }',
  ]);
});

Deno.test("Workers: figures of a process are those of its threads once", async () => {
  const { workers, report } = workersWith();
  const families = [
    family("counter", "process_cpu_seconds_total", { "": 5 }),
    family("gauge", "process_resident_memory_bytes", { "": 100 }),
    family("gauge", "process_start_time_seconds", { "": 7 }),
  ];
  const later = families.with(2, family("gauge", "process_start_time_seconds", { "": 9 }));
  for (const [id, process, shown] of [["1", "a", families], ["2", "a", families], ["3", "b", later]] as const) {
    workers.add(new FakeWorker(shown, { process }).channel, id);
  }
  assert.deepEqual((await report()).shown, {
    process_cpu_seconds_total: { "": 10 },
    process_resident_memory_bytes: { "": 200 },
    process_start_time_seconds: { "": 7 },
  });
});

Deno.test("Workers: of one that dies the counts stay, and the gauges go", async () => {
  const { workers, report } = workersWith({ queue: "sum" });
  const [one, two] = [new FakeWorker([counter(5), gauge(5)]), new FakeWorker([counter(2), gauge(2)])];
  workers.add(one.channel, "1");
  workers.add(two.channel, "2");
  await report();
  one.close(false);
  const after = await report();
  assert.deepEqual(after.shown, { jobs_total: { "": 7 }, queue: { "": 2 } });
  assert.deepEqual([after.workers, after.missing], [2, 1]);
  workers.add(new FakeWorker([counter(1), gauge(1)]).channel, "3");
  const replaced = await report();
  assert.deepEqual(replaced.shown, { jobs_total: { "": 8 }, queue: { "": 3 } });
  assert.deepEqual([replaced.workers, replaced.missing], [2, 0]);
});

Deno.test("Workers: one that ends on purpose is not missing", async () => {
  const { workers, report } = workersWith();
  const workersAdded = [1, 2, 3].map(() => new FakeWorker([counter(1)]));
  const [remove] = workersAdded.map(({ channel }, i) => workers.add(channel, `${i}`));
  const [, said, exited] = workersAdded;
  remove?.();
  said?.notice("bye");
  exited?.close(true);
  const { shown, workers: count, missing } = await report();
  assert.deepEqual([shown, count, missing], [{ jobs_total: { "": 3 } }, 0, 0]);
});

Deno.test("Workers: one that hangs is waited for once, and is back when it answers", async () => {
  const { workers, clock, report } = workersWith({ queue: "sum" });
  const [hung, other] = [new FakeWorker([counter(5), gauge(5)]), new FakeWorker([counter(2), gauge(2)])];
  workers.add(hung.channel, "1");
  workers.add(other.channel, "2");
  await report();
  hung.answers = false;
  const asked = hung.asked;
  const first = await report();
  assert.deepEqual([first.shown, first.missing], [{ jobs_total: { "": 7 }, queue: { "": 2 } }, 1]);
  await clock.advance(1);
  await workers.ask(0.5);
  assert.equal(hung.asked, asked + 1);
  hung.families = [counter(6), gauge(6)];
  hung.answers = true;
  hung.answer();
  const back = await report();
  assert.deepEqual([back.shown, back.missing], [{ jobs_total: { "": 8 }, queue: { "": 8 } }, 0]);
});

Deno.test("Workers: one that was asked before it listened is asked again", async () => {
  const { workers, report } = workersWith();
  const slow = new FakeWorker([counter(1)]);
  slow.answers = false;
  workers.add(slow.channel, "1");
  assert.equal((await report()).missing, 1);
  slow.answers = true;
  slow.notice("hello");
  assert.deepEqual((await report()).shown, { jobs_total: { "": 1 } });
});

Deno.test("Workers: one that comes back over another channel is not counted twice", async () => {
  const { workers, report } = workersWith();
  const sender = { instance: "same", process: "p" };
  const before = new FakeWorker([counter(5)], sender);
  workers.add(before.channel, "1");
  await report();
  workers.add(new FakeWorker([counter(6)], sender).channel, "2");
  const early = await report();
  assert.deepEqual([early.shown, early.workers], [{ jobs_total: { "": 6 } }, 1]);
  const last = new FakeWorker([counter(9)], sender);
  workers.add(last.channel, "2");
  assert.deepEqual((await report()).shown, { jobs_total: { "": 9 } });
});

Deno.test("Workers: another exporter behind the same channel, or with the same id, begins at zero", async () => {
  const { workers, report } = workersWith();
  const one = new FakeWorker([counter(5)]);
  workers.add(one.channel, "1");
  await report();
  workers.add(new FakeWorker([counter(7)]).channel, "1");
  const { shown, workers: count, missing } = await report();
  assert.deepEqual([shown, count, missing], [{ jobs_total: { "": 12 } }, 1, 0]);
});

Deno.test("Workers: what is malformed is refused and counted, and its worker missing until it answers well", async () => {
  const { workers, lies, report } = workersWith();
  const liar = new FakeWorker([counter(5)]);
  workers.add(liar.channel, "1");
  await report();
  liar.say({ sonde: 1, kind: "part", instance: "x", process: "p", sequence: 1, part: 3, last: true, families: [] });
  liar.say({ sonde: 1 });
  liar.say({ the: "app's own" });
  const { refusedMessages, missing } = workers.report();
  assert.deepEqual([refusedMessages, missing, lies.length], [2, 1, 2]);
  assert.match(lies[0] ?? "", /^1: RangeError: Cannot take part 3 of answer 1: it is not the next$/);
  assert.deepEqual((await report()).missing, 0);
});

Deno.test("Workers: a family of the host, and one of other buckets or type, costs only itself", async () => {
  const { workers, report } = workersWith({ queue: "sum", mixed: "sum" });
  const histogram = (bound: number) =>
    family("histogram", "t_seconds", { "": { buckets: new Map([[bound, 1]]), sum: 1, count: 1 } });
  const load = family("gauge", "node_load1", { "": 1 });
  const mixed = (type: "gauge" | "counter") => family(type, "mixed", { "": 1 });
  workers.add(new FakeWorker([histogram(1), load, mixed("counter"), gauge(1)]).channel, "a");
  workers.add(new FakeWorker([histogram(2), mixed("gauge"), gauge(1)]).channel, "b");
  const { shown, refused } = await report();
  assert.deepEqual(Object.keys(shown), ["t_seconds", "mixed", "queue"]);
  assert.deepEqual(refused, [
    'Cannot aggregate "node_load1": it is of the host, which every worker would count anew: collect it once',
    'Cannot aggregate "t_seconds": its buckets are 2 in worker "b", and 1 in worker "a"',
    'Cannot aggregate "mixed": it is a gauge in worker "b", and a counter in worker "a"',
  ]);
});

Deno.test("Workers: a gauge with a label worker cannot be shown by worker", async () => {
  const { workers, report } = workersWith({ queue: "worker" });
  workers.add(new FakeWorker([family("gauge", "queue", { 'worker="x"': 1 })]).channel, "a");
  const { refused } = await report();
  assert.deepEqual(refused, ['Cannot aggregate "queue": it has a label worker of its own in worker "a"']);
});

Deno.test("Workers: a rule that is none, or for a family whose rule is fixed, is a RangeError", () => {
  const rules = (given: object) => () => workersWith(JSON.parse(JSON.stringify(given)));
  assert.throws(rules({ queue: "mean" }), {
    name: "RangeError",
    message: 'Cannot aggregate gauge "queue": expected a rule (sum, min, max, latest, worker), found "mean"',
  });
  assert.throws(rules({ process_open_fds: "max" }), /"process_open_fds": its rule is sum, leave it out$/);
  assert.throws(rules({ "a b": "max" }), /expected the name of a family, or a pattern/);
});

/** What happens to one of four workers. */
const event = fc.record({
  worker: fc.nat(3),
  kind: fc.constantFrom("count", "count", "answer", "freeze", "thaw", "die", "leave", "reconnect", "scrape"),
  by: fc.nat(100),
});

Deno.test("Workers: in any order of answers, hangs, deaths and returns sums never fall, and are what was reported", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(event, { maxLength: 60 }), async (events) => {
      const { workers, clock } = workersWith();
      let instances = 0;
      let expected = 0;
      let before = 0;
      const join = (id: number, instance = `${++instances}`, value = 0, reported = 0) => {
        const fake = new FakeWorker([counter(value)], { instance });
        const one = { id, instance, value, reported, fake };
        workers.add(fake.channel, `${id}`);
        one.reported = value;
        return one;
      };
      const all = Array.from({ length: 4 }, (_, id) => join(id));
      const told = (one: (typeof all)[number]) => {
        expected += one.value - one.reported;
        one.reported = one.value;
      };
      for (const { worker, kind, by } of events) {
        const one = all[worker];
        assert.ok(one);
        if (kind === "count") one.fake.families = [counter(one.value += by)];
        if (kind === "answer") {
          one.fake.answer();
          told(one);
        }
        if (kind === "freeze") one.fake.answers = false;
        if (kind === "thaw" && !one.fake.answers) {
          one.fake.answers = true;
          one.fake.answer();
          told(one);
        }
        if (kind === "die" || kind === "leave") {
          one.fake.close(kind === "leave");
          all[worker] = join(one.id);
        }
        if (kind === "reconnect") {
          told(one);
          all[worker] = join(one.id, one.instance, one.value, one.reported);
        }
        if (kind === "scrape") {
          await clock.advance(1);
          const asked = workers.ask(0.5);
          await clock.advance(1);
          await asked;
          for (const each of all) if (each.fake.answers) told(each);
        }
        const [sums] = workers.report().families;
        const sum = sums?.series.get("");
        assert.ok(typeof sum === "number" && sum >= before);
        assert.equal(sum, expected);
        before = sum;
      }
    }),
  );
});
