/**
 * Writes what the program says of itself into the documentation: the tables of README.md and of the guide
 * for node_exporter's users between their marks, and the JSON Schema of the configuration.
 *
 *     deno task docs [--check]
 *
 * With `--check` it writes nothing, and fails where what is written differs.
 *
 * @module
 */

import { readFile, writeFile } from "node:fs/promises";
import process from "node:process";
import * as z from "zod";
import { collectors } from "../collectors/mod.ts";
import { moduleSchema } from "../collectors/probe/modules/module.ts";
import { OWN_FAMILIES } from "../collectors/probe/own_families.ts";
import { PROBERS } from "../collectors/probe/probers.ts";
import { PHASES, REASONS } from "../collectors/probe/result.ts";
import { collectorEntry, intervalText } from "../src/cli/list.ts";
import { PEER_COLLECTORS } from "../src/cli/peer_collectors.ts";
import { PEER_FLAGS, RENAMED_FLAGS } from "../src/cli/peer_flags.ts";
import type { Metrics } from "../src/collector.ts";
import { isShared, sharedSettings } from "../src/cli/shared_settings.ts";
import { jsonSchema, type Setting, settings } from "../src/config.ts";
import { median } from "../test/bench/figure.ts";
import { quantity } from "../test/bench/table.ts";

/** The figures of the bench `collectors`, as it writes them; durations in seconds. */
const costsSchema = z.object({
  benches: z.object({
    collectors: z.object({
      figures: z.array(z.object({
        name: z.string(),
        rows: z.array(z.object({ subject: z.string(), rounds: z.array(z.number()).min(1) })),
      })),
    }),
  }),
});

/** A table as `deno fmt` leaves it. */
export function markdownTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [header, ...rows].map((row) => row.map((cell) => cell.replaceAll("|", "\\|")));
  const widths = header.map((_, i) => Math.max(3, ...cells.map((row) => row[i]?.length ?? 0)));
  const line = (row: readonly string[], fill: string) =>
    `| ${widths.map((width, i) => (row[i] ?? "").padEnd(width, fill)).join(" | ")} |\n`;
  const [head = "", ...body] = cells.map((row) => line(row, " "));
  return [head, line(widths.map(() => ""), "-"), ...body].join("");
}

const code = (text: string): string => text === "" ? "" : `\`${text}\``;

/** What one pass of each collector costs, as `deno task bench collectors` found it; nothing of one that was not measured. */
async function costsPerPass(): Promise<ReadonlyMap<string, string>> {
  const found: unknown = JSON.parse(await readFile(new URL("collector_costs.json", import.meta.url), "utf8"));
  const { figures } = costsSchema.parse(found).benches.collectors;
  return new Map(figures.flatMap(({ name, rows }) => {
    const own = rows.find(({ subject }) => subject === "Sonde");
    return own ? [[name, quantity(Number(median(own.rounds).toPrecision(2)), "seconds")]] : [];
  }));
}

function collectorTable(costs: ReadonlyMap<string, string>): string {
  const all = settings(collectors);
  const shared = sharedSettings(all);
  const rows = collectors.map((collector) => {
    const { name, enabled, intervalSeconds, families, sources, help } = collectorEntry(collector);
    const options = all.filter((setting) =>
      setting.collector === name && setting.path.at(-1) !== "enabled" && !setting.alias && !setting.deprecated &&
      !isShared(setting, shared)
    );
    return [
      code(name),
      enabled ? "on" : "off",
      intervalText(intervalSeconds),
      String(families.length),
      options.map(({ path }) => code(path.at(-1) ?? "")).join(", "),
      sources.map((source) => source.startsWith("/") ? code(source) : source).join(", "),
      collector.platforms?.join(", ") ?? "any",
      costs.get(name) ?? "",
      help,
    ];
  });
  const absent = PEER_COLLECTORS.map(({ name, reason, families, options }) => [
    code(name),
    "not yet",
    "",
    "",
    options.map(({ flag }) => code(flag.slice(flag.indexOf(".") + 1))).join(", "),
    "",
    "",
    "",
    `${families.map(code).join(", ")}: it ${reason}.`,
  ]);
  return markdownTable(
    ["Collector", "Default", "Interval", "Families", "Options", "Source", "OS", "Cost", "What it reports"],
    [...rows, ...absent],
  );
}

function flagRow({ flag, environment, kind, placeholder, description, default: standard }: Setting): string[] {
  const text = Array.isArray(standard) ? standard.join(" ") : String(standard ?? "");
  const form = kind === "boolean" ? `--[no-]${flag}` : `--${flag} <${placeholder}>`;
  return [code(form), code(environment), code(text), kind === "list" ? `${description} Repeatable.` : description];
}

function flagTable(): string {
  const all = settings(collectors).filter(({ alias, deprecated }) => !alias && !deprecated);
  const shared = sharedSettings(all);
  const engine = all.filter(({ collector }) => collector === undefined);
  const own = all.filter((setting) => setting.collector !== undefined && !isShared(setting, shared));
  return markdownTable(["Flag", "Environment", "Default", "What it does"], [
    ...engine.map(flagRow),
    ...shared.map(({ flag, environment, placeholder, description }) => [
      code(`${flag} <${placeholder}>`),
      code(environment),
      "",
      description,
    ]),
    ...own.map(flagRow),
  ]);
}

/** Options that collectors of node_exporter have here alone. */
const OWN_OPTIONS: readonly string[] = ["collector.cpu.per-core"];

/** The collectors that Sonde shares with node_exporter, and the options that both have, with their defaults here. */
function peerOptionTable(): string {
  const all = settings(collectors).filter(({ alias }) => !alias);
  const shared = sharedSettings(all);
  const rows = collectors.filter(({ peer }) => peer).map(({ name, enabled, aliases = [] }) => {
    const own = all.filter((setting) => setting.collector === name && setting.path.at(-1) !== "enabled");
    const options = own.filter((setting) => !isShared(setting, shared) && !OWN_OPTIONS.includes(setting.flag));
    const text = options.map(({ flag, kind, default: standard }) => {
      if (kind === "boolean") return `${code(`--[no-]${flag}`)}: ${standard ? "on" : "off"}`;
      const value = Array.isArray(standard) ? standard.join(" ") : String(standard ?? "");
      return code(value === "" ? `--${flag}` : `--${flag}=${value}`);
    });
    const alias = aliases.map((other) => `, also ${code(`--collector.${other}`)}`).join("");
    return [code(`--collector.${name}`) + alias, enabled === false ? "off" : "on", text.join("<br>")];
  });
  return markdownTable(["Collector", "Default", "Options with their defaults"], rows);
}

/** The collectors of node_exporter that are not here, and what is lost by that. */
function absentCollectorTable(): string {
  const rows = PEER_COLLECTORS.filter(({ name }) => !collectors.some((collector) => collector.name === name)).map((
    { name, reason, families, options },
  ) => [
    code(`--collector.${name}`),
    `it ${reason}`,
    families.map(code).join(", "),
    options.map(({ flag }) => code(`--collector.${flag}`)).join(", "),
  ]);
  return markdownTable(["Collector", "Why not", "Its families", "Its options"], rows);
}

/** The flags of the peers that are answered in a way of their own, without those of whole collectors. */
function peerFlagTable(): string {
  const ofCollectors = PEER_COLLECTORS.flatMap(({ name, options }) => [name, ...options.map(({ flag }) => flag)]);
  const rows = PEER_FLAGS.filter(({ flag }) => !ofCollectors.includes(flag.replace(/^collector\./, ""))).map((
    { flag, refusal, note, command },
  ) =>
    command === undefined
      ? [code(`--${flag}`), refusal === undefined ? "taken, has no effect" : "refused", refusal ?? note ?? ""]
      : [code(`--${flag}`), "taken", `does what ${code(`sonde ${command}`)} does`]
  );
  const renamed = Object.entries(RENAMED_FLAGS).map(([flag, ours]) => [
    code(`--${flag}`),
    "taken",
    `is ${code(`--${ours}`)}`,
  ]);
  return markdownTable(["Flag", "Here", "Why"], [...rows, ...renamed]);
}

/** The families of a target, the peer's before ours. */
export function probeFamilyTable(): string {
  const probers = [...PROBERS.values()];
  const own: Metrics = OWN_FAMILIES;
  const names = new Set([...probers.flatMap(({ metrics }) => Object.keys(metrics)), ...Object.keys(own)]);
  const rows = [...names].map((name) => {
    const having = probers.filter(({ metrics }) => name in own || name in metrics);
    const metric = own[name] ?? having[0]?.metrics[name];
    const whose = having.length === probers.length ? "all" : having.map((prober) => prober.name).join(", ");
    return [code(name), metric?.type ?? "", (metric?.labels ?? []).map(code).join(", "), whose];
  });
  return markdownTable(["Family", "Type", "Labels of its own", "Probers"], rows);
}

/** What each prober's usual module adds to a target's series, whatever the outcome. */
export function probeSeriesTable(): string {
  const rows = [...PROBERS.values()].map(({ standard, stops, durationBounds }) => {
    const failures = stops(standard).length;
    // Buckets, +Inf, sum and count.
    const histogram = standard.histogram ? durationBounds.length + 3 : 0;
    return [code(standard.name), "1", String(failures), String(histogram), String(1 + failures + histogram)];
  });
  return markdownTable(["Module", "Attempts", "Failures", "Histogram", "Together"], rows);
}

/** Sections with all that gives a module further ways to stop. */
const FULL_SECTIONS: Readonly<Record<string, unknown>> = {
  http: {
    body_size_limit: "1MB",
    compression: "gzip",
    fail_if_ssl: true,
    fail_if_body_matches_regexp: ["x"],
    fail_if_header_matches: [{ header: "X", regexp: "x" }],
    valid_http_versions: ["HTTP/2.0"],
  },
  tcp: { tls: true, query_response: [{ expect: "x" }] },
  dns: {
    query_name: "example.org",
    transport_protocol: "tcp",
    dns_over_tls: true,
    validate_answer_rrs: { fail_if_matches_regexp: ["x"] },
  },
  icmp: {},
  grpc: { tls: true },
  unix: { tls: true, query_response: [{ expect: "x" }] },
  websocket: { query_response: [{ expect: "x" }] },
};

/** Which probers can stop in which phase for which reason, with any module. */
export function probeStopsTable(): string {
  const stops = new Map<string, Set<string>>();
  for (const prober of PROBERS.values()) {
    const full = moduleSchema.parse({ prober: prober.name, [prober.name]: FULL_SECTIONS[prober.name] });
    for (const { reason, phase } of [prober.standard, { name: "full", ...full }].flatMap(prober.stops)) {
      const key = `${reason} ${phase}`;
      stops.set(key, (stops.get(key) ?? new Set()).add(prober.name));
    }
  }
  const cell = (reason: string, phase: string) => {
    const names = [...stops.get(`${reason} ${phase}`) ?? []];
    return names.length === PROBERS.size ? "all" : names.join(", ");
  };
  const rows = REASONS.map((reason) => [code(reason), ...PHASES.map((phase) => cell(reason, phase))]);
  return markdownTable(["Reason", ...PHASES.map(code)], rows);
}

/**
 * `text` with what stands between `<!-- generated:NAME -->` and `<!-- /generated -->` replaced.
 *
 * @throws {RangeError} if a name has no such place
 */
export function withGenerated(text: string, parts: Readonly<Record<string, string>>): string {
  let result = text;
  for (const [name, part] of Object.entries(parts)) {
    const mark = `<!-- generated:${name} -->`;
    const start = result.indexOf(mark) + mark.length;
    const end = result.indexOf("<!-- /generated -->", start);
    if (start < mark.length || end < 0) throw new RangeError(`Cannot write "${name}": the text has no marks for it`);
    result = `${result.slice(0, start)}\n\n${part}\n${result.slice(end)}`;
  }
  return result;
}

/** The files that are generated, wholly or in part: their URL, and what should be in them, given what is. */
async function targets(): Promise<readonly { readonly url: URL; text(present: string): string }[]> {
  const costs = await costsPerPass();
  return [
    {
      url: new URL("../README.md", import.meta.url),
      text: (present) => withGenerated(present, { collectors: collectorTable(costs), flags: flagTable() }),
    },
    {
      url: new URL("migrating-from-node_exporter.md", import.meta.url),
      text: (present) =>
        withGenerated(present, {
          "peer-options": peerOptionTable(),
          "peer-flags": peerFlagTable(),
          "absent-collectors": absentCollectorTable(),
        }),
    },
    {
      url: new URL("probes.md", import.meta.url),
      text: (present) =>
        withGenerated(present, {
          "probe-families": probeFamilyTable(),
          "probe-series": probeSeriesTable(),
          "probe-stops": probeStopsTable(),
        }),
    },
    {
      url: new URL("sonde.schema.json", import.meta.url),
      text: () => `${JSON.stringify(jsonSchema(collectors), null, 2)}\n`,
    },
  ];
}

/** Brings all files up to date, or, if only `checking`, tells which are not. */
async function generate(checking: boolean): Promise<readonly string[]> {
  const stale: string[] = [];
  for (const { url, text } of await targets()) {
    const present = await readFile(url, "utf8").catch(() => "");
    const wanted = text(present);
    if (wanted === present) continue;
    if (checking) stale.push(url.pathname);
    else await writeFile(url, wanted);
  }
  return stale;
}

if (import.meta.main) {
  const stale = await generate(process.argv.includes("--check"));
  for (const file of stale) console.error(`Cannot accept "${file}": it is not what "deno task docs" writes`);
  process.exitCode = stale.length > 0 ? 1 : 0;
}
