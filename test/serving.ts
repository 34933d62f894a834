/**
 * A handler with small collectors, without a port.
 *
 * @module
 */

import { type AnyCollector, defineCollector, type RequestHandler } from "../src/collector.ts";
import { Engine } from "../src/engine.ts";
import type { CollectorSettings } from "../src/graph.ts";
import { createHandler, type ServerSettings } from "../src/server.ts";
import { hostOf } from "./context.ts";
import { FakeClock } from "./fake_clock.ts";

/** What a page of the text format is served as. */
export const TEXT = "text/plain; version=0.0.4; charset=utf-8";

/** Read by scrapes, at once. */
export const quick = defineCollector({
  name: "quick",
  help: "h",
  freshnessSeconds: 0.1,
  aliases: ["swift"],
  metrics: { quick_value: { type: "gauge", help: "Q." }, quick_runs_total: { type: "counter", help: "R." } },
  read: () => 7,
  samples: (value, emit) => {
    emit("quick_value", value);
    emit("quick_runs_total", 1);
  },
});

/** Read by scrapes too. */
export const other = defineCollector({
  name: "other",
  help: "h",
  freshnessSeconds: 0.1,
  metrics: { other_value: { type: "gauge", help: "O." } },
  read: () => 8,
  samples: (value, emit) => emit("other_value", value),
});

/** Read by scrapes, and never done. */
export const stuck = defineCollector({
  name: "stuck",
  help: "h",
  freshnessSeconds: 0.1,
  metrics: { stuck_value: { type: "gauge", help: "S." } },
  read: () => new Promise<number>(() => {}),
  samples: (value, emit) => emit("stuck_value", value),
});

/** Read by scrapes, and fails. */
export const broken = defineCollector({
  name: "broken",
  help: "h",
  freshnessSeconds: 0.1,
  metrics: { broken_value: { type: "gauge", help: "B." } },
  read: (): number => {
    throw new Error("it broke");
  },
  samples: (value, emit) => emit("broken_value", value),
});

/** Read by scrapes, and not here. */
export const nowhere = defineCollector({
  name: "nowhere",
  help: "h",
  freshnessSeconds: 0.1,
  metrics: { nowhere_value: { type: "gauge", help: "N." } },
  read: (): number | null => null,
  samples: (value, emit) => emit("nowhere_value", value ?? 0),
});

/** What a handler is given beside its collectors. */
export interface Given {
  readonly settings?: Partial<ServerSettings>;
  readonly reload?: () => Promise<void>;
  readonly disabled?: readonly string[];
}

/** Settings by which all of these are enabled, but for some. */
export const on = (
  collectors: readonly AnyCollector[],
  disabled: readonly string[] = [],
): ReadonlyMap<string, CollectorSettings> =>
  new Map(collectors.map(({ name }) => [name, { enabled: !disabled.includes(name), options: undefined }]));

/** A handler and what it is made of. */
export interface Serving {
  readonly handler: RequestHandler;
  /** Asks for a path and query of it. */
  readonly get: (path: string, init?: RequestInit) => Response | Promise<Response>;
  readonly engine: Engine;
  readonly clock: FakeClock;
  /** What was logged. */
  readonly lines: string[];
  /** The settings, to be changed at will. */
  readonly current: { -readonly [K in keyof ServerSettings]: ServerSettings[K] };
}

/** A handler of these collectors; nothing has run yet. */
export function serving(
  collectors: readonly AnyCollector[],
  { settings = {}, reload, disabled }: Given = {},
): Serving {
  const clock = new FakeClock();
  const lines: string[] = [];
  const log = (level: string, message: string, fields: object = {}) =>
    void lines.push(`${level} ${message} ${JSON.stringify(fields)}`);
  const engine = new Engine({ source: hostOf({}), clock, machineId: "m", log, version: "1.2.3", runtime: "test 1" });
  engine.apply(collectors, on(collectors, disabled), { exporterMetrics: true });
  const current = {
    routePrefix: "",
    telemetryPath: "/metrics",
    externalUrl: undefined,
    landingPage: undefined,
    healthy: "OK",
    maxRequests: 40,
    openMetrics: false,
    strict: false,
    ...settings,
  };
  const handler = createHandler({
    engine,
    settings: () => current,
    names: (name) => collectors.find((each) => each.name === name || each.aliases?.includes(name))?.name,
    reload,
    log,
    clock,
    version: "1.2.3",
    runtime: "test 1",
  });
  const get = (path: string, init?: RequestInit) => handler(new Request(`http://host.example${path}`, init));
  return { handler, get, engine, clock, lines, current };
}

/** The names of the families on a page. */
export async function families(response: Response | Promise<Response>): Promise<string[]> {
  return [...(await (await response).text()).matchAll(/^# TYPE (\S+)/gm)].map(([, name = ""]) => name);
}

/** Status and body. */
export async function answer(response: Response | Promise<Response>): Promise<[status: number, body: string]> {
  const { status, body } = await response;
  return [status, body ? (await new Response(body).text()).trimEnd() : ""];
}
