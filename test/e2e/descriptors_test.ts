/** Running out of file descriptors is survived. */

import assert from "node:assert/strict";
import { openFiles, until } from "./programs.ts";
import { serveSonde, STEADY_FLAGS } from "./sonde.ts";

/** Enough for the program itself, and for some connections. */
const LIMIT = 64;
const MOST_CONNECTIONS = 100 * LIMIT;

/** Opens connections and keeps them, until one is refused because the exporter has run out of descriptors. */
async function exhaust(host: string, connections: Deno.TcpConn[]): Promise<void> {
  const [hostname = "", port] = host.split(":");
  try {
    while (connections.length < MOST_CONNECTIONS) {
      connections.push(await Deno.connect({ hostname, port: Number(port) }));
    }
  } catch (error) {
    const { ConnectionRefused, ConnectionReset, NotConnected } = Deno.errors;
    if ([ConnectionRefused, ConnectionReset, NotConnected].some((ended) => error instanceof ended)) return;
    throw error;
  }
  assert.fail(`it took ${connections.length} connections`);
}

Deno.test("descriptors: having run out of them, Sonde serves again as soon as there are some", async () => {
  const within = ["sh", "-c", `ulimit -n ${LIMIT} && exec "$@"`, "sh"];
  await using sonde = await serveSonde(STEADY_FLAGS, { within });
  // A connection for each page: one from before would say nothing of new ones.
  using client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
  const page = () => sonde.page("", { client });
  assert.equal((await page()).samples.get("process_max_fds"), LIMIT);
  const files = await openFiles(sonde.pid);
  for (let round = 1; round <= 3; round++) {
    const connections: Deno.TcpConn[] = [];
    try {
      await exhaust(sonde.host, connections);
    } finally {
      for (const connection of connections) connection.close();
    }
    const { samples } = await until(() => page().catch(() => undefined), "it serves again");
    assert.ok(samples.has("node_load1"));
    assert.equal(samples.get('sonde_collector_success{collector="stat"}'), 1);
    await until(async () => await openFiles(sonde.pid) <= files, `no more than ${files} files are open`);
  }
  await sonde.says(/level=error msg="cannot accept connections, listening again" .*open files/);
});
