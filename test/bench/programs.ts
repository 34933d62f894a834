/**
 * The programs that are compared: Sonde as it is run, and its peers as far as they are here.
 *
 * @module
 */

import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

/** A program that serves metrics. */
export interface Program {
  /** What its figures are shown under. */
  readonly label: string;
  /** Program and arguments to listen on a port of 127.0.0.1. */
  readonly command: (port: number) => readonly string[];
  /** Path of its metrics. */
  readonly path: string;
}

/** Programs, and what has to be said of those that are not there. */
export interface Programs {
  /** Those that can be run. */
  readonly programs: readonly Program[];
  /** One sentence for each that cannot. */
  readonly notes: readonly string[];
}

/** The root of the sources. */
export const ROOT: string = fileURLToPath(new URL("../../", import.meta.url));
/** Where `deno task compile` puts the executable. */
const EXECUTABLE = join(ROOT, "dist", Deno.build.os === "windows" ? "sonde.exe" : "sonde");
/** Debian's node_exporter has one collector more by default, which asks systemd over D-Bus. */
const NODE_EXPORTER_SAME = ["--no-collector.systemd"];

/** Path of a program, if it is there and can be run. */
export async function runnable(path: string): Promise<string | undefined> {
  return await access(path, constants.X_OK).then(() => path, () => undefined);
}

/** Path of a program in the folders of PATH. */
export async function onPath(name: string): Promise<string | undefined> {
  for (const folder of (Deno.env.get("PATH") ?? "").split(delimiter)) {
    const found = await runnable(join(folder, name));
    if (found) return found;
  }
  return undefined;
}

async function versionOf(program: string): Promise<string> {
  const { stdout, stderr } = await new Deno.Command(program, { args: ["--version"], stdin: "null" }).output();
  const printed = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  return /version (\d[\w.-]*)/.exec(printed)?.[1] ?? "of unknown version";
}

/** Sonde run from its sources, as the task `start` does. */
export function sondeSource(flags: readonly string[] = []): Program {
  const main = join(ROOT, "mod.ts");
  return {
    label: "Sonde, source",
    command: (port) => [Deno.execPath(), "run", "-A", main, `--web.listen-address=127.0.0.1:${port}`, ...flags],
    path: "/metrics",
  };
}

/** Sonde from its sources, and the executable, if there is one. */
export async function sondePrograms(flags: readonly string[] = []): Promise<Programs> {
  const source = sondeSource(flags);
  if (!await runnable(EXECUTABLE)) {
    const note = `There is no executable at dist/: build one by \`deno task compile\`, elsewhere with \`--base=npm\`.`;
    return { programs: [source], notes: [note] };
  }
  const command = (port: number) => [EXECUTABLE, `--web.listen-address=127.0.0.1:${port}`, ...flags];
  return { programs: [source, { label: "Sonde, executable", command, path: "/metrics" }], notes: [] };
}

/** Every node_exporter that is here, the newest first: that of `$SONDE_PEERS`, a folder, and that of PATH. */
export function nodeExporters(flags: readonly string[] = NODE_EXPORTER_SAME): Promise<Programs> {
  return peers("node_exporter", flags);
}

/** Every blackbox_exporter that is here, as {@linkcode nodeExporters} are found. */
export function blackboxExporters(flags: readonly string[]): Promise<Programs> {
  return peers("blackbox_exporter", flags);
}

/** @param name as its authors call it; Debian's has hyphens */
async function peers(name: string, flags: readonly string[]): Promise<Programs> {
  const folder = Deno.env.get("SONDE_PEERS");
  const names = [`prometheus-${name.replace("_", "-")}`, name];
  const places = [
    ...(folder ? names.map((name) => runnable(join(folder, name))) : []),
    ...names.map(onPath),
  ];
  const programs = new Map<string, Program>();
  for (const path of await Promise.all(places)) {
    if (!path) continue;
    const label = `${name} ${await versionOf(path)}`;
    if (programs.has(label)) continue;
    const command = (port: number) => [path, `--web.listen-address=127.0.0.1:${port}`, "--log.level=error", ...flags];
    programs.set(label, { label, command, path: "/metrics" });
  }
  const notes = programs.size > 0
    ? []
    : [`${name} is neither in \`$SONDE_PEERS\` nor on PATH: nothing to compare with.`];
  return { programs: [...programs.values()], notes };
}

/** What {@linkcode bareServer} is shown under. */
export const BARE_SERVER = "bare Deno.serve";

/**
 * The least that serves a page: the bytes and headers of another server's answer, by the same runtime.
 *
 * @param timerSeconds has it wake up as often for nothing; absent: never
 */
export function bareServer(url: string, acceptEncoding: string, timerSeconds?: number): Program {
  const script = join(ROOT, "test/bench/bare_server.ts");
  const timer = timerSeconds === undefined ? [] : [String(timerSeconds)];
  return {
    label: timerSeconds === undefined ? BARE_SERVER : `${BARE_SERVER} and a timer of ${timerSeconds} s`,
    command: (port) => [Deno.execPath(), "run", "-A", script, String(port), url, acceptEncoding, ...timer],
    path: "/metrics",
  };
}
