/**
 * The other pages of probes: the configuration, what was logged, the last results, the targets on an interval, the failures.
 *
 * @module
 */

import type { RouteContext } from "../../../src/collector.ts";
import { plain } from "../../../src/plain_response.ts";
import { pathOf } from "../../../src/request_target.ts";
import { forThisHostOnly, maySeeParticulars, queryOf, refusedMethod, text } from "./answer_probe.ts";
import { debugText } from "./debug_text.ts";
import { FAILURES, FAILURES_ON_DEMAND, type TargetFailures } from "../evidence.ts";
import { failuresIndex, failuresOf } from "./failures_page.ts";
import { histories } from "./history.ts";
import { historyPage } from "./history_page.ts";
import { scheduledTargets } from "./scheduled.ts";
import type { ProbeSettings } from "../settings.ts";
import { targetGroups } from "./targets_page.ts";
import { withoutSecrets, writtenModules } from "./written_module.ts";
import { yamlText } from "./yaml_text.ts";

type Answering = RouteContext<ProbeSettings>;

/** Why a page is not shown; `undefined` if it may be. */
function refusal(what: string, request: Request, context: Answering): Response | undefined {
  return refusedMethod(request) ??
    (maySeeParticulars(request, context) ? undefined : forThisHostOnly(what));
}

/** `/config`: the modules as they were written. */
export function configPage(request: Request, context: Answering): Response {
  if (context.options.configured.size === 0) return plain(404, "Not found");
  return refusal("/config", request, context) ??
    text(request, `${yamlText({ modules: withoutSecrets(writtenModules(context.written)) })}\n`);
}

/** `/logs`: one result of the history, by `id`, or the last one by `module` and `target`. */
export function logsPage(request: Request, context: Answering): Response {
  if (context.options.configured.size === 0) return plain(404, "Not found");
  const refused = refusal("/logs", request, context);
  if (refused) return refused;
  const history = histories.of(context.scope);
  const query = queryOf(request);
  const id = query.get("id") ?? "";
  if (/^[+-]?\d+$/.test(id)) {
    const found = history.byId(Number(id));
    return found ? text(request, debugText(found.probe)) : plain(404, "Probe id not found");
  }
  const target = query.get("target") ?? "";
  if (target === "") return plain(400, "Probe id or target must be defined as http query parameters");
  const found = history.byTarget(query.get("module") || "http_2xx", target);
  return found ? text(request, debugText(found.probe)) : plain(404, "Probe target not found");
}

/** `/-/probes`: the last results, to those who may see them; links to the other pages to all, as it may stand at `/`. */
export function historyIndex(request: Request, context: Answering): Response {
  const root = pathOf(request).endsWith("/-/probes") ? "../" : "";
  const note = context.options.configured.size === 0
    ? "No modules are configured: /probe is not there."
    : maySeeParticulars(request, context)
    ? undefined
    : 'The last results are shown to this host only, unless "probe.debug" is set.';
  return refusedMethod(request) ?? historyPage(root, note ?? histories.of(context.scope));
}

/** `/-/targets`: the targets on an interval, for Prometheus. */
export function targetsPage(request: Request, { nodes, externalUrl }: Answering): Response {
  const refused = refusedMethod(request);
  if (refused) return refused;
  const own = new URL(pathOf(request).replace(/-\/targets$/, "probe"), request.url);
  const url = externalUrl === undefined ? own : new URL(`${externalUrl}/probe`);
  const body = JSON.stringify(targetGroups(scheduledTargets(nodes), url));
  return new Response(request.method === "HEAD" ? null : body, { headers: { "content-type": "application/json" } });
}

/** `/-/failures/`: the targets that failed; below it, the last failures of one. With `format=json` as JSON. */
export function failuresPage(request: Request, context: Answering): Response {
  const refused = refusal("failures", request, context);
  if (refused) return refused;
  const stores = [FAILURES.of(context.scope), FAILURES_ON_DEMAND.of(context.scope)];
  const isJson = queryOf(request).get("format") === "json";
  const [, encoded = ""] = /\/-\/failures\/(.*)$/s.exec(pathOf(request)) ?? [];
  if (encoded === "") {
    const targets = together(stores.flatMap((store) => store.targets()));
    return isJson ? Response.json(targets) : failuresIndex(targets);
  }
  const name = decoded(encoded);
  if (name === undefined) {
    return plain(400, "Cannot read the target's name: expected it as encodeURIComponent writes it");
  }
  const failures = stores.flatMap((store) => store.of(name)).sort((a, b) => b.beganSeconds - a.beganSeconds);
  if (failures.length === 0) return plain(404, `No failure of ${JSON.stringify(name)} is kept`);
  return isJson ? Response.json(failures) : failuresOf(name, failures);
}

/** Each target once, the one that failed last first. */
function together(all: readonly TargetFailures[]): readonly TargetFailures[] {
  const byTarget = new Map<string, TargetFailures>();
  for (const one of all) {
    const { count = 0, lastSeconds = 0 } = byTarget.get(one.target) ?? {};
    const { target } = one;
    byTarget.set(target, { target, count: count + one.count, lastSeconds: Math.max(lastSeconds, one.lastSeconds) });
  }
  return [...byTarget.values()].sort((a, b) => b.lastSeconds - a.lastSeconds);
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
