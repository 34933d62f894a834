import assert from "node:assert/strict";
import fc from "fast-check";
import sysctl, { parseNumber, parseParameter } from "../../collectors/sysctl.ts";
import { hostOf, seriesOf, valueOn } from "../context.ts";
import { shownOn } from "../engine_page.ts";

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

Deno.test("sysctl: what cannot be read fails the run and does not cost what is named before or after it", async () => {
  const include = ["kernel.none", "kernel.panic", "kernel.empty", "fs.file-nr:total,current,max"];
  const options = { include, "include-info": ["kernel.gone", "kernel.seccomp.actions_avail"] };
  await assert.rejects(shown(options), {
    message: 'Cannot read "/proc/sys/kernel/none": no such file or directory; ' +
      'Cannot parse "/proc/sys/kernel/empty": it is empty; ' +
      'Cannot read "/proc/sys/kernel/gone": no such file or directory',
  });
  const page = await shownOn(HOST, { sysctl: options, node_scrape: {}, self: {} });
  assert.deepEqual(Object.entries(page).filter(([name]) => name.startsWith("node_sysctl_")), [
    ["node_sysctl_fs_file_nr_current", 0],
    ["node_sysctl_fs_file_nr_max", 1631329],
    ["node_sysctl_fs_file_nr_total", 1024],
    ['node_sysctl_info{index="0",name="kernel.seccomp.actions_avail",value="kill_process"}', 1],
    ['node_sysctl_info{index="1",name="kernel.seccomp.actions_avail",value="trap"}', 1],
    ["node_sysctl_kernel_panic", -1],
  ]);
  assert.equal(page['node_scrape_collector_success{collector="sysctl"}'], 0);
  assert.equal(page['sonde_collector_series{collector="sysctl"}'], 6);
});

Deno.test("sysctl: shows nothing of a run that failed as a whole", () => {
  assert(sysctl.failureValue);
  const options = { include: [], "include-info": [] };
  assert.deepEqual(seriesOf(sysctl, sysctl.failureValue(new Error("no answer within 1 s"), options)), {});
});

Deno.test("parseNumber: takes whole numbers in the notations of the peer, and no other text", () => {
  const numbers = [["-1", -1], ["0x1F", 31], ["017", 15], ["0o17", 15], ["0b11", 3], ["+5", 5], ["-0", 0]] as const;
  for (const [text, number] of numbers) assert.equal(parseNumber(text), number, text);
  assert.equal(parseNumber("18446744073692774399"), 18446744073692774399);
  for (const text of ["", "08", "0x", "1.5", "1e3", "99999999999999999999", "Infinity", "NaN", "--1", "1_0"]) {
    assert.equal(parseNumber(text), undefined, text);
  }
  fc.assert(fc.property(fc.maxSafeInteger(), (number) => assert.equal(parseNumber(String(number)), number || 0)));
  fc.assert(fc.property(fc.string(), (text) => assert(Number.isFinite(parseNumber(text) ?? 0))));
});
