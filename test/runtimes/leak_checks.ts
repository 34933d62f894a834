/**
 * Checks that what has been stopped is gone.
 *
 * @module
 */

import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import process from "node:process";
import { pageOf, type Sonde } from "./page_of.ts";
import type { Check } from "./tap.ts";

const TIMES = 100;

/** Open files and what else keeps a process running, as far as the runtime tells. */
function held(): Readonly<Record<string, number>> {
  const files = existsSync("/proc/self/fd") ? readdirSync("/proc/self/fd").length : 0;
  const timers = process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
  return { files, timers, listeners: process.eventNames().length };
}

/** The checks. */
export function leakChecks({ collectors, createExporter }: Sonde): readonly Check[] {
  const few = collectors.filter(({ name }) => ["stat", "cpu", "meminfo", "self"].includes(name));
  return [
    [`createExporter: starts and stops ${TIMES} times, and leaves no file, timer or listener`, async () => {
      const round = async () => {
        const exporter = createExporter(few);
        exporter.start();
        await pageOf(exporter);
        await exporter.stop();
      };
      // What the runtime itself opens once, and keeps.
      await round();
      const before = held();
      for (let i = 0; i < TIMES; i++) await round();
      assert.deepEqual(held(), before);
    }],
    [`createExporter: the same one starts and stops ${TIMES} times`, async () => {
      const exporter = createExporter(collectors);
      const before = held();
      for (let i = 0; i < TIMES; i++) {
        exporter.start();
        await exporter.stop();
      }
      assert.deepEqual(held(), before);
    }],
  ];
}
