/**
 * Findings as Markdown, which reads well in a terminal too.
 *
 * @module
 */

import { type Aim, type Figure, type Findings, median, ratioToPeer, reached, type Row, type Unit } from "./figure.ts";

const SCALES: Readonly<Record<Unit, readonly (readonly [number, string])[]>> = {
  seconds: [[1, " s"], [1e-3, " ms"], [1e-6, " µs"], [1e-9, " ns"]],
  bytes: [[1e6, " MB"], [1e3, " kB"], [1, " B"]],
  "per second": [[1, "/s"]],
  count: [[1, ""]],
};

/** Three digits that count, in the largest unit in which the value is at least 1. */
export function quantity(value: number, unit: Unit): string {
  if (!Number.isFinite(value)) return String(value);
  const scales = SCALES[unit];
  const [scale, name] = scales.find(([scale]) => Math.abs(value) >= scale) ?? scales.at(value === 0 ? 0 : -1) ??
    [1, ""];
  const scaled = value / scale;
  const digits = Math.max(0, 2 - Math.max(0, Math.floor(Math.log10(Math.abs(scaled) || 1))));
  return `${unit === "count" ? String(Math.round(scaled * 100) / 100) : scaled.toFixed(digits)}${name}`;
}

function aimText(aim: Aim, unit: Unit): string {
  const bound = (value: number) => aim.of === "ratio" ? `${value} ×` : quantity(value, unit);
  if (aim.atMost !== undefined) return `≤ ${bound(aim.atMost)}`;
  return aim.atLeast === undefined ? "" : `≥ ${bound(aim.atLeast)}`;
}

function cells(figure: Figure, row: Row, first: boolean): string[] {
  const { name, unit, peer, aim } = figure;
  const ratio = ratioToPeer(figure, row);
  const met = reached(figure, row);
  const spread = row.rounds.length > 1
    ? `${quantity(Math.min(...row.rounds), unit)} to ${quantity(Math.max(...row.rounds), unit)}`
    : "";
  return [
    first ? name : "",
    row.subject,
    quantity(median(row.rounds), unit),
    spread,
    ratio === undefined ? (row.subject === peer ? "1" : "") : `${ratio.toPrecision(3)}`,
    met === undefined || !aim ? "" : `${aimText(aim, unit)}: ${met ? "reached" : "**missed**"}`,
  ];
}

/** A Markdown table, its columns aligned. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, i) => Math.max(3, title.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (row: readonly string[]) => `| ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(" | ")} |\n`;
  return line(head) + line(widths.map((width) => "-".repeat(width))) + rows.map(line).join("");
}

/** What a bench found. */
export function findingsTable({ figures, notes }: Findings): string {
  const head = ["figure", "subject", "median", "rounds", "× peer", "aim"];
  const rows = figures.flatMap((figure) => figure.rows.map((row, i) => cells(figure, row, i === 0)));
  return markdownTable(head, rows) + notes.map((note) => `\n${note}\n`).join("");
}
