import assert from "node:assert/strict";
import { ChildError, type ChildFailure } from "../src/child_error.ts";
import { decodeLine, encodeLine, isRecord } from "../src/line_json.ts";
import { silentLogger } from "../src/log.ts";
import { type Child, type StartedProcess, supervise, type SupervisorOptions } from "../src/supervisor.ts";
import { failing } from "./children/start.ts";
import { FakeClock } from "./fake_clock.ts";

/** A process that only notes what is done to it. */
class FakeProcess implements StartedProcess {
  readonly #gone = Promise.withResolvers<string>();
  readonly gone = this.#gone.promise;
  readonly events: string[] = [];
  readonly ids: number[] = [];

  constructor(
    readonly pid: number,
    readonly write: (piece: Uint8Array) => void,
    readonly complain: (piece: Uint8Array) => void,
    readonly immortal = false,
  ) {}

  send(bytes: Uint8Array): void {
    const message = decodeLine(bytes);
    if (isRecord(message)) this.ids.push(Number(message.id));
  }

  closeInput(): void {
    this.events.push("closeInput");
  }

  kill(): void {
    this.events.push("kill");
    if (!this.immortal) this.end("it was ended by SIGKILL");
  }

  release(): void {
    this.events.push("release");
  }

  end(how: string): void {
    this.#gone.resolve(how);
  }

  answer(id: number, response: unknown): void {
    this.write(encodeLine({ id, response }));
  }
}

interface Stage {
  readonly child: Child;
  readonly clock: FakeClock;
  readonly processes: FakeProcess[];
  /** The process started last. */
  process(): FakeProcess;
}

function stage(options: Partial<SupervisorOptions> & { immortal?: boolean } = {}): Stage {
  const clock = new FakeClock();
  const processes: FakeProcess[] = [];
  const child = supervise((onStdout, onStderr) => {
    const process = new FakeProcess(100 + processes.length, onStdout, onStderr, options.immortal);
    processes.push(process);
    return process;
  }, { name: "fake", deadlineSeconds: 5, log: silentLogger, clock, random: () => 1, ...options });
  return {
    child,
    clock,
    processes,
    process: () => {
      const last = processes.at(-1);
      assert.ok(last, "no process was started");
      return last;
    },
  };
}

Deno.test("supervise: nothing is started before the first request", () => {
  const { child, processes } = stage();
  assert.equal(processes.length, 0);
  assert.deepEqual(child.health(), { state: "idle", pid: undefined, starts: 0, undead: 0, lastFailure: undefined });
});

Deno.test("supervise: answers are matched by id, in any order, by one process", async () => {
  const { child, clock, process, processes } = stage();
  const answers = [child.request("a"), child.request("b"), child.request("c")];
  const [a = 0, b = 0, c = 0] = process().ids;
  process().answer(c, "C");
  process().answer(a, "A");
  process().answer(b, undefined);
  assert.deepEqual(await Promise.all(answers), ["A", undefined, "C"]);
  assert.equal(processes.length, 1);
  assert.equal(clock.timers, 0);
  assert.equal(child.health().state, "running");
});

Deno.test("supervise: a passed deadline kills, as timeout of that request and crash of the others", async () => {
  const { child, clock, process } = stage();
  const late = failing(child.request("late"), "timeout", /^Cannot ask child "fake": it did not answer within 5 s$/);
  await clock.advance(3);
  const other = failing(child.request("other"), "crash", /killed for another request: it did not answer within 5 s$/);
  await clock.advance(1.9);
  assert.deepEqual(process().events, []);
  await clock.advance(0.2);
  assert.deepEqual(process().events, ["kill"]);
  await Promise.all([late, other]);
});

Deno.test("supervise: what failures are counted as", () => {
  const counted = (reason: ChildFailure) => new ChildError("x", reason).failureReason;
  assert.equal(counted("timeout"), "timeout");
  assert.equal(counted("crash"), "crash");
  assert.equal(counted("nonsense"), "crash");
  assert.equal(counted("memory"), "limit");
  assert.equal(counted("backoff"), "crash");
  assert.equal(counted("stopped"), "error");
});

Deno.test("supervise: a killed process is not heard any more", async () => {
  const { child, clock, process } = stage({ immortal: true });
  const first = failing(child.request("a"), "timeout", /within 5 s/);
  const old = process();
  await clock.advance(5);
  await first;
  await clock.advance(1);
  const second = child.request("b");
  const [id = 0] = process().ids;
  old.answer(id, "from the old one");
  old.write(new TextEncoder().encode("junk\n"));
  process().answer(id, "from the new one");
  assert.equal(await second, "from the new one");
});

Deno.test("supervise: an abort ends the wait; the child has to answer none the less", async () => {
  const { child, clock, process } = stage();
  const abort = new AbortController();
  const reason = new Error("enough");
  const request = assert.rejects(child.request("a", { signal: abort.signal }), reason);
  abort.abort(reason);
  await request;
  const [id = 0] = process().ids;
  process().answer(id, "unheard");
  assert.equal(child.health().state, "running");
  const second = assert.rejects(child.request("b", { signal: AbortSignal.abort(reason) }), reason);
  await second;
  assert.equal(process().ids.length, 1);

  const unanswered = new AbortController();
  const third = assert.rejects(child.request("c", { signal: unanswered.signal }), reason);
  unanswered.abort(reason);
  await third;
  await clock.advance(5);
  assert.deepEqual(process().events, ["kill"]);
});

Deno.test("supervise: a payload that JSON cannot carry fails alone", async () => {
  const { child, processes } = stage();
  await assert.rejects(child.request(1n), TypeError);
  assert.equal(processes.length, 0);
});

Deno.test("supervise: backoff doubles up to a minute, is jittered downwards, and starts over after a healthy minute", async () => {
  const random = { value: 1 };
  const { child, clock, process } = stage({ random: () => random.value });
  /** Fails once after some time, and measures how long requests are refused. */
  async function backoffAfter(lifeSeconds: number): Promise<number> {
    const request = failing(child.request("x", { deadlineSeconds: 1000 }), "crash", /exited with code 1/);
    await clock.advance(lifeSeconds);
    process().end("it exited with code 1");
    await request;
    let waited = 0;
    for (; child.health().state === "backoff"; waited += 0.25) {
      await failing(child.request("x"), "backoff", /it is started again in [\d.]+ s: it exited with code 1$/);
      await clock.advance(0.25);
    }
    return waited;
  }
  const grown = [];
  for (let i = 0; i < 8; i++) grown.push(await backoffAfter(1));
  assert.deepEqual(grown, [1, 2, 4, 8, 16, 32, 60, 60]);
  assert.equal(await backoffAfter(59), 60);
  assert.equal(await backoffAfter(60), 1);
  random.value = 0;
  assert.equal(await backoffAfter(1), 1);
  assert.equal(await backoffAfter(1), 2);
});

Deno.test("supervise: what cannot be started is a crash with its cause, and backs off", async () => {
  const clock = new FakeClock();
  const cause = new Error("no such program");
  const child = supervise(() => {
    throw cause;
  }, { name: "x", deadlineSeconds: 1, log: silentLogger, clock, random: () => 1 });
  await assert.rejects(child.request(1), (error) => {
    assert.ok(error instanceof ChildError);
    assert.equal(error.message, 'Cannot ask child "x": it could not be started: no such program');
    assert.equal(error.reason, "crash");
    assert.equal(error.cause, cause);
    return true;
  });
  assert.equal(child.health().state, "backoff");
  assert.equal(clock.timers, 0);
  await failing(child.request(1), "backoff", /no such program/);
  await clock.advance(1);
  assert.equal(child.health().state, "idle");
});

Deno.test("supervise: memory is looked at often while it works, once a second while it does not", async () => {
  const looks: number[] = [];
  const memory = {
    maxResidentBytes: 100,
    residentBytes: (pid: number) => {
      looks.push(pid);
      return looks.length < 25 ? 100 : 101;
    },
  };
  const { child, clock, process } = stage({ memory });
  const first = child.request("a");
  await clock.advance(0.99);
  assert.equal(looks.length, 19);
  process().answer(1, 1);
  await first;
  await clock.advance(3.02);
  assert.equal(looks.length, 23);
  const second = failing(
    child.request("b"),
    "memory",
    /^Cannot ask child "fake": it had 101 bytes of memory, more than 100$/,
  );
  await clock.advance(0.1);
  await second;
  assert.equal(looks.length, 25);
  assert.ok(looks.every((pid) => pid === 100));
  assert.deepEqual(process().events, ["kill"]);
  assert.equal(clock.timers, 0);
  await clock.advance(1);
  const third = failing(child.request("c"), "memory", /101 bytes/);
  await clock.advance(0.05);
  await third;
});

Deno.test("supervise: short requests in quick succession do not put off the look at the memory", async () => {
  const memory = { maxResidentBytes: 1, residentBytes: () => 2 };
  const { child, clock, process } = stage({ memory });
  const outcomes: string[] = [];
  for (let i = 1; i <= 3; i++) {
    const request = child.request(i).then(() => "answered", (error) => error.reason);
    await clock.advance(0.02);
    process().answer(i, i);
    outcomes.push(await request);
  }
  assert.deepEqual(outcomes, ["answered", "answered", "memory"]);
});

Deno.test("supervise: an unknown size is no reason to kill", async () => {
  const { child, clock, process } = stage({ memory: { maxResidentBytes: 1, residentBytes: () => undefined } });
  const request = child.request("a");
  await clock.advance(1);
  process().answer(1, "fine");
  assert.equal(await request, "fine");
  assert.deepEqual(process().events, []);
});

Deno.test("supervise: with eight processes that do not die, no ninth is started", async () => {
  const { child, clock, process, processes } = stage({ immortal: true });
  for (let i = 0; i < 8; i++) {
    const request = failing(child.request(i), "timeout", /within 5 s/);
    await clock.advance(5);
    await request;
    await clock.advance(60);
  }
  assert.equal(child.health().undead, 8);
  await failing(child.request("ninth"), "backoff", /8 processes of it were killed and hang in the kernel$/);
  processes[3]?.end("at last");
  await clock.settle();
  assert.equal(child.health().undead, 7);
  const ninth = child.request("ninth");
  assert.equal(processes.length, 9);
  process().answer(process().ids[0] ?? 0, "hello");
  assert.equal(await ninth, "hello");
});

Deno.test("supervise: an error tells when the process of its request is gone", async () => {
  const { child, clock, process } = stage({ immortal: true });
  const caught = child.request("a").catch((error) => error);
  await clock.advance(5);
  const error = await caught;
  assert.ok(error instanceof ChildError);
  let gone = false;
  error.gone?.then(() => gone = true);
  await clock.settle();
  assert.equal(gone, false);
  process().end("at last");
  await clock.settle();
  assert.equal(gone, true);
});

Deno.test("stop: closes stdin, waits a second, kills, waits another second, and leaves what does not die", async () => {
  const { child, clock, process } = stage({ immortal: true });
  const request = failing(child.request("a"), "stopped", /^Cannot ask child "fake": it is stopped$/);
  let stopped = false;
  const stop = child.stop().then(() => stopped = true);
  await request;
  assert.equal(child.stop(), child.stop());
  await clock.advance(0.9);
  assert.deepEqual(process().events, ["closeInput"]);
  await clock.advance(0.2);
  assert.deepEqual(process().events, ["closeInput", "kill"]);
  assert.equal(stopped, false);
  await clock.advance(1);
  await stop;
  assert.deepEqual(process().events, ["closeInput", "kill", "release"]);
  assert.equal(clock.timers, 0);
  assert.equal(child.health().state, "stopped");
  await failing(child.request("b"), "stopped", /it is stopped$/);
});

Deno.test("stop: waits no longer than the process lives, and not at all for one never started", async () => {
  const { child, clock, process } = stage();
  const request = failing(child.request("a"), "stopped", /stopped/);
  const stop = child.stop();
  process().end("it exited with code 0");
  await Promise.all([stop, request]);
  assert.equal(clock.timers, 0);
  await stage().child.stop();
});

Deno.test("supervise: stderr goes to the log, twenty lines a minute, long ones cut, with the number left out", async () => {
  const lines: string[] = [];
  const { child, clock, process } = stage({
    log: (level, message, fields) => lines.push(`${level} ${message} ${fields?.child} ${fields?.omitted ?? 0}`),
  });
  const request = child.request("a");
  const complain = (text: string) => process().complain(new TextEncoder().encode(text));
  complain("half a ");
  complain("line \u001b[31m\r\nsecond\n");
  complain("z".repeat(5000) + "\n");
  for (let i = 0; i < 100; i++) complain(`more ${i}\n`);
  assert.equal(lines.length, 20);
  assert.deepEqual(lines.slice(0, 2), [
    'warn Child "fake" wrote: half a line  [31m fake 0',
    'warn Child "fake" wrote: second fake 0',
  ]);
  assert.equal(lines[2], `warn Child "fake" wrote: ${"z".repeat(1000)} fake 0`);
  process().answer(1, 1);
  await request;
  await clock.advance(60);
  complain("later\nlast\n");
  assert.deepEqual(lines.slice(20), ['warn Child "fake" wrote: later fake 83', 'warn Child "fake" wrote: last fake 0']);
});

Deno.test("supervise: a failure is logged with its reason, the number of the process and the backoff", async () => {
  const records: unknown[] = [];
  const { child, process } = stage({ log: (...record) => records.push(record) });
  const request = failing(child.request("a"), "crash", /exited with code 3/);
  process().end("it exited with code 3");
  await request;
  assert.deepEqual(records, [
    ["warn", 'Child "fake" failed: it exited with code 3', { child: "fake", pid: 100, backoffSeconds: 1 }],
  ]);
  assert.equal(child.health().lastFailure, "it exited with code 3");
});
