import assert from "node:assert/strict";
import fc from "fast-check";
import mountstats, { parseAddresses, parseMountstats } from "../../collectors/mountstats.ts";
import { parsedOrRefused, textLike } from "../arbitrary_text.ts";
import { hostOf, seriesOf, valueOn } from "../context.ts";

const mount = (point: string) =>
  `device srv:/data mounted on ${point} with fstype nfs4 statvers=1.1
\topts:\trw,vers=4.0
\tage:\t13968
\tbytes:\t1 2 3 4 5 6 7 8
\txprt:\ttcp 832 0 1 0 11 6428 6427 0 12154 9 24 26 5726
\txprt:\ttcp 833 2
\tper-op statistics
\t        READ: 1298 1298 0 207680 1210292152 18446743919241604546 79386 79407

`;
const TEXT = `device proc mounted on /proc with fstype proc\n${mount("/a")}no device mounted on /x with fstype y\n${
  mount("/b")
}`;

Deno.test("mountstats: counts an export once, and names each place where it is mounted", async () => {
  assert.equal(await valueOn(mountstats, hostOf({})), null);
  const host = hostOf({
    "/proc/self/mountstats": TEXT,
    "/proc/self/mountinfo":
      "1 2 0:1 / /a rw - nfs4 srv:/data rw,addr=10.0.0.1\n2 2 0:1 / /b rw - nfs4 srv:/data rw,addr=10.0.0.1",
  });
  const series = seriesOf(mountstats, await valueOn(mountstats, host));
  const labels = 'export="srv:/data",mountaddr="10.0.0.1"';
  for (const point of ["/a", "/b"]) {
    assert.equal(series[`node_mountstats_nfs_mountpoint_info{${labels},mountpoint="${point}",protocol="tcp"}`], 1);
  }
  assert.equal(series[`node_mountstats_nfs_transport_idle_time_seconds{${labels},protocol="tcp",transport="0"}`], 11);
  assert.equal(series[`node_mountstats_nfs_transport_bind_total{${labels},protocol="tcp",transport="1"}`], 2);
  const queue = `node_mountstats_nfs_operations_queue_time_seconds_total{${labels},operation="READ",protocol="tcp"}`;
  assert.equal(series[queue], 9007044786793.922);
});

Deno.test("parseAddresses: takes the super block's option, whatever else is called so", () => {
  const line = "1 2 0:1 / /mnt\\040x rw,noatime shared:1 - nfs srv:/d rw,mountaddr=9.9.9.9,clientaddr=8.8.8.8,addr=::1";
  assert.deepEqual([...parseAddresses(`${line}\nnonsense`)], [["/mnt\\040x", ["::1"]]]);
});

Deno.test("parseMountstats: knows what each protocol counts, and wraps nothing but times", () => {
  const columns = (line: string) =>
    parseMountstats(mount("/a").replace(/xprt:\ttcp 832.*/, line))[0]?.transports[0]?.columns;
  assert.deepEqual(columns("xprt:\trdma 0 1 2 3 4 5 6 7 8 9 10 11 12 13"), [1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 0, 0]);
  assert.deepEqual(columns("xprt:\tlocal 1 2 3 4 5 6 7 8 9 10 11 12"), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  assert.deepEqual(columns("xprt:\tudp 832 1 5 6 7 8 9 10 11 12"), [1, 0, 0, 0, 5, 6, 7, 8, 9, 10, 11, 12]);
  const [{ operations, bytes } = { operations: undefined, bytes: undefined }] = parseMountstats(
    mount("/a").replace("READ: 1298", `READ: ${2 ** 60}`).replace("bytes:\t1", `bytes:\t${2 ** 60}`),
  );
  assert.deepEqual([operations?.get("READ")?.[0], operations?.get("READ")?.[5], bytes?.[0]], [
    2 ** 60,
    9007044786793922,
    2 ** 60,
  ]);
});

Deno.test("mountstats: tells mounts at one place by their order", async () => {
  const point = "1 2 0:1 / /a rw - nfs4 srv:/data rw,addr=";
  const host = hostOf({
    "/proc/self/mountstats": mount("/a") + mount("/a").replace("srv:", "other:"),
    "/proc/self/mountinfo": `${point}10.0.0.1\n${point}10.0.0.2\n`,
  });
  const series = Object.keys(seriesOf(mountstats, await valueOn(mountstats, host)));
  assert.deepEqual(series.filter((name) => name.includes("mountpoint_info")), [
    'node_mountstats_nfs_mountpoint_info{export="srv:/data",mountaddr="10.0.0.1",mountpoint="/a",protocol="tcp"}',
    'node_mountstats_nfs_mountpoint_info{export="other:/data",mountaddr="10.0.0.2",mountpoint="/a",protocol="tcp"}',
  ]);
});

Deno.test("parseMountstats: quotes the line that breaks the format", () => {
  assert.throws(() => parseMountstats(TEXT.replace("13968", "old")), {
    name: "SyntaxError",
    message: 'Cannot parse "/proc/self/mountstats": unexpected line "\\tage:\\told"',
  });
});

Deno.test("parseMountstats: refuses arbitrary text by a SyntaxError only, and never makes up a number", () => {
  fc.assert(fc.property(textLike(TEXT), (text) => {
    for (const { ageSeconds, bytes, operations } of parsedOrRefused(parseMountstats, text) ?? []) {
      assert([ageSeconds, ...bytes, ...[...operations.values()].flat()].every(Number.isFinite));
    }
  }));
});
