/**
 * Probes that are asked for by `/probe`, 50 at once, of a server of this machine: what each costs beside blackbox_exporter, and
 * what a scrape of `/metrics` takes meanwhile.
 *
 * Target, load and scraper are processes of their own, so that none of their work counts as the exporter's. All of them share
 * the machine's processors.
 *
 * @module
 */

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Bench, type Figure, median, quantile, type Row } from "./figure.ts";
import { blackboxExporters, ROOT, sondePrograms } from "./programs.ts";
import { type RunningServer, scrape, startServer } from "./server_process.ts";
import { report, type Values } from "./subject_process.ts";

const PROBES = 1000;
const AT_ONCE = 50;
const ROUNDS = 5;
/** As many as let the runtimes compile what is run most. */
const WARM_UPS = 3;
const SCRAPE_EVERY_MS = 25;
const SCRAPES = 200;
const TLS = join(ROOT, "test/fixtures/tls");
const SCHEMES = ["http", "https"] as const;
type Scheme = (typeof SCHEMES)[number];
const AIMS = { http: 0.4, https: 0.7 } as const;

const MODULES = {
  modules: {
    http: { prober: "http", http: { preferred_ip_protocol: "ip4" } },
    https: {
      prober: "http",
      http: { preferred_ip_protocol: "ip4", tls_config: { ca_file: join(TLS, "authority.pem") } },
    },
  },
};

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Asks for so many probes of a target, and says how long each took. */
async function drive(url: string, count: number): Promise<Values> {
  const taken: number[] = [];
  let left = count;
  const ask = async (): Promise<void> => {
    while (left-- > 0) {
      const began = performance.now();
      const page = await (await fetch(url)).text();
      taken.push((performance.now() - began) / 1000);
      if (!/^probe_success 1$/m.test(page)) throw new Error(`Cannot measure "${url}": the probe failed: ${page}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, ask));
  return { half: quantile(taken, 0.5), most: quantile(taken, 0.99) };
}

/** A process of this file: what it was asked for, and its output. */
function part(...args: readonly string[]): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--quiet", fileURLToPath(import.meta.url), ...args],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
}

async function load(url: string, count: number): Promise<Values> {
  const { success, code, stdout } = await part("drive", url, String(count)).output();
  if (!success) throw new Error(`Cannot load "${url}": the load ended with status ${code}`);
  const values: Values = JSON.parse(new TextDecoder().decode(stdout));
  return values;
}

/** The target: one port of HTTP, and one over TLS. */
async function serve(): Promise<void> {
  const [cert, key] = await Promise.all(["server.pem", "server.key"].map((name) => readFile(join(TLS, name), "utf8")));
  const answer = () => new Response("hello");
  const common = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
  const plain = Deno.serve(common, answer);
  const secure = Deno.serve({ ...common, cert: cert ?? "", key: key ?? "" }, answer);
  console.log(JSON.stringify({ http: plain.addr.port, https: secure.addr.port }));
}

interface Target extends AsyncDisposable {
  readonly ports: Readonly<Record<Scheme, number>>;
}

async function startTarget(): Promise<Target> {
  const child = part("serve");
  const { value = "" } = await child.stdout.pipeThrough(new TextDecoderStream()).getReader().read();
  return {
    ports: JSON.parse(value),
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.status;
    },
  };
}

/** Values of the rounds by figure and subject. */
class Found {
  readonly #rows = new Map<string, Map<string, number[]>>();

  add(figure: string, subject: string, value: number): void {
    const rows = this.#rows.get(figure) ?? new Map<string, number[]>();
    this.#rows.set(figure, rows);
    rows.set(subject, [...rows.get(subject) ?? [], value]);
  }

  figures(peer: string | undefined): Figure[] {
    return [...this.#rows].map(([name, rows]) => ({
      name,
      unit: "seconds",
      rows: [...rows].map(([subject, rounds]): Row => ({ subject, rounds })),
      peer,
    }));
  }
}

const probeUrl = ({ url }: RunningServer, scheme: string, port: number) =>
  url.replace(/\/metrics$/, `/probe?module=${scheme}&target=${scheme}://127.0.0.1:${port}/`);

/** How long scrapes take, one after another, in seconds. */
async function scrapes(url: string, goesOn: () => boolean): Promise<number[]> {
  const taken: number[] = [];
  while (goesOn()) {
    const began = performance.now();
    await scrape(url);
    taken.push((performance.now() - began) / 1000);
    await pause(SCRAPE_EVERY_MS);
  }
  return taken;
}

/** What probes cost of a program that has just made as many. */
async function costs(server: RunningServer, scheme: Scheme, { ports }: Target, found: Found): Promise<void> {
  const url = probeUrl(server, scheme, ports[scheme]);
  await load(url, PROBES);
  const before = server.cpuSeconds();
  const { half = NaN, most = NaN } = await load(url, PROBES);
  found.add(`CPU per probe, ${scheme}`, server.label, (server.cpuSeconds() - before) / PROBES);
  found.add(`/probe p50, ${scheme}`, server.label, half);
  found.add(`/probe p99, ${scheme}`, server.label, most);
}

/** What scrapes take without probes, and with them. */
async function delays(server: RunningServer, { ports }: Target, found: Found): Promise<void> {
  let left = SCRAPES;
  const idle = await scrapes(server.url, () => left-- > 0);
  let isLoaded = true;
  const loaded = load(probeUrl(server, "http", ports.http), 5 * PROBES).finally(() => isLoaded = false);
  const taken = await scrapes(server.url, () => isLoaded);
  await loaded;
  found.add("/metrics p50, not probing", server.label, median(idle));
  found.add("/metrics p99, not probing", server.label, quantile(idle, 0.99));
  found.add("/metrics p50, 50 probes at once", server.label, median(taken));
  found.add("/metrics p99, 50 probes at once", server.label, quantile(taken, 0.99));
}

export default {
  name: "probes",
  title: "1,000 probes, 50 at once",
  async run({ rounds = ROUNDS }) {
    const folder = await mkdtemp(join(tmpdir(), "sonde-bench-"));
    const file = join(folder, "blackbox.yml");
    await writeFile(file, JSON.stringify(MODULES));
    try {
      const sonde = await sondePrograms([`--config.file=${file}`]);
      const peers = await blackboxExporters([`--config.file=${file}`]);
      const found = new Found();
      await using target = await startTarget();
      await using stack = new AsyncDisposableStack();
      const servers: RunningServer[] = [];
      for (const program of [...sonde.programs, ...peers.programs]) {
        servers.push(stack.use(await startServer(program)));
      }
      for (const server of servers) {
        for (const scheme of SCHEMES) await load(probeUrl(server, scheme, target.ports[scheme]), WARM_UPS * PROBES);
      }
      for (const scheme of SCHEMES) {
        for (let i = 0; i < rounds; i++) {
          for (const server of servers) await costs(server, scheme, target, found);
        }
      }
      for (let i = 0; i < rounds; i++) {
        for (const server of servers) await delays(server, target, found);
      }
      const figures = found.figures(peers.programs[0]?.label).map((figure) => withAim(figure));
      return { figures, notes: [...sonde.notes, ...peers.notes] };
    } finally {
      await rm(folder, { recursive: true });
    }
  },
} satisfies Bench;

function withAim(figure: Figure): Figure {
  const scheme = SCHEMES.find((scheme) => figure.name === `CPU per probe, ${scheme}`);
  return scheme ? { ...figure, aim: { subject: "Sonde", of: "ratio", atMost: AIMS[scheme] } } : figure;
}

if (import.meta.main) {
  const [what, url = "", count] = Deno.args;
  if (what === "serve") await serve();
  else report(await drive(url, Number(count)));
}
