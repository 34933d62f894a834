import assert from "node:assert/strict";
import fc from "fast-check";
import processes, { parseTask } from "../../collectors/processes.ts";
import { parsedOrRefused, textLike } from "../arbitrary_text.ts";
import { hostOf, seriesOf, valueOn } from "../context.ts";

const task = (id: number, name: string, state: string, threads: number) =>
  `${id} (${name}) ${state} 0 1 1 0 -1 4194560 9061 9416027 94 2620 36 98 54406 13885 20 0 ${threads} 0 29 109604864\n`;

Deno.test("parseTask: takes names that look like the fields behind them", () => {
  assert.deepEqual(parseTask(task(1, "a) R 7 (b\n", "S", 2)), { state: "S", threads: 2 });
  for (const text of ["", "1 (init) S 0", "1 init S 0", task(1, "a", "4", 1)]) {
    assert.throws(() => parseTask(text), { name: "SyntaxError", message: /^Cannot parse "\/proc\/\*\/stat": / });
  }
});

Deno.test("parseTask: refuses arbitrary text by a SyntaxError only, and never makes up a number", () => {
  fc.assert(fc.property(textLike(task(1, "init", "S", 1)), (text) => {
    const parsed = parsedOrRefused(parseTask, text);
    assert(!parsed || Number.isFinite(parsed.threads));
  }));
});

Deno.test("processes: counts processes and threads by state; one that ended meanwhile is left out", async () => {
  const host = hostOf({
    "/proc/1/stat": task(1, "init", "S", 1),
    "/proc/1/task/1/stat": task(1, "init", "R", 1),
    "/proc/7/stat": task(7, "x", "S", 2),
    "/proc/7/task/7/stat": task(7, "x", "S", 2),
    "/proc/7/task/8/stat": task(8, "x", "D", 2),
    "/proc/9/cmdline": "",
    "/proc/sys/kernel/threads-max": "7801\n",
    "/proc/sys/kernel/pid_max": "123\n",
  });
  assert.deepEqual(seriesOf(processes, await valueOn(processes, host)), {
    node_processes_threads: 3,
    node_processes_max_threads: 7801,
    'node_processes_threads_state{thread_state="S"}': 2,
    'node_processes_threads_state{thread_state="D"}': 1,
    'node_processes_state{state="S"}': 2,
    node_processes_pids: 2,
    node_processes_max_processes: 123,
  });
});
