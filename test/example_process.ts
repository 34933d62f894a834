/**
 * An example that runs: a program that prints the URL on which it listens, on a port that it is told by `$PORT`.
 *
 * @module
 */

import assert from "node:assert/strict";

/** How long a program has to do what is waited for, on a busy machine. */
const PATIENCE_MS = 120_000;
const PAUSE_MS = 50;

/** A program that listens. Killed when it is disposed of. */
export interface ExampleProcess extends AsyncDisposable {
  /** Where it listens, without path. */
  readonly origin: string;
  /** Waits until a page of it shows everything. */
  shows(path: string, expected: readonly RegExp[]): Promise<void>;
}

/** What a program answers. */
export async function asked({ origin }: ExampleProcess, path: string): Promise<string> {
  return await (await fetch(origin + path, { signal: AbortSignal.timeout(PATIENCE_MS) })).text();
}

/** Runs a program until it prints a URL. */
export async function started(program: string, args: readonly string[], cwd?: string): Promise<ExampleProcess> {
  const child = new Deno.Command(program, {
    args: [...args],
    cwd,
    env: { PORT: "0", NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const { promise: origin, resolve, reject } = Promise.withResolvers<string>();
  let printed = "";
  const read = async (stream: ReadableStream<Uint8Array>) => {
    const decoder = new TextDecoder();
    for await (const chunk of stream) {
      printed += decoder.decode(chunk, { stream: true });
      const url = /http:\/\/(?:127\.0\.0\.1|localhost):\d+/.exec(printed);
      if (url) resolve(url[0].replace("localhost", "127.0.0.1"));
    }
  };
  const ended = Promise.all([child.status, read(child.stdout), read(child.stderr)]);
  ended.then(() => reject(new Error(`Cannot run "${program} ${args.join(" ")}": it printed ${printed}`)));
  const stop = async () => {
    try {
      child.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
    await ended;
  };
  const late = setTimeout(
    () => reject(new Error(`"${program} ${args.join(" ")}" printed no URL: ${printed}`)),
    PATIENCE_MS,
  );
  try {
    return example(await origin, stop);
  } catch (error) {
    await stop();
    throw error;
  } finally {
    clearTimeout(late);
  }
}

function example(origin: string, stop: () => Promise<void>): ExampleProcess {
  const self: ExampleProcess = {
    origin,
    async shows(path, expected) {
      const until = Date.now() + PATIENCE_MS;
      for (;;) {
        const page = await asked(self, path);
        const missing = expected.filter((pattern) => !pattern.test(page));
        if (missing.length === 0) return;
        if (Date.now() > until) assert.fail(`${missing.join(", ")} is not in\n${page}`);
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      }
    },
    [Symbol.asyncDispose]: stop,
  };
  return self;
}
