// An app of Fastify, whose routes are told apart.
//
//     node examples/fastify.mjs

import process from "node:process";
import { fastifyMetrics } from "@sonde/sonde";
import Fastify from "fastify";

const app = Fastify();
app.addHook("onRequest", fastifyMetrics());

app.get("/users/:id", (request) => `user ${request.params.id}\n`);

const address = await app.listen({ host: "127.0.0.1", port: Number(process.env.PORT ?? 8000) });
console.log(`Listening on ${address}/`);
