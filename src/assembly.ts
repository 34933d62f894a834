/**
 * What command and library share: a configuration made an engine that runs by it.
 *
 * @module
 */

import { hostname } from "node:os";
import type { Clock } from "./clock.ts";
import type { AnyCollector, StatfsAnswer } from "./collector.ts";
import type { Config } from "./config.ts";
import { Engine } from "./engine.ts";
import type { MetricsRegistry } from "./exposition.ts";
import type { CollectorSettings } from "./graph.ts";
import { createLibc } from "./libc.ts";
import { type Logger, silentLogger } from "./log.ts";
import type { ServerSettings } from "./server.ts";
import { createSource, type OpenSource } from "./source.ts";
import { VERSION } from "./version.ts";

/** What an {@linkcode Assembly} is made of. */
export interface AssemblyParts {
  /** Where the host's file systems are mounted. */
  readonly path: Config["path"];
  /** Told of failures. */
  readonly log: Logger;
  /** Time. */
  readonly clock: Clock;
  /** Runtime and its version, as `deno 2.9.6`. */
  readonly runtime: string;
  /** Asks for the space of file systems that may hang; absent: this process does. */
  readonly statfs?: (path: string) => Promise<StatfsAnswer | undefined>;
  /** Where to register families; absent: a registry of its own. */
  readonly registry?: MetricsRegistry;
}

/** An engine, and the host that it reads. */
export interface Assembly {
  /** Runs nothing yet. */
  readonly engine: Engine;
  /** To be closed after the engine has stopped. */
  readonly source: OpenSource;
}

/** An engine without collectors, and the host that it reads. */
export function assemble({ path, log, clock, runtime, statfs, registry }: AssemblyParts): Assembly {
  const source = createSource({ ...path, statfs, library: createLibc() });
  const machineId = machineIdOf(source);
  return { engine: new Engine({ source, clock, machineId, log, version: VERSION, runtime, registry }), source };
}

/** What tells this host from others: systemd's id, or its name. See machine-id(5). Nothing, where neither may be read. */
function machineIdOf(source: OpenSource): string {
  for (const ask of [() => source.root.try("etc/machine-id")?.trim(), hostname]) {
    try {
      const id = ask();
      if (id) return id;
    } catch {
      // Not for us to read; the next will do.
    }
  }
  return "";
}

/** What the graph has to know of each collector; a freshness for all is one for those that a scrape may run. */
export function collectorSettings(
  collectors: readonly AnyCollector[],
  config: Pick<Config, "collectors" | "scrape" | "families">,
): ReadonlyMap<string, CollectorSettings> {
  const settings = new Map<string, CollectorSettings>();
  for (const { name, freshnessSeconds } of collectors) {
    const own = config.collectors.get(name);
    if (!own) continue;
    const forAll = freshnessSeconds === undefined ? undefined : config.scrape.freshnessSeconds;
    const { families } = config;
    settings.set(name, { ...own, freshnessSeconds: own.freshnessSeconds ?? forAll, ...(families && { families }) });
  }
  return settings;
}

/**
 * Lets an engine run by a configuration from now on; what has not changed in it goes on undisturbed.
 *
 * @param log told of what in it has no effect
 * @throws {GraphError} if the collectors make no graph; then nothing has changed
 */
export function applyConfig(
  engine: Engine,
  collectors: readonly AnyCollector[],
  config: Config,
  log: Logger = silentLogger,
): void {
  engine.apply(collectors, collectorSettings(collectors, config), {
    exporterMetrics: !config.web.disableExporterMetrics,
    externalUrl: config.web.externalUrl,
  });
  for (const warning of configWarnings(collectors, config)) log("warn", warning);
}

/** What the operator should know of a configuration that is valid. */
export function configWarnings(
  collectors: readonly AnyCollector[],
  config: Pick<Config, "collectors" | "families">,
): readonly string[] {
  const own = collectors.flatMap((collector) => {
    const settings = config.collectors.get(collector.name);
    return settings?.enabled ? collector.warnings?.(settings.options, settings.written) ?? [] : [];
  });
  return [...config.families?.warnings(collectors) ?? [], ...own];
}

/** What a handler has to know of the configuration. */
export function serverSettings({ web, scrape, profile }: Pick<Config, "web" | "scrape" | "profile">): ServerSettings {
  return {
    routePrefix: web.routePrefix,
    externalUrl: web.externalUrl,
    landingPage: web.landingPage,
    healthy: profile === "blackbox_exporter" ? "Healthy" : "OK",
    telemetryPath: web.routePrefix + web.telemetryPath,
    maxRequests: web.maxRequests,
    openMetrics: web.openmetrics,
    strict: scrape.strict,
  };
}

/** Finds collectors by name or alias. */
export function nameOf(collectors: readonly AnyCollector[]): (nameOrAlias: string) => string | undefined {
  const names = new Map(collectors.flatMap(({ name, aliases = [] }) => [name, ...aliases].map((each) => [each, name])));
  return (nameOrAlias) => names.get(nameOrAlias);
}
