import { isDeepStrictEqual } from "node:util";
import { applyConfig, collectorSettings } from "../assembly.ts";
import type { AnyCollector } from "../collector.ts";
import type { Config } from "../config.ts";
import type { Engine } from "../engine.ts";
import { failureMessage } from "../failure.ts";
import { buildGraph } from "../graph.ts";
import type { Logger } from "../log.ts";
import type { Loaded } from "./command.ts";
import { needsAll } from "./permissions.ts";

/** What a reload works with. */
export interface ReloadParts {
  /** Reads all anew. */
  readonly load: () => Promise<Loaded>;
  /** Runs by the configuration. */
  readonly engine: Engine;
  /** The configuration of the start, of which a part stays. */
  readonly started: Config;
  /** Collectors of which is known what they do. */
  readonly builtIn: readonly AnyCollector[];
  /** Whether permissions were given up at start. */
  readonly revoked: boolean;
  /** Told of every fault. */
  readonly log: Logger;
}

/** Settings that are taken at start alone. */
const FIXED: readonly (readonly [flag: string, of: (config: Config) => unknown])[] = [
  ["web.listen-address", ({ web }) => web.listenAddress],
  ["web.config.file", ({ web }) => web.configFile],
  ["path.procfs", ({ path }) => path.procfs],
  ["path.sysfs", ({ path }) => path.sysfs],
  ["path.rootfs", ({ path }) => path.rootfs],
  ["path.udev.data", ({ path }) => path.udevData],
];

/** @throws {Error} if a collector needs what was given up */
function refuseWhatNeedsAll({ collectors, config }: Loaded, { started, builtIn }: ReloadParts): void {
  const graph = buildGraph(collectors, collectorSettings(collectors, config));
  const need = needsAll({ graph, config: started, builtIn });
  if (!need) return;
  throw new Error(
    `Cannot run collector "${need.collector}": it ${need.reason}, which the permissions do not allow that are left ` +
      "since start: restart needed",
  );
}

/**
 * Lets the engine run by the configuration as it is now written. A bad one changes nothing.
 *
 * @throws whatever is wrong with it, after it was logged and noted
 */
export async function reload(parts: ReloadParts): Promise<Loaded> {
  const { load, engine, started, revoked, log } = parts;
  try {
    const loaded = await load();
    if (revoked) refuseWhatNeedsAll(loaded, parts);
    applyConfig(engine, loaded.collectors, loaded.config, log);
    for (const [setting, of] of FIXED) {
      if (!isDeepStrictEqual(of(started), of(loaded.config))) log("warn", "restart needed", { setting });
    }
    log("info", "configuration reloaded");
    return loaded;
  } catch (error) {
    engine.noteReload(false);
    for (const fault of failureMessage(error).split("\n")) log("error", "configuration fault", { fault });
    log("error", "configuration not reloaded, the running one stays");
    throw error;
  }
}
