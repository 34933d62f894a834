/**
 * Measures Sonde beside its peers.
 *
 *     deno task bench [--rounds=N] [--json=FILE] [NAME …]
 *
 * Linux with glibc alone. Peers are looked for in the folder `$SONDE_PEERS` and on PATH.
 *
 * @module
 */

import { writeFile } from "node:fs/promises";
import { availableParallelism, cpus, loadavg, release } from "node:os";
import { parseArgs } from "node:util";
import { failureMessage } from "../../src/failure.ts";
import collectors from "./collectors.ts";
import type { Bench, Findings } from "./figure.ts";
import headline from "./headline.ts";
import nodes from "./nodes.ts";
import probes from "./probes.ts";
import requests from "./requests.ts";
import scrapes from "./scrapes.ts";
import series from "./series.ts";
import start from "./start.ts";
import { findingsTable } from "./table.ts";
import targets from "./targets.ts";
import tutorial from "./tutorial.ts";
import workers from "./workers.ts";

const BENCHES: readonly Bench[] = [
  headline,
  scrapes,
  series,
  nodes,
  probes,
  targets,
  start,
  tutorial,
  requests,
  collectors,
  workers,
];

/** What the command line asks for. */
interface Order {
  readonly benches: readonly Bench[];
  readonly rounds: number | undefined;
  readonly json: string | undefined;
}

/** @throws {TypeError | RangeError} if an option is unknown, a value is none, or there is no bench of a name */
function parseOrder(args: readonly string[]): Order {
  const { values: { rounds, json }, positionals } = parseArgs({
    args: [...args],
    options: { rounds: { type: "string" }, json: { type: "string" } },
    allowPositionals: true,
  });
  if (rounds !== undefined && !/^[1-9]\d*$/.test(rounds)) {
    throw new RangeError(`Cannot measure ${JSON.stringify(rounds)} rounds: expected a number of at least 1`);
  }
  const benches = positionals.map((name) => {
    const bench = BENCHES.find((bench) => bench.name === name);
    if (bench) return bench;
    throw new RangeError(
      `Cannot run bench ${JSON.stringify(name)}: there are ${BENCHES.map((bench) => bench.name).join(", ")}`,
    );
  });
  return {
    benches: benches.length > 0 ? benches : BENCHES,
    rounds: rounds === undefined ? undefined : Number(rounds),
    json,
  };
}

/** Where the figures were taken. */
function machine() {
  const { length } = cpus();
  return {
    takenAt: new Date().toISOString(),
    deno: Deno.version.deno,
    kernel: release(),
    cpu: cpus()[0]?.model ?? "unknown",
    cpus: length,
    usable: availableParallelism(),
    load: loadavg()[0] ?? NaN,
  };
}

/** Runs the benches of an order and prints what they find. */
async function run({ benches, rounds, json }: Order): Promise<void> {
  const found: Record<string, Findings> = {};
  const { deno, kernel, cpu, usable } = machine();
  console.log(`Deno ${deno}, ${usable} × ${cpu}, Linux ${kernel}\n`);
  for (const bench of benches) {
    const before = machine();
    const findings = await bench.run({ rounds });
    found[bench.name] = findings;
    console.log(`## ${bench.title}\n\n\`deno task bench ${bench.name}\`, load ${before.load.toFixed(2)} before\n`);
    console.log(findingsTable(findings));
  }
  if (json !== undefined) await writeFile(json, `${JSON.stringify({ ...machine(), benches: found }, null, 2)}\n`);
}

/** Says on one line what an error says. */
function fail(error: unknown, status: number): never {
  console.error(failureMessage(error));
  Deno.exit(status);
}

let order: Order;
try {
  order = parseOrder(Deno.args);
} catch (error) {
  fail(error, 2);
}
await run(order).catch((error: unknown) => fail(error, 1));
