// A server of Bun, whose page shows its last request's response time and its uptime.
//
//     bun examples/bun.mjs

import process from "node:process";
import { instrument } from "@sonde/sonde";

const app = instrument((request) => new Response(`hello from ${new URL(request.url).pathname}\n`));

const server = Bun.serve({ hostname: "127.0.0.1", port: Number(process.env.PORT ?? 8000), fetch: app });
console.log(`Listening on ${server.url}`);
