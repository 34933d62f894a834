/**
 * The WebSocket prober.
 *
 * @module
 */

import { toNanosecond } from "../../../src/clock.ts";
import type { Metrics } from "../../../src/collector.ts";
import { type Stop, stopsIn } from "../accounting.ts";
import { builtInModule } from "../built_in_modules.ts";
import { emitMatches } from "../dialogue/dialogue_probe.ts";
import { failedResult } from "../failed_result.ts";
import { ADDRESS_FAMILIES, emitAddress, emitResult, EXPECT_FAMILY, RESULT_FAMILIES } from "../families.ts";
import { TOKEN_REASONS } from "../http/http_stops.ts";
import type { WebsocketModule } from "../module.ts";
import type { Prober } from "../prober.ts";
import type { Reason } from "../result.ts";
import type { Durations } from "../timeline.ts";
import { noWebsocket, probeWebsocket, type WebsocketResult } from "./websocket_probe.ts";

/** In seconds. */
const DURATION_BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const open = { openLabels: true } as const;

const WEBSOCKET_FAMILIES: Metrics = {
  probe_websocket_status_code: { type: "gauge", help: "Response HTTP status code", ...open },
  probe_websocket_connection_upgraded: {
    type: "gauge",
    help: "Indicates if the websocket connection was successfully upgraded",
    ...open,
  },
  probe_websocket_failed_due_to_regex: {
    type: "gauge",
    help: "Indicates if probe failed due to regex",
    ...open,
  },
  probe_websocket_duration_seconds: {
    type: "gauge",
    help: "Duration of websocket request by phase",
    labels: ["phase"],
    ...open,
  },
  ...EXPECT_FAMILY,
};

/** Probes WebSockets. */
export const websocketProber: Prober<WebsocketModule, WebsocketResult> = {
  name: "websocket",
  help: "Outcome, phases and dialogue of probes of configured WebSockets.",
  placeholder: "URL",
  metrics: { ...RESULT_FAMILIES, ...ADDRESS_FAMILIES, ...WEBSOCKET_FAMILIES },
  durationBounds: DURATION_BOUNDS,
  standard: builtInModule("websocket", "websocket"),
  checkTarget: (target) => void parseTarget(target),
  stops: websocketStops,
  probe: (target, module, tools) => probeWebsocket(parseTarget(target), module, tools),
  failed: (error) => ({ ...failedResult(error), ...noWebsocket() }),
  emit(result, emit, labels) {
    emitResult(emit, labels, result);
    emitAddress(emit, labels, result);
    emit("probe_websocket_status_code", result.status, labels);
    emit("probe_websocket_connection_upgraded", result.isUpgraded ? 1 : 0, labels);
    emit("probe_websocket_failed_due_to_regex", result.failedByPattern ? 1 : 0, labels);
    for (const [phase, seconds] of Object.entries(phaseSeconds(result.durations))) {
      emit("probe_websocket_duration_seconds", seconds, { ...labels, phase });
    }
    emitMatches(emit, labels, result.matches);
  },
};

const SHOWN_CHARACTERS = 80;

function parseTarget(text: string): URL {
  const shown = JSON.stringify(text.replace(/^([a-z]+:\/\/)?.*@/is, "$1…@").slice(0, SHOWN_CHARACTERS));
  const refuse = (reason: string) => new SyntaxError(`Cannot use URL ${shown}: ${reason}`);
  if (!/^wss?:\/\//i.test(text)) throw refuse('expected the form "ws://…" or "wss://…"');
  // deno-lint-ignore no-control-regex
  if (/[\x00-\x1f\x7f]/.test(text)) throw refuse("it has control characters");
  if (!URL.canParse(text)) throw refuse("it is malformed");
  const url = new URL(text);
  // The peer refuses them too; a module's are not shown.
  if (url.username !== "" || url.password !== "") throw refuse('it has user-info, expected "basic_auth" in the module');
  url.hash = "";
  return url;
}

/** Seconds by the peer's phases, zeros for what was not reached; that of connecting has TLS in it. */
function phaseSeconds(durations: Durations): Readonly<Record<string, number>> {
  const sum = (...seconds: (number | undefined)[]) =>
    toNanosecond(seconds.reduce<number>((total, one) => total + (one ?? 0), 0));
  return {
    resolve: sum(durations.resolve),
    connect: sum(durations.connect, durations.tls),
    processing: sum(durations.request, durations.processing),
    transfer: sum(durations.transfer),
  };
}

function websocketStops({ client, dialogue }: WebsocketModule): readonly Stop[] {
  const early: Reason[] = ["internal", "refused", "reset", "timeout"];
  const proxied: Reason[] = ["dns", "protocol", "tls"];
  const hasToken = client.authorization?.kind === "oauth2";
  const late: Reason[] = ["tls", "reset", "timeout"];
  const expects = dialogue.some(({ expect, expectBytes }) => expect ?? expectBytes);
  return [
    ...stopsIn("resolve", "internal", "dns", "timeout"),
    ...stopsIn("connect", ...new Set([...early, ...client.proxy ? proxied : [], ...hasToken ? TOKEN_REASONS : []])),
    ...stopsIn("tls", "tls", "reset", "timeout"),
    ...client.tls.ca ?? client.tls.cert ? stopsIn("tls", "internal") : [],
    ...stopsIn("request", ...late, "internal"),
    ...stopsIn("processing", ...late, "protocol", "size"),
    ...dialogue.length > 0 ? stopsIn("transfer", ...late) : [],
    ...expects ? stopsIn("transfer", "protocol", "size") : [],
    ...stopsIn("validate", "status", "header"),
    ...expects ? stopsIn("validate", "response") : [],
  ];
}
