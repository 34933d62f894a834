/**
 * The page of the last results of probes on demand.
 *
 * @module
 */

import type { History } from "./history.ts";
import { escapeHtml, htmlPage, htmlTable, htmlTime } from "./html_page.ts";
import { withoutUserInfo } from "../target_name.ts";

const SHOWN_CHARACTERS = 500;

/**
 * The page, the newest result first.
 *
 * @param root the way from the page's folder to that of `/probe`, as `../`
 * @param history or why it is not shown
 */
export function historyPage(root: string, history: History | string): Response {
  const links = [["metrics", "Metrics"], ["config", "Configuration"], ["-/failures/", "Failures"], [
    "-/targets",
    "Targets",
  ]];
  const nav = links.map(([path, text]) => `<a href="${root}${path}">${text}</a>`).join("");
  const results = typeof history === "string" ? `<p>${escapeHtml(history)}</p>` : table(root, history);
  return htmlPage("Probes", `<nav>${nav}</nav>\n<h2>Recent probes</h2>\n${results}`);
}

function table(root: string, history: History): string {
  const rows = history.list().map(({ id, probe: { module, target, result: { outcome }, beganSeconds } }) => {
    const duration = outcome.durationSeconds === undefined ? "" : `${(outcome.durationSeconds * 1000).toFixed(1)} ms`;
    const why = outcome.success
      ? ""
      : `${outcome.failure.reason} in ${outcome.failure.phase}: ${outcome.failure.message}`;
    return [
      htmlTime(beganSeconds),
      escapeHtml(module.name),
      escapeHtml(withoutUserInfo(target).slice(0, SHOWN_CHARACTERS)),
      outcome.success ? '<span class="ok">Success</span>' : '<span class="failed">Failure</span>',
      duration,
      escapeHtml(why),
      `<a href="${root}logs?id=${id}">Logs</a>`,
    ];
  });
  return htmlTable("Recent probes", ["Began", "Module", "Target", "Result", "Duration", "Reason", "Debug"], rows);
}
