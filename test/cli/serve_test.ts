import assert from "node:assert/strict";
import { join } from "node:path";
import { collectors as builtIn } from "../../collectors/mod.ts";
import { main } from "../../src/cli/main.ts";
import type { AnyCollector } from "../../src/collector.ts";
import { command, FakeProcess, withFolder } from "./surroundings.ts";

/** A running exporter. */
interface Serving {
  readonly process: FakeProcess;
  /** `127.0.0.1:40961`. */
  readonly host: string;
  get(path: string): Promise<string>;
}

interface Options {
  readonly collectors?: readonly AnyCollector[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** Serves while `use` goes on, then is told to stop, which must go well. */
async function serving(
  args: readonly string[],
  use: (serving: Serving) => Promise<void>,
  { collectors, environment }: Options = {},
): Promise<void> {
  const process = new FakeProcess(["--web.listen-address=127.0.0.1:0", ...args], environment);
  const running = main(process, collectors);
  try {
    const [said] = await process.said(/msg=listening address=\S*?(127\.0\.0\.1:\d+)/);
    const host = said?.[1] ?? "";
    const get = async (path: string) => await (await fetch(`http://${host}${path}`)).text();
    await use({ process, host, get });
  } finally {
    if (!process.written.err.includes("msg=stopping")) process.signal("SIGTERM");
    assert.equal(await running, 0, process.written.err);
  }
  assert.deepEqual([process.written.out, process.exits, process.listening], ["", [], []]);
}

/** A collector of the value that `value` gives. */
function collector(name: string, value: () => unknown, more: Partial<AnyCollector> = {}): AnyCollector {
  return {
    name,
    help: `The ${name}.`,
    freshnessSeconds: 0,
    metrics: { [`test_${name}`]: { type: "gauge", help: "Test." } },
    read: value,
    samples: (value, emit) => emit(`test_${name}`, Number(value)),
    ...more,
  };
}

const one = collector("one", () => 1);
const host = collector("host", () => 1, { sources: ["/proc/stat"], enabled: false });

Deno.test("serve: says where it listens, serves, and ends with 0 when told to", async () => {
  for (const args of [[], ["serve"]]) {
    let url = "";
    await serving(args, async ({ get, host, process }) => {
      url = `http://${host}/`;
      assert.match(await get("/metrics"), /^test_one 1$/m);
      assert.match(process.written.err, /^ts=\S+ level=info msg=starting version=\S+ deno=1\.2\.3 /);
    }, { collectors: [one] });
    await assert.rejects(fetch(url));
  }
});

Deno.test("serve: lets scrapes in flight finish", async () => {
  const begun = Promise.withResolvers<void>();
  const release = Promise.withResolvers<number>();
  let isSlow = false;
  const slow = collector("slow", () => {
    if (!isSlow) return 1;
    begun.resolve();
    return release.promise;
  }, { timeoutSeconds: 60, intervalSeconds: 0, freshnessSeconds: 0 });
  await serving([], async ({ get, process }) => {
    assert.match(await get("/metrics"), /^test_slow 1$/m);
    isSlow = true; // only now, so that it is the request which waits, not the first run
    const page = get("/metrics");
    await begun.promise;
    process.signal("SIGINT");
    await process.said(/msg=stopping signal=SIGINT/);
    release.resolve(7);
    assert.match(await page, /^test_slow 7$/m);
    process.exits.length = 0;
    process.signal = () => {};
  }, { collectors: [slow] });
});

Deno.test("serve: a port that is taken is named in one line", async () => {
  await serving([], async ({ host }) => {
    const { code, out, err } = await command([`--web.listen-address=${host}`]);
    assert.deepEqual([code, out], [1, ""]);
    assert.match(err, /^[^\n]+\n$/);
    assert.ok(err.includes(host), err);
  }, { collectors: [one] });
});

Deno.test("serve: a reload takes over what has changed, and a bad one changes nothing but its metric", async () => {
  await withFolder(async (folder) => {
    const file = join(folder, "sonde.yml");
    const write = (text: string) => Deno.writeTextFile(file, text);
    await write("collectors: { disable-defaults: true, uptime: true, self: true }");
    await serving([`--config.file=${file}`], async ({ process, get }) => {
      const reloaded = async () => (await get("/metrics")).match(/^sonde_config_last_reload_successful (\d)$/m)?.[1];
      assert.match(await get("/metrics"), /^system_uptime_seconds_total /m);
      assert.equal(await reloaded(), "1");

      await write("collectors: { uptime: 5 }\nwebb: {}\n");
      process.signal("SIGHUP");
      await process.said(/level=error msg="configuration not reloaded, the running one stays"/);
      assert.equal(process.written.err.match(/level=error msg="configuration fault" fault=/g)?.length, 2);
      assert.match(await get("/metrics"), /^system_uptime_seconds_total /m);
      assert.equal(await reloaded(), "0");

      await write("collectors: { disable-defaults: true, loadavg: true, self: true }");
      process.signal("SIGHUP");
      await process.said(/msg="configuration reloaded"/);
      const page = await get("/metrics");
      assert.match(page, /^node_load1 /m);
      assert.doesNotMatch(page, /^system_uptime_seconds_total /m);
      assert.equal(await reloaded(), "1");
    });
  });
});

Deno.test("serve: POST /-/reload tells what is wrong", async () => {
  await withFolder(async (folder) => {
    const file = join(folder, "sonde.yml");
    await Deno.writeTextFile(file, "");
    await serving([`--config.file=${file}`], async ({ host }) => {
      const post = async () => {
        const response = await fetch(`http://${host}/-/reload`, { method: "POST" });
        return [response.status, await response.text()];
      };
      assert.deepEqual(await post(), [200, "OK\n"]);
      await Deno.writeTextFile(file, "log: { level: loud }");
      const [status, text] = await post();
      assert.equal(status, 500);
      assert.ok(String(text).includes(`${file}:1:`) && String(text).includes("log.level"), String(text));
    }, { collectors: [one] });
  });
});

Deno.test("serve: twenty signals at once are two reloads at most, and none while it starts is lost", async () => {
  await serving([], async ({ process }) => {
    for (let i = 0; i < 20; i++) process.signal("SIGHUP");
    await process.said(/msg="configuration reloaded"/, 2);
    const response = await fetch(`http://${(await process.said(/address=\S*?(127\S+)/))[0]?.[1]}/-/reload`, {
      method: "POST",
    });
    await response.body?.cancel();
    assert.equal(process.written.err.match(/msg="configuration reloaded"/g)?.length, 3);
  }, { collectors: [one] });
});

Deno.test("serve: says what a reload cannot change", async () => {
  await withFolder(async (folder) => {
    const file = join(folder, "sonde.yml");
    await Deno.writeTextFile(file, "");
    await serving([`--config.file=${file}`], async ({ process, get }) => {
      await Deno.writeTextFile(file, "path: { procfs: /host/proc }\nweb: { telemetry-path: /figures }");
      process.signal("SIGHUP");
      await process.said(/msg="configuration reloaded"/);
      assert.match(process.written.err, /level=warn msg="restart needed" setting=path\.procfs\n/);
      assert.equal(process.written.err.match(/restart needed/g)?.length, 1);
      assert.match(await get("/figures"), /^test_one 1$/m);
    }, { collectors: [one] });
  });
});

Deno.test("serve: a reload changes how messages are written", async () => {
  await withFolder(async (folder) => {
    const file = join(folder, "sonde.yml");
    await Deno.writeTextFile(file, "");
    await serving([`--config.file=${file}`], async ({ process }) => {
      await Deno.writeTextFile(file, "log: { format: json }");
      process.signal("SIGHUP");
      await process.said(/msg="configuration reloaded"/);
      process.signal("SIGHUP");
      await process.said(/^\{"ts":"[^"]+","level":"info","msg":"configuration reloaded"\}$/m);
    }, { collectors: [one] });
  });
});

Deno.test("serve: reads plugins anew", async () => {
  await withFolder(async (folder) => {
    const plugin = join(folder, "dice.js");
    const write = (eyes: number) =>
      Deno.writeTextFile(
        plugin,
        `export default { name: "dice", help: "A die.", freshnessSeconds: 0, read: () => ${eyes},
          metrics: { dice_eyes: { type: "gauge", help: "Eyes." } },
          samples: (eyes, emit) => emit("dice_eyes", eyes) };`,
      );
    await write(4);
    await serving([`--plugin=${plugin}`], async ({ process, get }) => {
      assert.match(await get("/metrics"), /^dice_eyes 4$/m);
      await write(55);
      process.signal("SIGHUP");
      await process.said(/msg="configuration reloaded"/);
      assert.match(await get("/metrics"), /^dice_eyes 55$/m);
    }, { collectors: [one] });
  });
});

Deno.test("serve: keeps every permission where it reads the host", async () => {
  await serving(["--collector.host"], async ({ process, get }) => {
    assert.match(await get("/metrics"), /^test_host 1$/m);
    assert.deepEqual(process.revoked, []);
  }, { collectors: [one, host] });
});

Deno.test("serve: gives up permissions where it does not, and refuses a reload that would need them", async () => {
  await withFolder(async (folder) => {
    const file = join(folder, "sonde.yml");
    await Deno.writeTextFile(file, "");
    await serving([`--config.file=${file}`], async ({ process, get }) => {
      await process.said(/msg="permissions given up" permissions="run ffi write"/);
      assert.deepEqual(process.revoked, ["run", "ffi", "write"]);
      await Deno.writeTextFile(file, "collectors: { host: true }");
      process.signal("SIGHUP");
      await process.said(/fault="Cannot run collector \\"host\\": it reads \/proc\/stat, [^"]+: restart needed"/);
      assert.doesNotMatch(await get("/metrics"), /test_host/);
    }, { collectors: [one, host] });
  });
});

Deno.test("serve: notes flags without effect", async () => {
  await serving(["--runtime.gomaxprocs=1"], async ({ process }) => {
    await process.said(/level=warn msg="flag has no effect" flag=--runtime\.gomaxprocs note="[^"]+"\n/);
  }, { collectors: [one] });
});

Deno.test("healthcheck: reaches what listens, and says so where nothing does", async () => {
  let address = "";
  await serving([], async ({ host }) => {
    address = `--web.listen-address=${host}`;
    assert.deepEqual(await command(["healthcheck", address]), { code: 0, out: "OK\n", err: "" });
  }, { collectors: [one] });
  const { code, out, err } = await command(["healthcheck", address]);
  assert.deepEqual([code, out], [1, ""]);
  assert.match(err, /^Cannot reach "127\.0\.0\.1:\d+": [^\n]+\n$/);
});

Deno.test("healthcheck: asks at the loopback address for what listens everywhere, and not a proxy", async () => {
  const served = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, ({ url }) => {
    return new Response(null, { status: new URL(url).pathname === "/-/healthy" ? 200 : 404 });
  });
  const environment = { HTTP_PROXY: "http://127.0.0.1:9" };
  try {
    for (const host of ["", "0.0.0.0", "127.0.0.1", "localhost"]) {
      const args = ["healthcheck", `--web.listen-address=${host}:${served.addr.port}`];
      assert.equal((await command(args, { environment })).code, 0, host);
    }
  } finally {
    await served.shutdown();
  }
});

Deno.test("healthcheck: asks through a socket", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "sonde.sock");
    const served = Deno.serve({ path, onListen: () => {} }, () => new Response("OK"));
    try {
      assert.equal((await command(["healthcheck", `--web.listen-address=unix:${path}`])).code, 0);
    } finally {
      await served.shutdown();
    }
  });
});

Deno.test("healthcheck: an answer other than 200 is not healthy, nor a port that nobody can know", async () => {
  const served = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    () => new Response("", { status: 503 }),
  );
  try {
    const { code, err } = await command(["healthcheck", `--web.listen-address=127.0.0.1:${served.addr.port}`]);
    assert.equal(code, 1);
    assert.match(err, /: it answered 503\n$/);
  } finally {
    await served.shutdown();
  }
  assert.equal((await command(["healthcheck", "--web.listen-address=127.0.0.1:0"])).code, 1);
});

Deno.test("serve: goes on after an error that nobody caught, and tells it once a minute", async () => {
  await serving(["--log.level=debug"], async ({ process, get }) => {
    for (let i = 0; i < 3; i++) process.uncaught(new Error("left alone"));
    process.uncaught("thrown text");
    await process.said(/level=error msg="uncaught error" error="thrown text"\n/);
    const told = process.written.err.match(/level=error msg="uncaught error" error="left alone"\n/g);
    assert.equal(told?.length, 1);
    assert.match(process.written.err, /level=debug msg="stack of uncaught error" error="left alone" stack="Error: /);
    assert.match(await get("/metrics"), /^test_one 1$/m);
  }, { collectors: [one] });
});

Deno.test("serve: a reload refuses a configuration that became a pipe, and works when it is a file again", {
  ignore: Deno.build.os === "windows",
}, async () => {
  await withFolder(async (folder) => {
    const file = join(folder, "sonde.yml");
    await Deno.writeTextFile(file, "");
    await serving([`--config.file=${file}`], async ({ process }) => {
      await Deno.remove(file);
      assert.ok((await new Deno.Command("mkfifo", { args: [file] }).output()).success);
      process.signal("SIGHUP");
      await process.said(
        /fault="Cannot read configuration file [^\n]+: it is no regular file, which alone is read again"/,
      );
      await Deno.remove(file);
      await Deno.writeTextFile(file, "");
      process.signal("SIGHUP");
      await process.said(/msg="configuration reloaded"/);
    }, { collectors: [one] });
  });
});

Deno.test("serve: the profile node_exporter shows the peer's families alone, and says which it has not", async () => {
  await serving(["--profile=node_exporter", "--no-collector.hwmon"], async ({ get, process }) => {
    const page = await get("/metrics");
    const families = [...page.matchAll(/^# TYPE (\S+)/gm)].map(([, name = ""]) => name);
    assert.ok(families.includes("process_open_fds") || Deno.build.os !== "linux");
    assert.ok(families.includes("node_scrape_collector_success"));
    assert.deepEqual(families.filter((name) => !/^(?:node|process)_/.test(name)), []);
    const said = await process.said(/msg="node_exporter would also serve" families="([^\n]*)"\n/);
    const line = said[0]?.[1] ?? "";
    for (const part of ["node_systemd_* (systemd: D-Bus)", "node_hwmon_* (hwmon: off)"]) {
      assert.ok(line.includes(part), `${part} in ${line}`);
    }
  }, { collectors: builtIn });
});

Deno.test("serve: says nothing of the peer's families where none is asked for", async () => {
  await serving([], async ({ get, process }) => {
    await get("/metrics");
    assert.ok(!process.written.err.includes("node_exporter"), process.written.err);
  }, { collectors: [one] });
});
