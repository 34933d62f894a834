/**
 * Mounts a file system that never answers, reads the mounts with it, and after its server is gone; writes what was read as
 * JSON. To be run in a mount namespace of its own, with a scratch folder as its argument.
 *
 * @module
 */

import filesystem from "../../collectors/filesystem.ts";
import { statfsHelper } from "../../src/cli/statfs_helper.ts";
import { systemClock } from "../../src/clock.ts";
import { silentLogger } from "../../src/log.ts";
import { createSource } from "../../src/source.ts";
import { contextOf } from "../context.ts";

const [folder = ""] = Deno.args;
const libc = Deno.dlopen("libc.so.6", {
  open: { parameters: ["buffer", "i32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
  mount: { parameters: ["buffer", "buffer", "buffer", "u64", "buffer"], result: "i32" },
}).symbols;
const text = (text: string) => new TextEncoder().encode(`${text}\0`);
const O_RDWR_CLOEXEC = 0o2000002;

const mountPoint = `${folder}/mount`;
Deno.mkdirSync(mountPoint);
const server = libc.open(text("/dev/fuse"), O_RDWR_CLOEXEC);
const options = `fd=${server},rootmode=40000,user_id=0,group_id=0`;
if (libc.mount(text("silent"), text(mountPoint), text("fuse"), 0n, text(options)) !== 0) {
  throw new Error(`Cannot mount "${mountPoint}": mount(2) failed`);
}
Deno.mkdirSync(`${folder}/proc/self`, { recursive: true });
Deno.copyFileSync("/proc/self/mountinfo", `${folder}/proc/self/mountinfo`);

const program = () => ({
  compiled: false,
  execPath: Deno.execPath(),
  mainModule: new URL("../../src/cli.ts", import.meta.url).href,
});
const parts = { program, environment: () => Deno.env.toObject(), clock: systemClock };
const helper = statfsHelper(parts, silentLogger);
const source = createSource({ procfs: `${folder}/proc`, platform: "linux", statfs: helper.statfs });

/** What is read of the hung mount and of the root, and how long that took. */
async function read() {
  const from = performance.now();
  const wanted = filesystem.options?.parse({ "mount-points-include": `^(/|${mountPoint})$`, "fs-types-exclude": "" });
  if (!wanted) throw new TypeError("Cannot read file systems: the collector has no options");
  const mounts = await filesystem.read(contextOf({ source, options: wanted, clock: systemClock })) ?? [];
  const seconds = (performance.now() - from) / 1000;
  const fault = mounts.find((mount) => mount.mountPoint === mountPoint)?.fault;
  return { fault, rootBytes: mounts.find((mount) => mount.mountPoint === "/")?.space?.sizeBytes, seconds };
}

const readings = [await read(), await read()];
libc.close(server);
for (let tries = 0; tries < 600; tries++) {
  const last = await read();
  if (last.fault === "mountpoint timeout") {
    await new Promise((resolve) => setTimeout(resolve, 50));
    continue;
  }
  readings.push(last);
  break;
}
await helper.stop();
source.close();
console.log(JSON.stringify(readings));
Deno.exit(0);
