import assert from "node:assert/strict";
import { createLibc } from "../src/libc.ts";
import { deviceNames, table } from "../src/netlink.ts";
import type { SystemCalls } from "../src/system_calls.ts";

const CALLABLE = Deno.build.os === "linux" && ["x86_64", "aarch64"].includes(Deno.build.arch);

/** A test of the real library; ignored, with the reason in its name, where there is none that is known. */
function test(name: string, run: (calls: SystemCalls) => unknown): void {
  Deno.test({
    name: `createLibc: ${name}${CALLABLE ? "" : " (ignored: not Linux on x86_64 or aarch64)"}`,
    ignore: !CALLABLE,
    async fn() {
      const libc = createLibc();
      try {
        const calls = libc.calls();
        assert.ok(calls);
        await run(calls);
      } finally {
        libc.close();
      }
    },
  });
}

test("adjtimex tells of the clock, and does not change it", (calls) => {
  const first = calls.adjtimex();
  const second = calls.adjtimex();
  assert.ok(first && second);
  const view = new DataView(first.timex.buffer);
  assert.ok(first.state >= 0 && first.state <= 5);
  const tick = Number(view.getBigInt64(88, true));
  assert.ok(tick >= 9000 && tick <= 11000, `a tick of ${tick} microseconds`);
  assert.notEqual(first.timex, second.timex);
});

test("rtnetlink lists the network devices", async (calls) => {
  const names = [...(await deviceNames(calls)).values()];
  // Beside devices the folder may hold files of drivers.
  const folders = [...Deno.readDirSync("/sys/class/net")].filter(({ isSymlink }) => isSymlink).map(({ name }) => name);
  assert.deepEqual(names.sort(), folders.sort());
});

test("rtnetlink passes on that the kernel refuses, and asks several at once", async (calls) => {
  await assert.rejects(
    table(calls, 4000, new Uint8Array(4)),
    /^Error: Cannot ask the kernel by netlink: it answers error/,
  );
  const all = await Promise.all(Array.from({ length: 8 }, () => deviceNames(calls)));
  for (const names of all) assert.deepEqual(names, all[0]);
});

test("rtnetlink leaves no socket open, whatever comes of it", async (calls) => {
  const sockets = () => {
    const folder = "/proc/self/fd";
    return [...Deno.readDirSync(folder)].filter(({ name }) => {
      try {
        return Deno.readLinkSync(`${folder}/${name}`).startsWith("socket:");
      } catch {
        // The folder's own descriptor is closed by now.
        return false;
      }
    }).length;
  };
  const before = sockets();
  for (let i = 0; i < 10; i++) {
    await deviceNames(calls);
    await calls.rtnetlink(new Uint8Array(4)).catch(() => {});
    await table(calls, 4000, new Uint8Array(4)).catch(() => {});
  }
  assert.equal(sockets(), before);
});

/** How often libraries are opened while `run` runs, in a program that has, or may ask for, the permission. */
function opens(state: Deno.PermissionState, run: (opened: () => number) => void): void {
  const { dlopen, permissions } = Deno;
  let opened = 0;
  const counting = (...args: Parameters<typeof dlopen>) => {
    opened++;
    return dlopen(...args);
  };
  Object.assign(Deno, { dlopen: counting, permissions: { querySync: () => ({ state }) } });
  try {
    run(() => opened);
  } finally {
    Object.assign(Deno, { dlopen, permissions });
  }
}

Deno.test({
  name: "createLibc: opens the library when it is first asked, once, and again after it was closed",
  ignore: !CALLABLE,
  fn: () =>
    opens("granted", (opened) => {
      const libc = createLibc();
      libc.close();
      assert.equal(opened(), 0);
      for (let i = 0; i < 3; i++) assert.ok(libc.calls());
      assert.equal(opened(), 1);
      libc.close();
      assert.ok(libc.calls());
      assert.equal(opened(), 2);
      libc.close();
    }),
});

Deno.test("createLibc: without the permission there are no calls, and nobody is asked for it", () => {
  for (const state of ["prompt", "denied"] as const) {
    opens(state, (opened) => {
      assert.equal(createLibc().calls(), undefined);
      assert.equal(opened(), 0);
    });
  }
});

Deno.test({
  name: "createLibc: a program that may call no library does without",
  permissions: { ffi: false },
  fn: () => assert.equal(createLibc().calls(), undefined),
});
