// An app of Express, whose routes are told apart.
//
//     node examples/express.mjs

import process from "node:process";
import { nodeMetrics } from "@sonde/sonde";
import express from "express";

const app = express();
app.use(nodeMetrics());

app.get("/users/:id", (request, response) => {
  response.send(`user ${request.params.id}\n`);
});

const server = app.listen(Number(process.env.PORT ?? 8000), "127.0.0.1", () => {
  console.log(`Listening on http://127.0.0.1:${server.address().port}/`);
});
