// A server of node:http alone, which tells its routes itself.
//
//     node examples/node_http.mjs

import { createServer } from "node:http";
import process from "node:process";
import { nodeMetrics } from "@sonde/sonde";

const metrics = nodeMetrics({
  route: ({ url }) => /^\/users\/\d+$/.test(url) ? "/users/:id" : undefined,
});

const server = createServer((request, response) => {
  metrics(request, response, () => response.end(`hello from ${request.url}\n`));
});
server.listen(Number(process.env.PORT ?? 8000), "127.0.0.1", () => {
  console.log(`Listening on http://127.0.0.1:${server.address().port}/`);
});
