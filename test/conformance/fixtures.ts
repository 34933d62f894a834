/**
 * The peer's end-to-end fixtures and golden pages, which are not ours to keep: found by `SONDE_CONFORMANCE`, or beside the
 * project in `shared/conformance`.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { applyConfig } from "../../src/assembly.ts";
import type { AnyCollector } from "../../src/collector.ts";
import { resolveConfig } from "../../src/config.ts";
import { Engine } from "../../src/engine.ts";
import { createSource } from "../../src/source.ts";
import { FakeClock } from "../fake_clock.ts";

/** The folder of the peer's files, with a slash at its end; `undefined` where it is absent. */
export const CONFORMANCE: string | undefined = (() => {
  const given = Deno.env.get("SONDE_CONFORMANCE");
  const folder = given
    ? `${given.replace(/\/+$/, "")}/`
    : fileURLToPath(new URL("../../../shared/conformance/", import.meta.url));
  try {
    return Deno.statSync(folder).isDirectory ? folder : undefined;
  } catch {
    return undefined;
  }
})();

/** Collectors whose golden page holds what their peer reads by other means than these files. */
export const FLAGS: Readonly<Record<string, readonly string[]>> = JSON.parse(`{
  "arp": ["device-exclude=nope"],
  "bcache": ["priorityStats"],
  "cpu": ["info", "info.bugs-include=^(cpu_meltdown|spectre_.*|mds)$", "info.flags-include=^(aes|avx.?|constant_tsc)$"],
  "hwmon": ["chip-include=(applesmc|asus_nb_wmi|coretemp|hwmon4|ieee80211|nct6779)"],
  "netclass": ["ignore-invalid-speed", "ignored-devices=(dmz|int)"],
  "netdev": ["device-include=lo"],
  "qdisc": ["fixtures=ROOT/qdisc/"],
  "stat": ["softirq"],
  "sysctl": ["include-info=kernel.seccomp.actions_avail", "include=fs.file-nr", "include=fs.file-nr:total,current,max", "include=kernel.threads-max"],
  "textfile": ["directory=ROOT/textfile/two_metric_files/"]
}`);

/** Unpacks the fixtures; the caller removes the folder. */
export async function unpack(conformance: string): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "sonde-conformance-" });
  const tar = new Deno.Command("tar", { args: ["xzf", `${conformance}fixtures.tar.gz`, "-C", folder] });
  const { success, stderr } = await tar.output();
  if (!success) throw new Error(`Cannot unpack the fixtures: ${new TextDecoder().decode(stderr)}`);
  // The one figure of netdev's golden page that no file of the fixtures holds: the peer asks the live kernel for it.
  const statistics = `${folder}/fixtures/overlay/sys/class/net/lo/statistics`;
  await Deno.mkdir(statistics, { recursive: true });
  await Deno.writeTextFile(`${statistics}/rx_nohandler`, "0\n");
  return folder;
}

/** The page of one collector on the fixtures, as the peer's end-to-end test runs it. */
export async function pageOf(collector: AnyCollector, all: readonly AnyCollector[], folder: string): Promise<string> {
  const rootfs = `${folder}/fixtures/rootfs`;
  // What the peer asks the live kernel of by netlink, there is a file of in the overlay.
  const tree = collector.name === "netdev" ? `${folder}/fixtures/overlay` : rootfs;
  const source = createSource({
    procfs: `${tree}/proc`,
    sysfs: `${tree}/sys`,
    rootfs,
    udevData: `${rootfs}/udev/data`,
    platform: "linux",
  });
  const log: string[] = [];
  const clock = new FakeClock();
  const engine = new Engine({
    source,
    clock,
    machineId: "conformance",
    log: (_level, message, fields) => log.push(`${message} ${JSON.stringify(fields)}`),
    version: "0.0.0",
    runtime: "test",
  });
  const flags = new Map<string, boolean | string | string[]>([
    ["collector.disable-defaults", true],
    [`collector.${collector.name}`, true],
  ]);
  for (const flag of FLAGS[collector.name] ?? []) {
    const [name = "", value] = flag.replace("ROOT", rootfs).split(/=(.*)/s);
    const key = `collector.${collector.name}.${name}`;
    const before = flags.get(key);
    if (value === undefined) flags.set(key, true);
    else if (name === "include" || name === "include-info" || name === "directory") {
      flags.set(key, [...(Array.isArray(before) ? before : []), value]);
    } else flags.set(key, value);
  }
  try {
    applyConfig(engine, all, resolveConfig({ collectors: all, flags }));
    await engine.collect();
    const { page } = await engine.scrape({ format: "text", budgetSeconds: 5, collectors: new Set([collector.name]) });
    if (page.text === "" && log.length > 0) throw new Error(log.join("\n"));
    return page.text.replaceAll(rootfs, "collector/fixtures");
  } finally {
    await engine.stop();
    source.close();
  }
}

/** Compares a page with a golden one by the peer-neutral tool; its report, which ends in the score line. */
export async function compare(
  conformance: string,
  golden: string,
  page: string,
): Promise<{ ok: boolean; report: string }> {
  const file = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(file, page);
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--no-config",
        "--no-lock",
        "--allow-read",
        `${conformance}tools/expocompare.ts`,
        "--profile",
        "e2e",
        "--ignore",
        "^node_scrape_collector_",
        "--help-strict",
        golden,
        file,
      ],
    }).output();
    const report = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    return { ok: code === 0, report };
  } finally {
    await Deno.remove(file);
  }
}
