/**
 * The evidence of failures, for people.
 *
 * @module
 */

import type { FailureEvidence, TargetFailures, TlsEvidence } from "../evidence.ts";
import { escapeHtml, htmlPage, htmlTable, htmlTime } from "./html_page.ts";
import { PHASES } from "../result.ts";

/** More targets are only counted: the JSON form has them all. */
const MOST_TARGETS = 1000;

/** The targets of which failures are kept. */
export function failuresIndex(targets: readonly TargetFailures[]): Response {
  const rows = targets.slice(0, MOST_TARGETS).map(({ target, count, lastSeconds }) => [
    `<a href="${escapeHtml(encodeURIComponent(target.toWellFormed()))}">${escapeHtml(target)}</a>`,
    String(count),
    htmlTime(lastSeconds),
  ]);
  const more = targets.length - rows.length;
  const note = targets.length === 0 ? "<p>No failure is kept.</p>" : more > 0 ? `<p>and ${more} more</p>` : "";
  return htmlPage(
    "Failures",
    htmlTable("Targets", ["Target", "Failures kept", "Last failure"], rows) + note +
      '<p><a href="?format=json">as JSON</a></p>',
  );
}

/** The failures of one target. */
export function failuresOf(target: string, failures: readonly FailureEvidence[]): Response {
  return htmlPage(
    `Failures of ${target}`,
    `<nav><a href="./">All targets</a><a href="?format=json">As JSON</a></nav>${failures.map(section).join("")}`,
  );
}

function section(failure: FailureEvidence): string {
  const { reason, phase, message, beganSeconds, durationSeconds, module, prober, address, durations, tls } = failure;
  const taken = durationSeconds === undefined ? "" : ` after ${milliseconds(durationSeconds)}`;
  const phases = PHASES.flatMap((name) => {
    const seconds = durations[name];
    return seconds === undefined ? [] : [[name + (name === phase ? " (stopped here)" : ""), milliseconds(seconds)]];
  });
  return `<h2>${htmlTime(beganSeconds)}</h2>
<p class="failed">${escapeHtml(`${reason} in ${phase}${taken}: ${message}`)}</p>
<p>${escapeHtml(`Module ${module}, prober ${prober}${address === undefined ? "" : `, address ${address}`}`)}</p>
${phases.length > 0 ? htmlTable("Phases", ["Phase", "Duration"], phases.map((row) => row.map(escapeHtml))) : ""}
${addresses(failure)}${tls ? certificates(tls) : ""}${timeline(failure)}`;
}

function addresses({ addresses = [] }: FailureEvidence): string {
  if (addresses.length === 0) return "";
  const rows = addresses.map(({ ip, success, failure = "" }) => [ip, success ? "ok" : failure].map(escapeHtml));
  return htmlTable("Addresses", ["Address", "Outcome"], rows);
}

function certificates({ version, cipher, verified, verificationError, chain }: TlsEvidence): string {
  const facts = [version, cipher, verified ? "verified" : `not verified: ${verificationError ?? "unknown reason"}`];
  const rows = chain.map(({ subject, issuer, notAfterSeconds, dnsNames, sha256 }) => [
    escapeHtml(subject),
    escapeHtml(issuer),
    htmlTime(notAfterSeconds),
    escapeHtml(dnsNames.join(", ")),
    escapeHtml(sha256),
  ]);
  return `<p>TLS: ${escapeHtml(facts.filter((fact) => fact !== undefined).join(", "))}</p>` +
    htmlTable("Certificates", ["Subject", "Issuer", "Expires", "Names", "SHA-256"], rows);
}

function timeline({ events, eventsLeftOut }: FailureEvidence): string {
  const lines = events.map(({ atSeconds, level, message, fields }) => {
    const particulars = Object.entries(fields).map(([key, value]) => ` ${key}=${value}`).join("");
    return `${milliseconds(atSeconds).padStart(12)}  ${level.padEnd(5)} ${message}${particulars}`;
  });
  if (eventsLeftOut > 0) {
    lines.splice(Math.floor(lines.length / 2), 0, `              (${eventsLeftOut} lines left out)`);
  }
  return lines.length === 0 ? "" : `<pre>${escapeHtml(lines.join("\n"))}</pre>`;
}

function milliseconds(seconds: number): string {
  return `${(seconds * 1000).toFixed(1)} ms`;
}
