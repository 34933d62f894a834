/**
 * The real executable: built, then used as its users do.
 *
 * It is built with the base program from npm, which is of an older Deno. What this proves is the bundle, the build, and
 * that the program stands on its own; not the runtime of a release.
 *
 * @module
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { NPM_BASE_TARGET, npmBaseIsCached } from "../deploy/npm_base.ts";

/** Generous, for a machine that does much else; reached only by what has failed. */
const PATIENCE_MS = 60_000;
/** From a signal to the end, as promised. */
const STOP_MS = 5_000;
const SERVE = ["--web.listen-address=127.0.0.1:0"];

const compileScript = join(import.meta.dirname ?? "", "../deploy/compile.ts");

async function output(command: readonly string[], options: Deno.CommandOptions = {}) {
  const [program = "", ...args] = command;
  const { code, stdout, stderr } = await new Deno.Command(program, { stdin: "null", ...options, args }).output();
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}

async function succeeds(...command: readonly string[]): Promise<boolean> {
  return await output(command).then(({ code }) => code === 0, () => false);
}

/** Why the executable cannot be built here, if it cannot. */
async function whyUnbuildable(): Promise<string | undefined> {
  if (Deno.build.target !== NPM_BASE_TARGET) return `this is not ${NPM_BASE_TARGET}`;
  if (await npmBaseIsCached() || await succeeds("npm", "ping")) return undefined;
  return "npm is not reachable";
}

const unbuildable = await whyUnbuildable();
const namespaces = await succeeds("unshare", "--mount", "--pid", "--fork", "true");

let folder: Promise<string> | undefined;

/** Builds one flavour into a folder that goes when the tests end. */
async function build(flavour: string): Promise<string> {
  const file = join(await (folder ??= Deno.makeTempDir({ prefix: "sonde-test-" })), `sonde-${flavour}`);
  const command = [Deno.execPath(), "run", "-A", compileScript, "--base=npm", `--flavour=${flavour}`];
  const { code, stderr } = await output([...command, `--output=${file}`]);
  assert.equal(code, 0, stderr);
  return file;
}

const builds = new Map<string, Promise<string>>();

/** Path of the executable of one flavour, built by the first test that asks for it. */
function executable(flavour: "host" | "container" = "host"): Promise<string> {
  const path = builds.get(flavour) ?? build(flavour);
  builds.set(flavour, path);
  return path;
}

Deno.test.afterAll(async () => {
  if (folder) await Deno.remove(await folder, { recursive: true });
});

/** A test of the executable; ignored, with the reason in its name, where it cannot be run. */
function test(name: string, run: () => Promise<void>, reason = unbuildable): void {
  const suffix = reason === undefined ? "" : ` (ignored: ${reason})`;
  Deno.test({ name: `executable: ${name}${suffix}`, ignore: reason !== undefined, fn: run });
}

/** {@linkcode test} of what needs namespaces of its own. */
function namespaceTest(name: string, run: () => Promise<void>): void {
  test(name, run, unbuildable ?? (namespaces ? undefined : "namespaces are not permitted"));
}

/** A program that serves, until it is stopped or the block that holds it ends. */
interface Serving extends AsyncDisposable {
  /** Where, as `http://127.0.0.1:36041`. */
  readonly url: string;
  /** Of the process that was started. */
  readonly pid: number;
  /** Text of one page. */
  get(path: string): Promise<string>;
  /** Sends `signal` to `pid`, and waits for the started process to end. */
  stop(pid?: number, signal?: Deno.Signal): Promise<{ code: number; tookMs: number }>;
}

/** Adds what a stream gives to a text, and says so each time. */
async function collect(stream: ReadableStream<Uint8Array<ArrayBuffer>>, add: (text: string) => void): Promise<void> {
  for await (const text of stream.pipeThrough(new TextDecoderStream())) add(text);
}

/** Starts a program, and waits until it says on which port it listens. */
async function serving(command: readonly string[], options: Deno.CommandOptions = {}): Promise<Serving> {
  const [program = "", ...args] = command;
  const settings = { stdin: "null", stdout: "piped", stderr: "piped", ...options, args } as const;
  const child = new Deno.Command(program, settings).spawn();
  const port = Promise.withResolvers<string>();
  let log = "";
  const add = (text: string): void => {
    log += text;
    const found = /127\.0\.0\.1:([1-9]\d*)\b/.exec(log)?.[1];
    if (found !== undefined) port.resolve(found);
  };
  const read = Promise.all([collect(child.stdout, add), collect(child.stderr, add)]);
  const patience = setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS);
  const ended = child.status.then(async (status) => {
    clearTimeout(patience);
    await read;
    port.reject(new Error(`${command.join(" ")} ended with ${status.code} and said: ${log}`));
    return status;
  });
  const end = async (): Promise<void> => {
    child.kill("SIGKILL");
    await ended;
  };
  const url = `http://127.0.0.1:${await port.promise}`;
  return {
    url,
    pid: child.pid,
    get: async (path) => await (await fetch(url + path)).text(),
    async stop(pid = child.pid, signal = "SIGTERM") {
      const from = performance.now();
      Deno.kill(pid, signal);
      const { code } = await ended;
      return { code, tookMs: performance.now() - from };
    },
    async [Symbol.asyncDispose]() {
      await end().catch(() => ended);
    },
  };
}

/** The only child of a process. */
async function childOf(pid: number): Promise<number> {
  const text = await Deno.readTextFile(`/proc/${pid}/task/${pid}/children`);
  assert.match(text, /^\d+ $/);
  return Number(text);
}

/** Asserts that a page shows the host's figures and the exporter's own. */
function assertShowsHost(page: string): void {
  assert.match(page, /^node_cpu_seconds_total\{.*cpu="0".*mode="idle".*\} [\d.]+$/m);
  assert.match(page, /^sonde_build_info\{.*version="0\.1\.0".*\} 1$/m);
  assert.match(page, /^sonde_collector_success\{collector="stat"\} 1$/m);
}

/** Runs the build script, which is to fail; what it prints to standard error. */
async function compileFails(args: readonly string[], status: number, env: Record<string, string> = {}) {
  const command = [Deno.execPath(), "run", "--quiet", "-A", compileScript, ...args];
  const { code, stderr } = await output(command, { env: { NO_COLOR: "1", ...env } });
  assert.equal(code, status, stderr);
  return stderr;
}

Deno.test("compile: says on one line what to do where the base program cannot be downloaded", async () => {
  const to = await Deno.makeTempDir();
  try {
    // A proxy that is not there, for all but what the bundle may have to fetch before.
    const proxy = { HTTPS_PROXY: "http://127.0.0.1:9", NO_PROXY: "registry.npmjs.org" };
    const args = ["--target=x86_64-apple-darwin", `--output=${join(to, "sonde")}`];
    const stderr = await compileFails(args, 1, proxy);
    assert.match(stderr, /^Cannot download the base program of Deno .* for "x86_64-apple-darwin": .*DENORT_BIN.*\n$/);
  } finally {
    await Deno.remove(to, { recursive: true });
  }
});

for (
  const { args, says } of [
    { args: ["--flavour=slim"], says: 'Cannot build flavour "slim": there are "host" and "container"' },
    { args: ["--base=jsr"], says: 'Cannot take base "jsr": there are "download" and "npm"' },
    { args: ["--flavour=container", "--target=x86_64-apple-darwin"], says: "containers run Linux" },
    { args: ["--base=npm", "--target=x86_64-apple-darwin"], says: `it has ${NPM_BASE_TARGET} alone` },
    { args: ["--fast"], says: "Unknown option '--fast'" },
  ]
) {
  Deno.test(`compile: refuses ${args.join(" ")}`, async () => {
    assert.ok((await compileFails(args, 2)).includes(says));
  });
}

test("prints its version, its runtime and what it was built for", async () => {
  const { code, stdout } = await output([await executable(), "--version"]);
  assert.equal(code, 0);
  for (const part of ["0.1.0", "2.4.2", "13.7.", NPM_BASE_TARGET]) assert.ok(stdout.includes(part), stdout);
});

test("prints help with every flag's name", async () => {
  const { code, stdout } = await output([await executable(), "--help"]);
  assert.equal(code, 0);
  for (const flag of ["--web.listen-address", "--collector.cpu", "--config.file", "--plugin"]) {
    assert.ok(stdout.includes(flag), `${flag} is missing in: ${stdout}`);
  }
});

test("answers a wrong flag with one line, the nearest name and exit code 2", async () => {
  const { code, stdout, stderr } = await output([await executable(), "--web.listen-adress=127.0.0.1:0"]);
  assert.equal(code, 2);
  assert.equal(stdout, "");
  assert.match(stderr, /^[^\n]*--web\.listen-adress[^\n]*--web\.listen-address[^\n]*\n$/);
});

test("shows the host and itself, and ends with 0 soon after SIGTERM", async () => {
  await using sonde = await serving([await executable(), ...SERVE]);
  assertShowsHost(await sonde.get("/metrics"));
  const { code, tookMs } = await sonde.stop();
  assert.equal(code, 0);
  assert.ok(tookMs < STOP_MS, `took ${tookMs} ms`);
});

test("takes flags of collectors and of the server", async () => {
  const flags = ["--collector.disable-defaults", "--collector.loadavg", "--web.telemetry-path=/figures"];
  await using sonde = await serving([await executable(), ...SERVE, ...flags]);
  const page = await sonde.get("/figures");
  assert.match(page, /^node_load1 [\d.]+$/m);
  assert.doesNotMatch(page, /^node_cpu_seconds_total/m);
});

test("makes system calls by the C library", async () => {
  const flags = ["timex", "network_route", "qdisc"].map((name) => `--collector.${name}`);
  await using sonde = await serving([await executable(), ...SERVE, "--collector.disable-defaults", ...flags]);
  const page = await sonde.get("/metrics");
  assert.match(page, /^node_timex_tick_seconds 0\.0\d+$/m);
  for (const name of ["timex", "network_route", "qdisc"]) {
    assert.match(page, new RegExp(`^node_scrape_collector_success\\{collector="${name}"\\} 1$`, "m"));
  }
});

test("reads a configuration file, and names every fault of one with exit code 2", async () => {
  const file = await Deno.makeTempFile({ suffix: ".yml" });
  try {
    await Deno.writeTextFile(file, "collectors:\n  loadavg: false\n");
    await using sonde = await serving([await executable(), ...SERVE, `--config.file=${file}`]);
    assert.doesNotMatch(await sonde.get("/metrics"), /^node_load1 /m);

    await Deno.writeTextFile(file, "colectors: {}\nweb: 5\n");
    const { code, stderr } = await output([await executable(), "check", `--config.file=${file}`]);
    assert.equal(code, 2);
    assert.match(stderr, /:1:.*colectors.*collectors/);
    assert.match(stderr, /:2:.*web/);
  } finally {
    await Deno.remove(file);
  }
});

test("loads a plugin from disk, with what it imports beside it", async () => {
  const plugins = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(join(plugins, "eyes.js"), "export const EYES = 4;\n");
    await Deno.writeTextFile(
      join(plugins, "dice.js"),
      `import { EYES } from "./eyes.js";
export default ({ defineCollector, z }) => defineCollector({
  name: "dice",
  help: "A die that always shows the same.",
  freshnessSeconds: 0.1,
  metrics: { dice_eyes: { type: "gauge", help: "Eyes of the last throw." } },
  read: () => z.number().parse(EYES),
  samples: (eyes, emit) => emit("dice_eyes", eyes),
});
`,
    );
    await using sonde = await serving([await executable(), ...SERVE, `--plugin=${join(plugins, "dice.js")}`]);
    assert.match(await sonde.get("/metrics"), /^dice_eyes 4$/m);
  } finally {
    await Deno.remove(plugins, { recursive: true });
  }
});

test("needs no environment, neither $HOME nor any other", async () => {
  await using sonde = await serving([await executable(), ...SERVE], { clearEnv: true, cwd: "/" });
  assertShowsHost(await sonde.get("/metrics"));
});

namespaceTest("runs where nothing can be written", async () => {
  const script = `set -e
mount -o remount,ro,bind /
mount --bind /tmp /tmp
mount -o remount,ro,bind /tmp
for folder in / /tmp; do ! touch "$folder/x" 2>/dev/null; done
exec "$@"`;
  const command = ["unshare", "--mount", "sh", "-c", script, "sh", await executable(), ...SERVE];
  await using sonde = await serving(command, { clearEnv: true, cwd: "/" });
  assertShowsHost(await sonde.get("/metrics"));
  assert.equal((await sonde.stop()).code, 0);
});

namespaceTest("ends with 0 soon after SIGTERM as the first process of a container", async () => {
  const command = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc", await executable(), ...SERVE];
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    await using sonde = await serving(command);
    assertShowsHost(await sonde.get("/metrics"));
    const { code, tookMs } = await sonde.stop(await childOf(sonde.pid), signal);
    assert.equal(code, 0);
    assert.ok(tookMs < STOP_MS, `took ${tookMs} ms`);
  }
});

/** Makes a root of nothing but the executable and its libraries, as the image has it, and becomes nobody in it. */
const CONTAINER_SCRIPT = `set -e
root=$1 sonde=$2; shift 2
mount -t tmpfs tmpfs "$root"
mkdir -p "$root/proc" "$root/host/proc" "$root/host/sys" "$root/host/root"
for library in $(ldd "$sonde" | grep -o '/lib[^ ]*'); do
  mkdir -p "$root\${library%/*}"
  cp -L "$library" "$root$library"
done
cp "$sonde" "$root/sonde"
mount --bind /proc "$root/proc"
mount --bind /proc "$root/host/proc"
mount --bind /sys "$root/host/sys"
mount --bind / "$root/host/root"
mount -o remount,ro "$root"
exec chroot --userspec=65534:65534 --groups= "$root" /sonde "$@"`;

namespaceTest("of the container's flavour serves the host to nobody's user in an empty, read-only root", async () => {
  const root = await Deno.makeTempDir();
  const inContainer = async (...args: readonly string[]) => [
    ...["unshare", "--mount", "sh", "-c", CONTAINER_SCRIPT, "sh", root],
    ...[await executable("container"), ...args],
  ];
  const dockerfile = await Deno.readTextFile(join(import.meta.dirname ?? "", "../Dockerfile"));
  const paths = dockerfile.matchAll(/\b(SONDE_PATH_\w+)=(\S+)/g);
  const environment = { PATH: Deno.env.get("PATH") ?? "", ...Object.fromEntries([...paths].map(([, k, v]) => [k, v])) };
  try {
    await using sonde = await serving(await inContainer(...SERVE), { clearEnv: true, env: environment });
    assertShowsHost(await sonde.get("/metrics"));
    const health = await inContainer("healthcheck", `--web.listen-address=${new URL(sonde.url).host}`);
    assert.equal((await output(health, { clearEnv: true, env: environment })).code, 0);
    assert.equal((await sonde.stop()).code, 0);
    assert.notEqual((await output(health, { clearEnv: true, env: environment })).code, 0);
  } finally {
    await Deno.remove(root);
  }
});
