/**
 * Writes what the program says of itself into the documentation: the tables of README.md between their marks, and the
 * JSON Schema of the configuration.
 *
 *     deno task docs [--check]
 *
 * With `--check` it writes nothing, and fails where what is written differs.
 *
 * @module
 */

import { readFile, writeFile } from "node:fs/promises";
import process from "node:process";
import { collectors } from "../collectors/mod.ts";
import { collectorEntry, intervalText } from "../src/cli/list.ts";
import { isShared, sharedSettings } from "../src/cli/shared_settings.ts";
import { jsonSchema, type Setting, settings } from "../src/config.ts";

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

function collectorTable(): string {
  const rows = collectors.map((collector) => {
    const { name, enabled, intervalSeconds, families, sources, help } = collectorEntry(collector);
    const from = sources.map((source) => source.startsWith("/") ? code(source) : source).join(", ");
    return [code(name), enabled ? "on" : "off", intervalText(intervalSeconds), String(families.length), from, help];
  });
  return markdownTable(["Collector", "Default", "Interval", "Families", "Source", "What it reports"], rows);
}

function flagRow({ flag, environment, kind, placeholder, description, default: standard }: Setting): string[] {
  const text = Array.isArray(standard) ? standard.join(" ") : String(standard ?? "");
  const form = kind === "boolean" ? `--[no-]${flag}` : `--${flag} <${placeholder}>`;
  return [code(form), code(environment), code(text), kind === "list" ? `${description} Repeatable.` : description];
}

function flagTable(): string {
  const all = settings(collectors).filter(({ alias }) => !alias);
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
function targets(): readonly { readonly url: URL; text(present: string): string }[] {
  return [
    {
      url: new URL("../README.md", import.meta.url),
      text: (present) => withGenerated(present, { collectors: collectorTable(), flags: flagTable() }),
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
  for (const { url, text } of targets()) {
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
