import assert from "node:assert/strict";
import fc from "fast-check";
import diskstats, { parseDiskstats } from "../../collectors/diskstats.ts";
import { parsedOrRefused, textLike } from "../arbitrary_text.ts";
import { hostOf, samplesOf, seriesOf, valueOn } from "../context.ts";

const SDA = "   8       0 sda 1 2 3 4 5 6 7 8 9 10 11";
const LINES = `${SDA}\n   8       1 sda1 1 2 3 4\n 252 0 dm-0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18\n`;

Deno.test("parseDiskstats: takes lines of any kernel, but those of seven columns, which hold other figures", () => {
  const disks = parseDiskstats(LINES);
  assert.deepEqual(disks.map(({ device }) => device), ["sda", "dm-0"]);
  assert.deepEqual(disks.map(({ figures }) => figures.length), [11, 17]);
});

Deno.test("parseDiskstats: quotes the line that breaks the format", () => {
  for (const line of ["8 0", "8 x sda 1", `${SDA} -1`, "a 0 sda 1 2 3 4 5 6 7 8 9 10 11"]) {
    assert.throws(() => parseDiskstats(`${SDA}\n${line}\n`), {
      name: "SyntaxError",
      message: `Cannot parse "/proc/diskstats": unexpected line ${JSON.stringify(line)}`,
    });
  }
});

Deno.test("parseDiskstats: refuses arbitrary text by a SyntaxError only, and never makes up a number", () => {
  fc.assert(fc.property(textLike(LINES), (text) => {
    for (const { figures } of parsedOrRefused(parseDiskstats, text) ?? []) assert(figures.every(Number.isFinite));
  }));
});

Deno.test("diskstats: tells what udev knows of a device, and leaves out what only newer kernels count", async () => {
  const host = hostOf({
    "/proc/diskstats": `${SDA}\n`,
    "/sys/block/sda/queue/rotational": "1\n",
    "/run/udev/data/b8:0":
      "S:disk/x\nE:ID_ATA=1\nE:ID_ATA_WRITE_CACHE=x\nE:ID_ATA_ROTATION_RATE_RPM=7200\nE:ID_SERIAL=a=b\nE:DM_NAME=\n",
  });
  const series = seriesOf(diskstats, await valueOn(diskstats, host));
  assert.equal(series['node_disk_ata_rotation_rate_rpm{device="sda"}'], 7200);
  assert.equal(series['node_disk_read_bytes_total{device="sda"}'], 1536);
  const info = samplesOf(diskstats, await valueOn(diskstats, host)).find(({ name }) => name === "node_disk_info");
  assert.deepEqual([info?.labels["serial"], info?.labels["rotational"], info?.labels["major"]], ["a=b", "1", "8"]);
  assert.equal(Object.keys(series).length, 1 + 11 + 1);
});

Deno.test("diskstats: an include takes the place of the exclude that stands by default", async () => {
  const host = hostOf({ "/proc/diskstats": `${SDA}\n${SDA.replace("sda", "sda1")}\n` });
  const devices = async (options: Record<string, string>) =>
    new Set(
      samplesOf(diskstats, await valueOn(diskstats, host, { diskstats: options })).map((s) => s.labels["device"]),
    );
  assert.deepEqual([...await devices({})], ["sda"]);
  assert.deepEqual([...await devices({ "device-include": "1$" })], ["sda1"]);
  assert.deepEqual([...await devices({ "ignored-devices": "^sda$" })], ["sda1"]);
  assert.throws(
    () => diskstats.options?.parse({ "device-include": "a", "device-exclude": "b" }),
    /only one may be given/,
  );
});
