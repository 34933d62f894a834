/**
 * The command `sonde`, in the process that it really runs in.
 *
 * @module
 */

import type { Permission, Signal, Surroundings } from "./cli/surroundings.ts";
import { systemClock } from "./clock.ts";

function writeAll(stream: typeof Deno.stdout, text: string): void {
  let rest = new TextEncoder().encode(text);
  while (rest.length > 0) rest = rest.subarray(stream.writeSync(rest));
}

/** SIGHUP is the closing of its console on Windows, which has no SIGTERM. */
function exists(signal: Signal): boolean {
  return Deno.build.os !== "windows" || signal === "SIGINT";
}

function columns(): number | undefined {
  try {
    return Deno.stdout.isTerminal() ? Deno.consoleSize().columns : undefined;
  } catch {
    return undefined;
  }
}

const surroundings: Surroundings = {
  args: Deno.args,
  columns: columns(),
  runtime: { deno: Deno.version.deno, v8: Deno.version.v8, target: Deno.build.target },
  program: () => ({
    compiled: Deno.build.standalone,
    execPath: Deno.execPath(),
    // Not the main module, which may be the library: a child starts without it, in half the memory.
    mainModule: import.meta.url,
  }),
  clock: systemClock,
  environment: () => Deno.env.toObject(),
  print(text) {
    try {
      writeAll(Deno.stdout, text);
    } catch (error) {
      if (error instanceof Deno.errors.BrokenPipe) return;
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(`Cannot write to standard output: ${reason}`, { cause: error });
    }
  },
  printError(text) {
    try {
      writeAll(Deno.stderr, text);
    } catch {
      // There is nobody left to tell.
    }
  },
  onSignal(signal, listener) {
    if (!exists(signal)) return () => {};
    Deno.addSignalListener(signal, listener);
    return () => Deno.removeSignalListener(signal, listener);
  },
  onUncaught(listener) {
    const onRejection = (event: PromiseRejectionEvent): void => {
      event.preventDefault();
      listener(event.reason);
    };
    const onError = (event: ErrorEvent): void => {
      event.preventDefault();
      listener(event.error);
    };
    globalThis.addEventListener("unhandledrejection", onRejection);
    globalThis.addEventListener("error", onError);
    return () => {
      globalThis.removeEventListener("unhandledrejection", onRejection);
      globalThis.removeEventListener("error", onError);
    };
  },
  revoke(permissions: readonly Permission[]) {
    for (const name of permissions) Deno.permissions.revokeSync({ name });
  },
  exit: (code) => Deno.exit(code),
};

/** A child starts without all that the rest of the program loads. */
async function run(): Promise<number> {
  if (Deno.args[0] === "child") return await (await import("./cli/child.ts")).child(surroundings);
  return await (await import("./cli/main.ts")).main(surroundings);
}

Deno.exit(await run());
