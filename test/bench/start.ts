/**
 * From the start of a program to its first complete page.
 *
 * @module
 */

import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Bench, Figure } from "./figure.ts";
import { nodeExporters, type Program, ROOT, sondePrograms } from "./programs.ts";
import { startServer } from "./server_process.ts";

const ROUNDS = 15;
/** One family of each collector that all programs have. */
const FAMILIES = ["node_boot_time_seconds", "node_cpu_seconds_total", "node_memory_MemTotal_bytes", "node_load1"];

const complete = (page: string) => FAMILIES.every((family) => page.includes(`\n${family}`));

/** Sonde in one file, as it is bundled before it is compiled. */
async function bundled(file: string): Promise<Program> {
  const args = ["bundle", "--quiet", "--minify", "--platform=deno", `--output=${file}`, join(ROOT, "mod.ts")];
  const { success, stderr } = await new Deno.Command(Deno.execPath(), { args, stdin: "null" }).output();
  if (!success) throw new Error(`Cannot bundle Sonde: ${new TextDecoder().decode(stderr).trim()}`);
  return {
    label: "Sonde, bundle",
    command: (port) => [Deno.execPath(), "run", "-A", "--no-config", file, `--web.listen-address=127.0.0.1:${port}`],
    path: "/metrics",
  };
}

export default {
  name: "start",
  title: "Start to first complete scrape",
  async run({ rounds = ROUNDS }) {
    const file = join(tmpdir(), `sonde-bench-${Deno.pid}.js`);
    const sonde = await sondePrograms();
    const peers = await nodeExporters();
    const programs = [...sonde.programs, await bundled(file), ...peers.programs];
    const found = new Map(
      programs.map(({ label }) => [label, { time: new Array<number>(), cpu: new Array<number>() }]),
    );
    try {
      for (let round = 0; round < rounds; round++) {
        for (const program of programs) {
          const began = performance.now();
          await using server = await startServer(program, { complete });
          found.get(program.label)?.time.push((performance.now() - began) / 1000);
          found.get(program.label)?.cpu.push(server.cpuSeconds());
        }
      }
    } finally {
      await rm(file, { force: true });
    }
    const peer = peers.programs[0]?.label;
    const figure = (name: string, key: "time" | "cpu"): Figure => ({
      name,
      unit: "seconds",
      rows: [...found].map(([subject, values]) => ({ subject, rounds: values[key] })),
      peer,
    });
    const figures = [figure("to the first complete page", "time"), figure("CPU until then", "cpu")];
    return { figures, notes: [...sonde.notes, ...peers.notes] };
  },
} satisfies Bench;
