/** Serves "ok" on a free port, tells on standard output how it fares, and stops when its standard input ends. */

import { listen } from "../../src/listener.ts";

const listener = await listen({
  addresses: ["127.0.0.1:0"],
  handler: () => new Response("ok"),
  log: (_level, message) => console.log(message),
});
console.log(listener.addresses[0]);
for await (const _ of Deno.stdin.readable);
await listener.stop();
console.log("stopped");
