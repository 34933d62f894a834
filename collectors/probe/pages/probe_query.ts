/**
 * What a request for `/probe` asks for, and whether it may.
 *
 * @module
 */

import { scrapeTimeout } from "./scrape_timeout.ts";
import type { ProbeRequest } from "./live_probe.ts";
import type { Module } from "../module.ts";
import { PROBERS } from "../probers.ts";
import type { ProbeSettings } from "../settings.ts";
import { namesTarget } from "./target_host.ts";
import { withoutUserInfo } from "../target_name.ts";
import { hasCredentials, writtenModules } from "./written_module.ts";

/** Why a request is not served. */
export interface Refusal {
  /** Status of the answer. */
  readonly status: 400 | 403 | 500;
  /** Its text: blackbox_exporter's, where it refuses too. */
  readonly message: string;
  /** Whether there is no such module. */
  readonly isUnknownModule?: true;
}

/** What the answer depends on besides the request. */
export interface Asking {
  /** The settings. */
  readonly settings: ProbeSettings;
  /** What they were made of. */
  readonly written: unknown;
  /** Whether who asks is on this host. */
  readonly isLocal: boolean;
  /** The targets that the configuration names, with their modules' names. */
  named(): readonly { readonly target: string; readonly module: string }[];
}

/** The module where none is named. */
const STANDARD_MODULE = "http_2xx";

const refuse = (status: Refusal["status"], message: string): Refusal => ({ status, message });

/** Whether a request was refused. */
export function isRefusal(value: Refusal | ProbeRequest): value is Refusal {
  return "status" in value;
}

/**
 * Reads a query.
 *
 * @param timeoutHeader value of `X-Prometheus-Scrape-Timeout-Seconds`
 */
export function probeRequest(
  query: URLSearchParams,
  timeoutHeader: string | null,
  asking: Asking,
): ProbeRequest | Refusal {
  const { settings, written } = asking;
  const name = query.get("module") || STANDARD_MODULE;
  const module = settings.configured.has(name) ? settings.modules.get(name) : undefined;
  if (!module) return { ...refuse(400, `Unknown module ${JSON.stringify(name)}`), isUnknownModule: true };
  const timeoutSeconds = scrapeTimeout(timeoutHeader, module.timeoutSeconds, settings.timeoutOffsetSeconds);
  if (timeoutSeconds === undefined) {
    const reason = `strconv.ParseFloat: parsing ${JSON.stringify(timeoutHeader)}: invalid syntax`;
    return refuse(500, `Failed to parse timeout from Prometheus header: ${reason}`);
  }
  const target = query.get("target") ?? "";
  if (target === "") return refuse(400, "Target parameter is missing");
  const prober = PROBERS.get(module.prober);
  if (!prober) return refuse(400, `Unknown prober ${JSON.stringify(module.prober)}`);
  const hostname = query.get("hostname") ?? "";
  const clash = hostname === "" ? undefined : hostClash(module, hostname);
  if (clash !== undefined) return refuse(400, clash);
  const own = writtenModules(written)[name];
  const refusal = targetRefusal(target, module, own, asking);
  if (refusal) return refusal;
  const request = { target, module, prober, written: own, timeoutSeconds };
  return hostname !== "" && (module.prober === "http" || module.prober === "tcp") ? { ...request, hostname } : request;
}

/** Why this `hostname` cannot be. */
function hostClash(module: Module, hostname: string): string | undefined {
  if (module.prober !== "http") return undefined;
  const own = module.headers.find(([name]) => name.toLowerCase() === "host")?.[1];
  if (own === undefined || own === hostname) return undefined;
  return `host header defined both in module configuration (${own}) and with URL-parameter 'hostname' (${hostname})`;
}

/** Why a module may not be asked for a target. */
function targetRefusal(
  target: string,
  module: Module,
  written: unknown,
  { settings, isLocal, named }: Asking,
): Refusal | undefined {
  const { name, prober, targets } = module;
  const quoted = JSON.stringify(name);
  const shown = JSON.stringify(withoutUserInfo(target).slice(0, 200));
  if (targets) {
    if (namesTarget(targets, prober, target)) return undefined;
    return refuse(400, `Module ${quoted} is not for target ${shown}: none of its "targets" is the target's host`);
  }
  if (isLocal || settings.credentials === "any" || !hasCredentials(written)) return undefined;
  if (named().some((one) => one.module === name && one.target === target)) return undefined;
  return refuse(
    403,
    `Module ${quoted} has credentials, and the configuration does not name target ${shown} for it: ` +
      `list the hosts that it is for in its "targets", or set "probe.credentials" to "any"`,
  );
}
