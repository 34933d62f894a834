import assert from "node:assert/strict";
import fc from "fast-check";
import zfs, { parseKstat, parsePoolIo } from "../../collectors/zfs.ts";
import { parsedOrRefused, textLike } from "../arbitrary_text.ts";
import { hostOf, seriesOf, valueOn } from "../context.ts";

const ZFS = "/proc/spl/kstat/zfs";
const KSTAT = "6 1 0x01 91 4368 5 9\nname                            type data\n";
const IO = "12 3 0x00 1 80 7 3\nnread nwritten reads writes wtime wlentime wupdate rtime rlentime rupdate wcnt rcnt\n";

Deno.test("zfs: names families after the module's figures, and labels pools and datasets", async () => {
  assert.equal(await valueOn(zfs, hostOf({})), null);
  const host = hostOf({
    [`${ZFS}/arcstats`]: `${KSTAT}hits 4 7\nmemory-x 3 -5\nname 7 text\n`,
    [`${ZFS}/tank/state`]: "DEGRADED\n",
    [`${ZFS}/tank/objset-0x36`]: `${KSTAT}dataset_name 7 tank/my data\nnread 4 3\nsigned 3 1\n`,
    [`${ZFS}/tank/io`]: `${IO}1 2 3 4 5 6 7 8 9 10 11 12\n`,
    [`${ZFS}/tank/txgs`]: "garbage",
  });
  const series = seriesOf(zfs, await valueOn(zfs, host));
  assert.equal(series["node_zfs_arc_hits"], 7);
  assert.equal(series["node_zfs_arc_memory_x"], -5);
  assert.equal(series['node_zfs_zpool_dataset_nread{dataset="tank/my data",zpool="tank"}'], 3);
  assert.equal(series['node_zfs_zpool_rcnt{zpool="tank"}'], 12);
  assert.equal(series['node_zfs_zpool_state{state="degraded",zpool="tank"}'], 1);
  assert.equal(Object.keys(series).length, 2 + 1 + 12 + 7);
});

Deno.test("parseKstat, parsePoolIo: quote the line that breaks the format", () => {
  assert.throws(() => parseKstat("hits 4 7\n", "f"), { name: "SyntaxError", message: /"hits 4 7"$/ });
  assert.throws(() => parseKstat(`${KSTAT}hits 4 x\n`, "f"), { name: "SyntaxError", message: /"hits 4 x"$/ });
  assert.throws(() => parsePoolIo(`${IO}1 2 3\n`, "f"), { name: "SyntaxError", message: /"1 2 3"$/ });
});

Deno.test("parseKstat, parsePoolIo: refuse arbitrary text by a SyntaxError only, and never make up a number", () => {
  fc.assert(fc.property(textLike(`${KSTAT}hits 4 7\nlow 3 -1\n${IO}1 2 3 4 5 6 7 8 9 10 11 12\n`), (text) => {
    const kstat = parsedOrRefused((t) => parseKstat(t, "f"), text)?.figures;
    const io = parsedOrRefused((t) => parsePoolIo(t, "f"), text);
    for (const value of [...kstat?.values() ?? [], ...io?.values() ?? []]) assert(Number.isFinite(value));
  }));
});

Deno.test("zfs: a file that may not be read, or a pool's io without numbers, costs nothing else", async () => {
  const kstat = "13 1 0x01 1 0\nname type data\nhits 4 5\n";
  const folder = "/proc/spl/kstat/zfs";
  const header = "nread nwritten reads writes wtime wlentime wupdate rtime rlentime rupdate wcnt rcnt\n";
  const host = hostOf({ [`${folder}/arcstats`]: kstat, [`${folder}/zil`]: kstat, [`${folder}/tank/io`]: header });
  const attempt = (path: string) => {
    if (!path.endsWith("/zil")) return host.proc.try(path);
    throw new Error("Cannot read", { cause: Object.assign(new Error("permission denied"), { code: "EACCES" }) });
  };
  const proc = Object.assign((path: string) => host.proc(path), host.proc, { try: attempt });
  assert.deepEqual(seriesOf(zfs, await valueOn(zfs, { ...host, proc })), { node_zfs_arc_hits: 5 });
});
