import assert from "node:assert/strict";
import fc from "fast-check";
import stat, { CPU_FIELDS, parseStat, type Stat } from "../../collectors/stat.ts";
import { parsedOrRefused, textLike } from "../arbitrary_text.ts";
import { contextOf, fixtureHost, hostOf, hostWithoutProcfs, seriesOf, stillClock, valueOn } from "../context.ts";

const VALID = fixtureHost("vm-two-cpus").proc("stat");
const VECTORS = ["hi", "timer", "net_tx", "net_rx", "block", "block_iopoll", "tasklet", "sched", "hrtimer", "rcu"];

const ticks = fc.maxSafeNat();
const arbitraryStat = fc.record({
  cpus: fc.uniqueArray(fc.tuple(fc.nat(4096), fc.tuple(...CPU_FIELDS.map(() => ticks))), {
    minLength: 1,
    selector: ([cpu]) => cpu,
  }),
  totals: fc.record({ btime: ticks, ctxt: ticks, processes: ticks, procs_running: ticks, intr: ticks }),
  softirqs: fc.tuple(...VECTORS.map(() => ticks)),
});
type Ticks = typeof arbitraryStat extends fc.Arbitrary<infer T> ? T : never;

function render({ cpus, totals, softirqs }: Ticks): string {
  return [
    "cpu  1 2 3 4 5 6 7 8 9 10",
    ...cpus.map(([cpu, columns]) => `cpu${cpu} ${columns.join(" ")}`),
    ...Object.entries(totals).map(([key, total]) => `${key} ${total}${key === "intr" ? " 0 17 4" : ""}`),
    `softirq 99 ${softirqs.join(" ")}`,
    "",
  ].join("\n");
}

Deno.test("parseStat: reads back what was rendered", () => {
  fc.assert(fc.property(arbitraryStat, (ticks) => {
    const expected: Stat = {
      cpus: new Map(
        ticks.cpus.map(([cpu, columns]) => [
          String(cpu),
          Object.fromEntries(CPU_FIELDS.map((field, i) => [field, (columns[i] ?? NaN) / 100])),
        ]),
      ),
      allCpus: Object.fromEntries(CPU_FIELDS.map((field, i) => [field, (i + 1) / 100])),
      totals: new Map(Object.entries({ ...ticks.totals, softirq: 99 })),
      softirqs: new Map(VECTORS.map((vector, i) => [vector, ticks.softirqs[i] ?? NaN])),
    };
    assert.deepEqual(parseStat(render(ticks)), expected);
  }));
});

Deno.test("parseStat: refuses arbitrary text by a SyntaxError only, and never makes up a number", () => {
  fc.assert(
    fc.property(textLike(VALID), (text) => {
      const parsed = parsedOrRefused(parseStat, text);
      if (!parsed) return;
      const numbers = [...parsed.cpus.values()].flatMap((cpu) => Object.values(cpu));
      numbers.push(...parsed.totals.values(), ...parsed.softirqs.values());
      for (const number of numbers) assert(Number.isFinite(number) && number >= 0);
    }),
    { numRuns: 1000 },
  );
});

Deno.test("parseStat: quotes the line that breaks the format", () => {
  for (
    const line of [
      "cpu0 1 2 x 4",
      "cpu0 1 2 3",
      "ctxt",
      "ctxt -1",
      "btime 1.5",
      "softirq 5 1 2",
      "intr ",
      " cpu1 1",
      "procs_running x",
      "procs_blocked\t-0",
      "cpu0",
      "ctxt\r",
    ]
  ) {
    assert.throws(() => parseStat(`cpu1 1 2 3 4\n${line}\n`), {
      name: "SyntaxError",
      message: `Cannot parse "/proc/stat": unexpected line ${JSON.stringify(line)}`,
    });
  }
  assert.throws(() => parseStat(""), { message: 'Cannot parse "/proc/stat": no line is a processor\'s' });
});

Deno.test("parseStat: takes spacing and missing columns as they come", () => {
  const { cpus, totals } = parseStat("cpu3   100 200\t300 400 \n\n \n\tctxt  5\n");
  assert.deepEqual(cpus.get("3"), {
    user: 1,
    nice: 2,
    system: 3,
    idle: 4,
    iowait: 0,
    irq: 0,
    softirq: 0,
    steal: 0,
    guest: 0,
    guestNice: 0,
  });
  assert.equal(totals.get("ctxt"), 5);
});

Deno.test("parseStat: passes over lines that begin with another word, whatever they hold", () => {
  const others = [
    "newthing abc def",
    "domain0",
    "cpu",
    "cpufoo x",
    "page 5 x",
    "disk_io: (3,0):(1,2,3,4,5)",
    "\0",
    "9",
  ];
  const lines = VALID.trimEnd().split("\n").flatMap((line) => [line, ...others]);
  assert.deepEqual(parseStat(`${lines.join("\n")}\n`), parseStat(VALID));
});

Deno.test("parseStat: reads lines that end in CR LF as those that end in LF", () => {
  assert.deepEqual(parseStat(VALID.replaceAll("\n", "\r\n") + "\r\n"), parseStat(VALID));
});

Deno.test("parseStat: refuses a processor's line that was cut, but takes a last line without its end", () => {
  assert.deepEqual(parseStat(VALID.trimEnd()), parseStat(VALID));
  const processors = "cpu  10 20 30 40 50 60 70 80 90 100\ncpu0 1 2 3 4 5 6 7 8 9 10\ncpu1 1 2 3 4 5 6 7 8 9 10";
  assert.deepEqual([...parseStat(processors).cpus.keys()], ["0", "1"]);
  for (let columns = 1; columns < 11; columns++) {
    const last = "cpu1 1 2 3 4 5 6 7 8 9 10".split(" ").slice(0, columns).join(" ");
    assert.throws(() => parseStat(`${processors.split("\n").slice(0, 2).join("\n")}\n${last}`), {
      name: "SyntaxError",
      message: `Cannot parse "/proc/stat": truncated in line "${last}"`,
    });
  }
});

Deno.test("parseStat: leaves out the processor that is offline, and keeps large numbers exact", () => {
  const { cpus, totals } = parseStat(fixtureHost("two-sockets-of-64-cpus").proc("stat"));
  assert.equal(cpus.size, 127);
  assert.equal(cpus.has("42"), false);
  assert.equal(cpus.get("0")?.idle, Number.MAX_SAFE_INTEGER / 100);
  assert.equal(totals.get("ctxt"), 98412093847561);
});

Deno.test("stat: gives the peer's families, softirqs by option", async () => {
  const plain = seriesOf(stat, await valueOn(stat, fixtureHost("vm-two-cpus")));
  assert.deepEqual(plain, {
    node_boot_time_seconds: 1767225600,
    node_context_switches_total: 1893472,
    node_forks_total: 24117,
    node_intr_total: 94255,
    node_procs_blocked: 0,
    node_procs_running: 3,
  });
  const full = seriesOf(stat, await valueOn(stat, fixtureHost("vm-two-cpus"), { stat: { softirq: true } }));
  assert.equal(Object.keys(full).length, 6 + VECTORS.length);
  assert.equal(full['node_softirqs_total{vector="block_iopoll"}'], 0);
  assert.equal(full['node_softirqs_total{vector="rcu"}'], 109536);
});

Deno.test("stat: a line that the kernel does not have is not exposed", async () => {
  const series = seriesOf(stat, await valueOn(stat, hostOf({ "/proc/stat": "cpu0 1 2 3 4\nctxt 0\n" })));
  assert.deepEqual(series, { node_context_switches_total: 0 });
});

Deno.test("stat: fails where procfs should be and is not", async () => {
  await assert.rejects(valueOn(stat, hostOf({})), { message: /^Cannot read "\/proc\/stat"/ });
});

Deno.test("stat: without procfs takes what the runtime knows, and none of its made-up zeros", () => {
  const runtime = {
    cpus: () => [{ user: 4, nice: 0, system: 3, idle: 50, irq: 0 }],
    uptimeSeconds: () => 1000.25,
  };
  for (
    const [platform, cpu] of [["darwin", { nice: 0, irq: undefined }], ["windows", {
      nice: undefined,
      irq: 0,
    }]] as const
  ) {
    const source = hostWithoutProcfs(platform, runtime);
    const value = stat.read(contextOf({ source, options: { softirq: false }, clock: stillClock(5000) }));
    assert(value && "cpus" in value);
    assert.deepEqual(value.cpus.get("0"), { user: 4, system: 3, idle: 50, ...cpu });
    assert.deepEqual(seriesOf(stat, value), { node_boot_time_seconds: 4000 });
  }
});

Deno.test("stat: the boot time without procfs does not waver by a second; the kernel's own is passed on", () => {
  const bootTimes = (wallSeconds: readonly number[]) => {
    const runtime = { uptimeSeconds: () => 1000 };
    let previous: Stat | undefined;
    return wallSeconds.map((wall) => {
      const source = hostWithoutProcfs("darwin", runtime);
      const now = stat.read(contextOf({ source, options: { softirq: false }, clock: stillClock(wall) }));
      assert(now && "cpus" in now && stat.correct);
      previous = previous ? stat.correct(now, previous) : now;
      return previous.totals.get("btime");
    });
  };
  assert.deepEqual(bootTimes([5000.4, 5000.6, 5001.4, 5000.1, 5002]), [4000, 4000, 4000, 4000, 4002]);

  const kernel = (btime: number) => parseStat(`cpu0 1 2 3 4\nctxt 1\nbtime ${btime}\n`);
  assert.equal(stat.correct?.(kernel(4001), kernel(4000)).totals.get("btime"), 4001);
});

Deno.test("stat: a kernel without the line of softirqs has none served, if they are asked for", async () => {
  const host = hostOf({ "/proc/stat": "cpu  1 2 3 4\ncpu0 1 2 3 4\nctxt 5\n" });
  const series = seriesOf(stat, await valueOn(stat, host, { stat: { softirq: true } }));
  assert.equal(series['node_softirqs_total{vector="rcu"}'], 0);
  assert.deepEqual(seriesOf(stat, await valueOn(stat, host)), { node_context_switches_total: 5 });
});
