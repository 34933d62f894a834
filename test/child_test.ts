import assert from "node:assert/strict";
import { kill } from "node:process";
import fc from "fast-check";
import { type Child, childCommand, ChildError } from "../src/child.ts";
import { isRecord } from "../src/line_json.ts";
import { child, exists, failing, openFiles, pidOf, program, until } from "./children/start.ts";

const MEBIBYTE = 2 ** 20;
const onLinux = Deno.build.os === "linux";

/** What a child, once it failed and its backoff is over, must do again. */
async function assertRecovers(child: Child, formerPid: number | undefined): Promise<void> {
  await until(() => child.health().state === "idle", "its backoff is over");
  assert.equal(await child.request({ do: "echo", value: "again" }), "again");
  assert.equal(child.health().starts, 2);
  assert.notEqual(child.health().pid, formerPid);
}

Deno.test("childCommand: a compiled program is its own command", () => {
  const sonde = { compiled: true, execPath: "/usr/bin/sonde", mainModule: "file:///tmp/bundle.js" };
  assert.deepEqual(childCommand(sonde, "statfs"), ["/usr/bin/sonde", "child", "statfs"]);
});

Deno.test("childCommand: under deno run the main module runs again with the same arguments", () => {
  const sonde = { compiled: false, execPath: "/usr/bin/deno", mainModule: "file:///sonde/mod.ts" };
  assert.deepEqual(
    childCommand(sonde, "plugin"),
    ["/usr/bin/deno", "run", "-A", "file:///sonde/mod.ts", "child", "plugin"],
  );
  assert.deepEqual(
    childCommand({ ...sonde, runArguments: ["--allow-read", "--no-prompt"] }, "plugin"),
    ["/usr/bin/deno", "run", "--allow-read", "--no-prompt", "file:///sonde/mod.ts", "child", "plugin"],
  );
});

Deno.test("child.ts: importing it does not touch the global Deno", async () => {
  const module = new URL("../src/child.ts", import.meta.url).href;
  const code = `delete globalThis.Deno; await import(${JSON.stringify(module)}); console.log(typeof Deno);`;
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["eval", "--no-config", code] }).output();
  assert.equal(new TextDecoder().decode(stdout).trim(), "undefined");
});

Deno.test("createChild: a thousand requests at once are answered by one process", async () => {
  const echo = child();
  const values = Array.from({ length: 1000 }, (_, i) => ({ i, text: `${i}€😀\n`, nested: [null, true, 0.5] }));
  assert.deepEqual(await Promise.all(values.map((value) => echo.request({ do: "echo", value }))), values);
  assert.equal(echo.health().starts, 1);
  await echo.stop();
});

Deno.test("createChild: any JSON value comes back as it went, also one larger than a pipe", async () => {
  const echo = child();
  await fc.assert(
    fc.asyncProperty(fc.jsonValue(), async (value) => {
      assert.deepEqual(await echo.request({ do: "echo", value }), JSON.parse(JSON.stringify(value)));
    }),
    { numRuns: 50 },
  );
  const large = "€😀".repeat(100_000);
  assert.equal(await echo.request({ do: "echo", value: large }), large);
  assert.equal(await echo.request({ do: "nothing" }), undefined);
  await echo.stop();
});

Deno.test("createChild: a later request may be answered first", async () => {
  const served = child();
  const first = served.request({ do: "wait" });
  await served.request({ do: "release", value: "now" });
  assert.equal(await first, "now");
  await served.stop();
});

Deno.test("createChild: an answer that comes byte by byte is put together", async () => {
  const drip = child({ command: program("rogue", "drip") });
  assert.equal(await drip.request("go"), "a€😀");
  await drip.stop();
});

Deno.test("createChild: what the child's handler throws is thrown here, and the child lives", async () => {
  const served = child();
  const pid = await pidOf(served);
  await assert.rejects(served.request({ do: "fault" }), (error) => {
    assert.ok(error instanceof SyntaxError && !(error instanceof ChildError));
    assert.equal(error.message, "Cannot parse it");
    assert.ok(error.cause instanceof Error && error.cause.message === "first byte");
    return true;
  });
  await assert.rejects(served.request({ do: "ownFault" }), { name: "NotFound", message: "no such mount" });
  await assert.rejects(served.request({ do: "unspeakable" }), TypeError);
  await assert.rejects(served.request({ do: "dance" }), { name: "RangeError", message: /"dance": there is no such/ });
  assert.equal(await pidOf(served), pid);
  await served.stop();
});

Deno.test("createChild: an endless loop is killed at its deadline, and the next request has a new process", async () => {
  const served = child();
  const pid = await pidOf(served);
  const began = performance.now();
  const bystander = failing(served.request({ do: "wait" }), "crash", /killed for another request: it did not answer/);
  await failing(served.request({ do: "hang" }, { deadlineSeconds: 0.5 }), "timeout", /it did not answer within 0.5 s$/);
  assert.ok(performance.now() - began < 10_000);
  await bystander;
  await failing(served.request({ do: "pid" }), "backoff", /started again in 0\.\d s: it did not answer within 0.5 s$/);
  await until(() => !exists(pid), "the looping process is gone");
  await assertRecovers(served, pid);
  await served.stop();
});

for (const [deed, message] of [["exit", /it exited with code 3$/], ["die", /it was ended by SIGKILL$/]] as const) {
  Deno.test(`createChild: a child that goes in the middle (${deed}) is a crash of all its requests`, async () => {
    const served = child();
    const pid = await pidOf(served);
    const waiting = failing(served.request({ do: "wait" }), "crash", message);
    await failing(served.request({ do: deed }), "crash", message);
    await waiting;
    await assertRecovers(served, pid);
    await served.stop();
  });
}

const NONSENSE = {
  flood: /it wrote a line of more than 1048576 bytes: "x{80}"…$/,
  junkLines: /it wrote a line that is not JSON: "junk"$/,
  notJson: /it wrote a line that is not JSON: "hello, I am \\u001b\[31ma child"$/,
  notUtf8: /it wrote a line that is not JSON: "\\"\ufffd\\""$/,
  emptyLine: /it wrote a line that is not JSON: ""$/,
  noAnswer: /it wrote a line that is not an answer: "\[1,2\]"$/,
  noId: /it wrote a line that is not an answer: /,
  unknownId: /it wrote an answer to no request: "{\\"id\\":99,\\"response\\":1}"$/,
  badError: /it wrote an error without name and message: /,
};

for (const [manner, message] of Object.entries(NONSENSE)) {
  Deno.test(`createChild: nonsense (${manner}) is quoted, and the child killed`, async () => {
    const rogue = child({ command: program("rogue", manner), maxLineBytes: MEBIBYTE });
    const requests = [rogue.request(1), rogue.request(2)];
    const { pid } = rogue.health();
    assert.ok(pid !== undefined);
    await Promise.all(requests.map((request) => failing(request, "nonsense", message)));
    await until(() => !exists(pid), "the process is gone");
    assert.equal(rogue.health().state, "backoff");
    await rogue.stop();
  });
}

const UNASKED = {
  twice: /^it wrote (an answer to no request|without being asked): "{\\"id\\":1/,
  unasked: /^it wrote without being asked: "and"$/,
};

for (const [manner, message] of Object.entries(UNASKED)) {
  Deno.test(`createChild: output that nobody asked for (${manner}) kills the child, but keeps the answer`, async () => {
    const rogue = child({ command: program("rogue", manner) });
    assert.equal(await rogue.request("go"), 1);
    await until(() => rogue.health().state === "backoff", "it was killed");
    assert.match(rogue.health().lastFailure ?? "", message);
    await rogue.stop();
  });
}

Deno.test({
  name: "createChild: a child that closes its stdout is killed",
  ignore: Deno.build.os === "windows",
  async fn() {
    const mute = child({ command: ["/bin/sh", "-c", "read -r request; exec >&-; while :; do read -r more; done"] });
    await failing(mute.request("go"), "crash", /it closed its stdout$/);
    await mute.stop();
  },
});

Deno.test({
  name: "createChild: memory outside the heap is watched, and the child killed",
  ignore: !onLinux,
  async fn() {
    const residentBytes = (pid: number) => {
      const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(Deno.readTextFileSync(`/proc/${pid}/status`))?.[1];
      return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
    };
    const served = child({ memory: { maxResidentBytes: 200 * MEBIBYTE, residentBytes } });
    const pid = await pidOf(served);
    await failing(served.request({ do: "swell" }), "memory", /it had \d+ bytes of memory, more than 209715200$/);
    await until(() => !exists(pid), "the process is gone");
    await assertRecovers(served, pid);
    await served.stop();
  },
});

Deno.test({
  name: "createChild: a flood of stderr makes the child wait, not its parent work",
  ignore: !onLinux,
  async fn() {
    const bytesRead = () => Number(/^rchar: (\d+)$/m.exec(Deno.readTextFileSync("/proc/self/io"))?.[1]);
    const lines: string[] = [];
    const rogue = child({ command: program("rogue", "floodStderr"), log: (_, text) => lines.push(text) });
    const [before, began] = [bytesRead(), performance.now()];
    await failing(rogue.request("go", { deadlineSeconds: 3 }), "timeout", /within 3 s/);
    const seconds = (performance.now() - began) / 1000;
    assert.ok(bytesRead() - before < (seconds + 1) * 100 * 65_536 * 1.5, `read ${bytesRead() - before} bytes`);
    assert.equal(lines.filter((line) => line.includes("y")).length, 20);
    await rogue.stop();
  },
});

Deno.test("createChild: stderr, and what the handler prints, goes to the log", async () => {
  const lines: string[] = [];
  const served = child({ log: (level, text) => lines.push(`${level} ${text}`) });
  await served.request({ do: "complain", value: "a\u001b[31m\nb" });
  await served.request({ do: "print", value: "c" });
  await until(() => lines.length === 3, "three lines are logged");
  assert.deepEqual(lines, [
    'warn Child "test" wrote: a [31m',
    'warn Child "test" wrote: b',
    'warn Child "test" wrote: c',
  ]);
  await served.stop();
});

Deno.test("createChild: the environment is the one given, and nothing else", async () => {
  Deno.env.set("SONDE_TEST_SECRET", "leaked");
  try {
    for (const environment of [undefined, { SONDE_GREETING: "hello" }]) {
      const served = child({ environment });
      const seen = await served.request({ do: "environment" });
      assert.ok(isRecord(seen));
      assert.equal(seen.SONDE_TEST_SECRET, undefined);
      assert.equal(seen.SONDE_GREETING, environment?.SONDE_GREETING);
      // The child's own view holds what its runtime, and elsewhere the system, has added.
      if (onLinux) {
        const given = Deno.readTextFileSync(`/proc/${served.health().pid}/environ`);
        assert.equal(given, environment ? "SONDE_GREETING=hello\0" : "");
      }
      await served.stop();
    }
  } finally {
    Deno.env.delete("SONDE_TEST_SECRET");
  }
});

Deno.test("createChild: a program that does not exist is a crash that says so", async () => {
  const missing = child({ command: ["/nonexistent/sonde"] });
  await failing(
    missing.request(1),
    "crash",
    /^Cannot ask child "test": it could not be started: .*\/nonexistent\/sonde/,
  );
  await failing(missing.request(1), "backoff", /could not be started/);
  await missing.stop();
});

Deno.test({
  name: "createChild: what the child started is killed with it, whether it was killed or crashed",
  ignore: Deno.build.os === "windows",
  async fn() {
    for (const end of ["hang", "exit"]) {
      const served = child();
      const sleeper = await served.request({ do: "spawn", value: false });
      assert.ok(typeof sleeper === "number" && exists(sleeper));
      await assert.rejects(served.request({ do: end }, { deadlineSeconds: end === "hang" ? 0.5 : 60 }), ChildError);
      await until(() => !exists(sleeper), "the process that the child started is gone");
      await served.stop();
    }
  },
});

Deno.test("stop: ends an idle child by closing its stdin", async () => {
  const served = child();
  const pid = await pidOf(served);
  await served.stop();
  assert.equal(exists(pid), false);
  assert.equal(served.health().state, "stopped");
  await failing(served.request({ do: "pid" }), "stopped", /it is stopped$/);
});

Deno.test("stop: kills a child that loops, after its grace", async () => {
  const served = child();
  const pid = await pidOf(served);
  const hanging = failing(served.request({ do: "hang" }), "stopped", /it is stopped$/);
  // More than the pipe holds, so that closing it has to wait.
  const unread = failing(served.request({ do: "echo", value: "x".repeat(MEBIBYTE) }), "stopped", /it is stopped$/);
  await served.stop();
  await Promise.all([hanging, unread]);
  assert.equal(exists(pid), false);
});

Deno.test({
  name: "createChild: a child that crashed leaves no files open, though it was not stopped",
  ignore: !onLinux,
  async fn() {
    const counts: number[] = [];
    for (let i = 0; i < 6; i++) {
      const crash = child({ command: ["/bin/sh", "-c", "read -r request; exit 1"] });
      await failing(crash.request("go"), "crash", /it exited with code 1$/);
      assert.equal(crash.health().undead, 0);
      counts.push(openFiles());
    }
    assert.ok(counts.every((count) => count <= (counts[0] ?? 0)), `open files: ${counts}`);
  },
});

for (const end of ["stop", "exit"]) {
  Deno.test({
    name: `stop: is not held up by a process that left the child's group with its pipes (${end})`,
    ignore: !onLinux,
    async fn() {
      const filesBefore = openFiles();
      const served = child();
      const sleeper = await served.request({ do: "spawn", value: true });
      assert.ok(typeof sleeper === "number");
      try {
        if (end === "exit") await failing(served.request({ do: "exit" }), "crash", /it exited with code 3$/);
        await served.stop();
        assert.equal(served.health().undead, 0);
        await until(() => openFiles() <= filesBefore, "the pipes are closed");
        assert.ok(exists(sleeper));
      } finally {
        kill(sleeper, "SIGKILL");
      }
    },
  });
}

Deno.test({
  name: "stop: is not held up by a process that SIGKILL does not end",
  ignore: !onLinux,
  async fn() {
    const served = child();
    const pid = await pidOf(served);
    await served.request({ do: "allowTracing" });
    const [deno = "", ...args] = program("tracer", String(pid));
    const tracer = new Deno.Command(deno, { args, stdin: "null", stdout: "piped", stderr: "inherit" }).spawn();
    const output = tracer.stdout.getReader();
    try {
      assert.equal(new TextDecoder().decode((await output.read()).value), "tracing\n");
      const failed = await served.request({ do: "hang" }, { deadlineSeconds: 0.5 }).catch((error) => error);
      assert.ok(failed instanceof ChildError);
      assert.equal(failed.reason, "timeout");
      await served.stop();
      assert.equal(served.health().undead, 1);
      assert.ok(exists(pid));
      tracer.kill("SIGKILL");
      await failed.gone;
      assert.equal(served.health().undead, 0);
      assert.equal(exists(pid), false);
    } finally {
      await output.cancel();
      await tracer.status;
    }
  },
});

Deno.test("serveChild: ends when its parent is killed", async () => {
  const [deno = "", ...args] = program("parent");
  const parent = new Deno.Command(deno, { args, stdin: "null", stdout: "piped", stderr: "inherit" }).spawn();
  const output = parent.stdout.getReader();
  const pid = Number(new TextDecoder().decode((await output.read()).value));
  assert.ok(pid > 0 && exists(pid));
  parent.kill("SIGKILL");
  await parent.status;
  await output.cancel();
  await until(() => !exists(pid), "the child is gone");
});
