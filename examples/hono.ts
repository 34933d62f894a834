// An app of Hono, whose routes are told apart.
//
//     deno run -A examples/hono.ts

import { honoMetrics } from "@sonde/sonde";
import { Hono } from "hono";

const app = new Hono();
app.use(honoMetrics());

app.get("/users/:id", (context) => context.text(`user ${context.req.param("id")}\n`));

Deno.serve({ hostname: "127.0.0.1", port: Number(Deno.env.get("PORT") ?? 8000) }, app.fetch);
