/** Faults of a host that are normal, as the collectors whose names begin with n to z meet them. */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { collectors } from "../../collectors/mod.ts";
import netclass from "../../collectors/netclass.ts";
import netdev from "../../collectors/netdev.ts";
import type { AnyCollector, FileTree } from "../../src/collector.ts";
import { failureReason } from "../../src/failure.ts";
import { createSource, type OpenSource } from "../../src/source.ts";
import { textLike } from "../arbitrary_text.ts";
import { countingHost, hostOf, packedFiles, samplesOf, valueOn } from "../context.ts";

const HOSTS = ["storage-server", "laptop"] as const;
const OPTIONS = { sysctl: { include: ["fs.file-nr"] }, stat: { softirq: true }, textfile: { directory: ["/t"] } };
const measured = collectors.filter(({ name, peer }) => peer === true && name >= "n");

const valueOf = (collector: AnyCollector, source: OpenSource) => valueOn(collector, source, OPTIONS);

/** The files of the fixtures that a collector reads. */
async function filesOf(collector: AnyCollector): Promise<Record<string, string>> {
  const read: Record<string, string> = {};
  for (const host of HOSTS) {
    const files = packedFiles(host);
    const { source, reads } = countingHost(files);
    await valueOf(collector, source).catch(() => {});
    for (const path of reads) read[path] ??= files[path] ?? "";
  }
  return read;
}

for (const collector of measured) {
  Deno.test(`${collector.name}: a damaged file gives a SyntaxError or a value, and no number that nobody wrote`, async () => {
    const files = await filesOf(collector);
    // Numbers by netlink and system calls, the zone of this process, files in a directory of the operator's.
    if (Object.keys(files).length === 0) return;
    const paths = fc.constantFrom(...Object.keys(files));
    const damaged = paths.chain((path) => fc.tuple(fc.constant(path), textLike(files[path] ?? "")));
    await fc.assert(
      fc.asyncProperty(damaged, async ([path, text]) => {
        let value: unknown;
        try {
          value = await valueOf(collector, hostOf({ ...files, [path]: text }));
        } catch (error) {
          if (failureReason(error) !== "parse") throw error;
          return;
        }
        if (value === null) return;
        for (const sample of samplesOf(collector, value)) assert(Number.isFinite(sample.value), sample.name);
      }),
      { numRuns: 60 },
    );
  });
}

/** A tree whose files are listed, and may not be read. */
function forbidden(tree: FileTree): FileTree {
  const refuse = (path: string): never => {
    const cause = Object.assign(new Error("EACCES: permission denied"), { code: "EACCES" });
    throw new Error(`Cannot read "${tree.locate(path)}": permission denied`, { cause });
  };
  const ifThere = (path: string) => tree.try(path) === undefined ? undefined : refuse(path);
  return Object.assign((path: string) => tree.try(path) === undefined ? tree(path) : refuse(path), {
    ...tree,
    try: ifThere,
    value: ifThere,
  });
}

Deno.test("collectors n to z: files without permission fail as such, or cost only what is made of them", async () => {
  const outcomes = new Map<string, string>();
  for (const collector of measured) {
    const files = await filesOf(collector);
    if (Object.keys(files).length === 0) continue;
    const host = hostOf(files);
    const source = { ...host, proc: forbidden(host.proc), sys: forbidden(host.sys), root: forbidden(host.root) };
    const outcome = await valueOf(collector, source).then((value) => value === null ? "not here" : "read", String);
    outcomes.set(collector.name, outcome.replace(/^\w*Error: Cannot read ".*": permission denied$/, "forbidden"));
  }
  assert.deepEqual([...outcomes].filter(([, outcome]) => outcome !== "forbidden" && outcome !== "read"), []);
  // What a device may be told without is left out, as with the peer.
  for (const name of ["netclass", "powersupplyclass", "thermal_zone", "watchdog", "zfs"]) {
    assert.equal(outcomes.get(name), "read", name);
  }
});

Deno.test("collectors n to z: a container with a part of /sys has what the rest of the host tells", async () => {
  for (const host of HOSTS) {
    const files = packedFiles(host);
    const parts = [
      () => false,
      (path: string) => path.startsWith("/sys/class/net/"),
      (path: string) => /\d$/.test(path),
    ];
    for (const part of parts) {
      const kept = Object.entries(files).filter(([path]) => !path.startsWith("/sys/") || part(path));
      for (const collector of measured) {
        const reading = valueOf(collector, hostOf(Object.fromEntries(kept)));
        const failure = await reading.then(() => undefined, (error: Error) => error.message);
        assert.match(failure ?? "no such file or directory", /no such file or directory|^Cannot parse/, collector.name);
      }
    }
  }
});

/** A source of these folders whose `folder` of sysfs is followed by what `vanish` does, once it was listed. */
async function vanishing(run: (source: OpenSource, folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  const source = createSource({ procfs: `${folder}/proc`, sysfs: `${folder}/sys`, platform: "linux" });
  try {
    for (const [path, text] of Object.entries(packedFiles("storage-server"))) {
      if (!path.startsWith("/sys/class/net/") && path !== "/proc/net/dev") continue;
      await Deno.mkdir(`${folder}${path.slice(0, path.lastIndexOf("/"))}`, { recursive: true });
      await Deno.writeTextFile(`${folder}${path}`, text);
    }
    await run(source, folder);
  } finally {
    source.close();
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("netclass: a device that disappears between listing and reading has no series", async () => {
  await vanishing(async (source, folder) => {
    let listed = 0;
    const sys: FileTree = Object.assign((path: string) => source.sys(path), {
      ...source.sys,
      value(path: string) {
        if (listed++ === 0) Deno.removeSync(`${folder}/sys/class/net/bond0.120`, { recursive: true });
        return source.sys.value(path);
      },
    });
    const devices = new Set(
      samplesOf(netclass, await valueOn(netclass, { ...source, sys })).map(({ labels }) => labels["device"]),
    );
    assert.deepEqual([...devices].sort(), ["bond0", "enp65s0f0", "enp65s0f1", "lo"]);
  });
});

Deno.test("netclass: a file that its driver refuses, as of a device that is down, costs only its family", async () => {
  await vanishing(async (source) => {
    const sys: FileTree = Object.assign((path: string) => source.sys(path), {
      ...source.sys,
      value: (path: string) => path.endsWith("/carrier") ? undefined : source.sys.value(path),
    });
    const names = samplesOf(netclass, await valueOn(netclass, { ...source, sys })).map(({ name }) => name);
    assert.equal(names.includes("node_network_carrier"), false);
    assert.equal(names.filter((name) => name === "node_network_mtu_bytes").length, 5);
  });
});

Deno.test("netdev: a device that disappears after the kernel named it keeps the figures that were read", async () => {
  await vanishing(async (source, folder) => {
    const proc: FileTree = Object.assign((path: string) => {
      const text = source.proc(path);
      Deno.removeSync(`${folder}/sys/class/net/bond0.120`, { recursive: true });
      return text;
    }, source.proc);
    const samples = samplesOf(netdev, await valueOn(netdev, { ...source, proc }));
    const gone = samples.filter(({ labels }) => labels["device"] === "bond0.120");
    assert.equal(gone.find(({ name }) => name === "node_network_receive_bytes_total")?.value, 55512233);
    assert.equal(gone.some(({ name }) => name === "node_network_receive_nohandler_total"), false);
    assert.equal(samples.filter(({ name }) => name === "node_network_receive_nohandler_total").length, 4);
  });
});

/** Runs the collector as nobody, in a mount namespace whose procfs hides others' processes; nothing where that cannot be. */
async function processesSeen(hidepid: number): Promise<{ seen: number | undefined; why: string }> {
  const script = fileURLToPath(new URL("../children/processes_as_nobody.ts", import.meta.url));
  const mount = `mount -o remount,hidepid=${hidepid} /proc && exec "$0" run -A "$1"`;
  const { stdout, stderr, success } = await new Deno.Command("unshare", {
    args: ["-m", "sh", "-c", mount, Deno.execPath(), script],
  }).output();
  const why = new TextDecoder().decode(stderr).trim();
  return { seen: success ? Number(new TextDecoder().decode(stdout)) : undefined, why };
}

const mayHide = Deno.build.os === "linux" && Deno.uid() === 0 &&
  await new Deno.Command("unshare", { args: ["-m", "mount", "-o", "remount,hidepid=2", "/proc"] }).output()
    .then(({ success }) => success, () => false);

Deno.test({
  name: `processes: under hidepid counts the processes that it may see${
    mayHide ? "" : " (not run: needs root and a mount namespace)"
  }`,
  ignore: !mayHide,
  fn: async () => {
    for (const hidepid of [1, 2]) {
      const { seen, why } = await processesSeen(hidepid);
      assert.equal(seen, 1, `hidepid=${hidepid}: ${why}`);
    }
  },
});
