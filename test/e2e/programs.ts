/**
 * Real programs: where they are, and how tests run and watch them.
 *
 * @module
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { CONFORMANCE } from "../conformance/fixtures.ts";

/** Generous, for a machine that does much else; reached only by what has failed. */
const PATIENCE_MS = 60_000;
const POLL_MS = 25;

/** Where the programs that the tests compare with are, each with what is said where it is absent. */
const PROGRAMS = {
  prometheus: { path: await onPath("prometheus"), absent: "no prometheus in $PATH" },
  promtool: { path: await onPath("promtool"), absent: "no promtool in $PATH" },
  "newest prometheus": { path: await amongPeers("prometheus"), absent: "no prometheus in $SONDE_PEERS" },
  "newest node_exporter": {
    path: await amongPeers("prometheus-node-exporter"),
    absent: "no prometheus-node-exporter in $SONDE_PEERS",
  },
  "newest blackbox_exporter": {
    path: await amongPeers("prometheus-blackbox-exporter"),
    absent: "no prometheus-blackbox-exporter in $SONDE_PEERS",
  },
  "mount namespace": { path: await permitted("--mount"), absent: "mount namespaces are not permitted" },
  "pid namespace": {
    path: await permitted("--pid", "--fork", "--mount-proc"),
    absent: "pid namespaces are not permitted",
  },
  "network namespace": {
    path: await permitted("--net", "--map-root-user"),
    absent: "network namespaces are not permitted",
  },
  ip: { path: await onPath("ip"), absent: "no ip in $PATH" },
  nsenter: { path: await onPath("nsenter"), absent: "no nsenter in $PATH" },
  python3: { path: await onPath("python3"), absent: "no python3 in $PATH" },
  openssl: { path: await onPath("openssl"), absent: "no openssl in $PATH" },
  "conformance folder": { path: CONFORMANCE, absent: "the peer's dashboards and rules (SONDE_CONFORMANCE)" },
} satisfies Record<string, { path: string | undefined; absent: string }>;

/**
 * What a test may need beside Sonde: a program of that name, `unshare` where what it makes is permitted, or the folder of
 * what is the peers' and not ours to keep.
 */
export type ProgramName = keyof typeof PROGRAMS;

async function firstFile(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    const isFile = await Deno.stat(path).then((info) => info.isFile, () => false);
    if (isFile) return path;
  }
}

function onPath(name: string): Promise<string | undefined> {
  return firstFile((Deno.env.get("PATH") ?? "").split(":").map((folder) => join(folder, name)));
}

function amongPeers(name: string): Promise<string | undefined> {
  const folder = Deno.env.get("SONDE_PEERS");
  return firstFile(folder ? [join(folder, name)] : []);
}

async function permitted(...flags: readonly string[]): Promise<string | undefined> {
  const path = await onPath("unshare");
  return path !== undefined && (await output([path, ...flags, "true"])).code === 0 ? path : undefined;
}

/** A test that needs programs; ignored, with what is absent in its name, where one of them is. */
export function testWith<N extends ProgramName>(
  name: string,
  needs: readonly N[],
  run: (path: (name: N) => string) => Promise<void>,
): void {
  const absent = needs.filter((need) => PROGRAMS[need].path === undefined).map((need) => PROGRAMS[need].absent);
  const suffix = absent.length > 0 ? ` (ignored: ${absent.join(", ")})` : "";
  Deno.test({
    name: name + suffix,
    ignore: absent.length > 0,
    fn: () =>
      run((need) => {
        const { path } = PROGRAMS[need];
        assert.ok(path !== undefined);
        return path;
      }),
  });
}

/** What a program that has ended left. */
export interface Output {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end, with `input` as its standard input. */
export async function output(
  command: readonly string[],
  { input, ...options }: Deno.CommandOptions & { readonly input?: string } = {},
): Promise<Output> {
  const [program = "", ...args] = command;
  const piped = { stdin: "piped", stdout: "piped", stderr: "piped" } as const;
  const child = new Deno.Command(program, { ...options, ...piped, args }).spawn();
  const patience = setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS);
  const writer = child.stdin.getWriter();
  // A program that ends without having read it all is no fault of the test.
  const write = writer.write(new TextEncoder().encode(input ?? "")).then(() => writer.close()).catch(() => {});
  const { code, stdout, stderr } = await child.output();
  await write;
  clearTimeout(patience);
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}

/** A program that runs until it is stopped, or the block that holds it ends. */
export interface Running extends AsyncDisposable {
  /** Of the process that was started. */
  readonly pid: number;
  /** Its exit code. */
  readonly ended: Promise<number>;
  /** All that it has written so far, to either stream. */
  written(): string;
  /** Waits until it has written what matches; fails if it ends before. */
  says(pattern: RegExp): Promise<RegExpExecArray>;
}

/** Starts a program. */
export function start(command: readonly string[], options: Deno.CommandOptions = {}): Running {
  const [program = "", ...args] = command;
  const settings = { ...options, stdin: "null", stdout: "piped", stderr: "piped", args } as const;
  const child = new Deno.Command(program, settings).spawn();
  let text = "";
  let code: number | undefined;
  const add = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> => {
    for await (const part of stream.pipeThrough(new TextDecoderStream())) text += part;
  };
  const read = Promise.all([add(child.stdout), add(child.stderr)]);
  const ended = child.status.then(async (status) => {
    await read;
    return code = status.code;
  });
  return {
    pid: child.pid,
    ended,
    written: () => text,
    async says(pattern) {
      const said = () => pattern.exec(text) ?? undefined;
      await until(() => code !== undefined || said() !== undefined, () => `${program} says ${pattern}, not: ${text}`);
      const match = said();
      assert.ok(match, `${command.join(" ")} ended with ${code}, and did not say ${pattern} but: ${text}`);
      return match;
    },
    async [Symbol.asyncDispose]() {
      try {
        child.kill("SIGKILL");
      } catch {
        // It has ended.
      }
      await ended;
    },
  };
}

/**
 * Looks again and again until there is something, for a minute at the most.
 *
 * @returns what there is
 */
export async function until<T>(
  look: () => T | undefined | false | Promise<T | undefined | false>,
  what: string | (() => string),
): Promise<T> {
  for (const giveUpAt = performance.now() + PATIENCE_MS;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    assert.ok(performance.now() < giveUpAt, `still not: ${typeof what === "string" ? what : what()}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** A folder that goes when the block that holds it ends. */
export interface Folder extends AsyncDisposable {
  readonly path: string;
  /** Path of what is in it. */
  at(name: string): string;
  /** Writes a file, or puts it in place of another at once; its path. */
  write(name: string, text: string): Promise<string>;
}

/** Makes a {@linkcode Folder}. */
export async function folder(): Promise<Folder> {
  const path = await Deno.makeTempDir({ prefix: "sonde-test-" });
  const at = (name: string) => join(path, name);
  return {
    path,
    at,
    async write(name, text) {
      await Deno.writeTextFile(at(`${name}.new`), text);
      await Deno.rename(at(`${name}.new`), at(name));
      return at(name);
    },
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

/** Files that a process has open. */
export async function openFiles(pid: number): Promise<number> {
  let count = 0;
  for await (const _ of Deno.readDir(`/proc/${pid}/fd`)) count++;
  return count;
}

/** The only child of a process. */
export async function childOf(pid: number): Promise<number> {
  const text = await Deno.readTextFile(`/proc/${pid}/task/${pid}/children`);
  assert.match(text, /^\d+ $/);
  return Number(text);
}
