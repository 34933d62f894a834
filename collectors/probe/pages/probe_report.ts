/**
 * One probe explained: its phases, what it told on its way, the certificates, and why it failed.
 *
 * @module
 */

import { toNanosecond } from "../../../src/clock.ts";
import { resultPage } from "./result_page.ts";
import type { LiveProbe } from "./live_probe.ts";
import { PHASES } from "../result.ts";
import { withoutUserInfo } from "../target_name.ts";

/** A probe as it is told; times in seconds. */
export interface ProbeReport {
  /** What was probed. */
  readonly target: string;
  /** How. */
  readonly module: string;
  /** By what. */
  readonly prober: string;
  /** When it began. */
  readonly began: string;
  /** Whether it succeeded. */
  readonly success: boolean;
  /** How long it took. */
  readonly durationSeconds: number | undefined;
  /** Why it failed. */
  readonly failure: { readonly reason: string; readonly phase: string; readonly message: string } | undefined;
  /** The address that was probed. */
  readonly address: string | undefined;
  /** How each address did, where several were asked. */
  readonly addresses: readonly { readonly ip: string; readonly success: boolean; readonly message: string }[];
  /** The phases that it reached, in order. */
  readonly phases: readonly { readonly phase: string; readonly seconds: number }[];
  /** What it told. */
  readonly events: readonly {
    readonly atSeconds: number;
    readonly level: string;
    readonly message: string;
    readonly fields: Readonly<Record<string, string>>;
  }[];
  /** What the last handshake settled. */
  readonly tls: {
    readonly version: string | undefined;
    readonly cipher: string | undefined;
    readonly verified: boolean;
    readonly verificationError: string | undefined;
    readonly chain: readonly {
      readonly subject: string;
      readonly issuer: string;
      readonly notAfter: string;
      readonly names: readonly string[];
      readonly sha256: string;
    }[];
  } | undefined;
  /** Its page. */
  readonly metrics: string;
}

/** More names of a certificate are only counted. */
const MOST_NAMES = 20;

/** What is told of a probe. */
export function probeReport(probe: LiveProbe): ProbeReport {
  const { result, prober, module, events, beganSeconds } = probe;
  const { outcome, durations, address, addresses = [], tls } = result;
  return {
    target: withoutUserInfo(probe.target),
    module: module.name,
    prober: prober.name,
    began: isoTime(beganSeconds),
    success: outcome.success,
    durationSeconds: outcome.durationSeconds,
    failure: outcome.success ? undefined : outcome.failure,
    address: address?.ip,
    addresses: addresses.map(({ address: { ip }, outcome: own }) => ({
      ip,
      success: own.success,
      message: own.success ? "" : own.failure.message,
    })),
    phases: PHASES.flatMap((phase) => {
      const seconds = durations[phase];
      return seconds === undefined ? [] : [{ phase, seconds }];
    }),
    events: events.map((event) => ({ ...event, atSeconds: toNanosecond(event.atSeconds) })),
    tls: tls && {
      version: tls.version,
      cipher: tls.cipher,
      verified: tls.verified,
      verificationError: tls.verificationError,
      chain: tls.chain.map(({ subject, issuer, notAfterSeconds, dnsNames, sha256 }) => ({
        subject,
        issuer,
        notAfter: isoTime(notAfterSeconds),
        names: dnsNames,
        sha256,
      })),
    },
    metrics: resultPage(prober, result).text,
  };
}

/** Of a certificate of the year 10000 and later, which ISO's form of JavaScript cannot say alike, too. */
function isoTime(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? `${seconds}` : date.toISOString().replace(".000Z", "Z");
}

/** The report as lines for a person. */
export function reportText(report: ProbeReport): string {
  const { target, module, prober, durationSeconds, failure, address, addresses, phases, events, tls } = report;
  const how = `${module}, prober ${prober}`;
  const taken = durationSeconds === undefined ? "" : ` after ${milliseconds(durationSeconds)}`;
  return [
    `${printable(target)} (${how})`,
    failure
      ? `FAILED${taken}: ${failure.reason} in phase ${failure.phase}: ${printable(failure.message)}`
      : `OK${taken}`,
    ...(address === undefined ? [] : [`address    ${address}`]),
    ...addresses.map(({ ip, success: ok, message }) =>
      `           ${ip} ${ok ? "ok" : `failed: ${printable(message)}`}`
    ),
    ...section("Phases", phases.map(({ phase, seconds }) => phaseLine(phase, seconds, phases, failure?.phase))),
    ...section("Timeline", events.map(eventLine)),
    ...(tls ? section("TLS", tlsLines(tls)) : []),
    "",
  ].join("\n");
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ["", `${title}:`, ...lines.map((line) => `  ${line}`)];
}

const BAR_CHARACTERS = 40;

function phaseLine(phase: string, seconds: number, all: ProbeReport["phases"], stopped: string | undefined): string {
  const total = all.reduce((sum, { seconds }) => sum + seconds, 0) || 1;
  const bar = "█".repeat(Math.round(seconds / total * BAR_CHARACTERS)) || "▏";
  return `${phase.padEnd(10)} ${milliseconds(seconds).padStart(12)}  ${bar}${phase === stopped ? " stopped here" : ""}`;
}

function eventLine({ atSeconds, level, message, fields }: ProbeReport["events"][number]): string {
  const particulars = Object.entries(fields).map(([key, value]) => ` ${key}=${printable(value)}`).join("");
  const mark = level === "error" || level === "warn" ? `${level}: ` : "";
  return `${milliseconds(atSeconds).padStart(12)}  ${mark}${printable(message)}${particulars}`;
}

function tlsLines(tls: NonNullable<ProbeReport["tls"]>): readonly string[] {
  return [
    `${tls.version ?? "unknown version"}, ${tls.cipher ?? "unknown cipher"}, ${
      tls.verified ? "verified" : `NOT VERIFIED: ${tls.verificationError ?? "unknown reason"}`
    }`,
    ...tls.chain.flatMap(({ subject, issuer, notAfter, names, sha256 }, i) => [
      `${i} subject  ${printable(subject)}`,
      `  issuer   ${printable(issuer)}`,
      `  expires  ${notAfter}`,
      ...(names.length === 0 ? [] : [`  names    ${printable(shortList(names))}`]),
      `  sha256   ${sha256}`,
    ]),
  ];
}

function shortList(names: readonly string[]): string {
  const more = names.length - MOST_NAMES;
  return names.slice(0, MOST_NAMES).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

function milliseconds(seconds: number): string {
  return `${(seconds * 1000).toFixed(3)} ms`;
}

/** Without what a terminal would take for more than text. */
function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\u2028\u2029]/gu,
    (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`,
  );
}
