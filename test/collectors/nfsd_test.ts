import assert from "node:assert/strict";
import nfsd from "../../collectors/nfsd.ts";
import { hostOf, seriesOf, valueOn } from "../context.ts";

const on = async (text: string) => seriesOf(nfsd, await valueOn(nfsd, hostOf({ "/proc/net/rpc/nfsd": text })));
const counted = (count: number) => `${count} ${Array.from({ length: count }, (_, i) => i + 1).join(" ")}`;

Deno.test("nfsd: reads each line, threads with their fractions", async () => {
  const text = "rc 1 2 3\nfh 4 0 0 0 0\nio 5 6\nth 8 0 0.000 1.250\nra 32 0 0 0 0 0 0 0 0 0 0 9\nnet 10 11 12 13\n" +
    "rpc 14 15 16 17 18\n";
  const series = await on(text);
  assert.equal(Object.keys(series).length, 90);
  assert.deepEqual(Object.values(series).filter((value) => value !== 0), [
    1,
    2,
    3,
    4,
    5,
    6,
    8,
    32,
    9,
    11,
    12,
    13,
    16,
    17,
    18,
    14,
  ]);
});

Deno.test("nfsd: finds operations by their number, of any kernel", async () => {
  const series = await on(`proc4ops ${counted(76)}\nwdeleg_getattr 77\nproc3 ${counted(22)}\n`);
  const of = (method: string, proto: string) => series[`node_nfsd_requests_total{method="${method}",proto="${proto}"}`];
  assert.deepEqual([of("Access", "4"), of("Read", "4"), of("Write", "4"), of("RelLockOwner", "4")], [4, 26, 39, 40]);
  assert.deepEqual([of("WdelegGetattr", "4"), of("GetAttr", "3"), of("Commit", "3")], [77, 2, 22]);
  assert.deepEqual([of("Null", "3"), of("-", "4"), of("PutRootFH", "4")], [undefined, undefined, undefined]);
  const older = await on(`proc4ops ${counted(39)}\n`);
  assert.equal(older['node_nfsd_requests_total{method="RelLockOwner",proto="4"}'], 0);
});

Deno.test("nfsd: quotes the line that breaks the format; is not here without the file", async () => {
  for (const line of ["rc 1 2", "th 8", `proc4ops ${counted(20)}`, "proc2 19 1", "io 1 -2"]) {
    await assert.rejects(on(`${line}\n`), {
      name: "SyntaxError",
      message: `Cannot parse "/proc/net/rpc/nfsd": unexpected line ${JSON.stringify(line)}`,
    });
  }
  assert.equal(await valueOn(nfsd, hostOf({})), null);
});
