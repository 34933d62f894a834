// A server of node:http in four processes, whose metrics are one page, on a port of its own. Kill a worker: another takes
// its place, and no counter falls.
//
//     node examples/cluster.mjs

import cluster from "node:cluster";
import { createServer } from "node:http";
import process from "node:process";
import { createAggregator, nodeMetrics, sendPage, shareMetrics } from "@sonde/sonde";

const WORKERS = 4;

if (cluster.isPrimary) {
  const aggregator = createAggregator({ rules: { queue_length: "sum" } });
  aggregator.start();
  const page = createServer((request, response) => sendPage(aggregator, request, response));
  page.listen(Number(process.env.METRICS_PORT ?? 9100), "127.0.0.1", () => {
    console.log(`Metrics on http://127.0.0.1:${page.address().port}/metrics`);
    cluster.on("fork", (worker) => aggregator.add(worker, { id: String(worker.id) }));
    cluster.on("exit", () => cluster.fork());
    for (let i = 0; i < WORKERS; i++) cluster.fork();
  });
} else {
  const metrics = nodeMetrics({ serve: false });
  shareMetrics(metrics.exporter, process);
  const server = createServer((request, response) => {
    metrics(request, response, () => response.end(`hello from process ${process.pid}\n`));
  });
  server.listen(Number(process.env.PORT ?? 8000), "127.0.0.1", () => {
    console.log(`Worker ${process.pid} listening on http://127.0.0.1:${server.address().port}/`);
  });
}
