/** A child that keeps to the protocol, and does what it is asked to. */

import { isRecord } from "../../src/line_json.ts";
import { serveChild } from "../../src/child.ts";

const MEBIBYTE = 2 ** 20;
const waiting: ((value: unknown) => void)[] = [];

/** Another Deno that runs until it is killed, and holds this one's stdout and stderr open. */
function spawnSleeper(detached: boolean): number {
  const args = ["eval", "setInterval(() => {}, 1000)"];
  return new Deno.Command(Deno.execPath(), { args, detached, stdin: "null", stdout: "inherit", stderr: "inherit" })
    .spawn().pid;
}

/** Lets any process trace this one, where the kernel's Yama module would let only its ancestors. */
function allowTracing(): void {
  const PR_SET_PTRACER = 0x59616d61;
  const libc = Deno.dlopen("libc.so.6", { prctl: { parameters: ["i32", "i64", "i64", "i64", "i64"], result: "i32" } });
  libc.symbols.prctl(PR_SET_PTRACER, -1n, 0n, 0n, 0n);
}

const deeds: Readonly<Record<string, (value: unknown) => unknown>> = {
  echo: (value) => value,
  nothing: () => {},
  pid: () => Deno.pid,
  environment: () => Deno.env.toObject(),
  wait: () => new Promise((resolve) => waiting.push(resolve)),
  release: (value) => waiting.splice(0).forEach((resolve) => resolve(value)),
  hang: () => {
    for (;;);
  },
  exit: () => Deno.exit(3),
  die: () => Deno.kill(Deno.pid, "SIGKILL"),
  fault: () => {
    throw new SyntaxError("Cannot parse it", { cause: new Error("first byte", { cause: "thrown text" }) });
  },
  ownFault: () => {
    throw Object.assign(new Error("no such mount"), { name: "NotFound" });
  },
  unspeakable: () => 1n,
  print: (value) => console.log(value),
  complain: (value) => console.error(value),
  swell: () => {
    const hoard: Uint8Array[] = [];
    for (let mebibytes = 0; mebibytes < 1024; mebibytes += 4) {
      hoard.push(new Uint8Array(4 * MEBIBYTE).fill(1));
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
    for (;;);
  },
  spawn: (detached) => spawnSleeper(detached === true),
  allowTracing,
};

await serveChild((request) => {
  if (!isRecord(request)) throw new TypeError("Cannot serve the request: it is not an object");
  const deed = deeds[String(request.do)];
  if (!deed) throw new RangeError(`Cannot serve ${JSON.stringify(request.do)}: there is no such deed`);
  return deed(request.value);
});
