import { posix } from "node:path";
import type { AnyCollector } from "../collector.ts";
import type { Config } from "../config.ts";
import type { Graph } from "../graph.ts";
import { parseListenAddress } from "../listen_address.ts";
import type { Node } from "../plan.ts";
import { sourcesOf, sourcesOfFamily } from "../provenance.ts";
import type { Permission } from "./surroundings.ts";

/** What has to be known to tell which permissions are needed. */
export interface Needs {
  /** What runs. */
  readonly graph: Graph;
  /** By which configuration. */
  readonly config: { readonly web: Pick<Config["web"], "listenAddress"> } & {
    readonly path: Omit<Config["path"], "udevData">;
  };
  /** Collectors of which is known what they do. */
  readonly builtIn: readonly AnyCollector[];
}

/** Where Deno opens files only for a program that holds every permission. */
const KERNEL_PATH = /^\/(?:proc|sys|dev)(?:\/|$)/;
const OWN_PROCESS = /^\/proc\/self(?:\/|$)/;
/** Who may call the C library may do everything anyway. */
const SYSTEM_CALL = /^libc /;

/** Where a source of a collector really is: `--path.procfs=//proc` and `--path.rootfs=/host/..` are where they lead. */
function located(source: string, { procfs, sysfs, rootfs }: Omit<Config["path"], "udevData">): string {
  if (OWN_PROCESS.test(source)) return source;
  if (!source.startsWith("/")) return source;
  const [, kernel, below = source] = /^\/(proc|sys)(?=\/)(.*)$/.exec(source) ?? [];
  return posix.resolve(kernel === "proc" ? procfs : kernel === "sys" ? sysfs : rootfs, `.${below}`);
}

/** Whether any of the families that a source is for is wanted. */
function isAsked(source: string, collector: AnyCollector, families: Node["families"]): boolean {
  const names = Object.keys(collector.metrics).filter((name) => sourcesOfFamily(collector, name).includes(source));
  return names.length === 0 || names.some((name) => !families?.unwanted.has(name));
}

/**
 * Which collector needs every permission of Deno, and what for; `undefined` if none does: a collector that makes system
 * calls, or opens kernel files where they belong, and not as bind-mounted elsewhere, or a plugin, of which nobody knows.
 */
export function needsAll({ graph, config, builtIn }: Needs): { collector: string; reason: string } | undefined {
  for (const { collector, families, options } of graph.nodes.values()) {
    if (!builtIn.includes(collector)) return { collector: collector.name, reason: "is a plugin's" };
    const sources = sourcesOf(collector);
    const file = sources.map((source) => located(source, config.path)).find((path) => KERNEL_PATH.test(path));
    if (file !== undefined) return { collector: collector.name, reason: `reads ${file}` };
    const call = collector.systemCall?.(options) ??
      sources.find((source) => SYSTEM_CALL.test(source) && isAsked(source, collector, families));
    if (call !== undefined) return { collector: collector.name, reason: `calls ${call}` };
  }
  return undefined;
}

/** What a running exporter can do without, if no collector {@linkcode needsAll}: sockets are files that it writes. */
export function superfluous({ web }: Needs["config"]): readonly Permission[] {
  const hasSocket = web.listenAddress.some((address) => parseListenAddress(address).kind === "unix");
  return hasSocket ? ["run", "ffi"] : ["run", "ffi", "write"];
}
