/**
 * Starts the children of this folder, and looks after them.
 *
 * @module
 */

import assert from "node:assert/strict";
import { kill } from "node:process";
import { type Child, ChildError, type ChildFailure, type ChildOptions, createChild } from "../../src/child.ts";
import { systemClock } from "../../src/clock.ts";
import { silentLogger } from "../../src/log.ts";

/** The argv of a child of this folder. */
export function program(name: string, ...args: string[]): string[] {
  const module = new URL(`${name}.ts`, import.meta.url).href;
  return [Deno.execPath(), "run", "-A", "--no-config", module, ...args];
}

/** A child with real time, a deadline that no test waits for, and the shortest backoffs. */
export function child(options: Partial<ChildOptions> = {}): Child {
  return createChild({
    name: "test",
    command: program("served"),
    deadlineSeconds: 60,
    log: silentLogger,
    clock: systemClock,
    random: () => 0,
    ...options,
  });
}

/** Looks again and again until something is so. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  for (const giveUpAt = performance.now() + 30_000; !condition();) {
    assert.ok(performance.now() < giveUpAt, `still not: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Whether there is a process of this number, be it a zombie. */
export function exists(pid: number): boolean {
  try {
    return kill(pid, 0);
  } catch {
    return false;
  }
}

/** Number of files that this process has open. */
export function openFiles(): number {
  return [...Deno.readDirSync("/proc/self/fd")].length;
}

/** The number of a `served` child's process, which is started if need be. */
export async function pidOf(child: Child): Promise<number> {
  const pid = await child.request({ do: "pid" });
  assert.ok(typeof pid === "number");
  return pid;
}

/** Expects that a request fails as said; attached at once, so that its failure never goes unhandled. */
export function failing(request: Promise<unknown>, reason: ChildFailure, message: RegExp): Promise<void> {
  return assert.rejects(request, (error) => {
    assert.ok(error instanceof ChildError, `not a ChildError: ${error}`);
    assert.match(error.message, message);
    assert.equal(error.reason, reason);
    return true;
  });
}
