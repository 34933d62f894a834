import assert from "node:assert/strict";
import { existsSync, realpathSync } from "node:fs";
import { createSource, type OpenSource, reasonOf, type SourceOptions } from "../src/source.ts";

const ON_LINUX = Deno.build.os === "linux";

/** A host in a folder of its own, gone afterwards. */
async function withHost(
  files: Record<string, string | Uint8Array>,
  test: (source: OpenSource, folder: string) => unknown,
) {
  const folder = await Deno.makeTempDir();
  const source = createSource({ procfs: `${folder}/proc/`, sysfs: `${folder}/sys`, rootfs: folder, platform: "linux" });
  try {
    for (const [path, content] of Object.entries(files)) {
      await Deno.mkdir(`${folder}/${path.slice(0, path.lastIndexOf("/"))}`, { recursive: true });
      if (typeof content === "string") await Deno.writeTextFile(`${folder}/${path}`, content);
      else await Deno.writeFile(`${folder}/${path}`, content);
    }
    await test(source, folder);
  } finally {
    source.close();
    await Deno.remove(folder, { recursive: true });
  }
}

function withSource(test: (source: OpenSource) => unknown, options?: SourceOptions) {
  return async () => {
    const source = createSource(options);
    try {
      await test(source);
    } finally {
      source.close();
    }
  };
}

/** Targets of this process's open descriptors. */
function openFiles(): string[] {
  return [...Deno.readDirSync("/proc/self/fd")].flatMap(({ name }) => {
    try {
      return [Deno.readLinkSync(`/proc/self/fd/${name}`)];
    } catch {
      return []; // the descriptor of this very list
    }
  });
}

const timesOpen = (path: string) => openFiles().filter((file) => file === path).length;

Deno.test("createSource: reads below its three roots", () =>
  withHost({ "proc/stat": "p", "sys/kernel/x": "s", "etc/os-release": "r" }, (source) => {
    assert.equal(source.proc("stat"), "p");
    assert.equal(source.sys("kernel/x"), "s");
    assert.equal(source.root("etc/os-release"), "r");
    assert.equal(source.proc.try("stat"), "p");
    assert.equal(source.sys.try("kernel/x"), "s");
    assert.equal(source.root.try("etc/os-release"), "r");
  }));

Deno.test("createSource: a missing file is undefined where that is asked for, otherwise an error that names it", () =>
  withHost({ "proc/stat": "" }, (source, folder) => {
    for (const path of ["nothing", "nothing/deeper", "stat/deeper"]) {
      assert.equal(source.proc.try(path), undefined);
      assert.equal(source.sys.try(path), undefined);
    }
    assert.throws(() => source.proc("nothing"), (error) => {
      assert(error instanceof Error && error.cause instanceof Error);
      assert.equal(error.message, `Cannot read "${folder}/proc/nothing": no such file or directory`);
      return true;
    });
    assert.throws(() => source.proc("stat/deeper"), {
      message: /^Cannot read ".*\/proc\/stat\/deeper": not a directory$/,
    });
  }));

Deno.test("createSource: what is there and cannot be read is an error that names it, however it is asked for", () =>
  withHost({ "sys/block/x": "" }, (source, folder) => {
    const expected = { name: "Error", message: `Cannot read "${folder}/sys/block": illegal operation on a directory` };
    assert.throws(() => source.sys("block"), expected);
    assert.throws(() => source.sys.try("block"), expected);
  }));

Deno.test("createSource: an ordinary file is read anew each time, as when it is replaced", () =>
  withHost({ "proc/stat": "first" }, async (source, folder) => {
    assert.equal(source.proc("stat"), "first");
    await Deno.writeTextFile(`${folder}/proc/new`, "second, longer");
    await Deno.rename(`${folder}/proc/new`, `${folder}/proc/stat`);
    assert.equal(source.proc("stat"), "second, longer");
    await Deno.writeTextFile(`${folder}/proc/stat`, "3rd");
    assert.equal(source.proc("stat"), "3rd");
    if (ON_LINUX) assert.equal(timesOpen(`${folder}/proc/stat`), 0);
  }));

Deno.test("createSource: keeps UTF-8 as it is and replaces what is not UTF-8", () =>
  withHost({
    "sys/good": "\uFEFFmü\0\u{1F600}\n",
    "sys/bad": new Uint8Array([0x61, 0xff, 0xc3, 0x28, 0x62]),
  }, (source) => {
    assert.equal(source.sys("good"), "\uFEFFmü\0\u{1F600}\n");
    assert.equal(source.sys("bad"), "a\uFFFD\uFFFD(b");
  }));

Deno.test("createSource: reads files of any length up to its limit", () => {
  const lengths = [0, 1, 65_535, 65_536, 65_537, 3_000_000, 10];
  const files = Object.fromEntries(
    lengths.map((length) => [`proc/${length}`, "0123456789".repeat(300_000).slice(0, length)]),
  );
  return withHost(files, async (source, folder) => {
    for (const length of lengths) assert.equal(source.proc(String(length)), files[`proc/${length}`]);
    await Deno.truncate(`${folder}/proc/10`, 64 * 1024 * 1024);
    assert.throws(() => source.proc("10"), { message: /^Cannot read ".*\/proc\/10": has 67108864 bytes or more$/ });
    assert.equal(source.proc("1"), "0");
  });
});

Deno.test({
  name: "createSource: a FIFO that nobody writes to does not hold it up",
  ignore: Deno.build.os === "windows",
  fn: () =>
    withHost({ "etc/x": "" }, async (source, folder) => {
      assert((await new Deno.Command("mkfifo", { args: [`${folder}/etc/fifo`] }).output()).success);
      assert.throws(() => source.root("etc/fifo"), { message: /^Cannot read ".*\/etc\/fifo": / });
    }),
});

Deno.test({
  name: "createSource: a file of procfs is opened once, read anew each time, and closed in the end",
  ignore: !ON_LINUX,
  fn: () => {
    const before = timesOpen("/proc/uptime");
    const source = createSource();
    const uptime = () => Number.parseFloat(source.proc("uptime"));
    const first = uptime();
    assert.equal(timesOpen("/proc/uptime"), before + 1);
    const deadline = performance.now() + 10_000;
    while (uptime() === first) assert(performance.now() < deadline, "the same text for 10 s");
    assert.equal(timesOpen("/proc/uptime"), before + 1);
    source.close();
    assert.equal(timesOpen("/proc/uptime"), before);
    assert(uptime() > first);
    assert.equal(timesOpen("/proc/uptime"), before, "nothing is kept after close");
  },
});

Deno.test({
  name: "createSource: a kernel file that takes several reads is read to its end",
  ignore: !ON_LINUX,
  fn: withSource((source) => {
    for (let i = 0; i < 3; i++) {
      const maps = source.proc("self/maps");
      assert(maps.length > 8192, `${maps.length} bytes`);
      assert.match(maps.slice(maps.lastIndexOf("\n", maps.length - 2) + 1), /^[0-9a-f]+-[0-9a-f]+ \S{4} .*\n$/);
    }
  }),
});

/** Paths below /proc of files that give their text, at most so many. */
function someSettings(count: number): string[] {
  const found: string[] = [];
  const visit = (folder: string) => {
    for (const { name, isDirectory } of Deno.readDirSync(`/proc/${folder}`)) {
      const path = `${folder}/${name}`;
      if (found.length >= count) return;
      if (isDirectory) visit(path);
      else {
        try {
          if (Deno.readTextFileSync(`/proc/${path}`) !== "") found.push(path);
        } catch {
          // a setting that may only be written
        }
      }
    }
  };
  for (const folder of ["sys/vm", "sys/kernel", "sys/fs", "sys/net"]) visit(folder);
  return found;
}

Deno.test({
  name: "createSource: of the descriptors that the program may open it keeps no more than half",
  ignore: !ON_LINUX,
  fn: async () => {
    const paths = someSettings(300);
    assert.equal(paths.length, 300, "too few settings to test with");
    const module = new URL("../src/source.ts", import.meta.url).href;
    const script = `import { createSource } from ${JSON.stringify(module)};
      const source = createSource();
      const openAlready = [...Deno.readDirSync("/proc/self/fd")].length;
      for (const path of ${JSON.stringify(paths)}) source.proc(path);
      console.log([...Deno.readDirSync("/proc/self/fd")].length - openAlready);`;
    const deno = [Deno.execPath(), "eval", "--no-lock", script];
    const { stdout, stderr } = await new Deno.Command("sh", {
      args: ["-c", 'ulimit -n 256 && exec "$@"', "sh", ...deno],
    }).output();
    assert.equal(new TextDecoder().decode(stdout), "128\n", new TextDecoder().decode(stderr));
  },
});

Deno.test({
  name: "createSource: a kept file whose subject is gone is let go of; of processes it keeps no stat",
  ignore: !ON_LINUX,
  fn: withSource(async (source) => {
    const child = new Deno.Command("cat", { stdin: "piped", stdout: "null" }).spawn();
    const path = `${child.pid}/status`;
    try {
      assert.match(source.proc(path), /^Name:/);
      assert.equal(timesOpen(`/proc/${path}`), 1);
      assert.match(source.proc(`${child.pid}/stat`), /^\d+ \(/);
      assert.equal(timesOpen(`/proc/${child.pid}/stat`), 0);
    } finally {
      await child.stdin.close();
      await child.status;
    }
    assert.equal(source.proc.try(path), undefined);
    assert.throws(() => source.proc(path), { message: `Cannot read "/proc/${path}": no such file or directory` });
    assert.equal(timesOpen(`/proc/${path}`), 0);
  }),
});

Deno.test({
  name: "createSource: a file of sysfs whose device has no value stays open, and is asked again",
  ignore: !ON_LINUX || !existsSync("/sys/class/net/lo/speed"),
  fn: withSource((source) => {
    for (let i = 0; i < 3; i++) {
      assert.equal(source.sys.value("class/net/lo/speed"), undefined);
      assert.throws(() => source.sys("class/net/lo/speed"), { message: /^Cannot read .*: invalid argument$/ });
      assert.equal(timesOpen(realpathSync("/sys/class/net/lo/speed")), 1);
    }
  }),
});

Deno.test("createSource: tells the platform, unless told", () => {
  assert.equal(createSource({ platform: "windows" }).platform, "windows");
  const own: Record<string, string> = { linux: "linux", darwin: "darwin", windows: "windows" };
  assert.equal(createSource().platform, own[Deno.build.os] ?? "other");
});

Deno.test("createSource: the runtime tells processors, memory, load and uptime in base units", () => {
  const { runtime, proc, close } = createSource();
  const [first] = runtime.cpus();
  assert(first && [first.user, first.nice, first.system, first.idle, first.irq].every((seconds) => seconds >= 0));
  if (ON_LINUX) {
    const [user, , , idle] = (/^cpu0 (.*)$/m.exec(proc.try("stat") ?? "")?.[1] ?? "").split(" ").map(Number);
    assert(Math.abs(first.user - (user ?? NaN) / 100) < 60 && Math.abs(first.idle - (idle ?? NaN) / 100) < 60);
  }
  close();
  assert((runtime.uptimeSeconds() ?? 0) > 0);
  const { totalBytes, freeBytes } = runtime.memory() ?? { totalBytes: 0, freeBytes: 0 };
  assert(freeBytes > 0 && totalBytes > freeBytes && totalBytes > 64 * 1024 * 1024);
  if (Deno.build.os === "windows") assert.equal(runtime.loadavg(), undefined);
  else assert(runtime.loadavg()?.every((load) => load >= 0));
});

Deno.test("createSource: the runtime's figures can be replaced", () => {
  const runtime = { ...createSource().runtime, uptimeSeconds: () => 42 };
  assert.equal(createSource({ runtime }).runtime.uptimeSeconds(), 42);
});

Deno.test(
  "process: tells the exporter's own figures, wherever the host's procfs is",
  withSource((source) => {
    const figures = source.process();
    assert(figures.cpuSeconds > 0);
    assert(figures.residentBytes > 1_000_000);
    assert(figures.heapUsedBytes > 0 && figures.heapTotalBytes >= figures.heapUsedBytes);
    const now = Date.now() / 1000;
    const start = figures.startTimeSeconds ?? NaN;
    assert(start < now + 5 && start > now - 86_400, `started at ${start}, now ${now}`);
    assert.equal(source.process().startTimeSeconds, start);
    if (!ON_LINUX) return;
    assert((figures.virtualBytes ?? 0) > figures.residentBytes);
    assert((figures.virtualMaxBytes ?? 0) !== 0);
    assert((figures.threads ?? 0) >= 1);
    assert((figures.maxFds ?? 0) > (figures.openFds ?? Infinity));
  }, { procfs: "/nonexistent", platform: "linux" }),
);

Deno.test({
  name: "process: counts open descriptors",
  ignore: !ON_LINUX,
  fn: withSource((source) => {
    const before = source.process().openFds ?? NaN;
    const files = Array.from({ length: 40 }, () => Deno.openSync("/dev/null"));
    const opened = (source.process().openFds ?? NaN) - before;
    for (const file of files) file.close();
    assert(opened > 20 && opened < 60, `${opened} more than before`);
  }),
});

Deno.test("createSource: a tree tells what is there, and what is not is undefined, not a fault", async () => {
  const folder = await Deno.makeTempDir();
  const { sys, local, close } = createSource({ sysfs: folder });
  try {
    await Deno.mkdir(`${folder}/class/net`, { recursive: true });
    await Deno.writeTextFile(`${folder}/class/net/mtu`, " 1500 \n");
    await Deno.symlink("net/mtu", `${folder}/class/link`);
    await Deno.symlink("net", `${folder}/class/folder`);
    assert.deepEqual(sys.list("class"), ["folder", "link", "net"]);
    assert.equal(sys.list("missing"), undefined);
    assert.equal(sys.list("class/net/mtu"), undefined);
    assert.equal(sys.value("class/net/mtu"), "1500");
    assert.equal(sys.value("class/net/speed"), undefined);
    assert.equal(sys.link("class/link"), "net/mtu");
    assert.equal(sys.link("class/net"), undefined);
    assert.equal(sys.link("missing"), undefined);
    assert.deepEqual(["class/folder", "class/net", "class/link", "missing"].map(sys.isFolder), [
      true,
      true,
      false,
      false,
    ]);
    await Deno.utime(`${folder}/class/net/mtu`, 1_700_000_000, 1_700_000_000.5);
    assert.equal(sys.modifiedSeconds("class/link"), 1_700_000_000.5);
    assert.equal(sys.modifiedSeconds("missing"), undefined);
    assert.equal(local.value(`${folder}/class/net/mtu`), "1500");
    assert.equal(sys.locate("class"), `${folder}/class`);
    assert.throws(() => sys("class"), { message: `Cannot read "${folder}/class": illegal operation on a directory` });
  } finally {
    close();
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("createSource: what was missing is there as soon as it comes, and missing again when it goes", async () => {
  const folder = await Deno.makeTempDir();
  const { sys, close } = createSource({ sysfs: folder });
  const seen = () => [sys.value("a"), sys.list("b"), sys.isFolder("b"), sys.link("c")];
  try {
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 2; i++) assert.deepEqual(seen(), [undefined, undefined, false, undefined]);
      await Deno.writeTextFile(`${folder}/a`, "1");
      await Deno.mkdir(`${folder}/b`);
      await Deno.symlink("nowhere", `${folder}/c`);
      for (let i = 0; i < 2; i++) assert.deepEqual(seen(), ["1", [], true, "nowhere"]);
      for (const name of ["a", "b", "c"]) await Deno.remove(`${folder}/${name}`);
    }
    assert.throws(() => sys("a"), { message: `Cannot read "${folder}/a": no such file or directory` });
  } finally {
    close();
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("reasonOf: leaves out code, number and file of the runtimes' messages, and nothing of others", () => {
  for (
    const [message, reason] of [
      ["EACCES: permission denied, open '/x'", "permission denied"],
      ["EISDIR: illegal operation on a directory, read", "illegal operation on a directory"],
      ["Permission denied (os error 13): open '/x'", "permission denied"],
      ["No such file or directory (os error 2): open '/it's: a, b (os error 2)'", "no such file or directory"],
      ["ENOENT: no such file or directory, open '/it's: a, b (os error 2)'", "no such file or directory"],
      ["Is a directory (os error 21)", "is a directory"],
      [
        "The system cannot find the file specified. (os error 2): open 'C:\\x'",
        "the system cannot find the file specified",
      ],
      ["has 67108864 bytes or more", "has 67108864 bytes or more"],
      ["Bad resource ID", "Bad resource ID"],
      ["", ""],
    ] as const
  ) {
    assert.equal(reasonOf(new Error(message)), reason);
    assert.equal(reasonOf(message), reason);
  }
});
