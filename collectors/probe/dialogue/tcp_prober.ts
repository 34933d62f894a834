/**
 * The TCP prober.
 *
 * @module
 */

import { stopsIn } from "../accounting.ts";
import { builtInModule } from "../built_in_modules.ts";
import { openSocket } from "../connection.ts";
import {
  attemptDialogue,
  DIALOGUE_FAMILIES,
  type DialogueResult,
  dialogueStops,
  emitDialogue,
} from "./dialogue_probe.ts";
import { failedResult } from "../failed_result.ts";
import { ADDRESS_FAMILIES, emitAddress, emitResult, RESULT_FAMILIES } from "../families.ts";
import { showName } from "../address/host_name.ts";
import { parseHostPort } from "../address/host_port.ts";
import type { TcpModule } from "../module.ts";
import { probeHost } from "../address/over_addresses.ts";
import type { Prober, ProbeTools } from "../prober.ts";

/** In seconds. */
const DURATION_BOUNDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Probes ports. */
export const tcpProber: Prober<TcpModule, DialogueResult> = {
  name: "tcp",
  help: "Outcome, dialogue and certificate of TCP probes of configured ports.",
  placeholder: "host:port",
  metrics: { ...RESULT_FAMILIES, ...ADDRESS_FAMILIES, ...DIALOGUE_FAMILIES },
  durationBounds: DURATION_BOUNDS,
  standard: builtInModule("tcp_connect", "tcp"),
  checkTarget: (target) => void parsePort(target),
  stops: (module) => [
    ...stopsIn("resolve", "internal", "dns", "timeout"),
    ...dialogueStops(module),
  ],
  probe: (target, module, tools) => probeTcp(target, module, tools),
  failed: (error) => ({ ...failedResult(error), wallSeconds: 0, resolves: !(error instanceof SyntaxError) }),
  emit(result, emit, labels) {
    emitResult(emit, labels, result);
    if (result.resolves !== false) emitAddress(emit, labels, result);
    emitDialogue(emit, labels, result);
  },
};

function parsePort(target: string): { readonly host: string; readonly port: number } {
  const { host, port } = parseHostPort(target);
  if (port !== undefined) return { host, port };
  throw new SyntaxError(`Cannot use target ${showName(target)}: expected "host:port"`);
}

async function probeTcp(target: string, module: TcpModule, tools: ProbeTools): Promise<DialogueResult> {
  const { host, port } = parsePort(target);
  const { trace } = tools;
  return await probeHost<DialogueResult>(host, module.address, tools, { wallSeconds: 0 }, async (address, seconds) => {
    const { sourceAddress } = module;
    const dial = (signal: AbortSignal) => {
      if (sourceAddress !== undefined) trace.note("debug", "Using local address", { srcIP: sourceAddress });
      trace.note("debug", `Dialing TCP with${module.useTls ? "" : "out"} TLS`);
      tools.admit(address);
      return openSocket(address, port, signal, { sourceAddress });
    };
    const result = await attemptDialogue(dial, tools.hostname ?? host, module, tools, seconds);
    return { ...result, address, lookupSeconds: 0 };
  });
}
