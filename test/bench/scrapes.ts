/**
 * Scrapes per second: with nothing new, beside a bare `Deno.serve` of the same bytes and headers; and with every scrape
 * reading the host, beside node_exporter, which always does.
 *
 * The server has one processor and wrk another, so that neither takes the other's time.
 *
 * @module
 */

import type { Bench, Figure, Row, Unit } from "./figure.ts";
import { BARE_SERVER, bareServer, nodeExporters, type Program, sondeSource } from "./programs.ts";
import { type RunningServer, startServer } from "./server_process.ts";
import { type Load, load, whyNoLoad } from "./wrk.ts";

const ROUNDS = 7;
const SECONDS = 3;
const WARM_UP_SECONDS = 3;
const CONNECTIONS = 8;
const SERVER_PROCESSOR = 0;
const LOAD_PROCESSOR = 1;
const ENCODINGS = ["identity", "gzip"] as const;

/** Loads servers in turn; what they did, round by round. */
async function rounds(servers: readonly RunningServer[], count: number, acceptEncoding: string) {
  const options = { connections: CONNECTIONS, processor: LOAD_PROCESSOR, acceptEncoding };
  for (const server of servers) await load(server, { ...options, seconds: WARM_UP_SECONDS });
  const found = servers.map(({ label }) => ({ label, loads: new Array<Load>() }));
  for (let round = 0; round < count; round++) {
    for (const [i, server] of servers.entries()) {
      found[i]?.loads.push(await load(server, { ...options, seconds: SECONDS }));
    }
  }
  return found;
}

type Loaded = Awaited<ReturnType<typeof rounds>>;

function figure(name: string, unit: Unit, found: Loaded, of: (load: Load) => number, rest: Partial<Figure>): Figure {
  const rows = found.map(({ label, loads }): Row => ({ subject: label, rounds: loads.map(of) }));
  return { name, unit, rows, ...rest };
}

const PINNED = { processor: SERVER_PROCESSOR };

/** Nothing new: the page stands for a tenth of a second. */
async function nothingNew(count: number): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const encoding of ENCODINGS) {
    await using sonde = await startServer(sondeSource(), PINNED);
    await using peer = await startServer(bareServer(sonde.url, encoding), PINNED);
    const found = await rounds([sonde, peer], count, encoding);
    const aim = { subject: "Sonde", of: "ratio", atLeast: 0.9 } as const;
    figures.push(
      figure(`scrapes, nothing new, ${encoding}`, "per second", found, (l) => l.perSecond, { peer: BARE_SERVER, aim }),
      figure(`CPU per scrape, nothing new, ${encoding}`, "seconds", found, (l) => l.cpuSeconds, { peer: BARE_SERVER }),
    );
  }
  return figures;
}

/** Every scrape reads the host. */
async function everRead(count: number, peers: readonly Program[]): Promise<Figure[]> {
  await using stack = new AsyncDisposableStack();
  const servers: RunningServer[] = [];
  for (const program of [sondeSource(["--scrape.freshness=0s"]), ...peers]) {
    servers.push(stack.use(await startServer(program, PINNED)));
  }
  const found = await rounds(servers, count, "gzip");
  const peer = peers[0]?.label;
  return [
    figure("scrapes, each reads the host, gzip", "per second", found, (l) => l.perSecond, { peer }),
    figure("CPU per scrape, each reads the host, gzip", "seconds", found, (l) => l.cpuSeconds, { peer }),
  ];
}

export default {
  name: "scrapes",
  title: "Scrapes per second",
  async run({ rounds = ROUNDS }) {
    const reason = await whyNoLoad();
    if (reason !== undefined) return { figures: [], notes: [reason] };
    const { programs, notes } = await nodeExporters();
    return { figures: [...await nothingNew(rounds), ...await everRead(rounds, programs)], notes };
  },
} satisfies Bench;
