// A worker of cluster_deno.ts, which does one job after the other.

import { createExporter, createTimers, shareMetrics } from "@sonde/sonde";

const timers = createTimers();
const work = timers.timed("job", (rounds: number) => {
  let sum = 0;
  for (let i = 0; i < rounds; i++) sum += Math.sqrt(i);
  return sum;
});

const exporter = createExporter([timers.collector]);
exporter.start();
shareMetrics(exporter, self);
setInterval(() => work(10_000), 100);
