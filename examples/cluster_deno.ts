// Four workers of Deno, whose metrics are one page.
//
//     deno run -A examples/cluster_deno.ts

import { createAggregator } from "@sonde/sonde";

const WORKERS = 4;

const aggregator = createAggregator();
aggregator.start();
for (let i = 0; i < WORKERS; i++) {
  aggregator.add(new Worker(new URL("./cluster_deno_worker.ts", import.meta.url), { type: "module" }));
}

Deno.serve({ hostname: "127.0.0.1", port: Number(Deno.env.get("PORT") ?? 9999) }, aggregator.handler);
