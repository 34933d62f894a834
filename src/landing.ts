/**
 * The page for people: what runs, and how it fares. Uses nothing but itself, and works without script.
 *
 * @module
 */

import type { NodeHealth, NodeState } from "./collector.ts";
import { formatDuration } from "./duration.ts";

/** What the page shows. */
export interface LandingView {
  /** Version of Sonde. */
  readonly version: string;
  /** Runtime and its version, as `deno 2.9.6`. */
  readonly runtime: string;
  /** Path of the metrics, with its leading slash. */
  readonly telemetryPath: string;
  /** The nodes, in order. */
  readonly nodes: readonly NodeHealth[];
  /** Wall-clock time in seconds since 1970. */
  readonly now: number;
  /** Marks the page's own style and script; different for each page. */
  readonly nonce: string;
}

/** Longer tables are cut, failures first. */
const MOST_ROWS = 500;

const STATES: Readonly<Record<NodeState, string>> = {
  failed: "failed",
  pending: "pending",
  ok: "ok",
  absent: "not here",
};

const COLUMNS = [
  "Node",
  "State",
  "Interval",
  "Last run",
  "Duration",
  "Last success",
  "Series",
  "Runs",
  "Failures",
];

const STYLE = `
:root { color-scheme: light dark; --line: #d7dade; --faint: #5b636d; --head: #f3f4f6; --accent: #0b5cad;
  --ok: #1a7f37; --failed: #c4212d; --pending: #8a5a00; --absent: #5b636d; }
@media (prefers-color-scheme: dark) { :root { --line: #3a4048; --faint: #a3abb5; --head: #22262b; --accent: #7db7ff;
  --ok: #4fc36a; --failed: #ff7b7f; --pending: #e0ac4f; --absent: #a3abb5; } body { background: #16181b; color: #e6e8eb; } }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 80rem; padding: 1.5rem; }
h1 { font-size: 1.6rem; margin: 0; }
p, nav { margin: .5rem 0; }
a { color: var(--accent); margin-right: 1.25rem; }
.faint { color: var(--faint); }
#lost { color: var(--failed); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; width: 100%; }
th, td { border-top: 1px solid var(--line); padding: .4rem .7rem; text-align: right; vertical-align: top; white-space: nowrap; }
thead th { background: var(--head); border: 0; font-weight: 600; }
tbody th { font-weight: 600; }
th:first-child, th:nth-child(2), .state, .wide-cell { text-align: left; }
.wide-cell { white-space: pre-wrap; overflow-wrap: anywhere; }
.error .wide-cell { border: 0; padding-top: 0; color: var(--failed); }
.state::before { content: "●"; display: inline-block; width: 1.3em; }
.ok::before { color: var(--ok); } .failed::before { color: var(--failed); content: "▲"; }
.pending::before { color: var(--pending); content: "○"; } .absent::before { color: var(--absent); content: "–"; }
`;

const SCRIPT = `
const refresh = document.getElementById("refresh");
const lost = document.getElementById("lost");
refresh.parentElement.hidden = false;
setInterval(async () => {
  if (!refresh.checked || document.hidden) return;
  try {
    const answer = await fetch(location.href, { cache: "no-store" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const id of ["summary", "nodes"]) document.getElementById(id).replaceWith(page.getElementById(id));
    lost.hidden = true;
  } catch {
    lost.hidden = false;
  }
}, 5000);
`;

/** What the page may load and run: its own style and script, and itself again. */
export function contentSecurityPolicy(nonce: string): string {
  return `default-src 'none'; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}'; connect-src 'self'; ` +
    "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
}

/** The page's HTML. */
export function landingPage({ version, runtime, telemetryPath, nodes, now, nonce }: LandingView): string {
  const shown = nodes.length > MOST_ROWS ? [...nodes].sort(failuresFirst).slice(0, MOST_ROWS) : nodes;
  const rows = shown.map((node) => row(node, now));
  if (shown.length < nodes.length) rows.push(wideRow(`and ${nodes.length - shown.length} more`));
  if (nodes.length === 0) rows.push(wideRow("no collector is enabled"));
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>Sonde</title>
<style nonce="${escape(nonce)}">${STYLE}</style>
</head>
<body>
<header>
<h1>Sonde</h1>
<p class="faint">version ${escape(version)}, ${escape(runtime)}</p>
<nav aria-label="Endpoints">${
    [telemetryPath, "/-/healthy", "/-/ready"].map((path) => `<a href=".${escape(path)}">${escape(path)}</a>`).join("")
  }</nav>
</header>
<main>
<p id="summary">${escape(summary(nodes))}</p>
<p hidden><input type="checkbox" id="refresh" checked> <label for="refresh">refresh every 5 s</label></p>
<p id="lost" role="status" hidden>The exporter does not answer: what follows is old.</p>
<div class="wide" role="region" aria-label="Nodes" tabindex="0">
<table>
<thead><tr>${COLUMNS.map((name) => `<th scope="col">${name}</th>`).join("")}</tr></thead>
<tbody id="nodes">
${rows.join("\n")}
</tbody>
</table>
</div>
</main>
<script nonce="${escape(nonce)}">${SCRIPT}</script>
</body>
</html>
`;
}

function failuresFirst(a: NodeHealth, b: NodeHealth): number {
  return Number(b.state === "failed") - Number(a.state === "failed");
}

/** As `2 nodes: 1 failed, 1 ok`. */
function summary(nodes: readonly NodeHealth[]): string {
  const counts = Object.entries(STATES).flatMap(([state, label]) => {
    const count = nodes.filter((node) => node.state === state).length;
    return count > 0 ? `${count} ${label}` : [];
  });
  return `${nodes.length} ${nodes.length === 1 ? "node" : "nodes"}${counts.length > 0 ? `: ${counts.join(", ")}` : ""}`;
}

function row(node: NodeHealth, now: number): string {
  const failures = Object.entries(node.failures).filter(([, count]) => count > 0);
  const failed = failures.reduce((sum, [, count]) => sum + count, 0);
  const reasons = failures.map(([reason, count]) => `${count} ${reason}`).join(", ");
  const cells = [
    node.intervalSeconds === 0 ? "at scrape" : formatDuration(node.intervalSeconds),
    age(node.lastRunTimestampSeconds, now),
    node.durationSeconds === undefined ? "" : milliseconds(node.durationSeconds),
    age(node.lastSuccessTimestampSeconds, now),
    String(node.series),
    String(node.runs),
    failed === 0 ? "0" : `${failed} (${escape(reasons)})`,
  ];
  const state = `<td class="state ${node.state}">${STATES[node.state]}${node.exposed ? "" : ", hidden"}</td>`;
  return `<tr><th scope="row">${escape(node.id)}</th>${state}${cells.map((cell) => `<td>${cell}</td>`).join("")}</tr>` +
    (node.lastError === undefined ? "" : wideRow(`Last error: ${node.lastError}`, "error"));
}

function wideRow(text: string, kind = "note"): string {
  return `<tr class="${kind}"><td class="wide-cell" colspan="${COLUMNS.length}">${escape(text)}</td></tr>`;
}

/** As `12s ago`, with the exact time beside it; the wall clock may have been stepped back meanwhile. */
function age(timestampSeconds: number | undefined, now: number): string {
  if (timestampSeconds === undefined) return "never";
  const date = new Date(timestampSeconds * 1000).toISOString();
  return `<time datetime="${date}" title="${date}">${
    formatDuration(Math.max(0, Math.round(now - timestampSeconds)))
  } ago</time>`;
}

function milliseconds(seconds: number): string {
  const ms = seconds * 1000;
  return `${ms < 10 ? ms.toFixed(2) : Math.round(ms)} ms`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
}
