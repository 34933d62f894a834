import assert from "node:assert/strict";
import fc from "fast-check";
import filesystem, { parseMountinfo } from "../../collectors/filesystem.ts";
import type { StatfsAnswer } from "../../src/collector.ts";
import { parsedOrRefused, textLike } from "../arbitrary_text.ts";
import { contextOf, hostOf, seriesOf, stillClock } from "../context.ts";

const ROOT = "27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard";
const TEXT = `${ROOT}
30 1 0:5 / /a\\040b\\134c ro,noatime shared:1 master:2 - ext4 /dev/sd\\040b rw,errors=remount-ro
31 1 0:6 / /gone rw - nfs4 srv:/ rw,vers=4
32 1 0:7 / /host/deep rw - fuse.x  rw
33 1 0:8 / /proc rw - proc proc rw
34 1 0:8 / /hostile rw - tmpfs tmpfs ro
`;
const SPACE: StatfsAnswer = {
  space: { sizeBytes: 100, freeBytes: 50, availableBytes: 40, files: 10, freeFiles: 5 },
};

/** What is read of these mounts, with answers by path, on a clock that fires at once if `late`. */
async function read(
  files: Record<string, string>,
  answers: (path: string) => Promise<StatfsAnswer>,
  options: Record<string, unknown> = {},
  late = false,
) {
  const timer = (callback: () => void) => {
    if (late) queueMicrotask(callback);
    return () => {};
  };
  const parsed = filesystem.options?.parse(options);
  assert(parsed);
  const source = { ...hostOf(files), statfs: answers };
  const context = contextOf({
    source,
    options: parsed,
    clock: { ...stillClock(), timer },
  });
  return seriesOf(filesystem, await filesystem.read(context));
}

Deno.test("parseMountinfo: knows what is read-only, whatever the order of options, and undoes the kernel's escapes", () => {
  const mounts = parseMountinfo(TEXT, "/host");
  assert.deepEqual(mounts.map(({ mountPoint }) => mountPoint), [
    "/",
    "/a b\\c",
    "/gone",
    "/deep",
    "/proc",
    "/hostile",
  ]);
  assert.deepEqual(mounts.map(({ readOnly }) => readOnly), [false, true, false, false, false, true]);
  assert.deepEqual(mounts.map(({ device }) => device).slice(1, 4), ["/dev/sd\\040b", "srv:/", ""]);
});

Deno.test("filesystem: reports each wanted mount once, and the fault of one that cannot be asked", async () => {
  const asked: string[] = [];
  const series = await read({ "/proc/1/mountinfo": `${TEXT}${ROOT}\n` }, (path) => {
    asked.push(path);
    return Promise.resolve(path === "/gone" ? { fault: "stale NFS file handle" } : SPACE);
  });
  assert.deepEqual(asked, ["/", "/a b\\c", "/gone", "/host/deep", "/hostile"]);
  const root = 'device="/dev/vda",device_error="",fstype="ext4",mountpoint="/"';
  assert.equal(series[`node_filesystem_avail_bytes{${root}}`], 40);
  assert.equal(series[`node_filesystem_device_error{${root}}`], 0);
  assert.equal(series['node_filesystem_mount_info{device="/dev/vda",major="254",minor="0",mountpoint="/"}'], 1);
  const gone = 'device="srv:/",device_error="stale NFS file handle",fstype="nfs4",mountpoint="/gone"';
  assert.deepEqual(Object.entries(series).filter(([name]) => name.includes("/gone")), [
    [`node_filesystem_device_error{${gone}}`, 1],
    [`node_filesystem_readonly{${gone}}`, 0],
  ]);
});

Deno.test("filesystem: asks at once only what cannot wait for anything, nor for a mount on the way to it", async () => {
  const text = `${ROOT}
30 1 0:5 / /data rw - xfs /dev/sdb rw
31 1 0:6 / /srv rw - nfs4 srv:/ rw
32 1 0:7 / /srv/deep rw - ext4 /dev/sdc rw
33 1 0:8 / /srvother rw - tmpfs tmpfs rw
34 1 0:9 / /over rw - ext4 /dev/sdd rw
35 1 0:10 / /over rw - fuse.x x rw
36 1 0:11 / /pool rw - zfs pool rw
`;
  const asked: Record<string, string> = {};
  const statfs = (path: string, manner: string) => {
    asked[path] = manner;
    return Promise.resolve(SPACE);
  };
  const source = { ...hostOf({ "/proc/1/mountinfo": text }), statfs };
  await filesystem.read(contextOf({ source, options: filesystem.options?.parse({}) ?? assert.fail() }));
  assert.deepEqual(asked, {
    "/": "at once",
    "/data": "at once",
    "/srv": "by helper",
    "/srv/deep": "waiting",
    "/srvother": "at once",
    "/over": "waiting",
    "/pool": "waiting",
  });
});

Deno.test("filesystem: a mount that never answers is marked, and costs the others nothing", async () => {
  const never = new Promise<StatfsAnswer>(() => {});
  const answers = (path: string) => path === "/gone" ? never : Promise.resolve(SPACE);
  const series = await read({ "/proc/self/mountinfo": TEXT }, answers, {}, true);
  const labels = 'device="srv:/",device_error="mountpoint timeout",fstype="nfs4",mountpoint="/gone"';
  assert.equal(series[`node_filesystem_device_error{${labels}}`], 1);
  assert.equal(Object.keys(series).filter((name) => name.startsWith("node_filesystem_size_bytes")).length, 4);
});

/** What it waits for mounts at the most, if none answers, in seconds. */
async function waited(options: Record<string, unknown>, timeoutSeconds?: number): Promise<number> {
  const waits: number[] = [];
  const timer = (callback: () => void, seconds: number) => {
    waits.push(seconds);
    queueMicrotask(callback);
    return () => {};
  };
  const parsed = filesystem.options?.parse(options);
  assert(parsed && filesystem.timeoutFor);
  const source = { ...hostOf({ "/proc/1/mountinfo": TEXT }), statfs: () => new Promise<StatfsAnswer>(() => {}) };
  const context = contextOf({ source, options: parsed, clock: { ...stillClock(), timer } });
  await filesystem.read({ ...context, timeoutSeconds: timeoutSeconds ?? filesystem.timeoutFor(parsed) });
  assert.equal(waits.length, 1);
  return waits[0] ?? NaN;
}

Deno.test("filesystem: waits for mounts as long as mount-timeout says, and its deadline is longer", async () => {
  const deadline = (options: Record<string, unknown>) => {
    const parsed = filesystem.options?.parse(options);
    return parsed && filesystem.timeoutFor?.(parsed);
  };
  assert.deepEqual([deadline({}), await waited({})], [1, 0.5]);
  assert.deepEqual([deadline({ "mount-timeout": "5s" }), await waited({ "mount-timeout": "5s" })], [5.5, 5]);
  assert.deepEqual([deadline({ "mount-timeout": "100ms" }), await waited({ "mount-timeout": "100ms" })], [1, 0.1]);
});

Deno.test("filesystem: a deadline that the configuration gives leaves time to report mounts that did answer", async () => {
  assert.equal(await waited({ "mount-timeout": "5s" }, 2), 1.5);
  assert.equal(await waited({ "mount-timeout": "5s" }, 0.4), 0.2);
});

Deno.test("filesystem: an include takes the place of the exclude that stands by default", async () => {
  const files = { "/proc/1/mountinfo": TEXT };
  const sizes = async (options: Record<string, string>) =>
    Object.keys(await read(files, () => Promise.resolve(SPACE), options)).filter((name) => name.includes("_size_"));
  assert.equal((await sizes({ "mount-points-include": "^/proc$", "fs-types-include": "proc" })).length, 1);
  assert.equal((await sizes({ "ignored-fs-types": "^(ext4|nfs4)$" })).length, 2);
  for (const kind of ["mount-points", "fs-types"]) {
    const both = { [`${kind}-include`]: "a", [`${kind}-exclude`]: "b" };
    assert.throws(() => filesystem.options?.parse(both), /only one may be given/);
  }
});

Deno.test("parseMountinfo: quotes the line that breaks the format", () => {
  for (const line of ["27 1 254:0 / / rw", "x", "27 1 254 / / rw - ext4 /dev/vda rw"]) {
    assert.throws(() => parseMountinfo(`${ROOT}\n${line}\n`), {
      name: "SyntaxError",
      message: `Cannot parse "/proc/1/mountinfo": unexpected line ${JSON.stringify(line)}`,
    });
  }
});

Deno.test("parseMountinfo: refuses arbitrary text by a SyntaxError only", () => {
  fc.assert(fc.property(textLike(TEXT), (text) => {
    for (const { mountPoint } of parsedOrRefused(parseMountinfo, text) ?? []) assert(mountPoint !== "");
  }));
});
