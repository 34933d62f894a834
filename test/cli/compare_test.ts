import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { AnyCollector } from "../../src/collector.ts";
import { FAULTS, PAGE } from "./compare/doctored_page.ts";
import { command, type Outcome } from "./surroundings.ts";

type Handler = (request: Request) => Response | Promise<Response>;

/** Runs `use` with the addresses of exporters that answer so. */
async function withPeers(handlers: readonly Handler[], use: (...urls: string[]) => Promise<void>): Promise<void> {
  await using servers = new AsyncDisposableStack();
  const urls = handlers.map((handler) => {
    const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, handler);
    servers.use(server);
    return `http://127.0.0.1:${server.addr.port}/metrics`;
  });
  await use(...urls);
}

/** Runs `use` with the address of an exporter that goes away in the middle of its page. */
async function withCutOffPage(use: (url: string) => Promise<void>): Promise<void> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const answers = (async () => {
    using connection = await listener.accept();
    await connection.read(new Uint8Array(4096));
    await connection.write(new TextEncoder().encode("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nup 1\n"));
  })();
  await use(`http://127.0.0.1:${listener.addr.port}/metrics`);
  await answers;
}

const page = (text: string): Handler => () => new Response(text);
const compare = (...args: string[]): Promise<Outcome> => command(["compare", "--pause=0", ...args]);

Deno.test("compare: equal pages give 0", async () => {
  await withPeers([page(PAGE), page(PAGE)], async (a, b) => {
    const { code, out, err } = await compare(a, `--with=${b}`);
    assert.deepEqual([code, err], [0, ""]);
    assert.match(out, /^reference {2}http:\S+\nours {7}http:\S+\n\nextra families[^]*\nequal: .* in 5 rounds\n$/);
  });
});

Deno.test("compare: names each of many faults of one page, and gives 1", async () => {
  assert.ok(FAULTS.length >= 20);
  const numbered = (text: string, i: number) => text.replaceAll("test_", `test${i}_`);
  const reference = FAULTS.map((_, i) => numbered(PAGE, i)).join("");
  const doctored = FAULTS.map(({ from, to }, i) => numbered(PAGE.replace(from, to), i)).join("");
  await withPeers([page(reference), page(doctored)], async (a, b) => {
    const { code, out, err } = await compare(a, `--with=${b}`, "--rounds=2");
    assert.deepEqual([code, err], [1, ""]);
    const lines = out.split("\n").map((line) => line.replace(/ {2,}/g, " "));
    const said = FAULTS.flatMap((fault, i) => fault.said.map((line) => numbered(line, i)));
    assert.deepEqual(said.filter((line) => !lines.includes(line)), []);
    assert.ok(out.includes(`\n${said.length} differences: `), out);
  });
});

/** A collector that counts its runs. */
function runs(): AnyCollector {
  let count = 0;
  return {
    name: "one",
    help: "One.",
    metrics: { test_runs_total: { type: "counter", help: "Runs." } },
    read: () => ++count,
    samples: (value, emit) => emit("test_runs_total", Number(value)),
  };
}

Deno.test("compare: reads the configuration's collectors anew between two readings of the reference", async () => {
  let asked = 0;
  const peer: Handler = () => {
    const count = asked++ / 2 + 0.5;
    return new Response(`# HELP test_runs_total Runs.\n# TYPE test_runs_total counter\ntest_runs_total ${count}\n`);
  };
  await withPeers([peer], async (url) => {
    const { code, out, err } = await command(["compare", url, "--pause=0", "--rounds=3"], { collectors: [runs()] });
    assert.deepEqual([code, err], [0, ""], out);
    assert.match(out, /\nours {7}this configuration\n/);
    assert.equal(asked, 6);
  });
});

Deno.test("compare: tells why a collector has no figures, once", async () => {
  const failing: AnyCollector = {
    ...runs(),
    read: () => {
      throw new Error("Cannot read it");
    },
  };
  await withPeers([page("# TYPE test_runs_total counter\ntest_runs_total 1\n")], async (url) => {
    const { code, out, err } = await command(["compare", url, "--pause=0"], { collectors: [failing] });
    assert.deepEqual([code, err], [1, 'Cannot collect "one": Cannot read it\n']);
    assert.ok(out.includes("\nmissing family  test_runs_total (counter, 1 series)\n"), out);
  });
});

Deno.test("compare: leaves out what --ignore finds and what is of one program, and labels of --drop-label", async () => {
  const other = PAGE.replace("celsius -4.5", "celsius 9").replace('test_info{branch="x"', 'test_info{branch="y"');
  await withPeers([page(`go_goroutines 9\n${PAGE}`), page(other)], async (a, b) => {
    const { code, out } = await compare(a, `--with=${b}`, "--ignore=^test_temp", "--drop-label=branch", "--json");
    const report = JSON.parse(out);
    assert.deepEqual([code, report.equal, report.differences], [0, true, []]);
    assert.deepEqual(report.notCompared, ["go_goroutines", "test_temperature_celsius"]);
  });
});

Deno.test("compare: sends a user and password, and never shows them", async () => {
  const guarded: Handler = ({ headers }) =>
    headers.get("authorization") === `Basic ${btoa("me:s3cr:t@")}`
      ? new Response(PAGE)
      : new Response("", { status: 401 });
  await withPeers([guarded], async (url) => {
    const address = (user: string) => url.replace("//", `//${user}@`).replace("/metrics", "");
    const good = address("me:s3cr%3At%40");
    const { code, out, err } = await compare(good, `--with=${good}`, "--rounds=1");
    assert.deepEqual([code, err], [0, ""]);
    assert.ok(out.startsWith(`reference  ${url}\n`) && !out.includes("s3cr"), out);
    const bad = await compare(address("me:wrong"), `--with=${good}`);
    assert.deepEqual(bad, { code: 2, out: "", err: `Cannot scrape "${url}": it answered 401\n` });
  });
});

Deno.test("compare: what cannot be scraped or read gives 2, in one line", async () => {
  const never: Handler = ({ signal }) =>
    new Promise((resolve) => signal.addEventListener("abort", () => resolve(new Response()), { once: true }));
  const endless: Handler = () =>
    new Response(
      new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(2 ** 20).fill(0x23)) }),
    );
  const cases: readonly (readonly [Handler, RegExp])[] = [
    [never, /no answer in 0\.3s$/],
    [endless, /its page is larger than 64 MiB$/],
    [page("what 1 2 3\n"), /^Cannot read the page of http:\S+: Cannot parse line 1 "what 1 2 3": [^\n]+$/],
  ];
  for (const [handler, reason] of cases) {
    await withPeers([handler], async (url) => {
      const timeout = handler === never ? "0.3s" : "1m";
      const { code, out, err } = await compare(url, `--with=${url}`, `--timeout=${timeout}`);
      assert.deepEqual([code, out], [2, ""]);
      assert.match(err.trimEnd(), reason);
    });
  }
  await withCutOffPage(async (url) => {
    const { code, err } = await compare(url, `--with=${url}`);
    assert.equal(code, 2);
    assert.match(err, /^Cannot scrape "http:\S+": its page was cut off\n$/);
  });
  const refused = await compare("http://127.0.0.1:1/metrics");
  assert.equal(refused.code, 2);
  assert.match(refused.err, /^Cannot scrape "http:\/\/127\.0\.0\.1:1\/metrics": \S[^\n]+\n$/);
});

Deno.test("compare: usage", async () => {
  const url = "http://127.0.0.1:1/metrics";
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [[], /^Cannot run "compare": its url is missing/],
    [["me:secret@host:9100"], /^Cannot compare with "host:9100": expected http:\/\/host:port\/metrics$/],
    [["ftp://me:secret@host/"], /^Cannot compare with "ftp:\/\/host\/": expected/],
    [[url, "--with=nowhere"], /^Cannot compare with "nowhere"/],
    [[url, "--rounds=0"], /^Cannot use "--rounds=0": expected a whole number from 1 to 1000$/],
    [[url, "--timeout=5"], /^Cannot use "--timeout=5": expected a duration/],
    [[url, "--ignore=("], /^Cannot use "--ignore=\(": Cannot compile pattern/],
    [[url, "--ca-file=/nonexistent/ca.pem"], /^Cannot read certificates "\/nonexistent\/ca.pem": /],
    [[url, url], /it takes one argument/],
  ];
  for (const [args, expected] of cases) {
    const { code, out, err } = await command(["compare", ...args]);
    assert.deepEqual([code, out], [2, ""], args.join(" "));
    assert.match(err.trimEnd(), expected);
    assert.doesNotMatch(err, /secret/);
  }
});

Deno.test("compare: trusts the certificates of --ca-file for https", async () => {
  const folder = new URL("../fixtures/tls/", import.meta.url);
  const read = (name: string) => Deno.readTextFile(new URL(name, folder));
  const tls = { cert: await read("server.pem"), key: await read("server.key") };
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {}, ...tls }, page(PAGE));
  const url = `https://127.0.0.1:${server.addr.port}/metrics`;
  const ca = fileURLToPath(new URL("authority.pem", folder));
  const good = await compare(url, `--with=${url}`, `--ca-file=${ca}`, "--rounds=1");
  assert.deepEqual([good.code, good.err], [0, ""]);
  const { code, err } = await compare(url, `--with=${url}`);
  assert.equal(code, 2);
  assert.match(err, /certificate/i);
});
