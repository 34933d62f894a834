/** A parent that prints its child's number and then neither stops it nor ends. */

import { createChild } from "../../src/child.ts";
import { systemClock } from "../../src/clock.ts";
import { silentLogger } from "../../src/log.ts";

const child = createChild({
  name: "orphan",
  command: [Deno.execPath(), "run", "-A", "--no-config", new URL("served.ts", import.meta.url).href],
  deadlineSeconds: 60,
  log: silentLogger,
  clock: systemClock,
  random: Math.random,
});
console.log(await child.request({ do: "pid" }));
