/** The real program in processes of its own, for what functions cannot show. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { withFolder } from "./cli/surroundings.ts";

/** Generous, for a machine that does much else; reached only by what has failed. */
const PATIENCE_MS = 60_000;
/** From a signal to the end, as promised. */
const STOP_MS = 5_000;

const SONDE = [Deno.execPath(), "run", "-A", fileURLToPath(new URL("../mod.ts", import.meta.url))];
const ANYWHERE = "--web.listen-address=127.0.0.1:0";

async function output(command: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const [program = "", ...args] = command;
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const { code, stdout, stderr } = await new Deno.Command(program, { args, stdin: "null", signal }).output();
  return { code, out: new TextDecoder().decode(stdout), err: new TextDecoder().decode(stderr) };
}

/** A running program. */
class Serving implements AsyncDisposable {
  readonly pid: number;
  readonly #child: Deno.ChildProcess;
  readonly #errors: ReadableStreamDefaultReader<string>;
  readonly #patience: ReturnType<typeof setTimeout>;
  #said = "";
  #url = "";

  constructor(command: readonly string[]) {
    const [program = "", ...args] = command;
    this.#child = new Deno.Command(program, { args, stdin: "null", stdout: "null", stderr: "piped" }).spawn();
    this.pid = this.#child.pid;
    this.#errors = this.#child.stderr.pipeThrough(new TextDecoderStream()).getReader();
    this.#patience = setTimeout(() => this.#child.kill("SIGKILL"), PATIENCE_MS);
  }

  /** Waits until standard error says this. */
  async said(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.#said);
      if (found) return found;
      const { value, done } = await this.#errors.read();
      if (done) throw new Error(`${pattern} was not said in: ${this.#said}`);
      this.#said += value;
    }
  }

  /** Waits until it listens. */
  async listens(): Promise<string> {
    const [, host] = await this.said(/msg=listening address=\S*?(127\.0\.0\.1:\d+)/);
    return this.#url = `http://${host}`;
  }

  async get(path: string): Promise<string> {
    return await (await fetch(this.#url + path)).text();
  }

  kill(signal: Deno.Signal, pid = this.pid): void {
    Deno.kill(pid, signal);
  }

  /** Nobody reads any longer what it says. */
  async deafen(): Promise<void> {
    await this.#errors.cancel();
  }

  /** Sends `signal` and waits for the end, which must come in time. */
  async stop(signal: Deno.Signal, pid = this.pid): Promise<number> {
    const from = performance.now();
    this.kill(signal, pid);
    const { code } = await this.#child.status;
    assert.ok(performance.now() - from < STOP_MS, "ends in time");
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#patience);
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.#child.status;
    await this.#errors.cancel();
  }
}

Deno.test("sonde: --version names what it runs on", async () => {
  const { code, out } = await output([...SONDE, "--version"]);
  assert.equal(code, 0);
  for (const part of [Deno.version.deno, Deno.version.v8, Deno.build.target]) assert.ok(out.includes(part), out);
});

Deno.test("sonde: a child of an unknown kind ends with 2", async () => {
  const { code, out, err } = await output([...SONDE, "child", "nonsense"]);
  assert.deepEqual([code, out, err], [2, "", 'Cannot start child "nonsense": there is no such kind\n']);
});

Deno.test("sonde: a reader that goes away is no failure, a full disk is", async () => {
  const shown = SONDE.map((word) => `'${word}'`).join(" ");
  const script = `${shown} config --schema | head -c 1 >&2; exit "\${PIPESTATUS[0]}"`;
  assert.deepEqual(await output(["bash", "-c", script]), { code: 0, out: "", err: "{" });
  const { code, err } = await output(["bash", "-c", `${shown} config > /dev/full`]);
  assert.equal(code, 1);
  assert.match(err, /^Cannot write to standard output: [^\n]+\n$/);
});

Deno.test("sonde: serves this host, reloads on SIGHUP, and goes on where nobody reads its log", async () => {
  await withFolder(async (folder) => {
    const file = join(folder, "sonde.yml");
    await Deno.writeTextFile(file, "collectors: { loadavg: false }");
    await using sonde = new Serving([...SONDE, ANYWHERE, `--config.file=${file}`]);
    await sonde.listens();
    const page = await sonde.get("/metrics");
    assert.match(page, /^node_cpu_seconds_total\{.+\} \d/m);
    assert.doesNotMatch(page, /^node_load1 /m);
    await Deno.writeTextFile(file, "collectors: { loadavg: true }");
    sonde.kill("SIGHUP");
    await sonde.said(/msg="configuration reloaded"/);
    assert.match(await sonde.get("/metrics"), /^node_load1 \d/m);
    await sonde.deafen();
    await Deno.writeTextFile(file, "collectors: { loadavg: 5 }");
    assert.match(await sonde.get("/-/healthy"), /OK/);
    sonde.kill("SIGHUP");
    while (!/^sonde_config_last_reload_successful 0$/m.test(await sonde.get("/metrics")));
    assert.equal(await sonde.stop("SIGTERM"), 0);
  });
});

Deno.test("sonde: runs the plugin of README.md, which imports the module that runs", async () => {
  await withFolder(async (folder) => {
    const file = join(folder, "dice.ts");
    const [, source = ""] =
      /^```ts\n(.*?name: "dice".*?)^```$/ms.exec(await Deno.readTextFile(new URL("../README.md", import.meta.url))) ??
        [];
    await Deno.writeTextFile(file, source);
    const args = ["collect", `--plugin=${file}`, "--collector.disable-defaults", "--collector.dice"];
    const { code, out, err } = await output([...SONDE, ...args]);
    assert.deepEqual([code, err], [0, ""]);
    assert.match(out, /^dice_eyes [1-6]$/m);
  });
});

Deno.test("sonde: goes on after what a plugin lets fall", async () => {
  await withFolder(async (folder) => {
    const plugin = join(folder, "careless.js");
    await Deno.writeTextFile(
      plugin,
      `const collector = (name, read) => ({ name, help: "x", intervalSeconds: 0, read, samples: () => {}, metrics: {} });
      export default [
        collector("rejects", () => { Promise.reject(new Error("rejected")); return 1; }),
        collector("throws", () => { setTimeout(() => { throw new Error("thrown"); }, 0); return 1; }),
      ];`,
    );
    await using sonde = new Serving([...SONDE, ANYWHERE, `--plugin=${plugin}`]);
    await sonde.listens();
    for (let i = 0; i < 2; i++) await sonde.get("/metrics");
    await sonde.said(/level=error msg="uncaught error" error=rejected\n/);
    await sonde.said(/level=error msg="uncaught error" error=thrown\n/);
    assert.match(await sonde.get("/metrics"), /^sonde_collector_success\{collector="rejects"\} 1$/m);
    assert.equal(await sonde.stop("SIGTERM"), 0);
  });
});

Deno.test("sonde: probes on with the permissions that it needs for that alone", async () => {
  await withFolder(async (folder) => {
    const file = join(folder, "sonde.yml");
    const target = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, () => new Response("OK"));
    const url = `http://127.0.0.1:${target.addr.port}/`;
    await Deno.writeTextFile(file, "collectors: { disable-defaults: true, self: false, http: true }");
    const args = [
      ANYWHERE,
      `--config.file=${file}`,
      `--collector.http.target=${url}`,
      "--collector.http.interval=200ms",
    ];
    try {
      await using sonde = new Serving([...SONDE, ...args]);
      await sonde.listens();
      await sonde.said(/msg="permissions given up" permissions="run ffi write"/);
      const attempts = async () =>
        Number(/^sonde_probe_attempts_total\{.*\} (\d+)$/m.exec(await sonde.get("/metrics"))?.[1] ?? 0);
      const before = await attempts();
      while (!(await attempts() > before));
      assert.match(await sonde.get("/metrics"), /^probe_success\{.*\} 1$/m);
      await Deno.writeTextFile(file, "collectors: { disable-defaults: true, self: false, http: true, cpu: true }");
      sonde.kill("SIGHUP");
      await sonde.said(/Cannot run collector \\"stat\\": it reads \/proc\/stat, .*: restart needed/);
      assert.equal(await sonde.stop("SIGINT"), 0);
    } finally {
      await target.shutdown();
    }
  });
});

const namespaces = await output(["unshare", "--pid", "--fork", "--mount-proc", "true"]).then(
  ({ code }) => code === 0,
  () => false,
);

Deno.test({
  name: `sonde: ends well as the first process of a container${namespaces ? "" : " (ignored: no namespaces here)"}`,
  ignore: !namespaces,
  async fn() {
    const isolated = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc", ...SONDE, ANYWHERE];
    await using sonde = new Serving(isolated);
    await sonde.listens();
    const [first = ""] = (await Deno.readTextFile(`/proc/${sonde.pid}/task/${sonde.pid}/children`)).split(" ");
    assert.equal(await sonde.stop("SIGTERM", Number(first)), 0);
  },
});
