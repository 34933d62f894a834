import assert from "node:assert/strict";
import { statfsHelper } from "../../src/cli/statfs_helper.ts";
import { silentLogger } from "../../src/log.ts";
import { statfs } from "../../src/statfs.ts";
import { FakeProcess } from "./surroundings.ts";

Deno.test("statfsHelper: asks in a child process, and ends it", async () => {
  const surroundings = new FakeProcess([], Deno.env.toObject());
  const helper = statfsHelper(surroundings, silentLogger);
  try {
    const [root, missing] = await Promise.all([helper.statfs("/"), helper.statfs("/nonexistent")]);
    assert.equal(root?.space?.sizeBytes, (await statfs("/")).space?.sizeBytes);
    assert.deepEqual(missing, { fault: "no such file or directory" });
  } finally {
    await helper.stop();
  }
});

Deno.test("statfsHelper: where no child can be started, this process asks", async () => {
  const { clock } = new FakeProcess([]);
  const program = () => ({ compiled: true, execPath: "/nonexistent/sonde", mainModule: "" });
  const helper = statfsHelper({ clock, program, environment: () => ({}) }, silentLogger);
  try {
    assert.deepEqual(await helper.statfs("/nonexistent"), { fault: "no such file or directory" });
  } finally {
    await helper.stop();
  }
});
