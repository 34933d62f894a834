import assert from "node:assert/strict";
import { Counter, Registry } from "prom-client";
import { collectors } from "../collectors/mod.ts";
import { type AnyCollector, defineCollector } from "../src/collector.ts";
import { ConfigError } from "../src/config.ts";
import { createExporter } from "../src/exporter.ts";

const dice = defineCollector({
  name: "dice",
  help: "h",
  freshnessSeconds: 0.1,
  metrics: { dice_eyes: { type: "gauge", help: "E." } },
  read: () => 6,
  samples: (eyes, emit) => emit("dice_eyes", eyes),
  routes: { "/dice": () => new Response("thrown") },
});

const get = (path: string, init?: RequestInit) => new Request(`http://app.example${path}`, init);

Deno.test("createExporter: serves its collectors beside the app's own metrics", async () => {
  const registry = new Registry();
  new Counter({ name: "app_total", help: "A.", registers: [registry] }).inc();
  const exporter = createExporter([dice], {}, { registry });
  const response = await exporter.handler(get("/metrics"));
  assert.equal(response.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  assert.equal(
    (await response.text()).replace(/^#.*\n/gm, ""),
    "dice_eyes 6\napp_total 1\n",
  );
});

Deno.test("createExporter: prom-client's metrics register in the exporter's registry", async () => {
  const exporter = createExporter([dice]);
  new Counter({ name: "app_total", help: "A.", registers: [exporter.registry] }).inc(2);
  assert.match(await (await exporter.handler(get("/metrics"))).text(), /^app_total 2$/m);
});

Deno.test("createExporter: answers OpenMetrics to those that ask for it, and nothing but reads", async () => {
  const { handler } = createExporter([dice]);
  const open = await handler(get("/metrics", { headers: { accept: "application/openmetrics-text; version=1.0.0" } }));
  assert.match(await open.text(), /# EOF\n$/);
  assert.equal((await handler(get("/metrics", { method: "POST" }))).headers.get("allow"), "GET, HEAD");
  assert.equal((await handler(get("/other"))).status, 404);
  assert.equal(await (await handler(get("/dice"))).text(), "thrown");
});

Deno.test("createExporter: a route that throws is a 500 and a line in the log", async () => {
  const lines: unknown[] = [];
  const broken = defineCollector({
    ...dice,
    routes: {
      "/dice": () => {
        throw new Error("off the table");
      },
    },
  });
  const { handler } = createExporter([broken], {}, {
    log: (level, message, fields) => lines.push([level, message, fields]),
  });
  assert.equal((await handler(get("/dice"))).status, 500);
  assert.deepEqual(lines, [["error", "request failed", { error: "off the table" }]]);
});

Deno.test("createExporter: refuses a wrong configuration with every fault", () => {
  assert.throws(
    () => createExporter([dice], { collectors: { dcie: true, dice: { interval: 5 } }, wbe: {} }),
    (error) => {
      assert.ok(error instanceof ConfigError);
      assert.equal(error.faults.length, 3);
      return true;
    },
  );
});

Deno.test("createExporter: the telemetry path and strictness are configured as in the file", async () => {
  const failing = defineCollector({
    ...dice,
    name: "failing",
    metrics: { failing_value: { type: "gauge", help: "F." } },
    omits: undefined,
    samples: () => {},
    read: (): number => {
      throw new Error("no");
    },
    routes: {},
  });
  const { handler } = createExporter([dice, failing], { web: { "telemetry-path": "/m" }, scrape: { strict: true } });
  assert.equal((await handler(get("/metrics"))).status, 404);
  const response = await handler(get("/m"));
  assert.deepEqual([response.status, await response.text()], [503, "Collectors failed: failing\n"]);
});

Deno.test("createExporter: starting twice is a TypeError, stopping twice is not", async () => {
  const exporter = createExporter([dice]);
  exporter.start();
  assert.throws(() => exporter.start(), {
    name: "TypeError",
    message: "Cannot start the exporter: it has been started already",
  });
  await exporter.stop();
  await exporter.stop();
});

Deno.test("createExporter: starts and stops a hundred times without leaving a timer or a file", async () => {
  for (let i = 0; i < 100; i++) {
    const exporter = createExporter(collectors);
    exporter.start();
    await (await exporter.handler(get("/metrics"))).text();
    await exporter.stop();
  }
});

Deno.test("createExporter: any number in one process, each with its own page", async () => {
  const one = createExporter([dice]);
  const two = createExporter([defineCollector({ ...dice, read: () => 1 })]);
  assert.match(await (await one.handler(get("/metrics"))).text(), /^dice_eyes 6$/m);
  assert.match(await (await two.handler(get("/metrics"))).text(), /^dice_eyes 1$/m);
});

Deno.test("createExporter: what reports the engine is there whatever is collected, unless it is excluded", async () => {
  const { handler } = createExporter(collectors);
  const families = async (query: string) => {
    const text = await (await handler(get(`/metrics?${query}`))).text();
    return new Set([...text.matchAll(/^# TYPE (\w+)/gm)].map(([, name = ""]) => name));
  };
  const collected = await families("collect[]=loadavg");
  assert.ok(
    collected.has("process_cpu_seconds_total") && collected.has("node_load1") && !collected.has("node_forks_total"),
  );
  const excluded = await families("exclude[]=self");
  assert.ok(!excluded.has("process_cpu_seconds_total") && excluded.has("node_scrape_collector_success"));
});

Deno.test("createExporter: a Host that is none harms nothing", async () => {
  const { handler } = createExporter([dice]);
  const status = async (url: string) => {
    class OddRequest extends Request {
      override get url(): string {
        return url;
      }
    }
    return (await handler(new OddRequest("http://x/"))).status;
  };
  assert.equal(await status("http://a b/..@/metrics"), 404);
  assert.equal(await status("http://a b/metrics"), 200);
});

Deno.test("createExporter: refuses settings that have no effect in an app", () => {
  const config = { plugins: ["x.ts"], log: { level: "debug" }, web: { "listen-address": [":1"], openmetrics: false } };
  assert.throws(() => createExporter([dice], config), (error) => {
    assert.ok(error instanceof ConfigError);
    assert.deepEqual(error.faults.map(({ path }) => path), ["plugins", "log", "web.listen-address", "web.openmetrics"]);
    return true;
  });
});

Deno.test("createExporter: stopping again waits for the first stop, before which it does not start", async () => {
  let ended = false;
  const slow = defineCollector({
    name: "slow",
    help: "h",
    freshnessSeconds: 0.1,
    metrics: {},
    read: ({ signal }) =>
      new Promise<null>((resolve) => {
        signal.addEventListener("abort", () => setTimeout(() => (ended = true, resolve(null)), 1));
      }),
    samples: () => {},
  });
  const exporter = createExporter([slow]);
  exporter.start();
  const page = exporter.handler(get("/metrics"));
  await Promise.resolve();
  void exporter.stop();
  assert.throws(() => exporter.start(), TypeError);
  await exporter.stop();
  assert.ok(ended);
  await (await page).text();
});

Deno.test("createExporter: refuses what Prometheus would refuse, and what two declare differently, at the call", () => {
  const declaring = (
    name: string,
    family: string,
    labels: readonly string[] = [],
    type: "counter" | "gauge" = "gauge",
  ) =>
    defineCollector({
      name,
      help: "h",
      metrics: { [family]: { type, help: "F.", labels } },
      read: () => null,
      samples: () => {},
    });
  const refuses = (message: RegExp, ...collectors: readonly AnyCollector[]) =>
    assert.throws(() => createExporter(collectors), { name: /TypeError|InvalidSampleError/, message });
  refuses(/^Cannot declare family "a-b": a name has the form/, declaring("one", "a-b"));
  refuses(/^Cannot declare family "a_b": "c-d" is no label name$/, declaring("one", "a_b", ["c-d"]));
  refuses(/^Cannot declare family "a_b": "__c" is no label name$/, declaring("one", "a_b", ["__c"]));
  const twice = /^Cannot declare family "a_b" of collector "two": collector "one" declares it too$/;
  refuses(twice, declaring("one", "a_b"), declaring("two", "a_b"));
  refuses(twice, declaring("one", "a_b", ["c"]), declaring("two", "a_b", ["c"], "counter"));
  createExporter([declaring("one", "a_b", ["c"]), declaring("two", "a_b", ["c"])]);
  createExporter([declaring("one", "a_b"), declaring("two", "a_b")], { collectors: { two: false } });
});

Deno.test("createExporter: prom-client refuses a wrong name, one that is taken, and a negative step, at its call", () => {
  const { registry } = createExporter([dice]);
  const counter = (name: string) => new Counter({ name, help: "A.", registers: [registry] });
  const orders = counter("app_orders_total");
  assert.throws(() => orders.inc(-1), /not possible to decrease a counter/);
  assert.throws(() => counter("app_orders_total"), /app_orders_total/);
  assert.throws(() => counter("app orders"), /Invalid metric name/);
});

Deno.test("createExporter: a collector that another needs runs by its defaults, hidden", async () => {
  const sides = defineCollector({
    name: "sides",
    help: "h",
    freshnessSeconds: 0.1,
    options: { parse: (input: unknown) => ({ count: Number(Object(input).count ?? 20) }) },
    metrics: { dice_sides: { type: "gauge", help: "S." } },
    read: ({ options }) => options.count,
    samples: (count, emit) => emit("dice_sides", count),
  });
  const half = defineCollector({
    name: "half",
    help: "h",
    freshnessSeconds: 0.1,
    needs: { sides },
    metrics: { dice_half: { type: "gauge", help: "H." } },
    read: ({ needs }) => needs.sides.value / 2,
    samples: (value, emit) => emit("dice_half", value),
  });
  const text = await (await createExporter([half]).handler(get("/metrics"))).text();
  assert.equal(text.replace(/^#.*\n/gm, ""), "dice_half 10\n");
});
