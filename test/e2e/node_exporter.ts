/**
 * The newest node_exporter beside Sonde, both on this host, with all the collectors that both have and the same flags.
 *
 * @module
 */

import { collectors } from "../../collectors/mod.ts";
import { type Page, parsePage } from "./page.ts";
import { type Folder, folder, output, type Running, start } from "./programs.ts";
import { serveSonde, type Sonde } from "./sonde.ts";

/** A peer that serves. */
export interface Peer extends Running {
  /** As `127.0.0.1:36041`. */
  readonly host: string;
}

/** Starts one of the peers on a port that the system chooses, and waits until it listens. */
export async function servePeer(program: string, ...flags: readonly string[]): Promise<Peer> {
  const running = start([program, "--web.listen-address=127.0.0.1:0", ...flags]);
  try {
    const [, host = ""] = await running.says(/"Listening on".*?address=(127\.0\.0\.1:\d+)/);
    return { ...running, host };
  } catch (error) {
    await running[Symbol.asyncDispose]();
    throw error;
  }
}

/** What is at an address, as a page. */
export async function pageOf(url: string): Promise<Page> {
  return parsePage(await (await fetch(url)).text());
}

/** The collectors that node_exporter says it has. */
export async function collectorsOf(program: string): Promise<ReadonlySet<string>> {
  const { stdout, stderr } = await output([program, "--help"]);
  const found = (stdout + stderr).matchAll(/--collector\.(\w+)\s+Enable the \1 collector/g);
  return new Set([...found].map(([, name = ""]) => name));
}

/** Where Debian's node_exporter is built with other defaults than the project's own: those, or wider ones. */
const SAME_DEFAULTS = [
  "--collector.filesystem.mount-points-exclude=^/(dev|proc|run/credentials/.+|sys|var/lib/docker/.+)($|/)",
  "--collector.netdev.device-exclude=^$",
];

/** Families that are off by default, and collectors that report nothing without being told what. */
const OPTIONS = [
  "--collector.cpu.info",
  "--collector.netdev.address-info",
  "--collector.stat.softirq",
  "--collector.sysctl.include=fs.file-nr:allocated,unused,maximum",
  "--collector.sysctl.include=kernel.threads-max",
  "--collector.sysctl.include-info=kernel.ostype",
];

/** Flags that run each collector that Sonde has, with something to report; textfiles are in that folder. */
export async function wholeFlags(textfiles: Folder): Promise<string[]> {
  await textfiles.write("backup.prom", 'backup_last_success_timestamp_seconds{volume="home"} 1700000000\n');
  return [
    ...collectors.filter(({ enabled }) => enabled === false).map(({ name }) => `--collector.${name}`),
    `--collector.textfile.directory=${textfiles.path}`,
    ...OPTIONS,
  ];
}

/** node_exporter and Sonde on this host, which serve the same families, and Sonde none of its own. */
export interface Both extends AsyncDisposable {
  readonly peer: Peer;
  readonly sonde: Sonde;
  /** Collectors that only node_exporter has, and that therefore do not run. */
  readonly absent: ReadonlySet<string>;
  /** The peer's page as it is now. */
  peerPage(): Promise<Page>;
}

/** Flags for Sonde alone: the peer's page without what came in later versions, and all of it read anew for each scrape. */
function inPlaceOfThePeer(alone: ReadonlySet<string>): string[] {
  const newer = collectors.filter(({ name, peer }) => peer && alone.has(name));
  const off = newer.map(({ name }) => `--no-collector.${name}`);
  return ["--profile=node_exporter", "--scrape.freshness=0s", "--collector.tcpstat.interval=0s", ...off];
}

/** Flags for both: without figures of the program itself, which no other can have. */
const WITHOUT_PROGRAM = "--web.disable-exporter-metrics";

/** Starts both with every collector that both have. */
export async function serveBoth(program: string): Promise<Both> {
  const theirs = await collectorsOf(program);
  const ours = new Set(collectors.map(({ name }) => name));
  const [alone, absent] = [ours.difference(theirs), theirs.difference(ours)];
  const stack = new AsyncDisposableStack();
  try {
    const whole = await wholeFlags(stack.use(await folder()));
    const off = [...absent].map((name) => `--no-collector.${name}`);
    const shared = [...whole.filter((flag) => !turnsOn(flag, alone)), ...SAME_DEFAULTS, ...off, WITHOUT_PROGRAM];
    const peer = stack.use(await servePeer(program, ...shared));
    const sonde = stack.use(await serveSonde([...shared, ...inPlaceOfThePeer(alone)]));
    const held = stack.move();
    return {
      peer,
      sonde,
      absent,
      peerPage: () => pageOf(`http://${peer.host}/metrics`),
      [Symbol.asyncDispose]: () => held.disposeAsync(),
    };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

function turnsOn(flag: string, names: ReadonlySet<string>): boolean {
  return names.has(/^--collector\.(\w+)$/.exec(flag)?.[1] ?? "");
}
