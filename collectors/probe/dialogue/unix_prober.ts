/**
 * The prober of Unix sockets.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { isAbsolute } from "node:path";
import { stopsIn } from "../accounting.ts";
import { builtInModule } from "../built_in_modules.ts";
import { type Connection, openUnixSocket } from "../connection.ts";
import {
  attemptDialogue,
  DIALOGUE_FAMILIES,
  type DialogueResult,
  dialogueStops,
  emitDialogue,
} from "./dialogue_probe.ts";
import { failedResult } from "../failed_result.ts";
import { showName } from "../address/host_name.ts";
import { emitResult, RESULT_FAMILIES } from "../families.ts";
import type { UnixModule } from "../module.ts";
import type { Prober } from "../prober.ts";
import { ProbeError } from "../result.ts";

/** In seconds. */
const DURATION_BOUNDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** Probes Unix sockets. */
export const unixProber: Prober<UnixModule, DialogueResult> = {
  name: "unix",
  help: "Outcome and dialogue of probes of configured Unix sockets.",
  placeholder: "path",
  metrics: { ...RESULT_FAMILIES, ...DIALOGUE_FAMILIES },
  durationBounds: DURATION_BOUNDS,
  standard: builtInModule("unix_connect", "unix"),
  checkTarget: (target) => void parsePath(target),
  stops: (module) => [...stopsIn("resolve", "internal"), ...dialogueStops(module)],
  async probe(target, module, tools) {
    const path = parsePath(target);
    const dial = (signal: AbortSignal) => {
      tools.trace.note("debug", `Dialing unix with${module.useTls ? "" : "out"} TLS`);
      return dialPath(path, signal);
    };
    const result = await attemptDialogue(dial, tools.hostname ?? NO_NAME, module, tools, tools.timeoutSeconds);
    return { ...result, lookupSeconds: 0 };
  },
  failed: (error) => ({ ...failedResult(error), wallSeconds: 0 }),
  emit(result, emit, labels) {
    emitResult(emit, labels, result);
    emitDialogue(emit, labels, result);
  },
};

/** A path is no name that a certificate can be for: without one of the module's, none can be verified. */
const NO_NAME = "unix.invalid";

/** Bytes of a path in Linux' `sockaddr_un`, which ends with a NUL. */
const LONGEST_PATH = 107;

function parsePath(target: string): string {
  const path = target.replace(/^unix:(?:\/\/(?=\/))?/, "");
  const refuse = (reason: string) => new SyntaxError(`Cannot use target ${showName(target)}: ${reason}`);
  if (!isAbsolute(path) || path.includes("\0")) throw refuse('expected the path of a socket, as "/run/example.sock"');
  if (Buffer.byteLength(path) > LONGEST_PATH) throw refuse(`expected a path of at most ${LONGEST_PATH} bytes`);
  return path;
}

/** What a path that leads to no socket, or to none that takes us, raises. */
const REFUSED = new Set([
  "ENOENT",
  "EACCES",
  "EPERM",
  "ECONNREFUSED",
  "ENOTSOCK",
  "ENOTDIR",
  "ELOOP",
  "EPROTOTYPE",
  "EAGAIN",
]);

async function dialPath(path: string, signal: AbortSignal): Promise<Connection> {
  try {
    return await openUnixSocket(path, signal);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (!(error instanceof Error) || typeof code !== "string" || !REFUSED.has(code)) throw error;
    throw new ProbeError("refused", error.message, { cause: error });
  }
}
