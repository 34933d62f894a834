import assert from "node:assert/strict";
import kernelHung from "../../collectors/kernel_hung.ts";
import { hostOf, seriesOf, valueOn } from "../context.ts";

const FILE = "/proc/sys/kernel/hung_task_detect_count";

Deno.test("kernel_hung: gives the count; is not here before Linux 6.13; quotes what is no number", async () => {
  const value = await valueOn(kernelHung, hostOf({ [FILE]: "42\n" }));
  assert.deepEqual(seriesOf(kernelHung, value), { node_kernel_hung_tasks_total: 42 });
  assert.equal(await valueOn(kernelHung, hostOf({})), null);
  await assert.rejects(valueOn(kernelHung, hostOf({ [FILE]: "x\n" })), {
    name: "SyntaxError",
    message: `Cannot parse "${FILE}": unexpected line "x"`,
  });
});
