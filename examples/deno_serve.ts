// A web application on Deno, whose page shows its last request's response time and its uptime: run it, ask it for something,
// then for /metrics.
//
//     deno run --allow-net --allow-env examples/deno_serve.ts

import { instrument } from "@sonde/sonde";

const app = instrument((request: Request) => new Response(`hello from ${new URL(request.url).pathname}\n`));

Deno.serve({ hostname: "127.0.0.1", port: Number(Deno.env.get("PORT") ?? 8000) }, app);
