import assert from "node:assert/strict";
import sysctl, { parseParameter } from "../../collectors/sysctl.ts";
import { hostOf, seriesOf, valueOn } from "../context.ts";

const HOST = hostOf({
  "/proc/sys/fs/file-nr": "1024\t0\t1631329\n",
  "/proc/sys/kernel/panic": "-1\n",
  "/proc/sys/kernel/seccomp/actions_avail": "kill_process trap\n",
  "/proc/sys/kernel/empty": "\n",
});
const shown = async (options: Record<string, unknown>) =>
  seriesOf(sysctl, await valueOn(sysctl, HOST, { sysctl: options }));

Deno.test("parseParameter: takes a name, and names of its columns", () => {
  assert.deepEqual(parseParameter("kernel.panic"), { name: "kernel.panic", keys: [] });
  assert.deepEqual(parseParameter("fs.file-nr:a,b"), { name: "fs.file-nr", keys: ["a", "b"] });
  for (const text of ["", ":a", "..", "a/../b", "/etc"]) assert.throws(() => parseParameter(text), SyntaxError);
});

Deno.test("sysctl: shows numbers by index or by key, and words in labels", async () => {
  assert.deepEqual(await shown({ include: ["fs.file-nr", "fs.file-nr:total,current,max-x", "kernel/panic"] }), {
    'node_sysctl_fs_file_nr{index="0"}': 1024,
    'node_sysctl_fs_file_nr{index="1"}': 0,
    'node_sysctl_fs_file_nr{index="2"}': 1631329,
    node_sysctl_fs_file_nr_total: 1024,
    node_sysctl_fs_file_nr_current: 0,
    node_sysctl_fs_file_nr_max_x: 1631329,
    node_sysctl_kernel_panic: -1,
  });
  assert.deepEqual(await shown({ "include-info": ["kernel.seccomp.actions_avail"] }), {
    'node_sysctl_info{index="0",name="kernel.seccomp.actions_avail",value="kill_process"}': 1,
    'node_sysctl_info{index="1",name="kernel.seccomp.actions_avail",value="trap"}': 1,
  });
  assert.deepEqual(await shown({}), {});
});

Deno.test("sysctl: fails where a parameter is not what its option says", async () => {
  const wrong = [
    [{ include: ["kernel.none"] }, 'Cannot read "/proc/sys/kernel/none": no such file or directory'],
    [{ include: ["kernel.empty"] }, 'Cannot parse "/proc/sys/kernel/empty": it is empty'],
    [{ include: ["fs.file-nr:a"] }, 'Cannot name the columns of "fs.file-nr": it has 3, with 1 names'],
    [{ include: ["kernel.panic:a"] }, 'Cannot name the columns of "kernel.panic": it has 1, with 1 names'],
    [
      { include: ["kernel.seccomp.actions_avail"] },
      'Cannot parse "/proc/sys/kernel/seccomp/actions_avail": unexpected line "kill_process"',
    ],
  ] as const;
  for (const [options, message] of wrong) await assert.rejects(shown(options), { message });
  await assert.rejects(shown({ "include-info": ["fs.file-nr:a,b,c"] }), /has no keys/);
});
