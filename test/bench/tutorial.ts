/**
 * The two metrics of the tutorial: Sonde with nothing else, beside the Python program that the tutorial has one write.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import type { Bench, Figure, Unit } from "./figure.ts";
import { onPath, type Program, runnable, sondePrograms } from "./programs.ts";
import { type RunningServer, startServer } from "./server_process.ts";
import { load, whyNoLoad } from "./wrk.ts";

const ROUNDS = 5;
const SECONDS = 3;
const WARM_UP_SECONDS = 3;
const CONNECTIONS = 4;
const SERVER_PROCESSOR = 0;
const LOAD_PROCESSOR = 1;
const FLAGS = ["--collector.disable-defaults", "--collector.usage"];
const PYTHON = "prometheus_client and psutil";
/** The system's own first: it is the one that has packages. */
const INTERPRETERS = [runnable("/usr/bin/python3"), onPath("python3")];

const complete = (page: string) => page.includes('system_usage{resource_type="CPU"}');

/** The Python program, if what it imports is here. */
async function tutorialProgram(): Promise<Program | undefined> {
  for (const python of await Promise.all(INTERPRETERS)) {
    if (!python) continue;
    const imports = new Deno.Command(python, { args: ["-c", "import prometheus_client, psutil"], stderr: "null" });
    if (!(await imports.output()).success) continue;
    const script = fileURLToPath(new URL("tutorial_exporter.py", import.meta.url));
    return { label: PYTHON, command: (port) => [python, script, String(port)], path: "/metrics" };
  }
  return undefined;
}

/** What is measured of each. */
const VALUES: readonly {
  readonly key: "perSecond" | "cpuSeconds" | "resident";
  readonly name: string;
  readonly unit: Unit;
}[] = [
  { key: "perSecond", name: "scrapes", unit: "per second" },
  { key: "cpuSeconds", name: "CPU per scrape", unit: "seconds" },
  { key: "resident", name: "RSS after it", unit: "bytes" },
];

export default {
  name: "tutorial",
  title: "The tutorial's two metrics",
  async run({ rounds = ROUNDS }) {
    const reason = await whyNoLoad();
    if (reason !== undefined) return { figures: [], notes: [reason] };
    const sonde = await sondePrograms(FLAGS);
    const python = await tutorialProgram();
    const missing = python ? [] : ["Python's `prometheus_client` and `psutil` are not here: nothing to compare with."];
    await using stack = new AsyncDisposableStack();
    const servers: RunningServer[] = [];
    for (const program of [...sonde.programs, ...(python ? [python] : [])]) {
      servers.push(stack.use(await startServer(program, { processor: SERVER_PROCESSOR, complete })));
    }
    const options = { connections: CONNECTIONS, processor: LOAD_PROCESSOR };
    for (const server of servers) await load(server, { ...options, seconds: WARM_UP_SECONDS });
    const found = new Map(
      servers.map(({ label }) => [label, new Array<Record<typeof VALUES[number]["key"], number>>()]),
    );
    for (let round = 0; round < rounds; round++) {
      for (const server of servers) {
        const done = await load(server, { ...options, seconds: SECONDS });
        found.get(server.label)?.push({ ...done, resident: (await server.memory()).resident });
      }
    }
    const figures = VALUES.map(({ key, name, unit }): Figure => ({
      name,
      unit,
      rows: [...found].map(([subject, values]) => ({ subject, rounds: values.map((value) => value[key]) })),
      peer: PYTHON,
    }));
    return { figures, notes: [...sonde.notes, ...missing] };
  },
} satisfies Bench;
