/** The public module in another program: it works, loads nothing of the command, and does nothing by itself. */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { parsePage } from "./page.ts";
import { folder, type Output, output } from "./programs.ts";
import { MAIN } from "./sonde.ts";

const CONFIG = fileURLToPath(new URL("../../deno.json", import.meta.url));
const deno = (...args: readonly string[]) => output([Deno.execPath(), ...args], { env: { NO_COLOR: "1" } });

/** Runs a program somewhere else on the disk, with these permissions. */
async function runProgram(text: string, ...permissions: readonly string[]): Promise<Output> {
  await using own = await folder();
  const program = await own.write("program.ts", text);
  return await deno("run", "--no-prompt", "--check", "--quiet", `--config=${CONFIG}`, ...permissions, program);
}

const SERVING = `
import { collectors, createExporter, defineCollector } from "${MAIN}";

const dice = defineCollector({
  name: "dice",
  help: "A die.",
  freshnessSeconds: 0.1,
  metrics: { dice_eyes: { type: "gauge", help: "Eyes of the last throw.", labels: ["colour"] } },
  read: () => 4,
  samples: (eyes, emit) => emit("dice_eyes", eyes, { colour: "red" }),
});
const exporter = createExporter([...collectors, dice], { collectors: { loadavg: false } });
exporter.start();
const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, exporter.handler);
console.log(await (await fetch(\`http://127.0.0.1:\${server.addr.port}/metrics\`)).text());
await server.shutdown();
await exporter.stop();
`;

Deno.test("library: another program's exporter serves its collector beside ours, and ends when it is stopped", async () => {
  const { code, stdout, stderr } = await runProgram(SERVING, "-A");
  assert.equal(code, 0, stderr);
  const { samples } = parsePage(stdout);
  assert.equal(samples.get('dice_eyes{colour="red"}'), 4);
  assert.ok(samples.has('node_cpu_seconds_total{cpu="0",mode="idle"}'));
  assert.ok(!samples.has("node_load1"));
});

const LOOKING = `
const before = new Set(Object.getOwnPropertyNames(globalThis));
const { createExporter, defineCollector } = await import("${MAIN}");
const added = Object.getOwnPropertyNames(globalThis).filter((name) => !before.has(name));
console.log(JSON.stringify([typeof createExporter, typeof defineCollector, ...added]));
`;
/** What Deno's Node API and zod make themselves. */
const FOREIGN_GLOBALS = /^(nodeBootstrap|__zod_\w+)$/;

Deno.test("library: its import needs no permission, adds no global, writes nothing, and keeps nothing running", async () => {
  const { code, stdout, stderr } = await runProgram(LOOKING);
  assert.deepEqual([code, stderr], [0, ""]);
  const told: readonly string[] = JSON.parse(stdout);
  assert.deepEqual(told.filter((name) => !FOREIGN_GLOBALS.test(name)), ["function", "function"]);
});

/** What `deno info` says of one module. */
interface Module {
  readonly specifier: string;
  readonly dependencies?: readonly {
    readonly specifier: string;
    readonly code?: { readonly specifier?: string };
    readonly isDynamic?: boolean;
  }[];
}

/** Specifiers of all modules that are loaded with the public one. */
async function loaded(): Promise<ReadonlySet<string>> {
  const { stdout } = await deno("info", "--json", fileURLToPath(MAIN));
  const info: { readonly modules: readonly Module[]; readonly redirects: Readonly<Record<string, string>> } = JSON
    .parse(stdout);
  const modules = new Map(info.modules.map((module) => [module.specifier, module]));
  const found = new Set<string>();
  const follow = (specifier: string): void => {
    const target = info.redirects[specifier] ?? specifier;
    if (found.has(target)) return;
    found.add(target);
    for (const { code, isDynamic } of modules.get(target)?.dependencies ?? []) {
      if (code?.specifier !== undefined && !isDynamic) follow(code.specifier);
    }
  };
  follow(MAIN.href);
  return found;
}

Deno.test("library: its import loads neither commander nor hono, nor anything of the command", async () => {
  const specifiers = [...await loaded()];
  assert.ok(specifiers.some((name) => name.endsWith("/src/exporter.ts")), `${specifiers}`);
  assert.ok(specifiers.some((name) => name.includes("prom-client")), `${specifiers}`);
  const command = /commander|hono(?!_metrics)|logtape|\/src\/(cli|listener|server|plugin|child)\b/;
  assert.deepEqual(specifiers.filter((name) => command.test(name)), []);
});
