/** As many series of a target as docs/probes.md says are on the page of a program that probes it. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { answersWith, healthServer, statusFrame } from "../collectors/probe/health_server.ts";
import { addressRecord, nameServer } from "../collectors/probe/dns_server.ts";
import { httpsTarget, httpTarget, responds, tcpTarget } from "../collectors/probe/target.ts";
import { type Page, parsePage } from "./page.ts";
import { folder, testWith, until } from "./programs.ts";
import { serveSonde } from "./sonde.ts";

const AUTHORITY = fileURLToPath(new URL("../fixtures/tls/authority.pem", import.meta.url));
const MODULES = {
  https_own: {
    prober: "http",
    histogram: true,
    http: { preferred_ip_protocol: "ip4", tls_config: { ca_file: AUTHORITY } },
  },
};

/** How many series a page has of each target. */
function countsOf({ samples }: Page): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const series of samples.keys()) {
    const [, target] = /^(?:sonde_)?probe_.*[{,]target="([^"]*)"/.exec(series) ?? [];
    if (target !== undefined) counts[target] = (counts[target] ?? 0) + 1;
  }
  return counts;
}

/** The documented counts: the rows between the marks of the page. */
async function documented(): Promise<Record<string, number>> {
  const text = await readFile(new URL("../../docs/probes.md", import.meta.url), "utf8");
  const [, table = ""] = /<!-- tested:series-of-a-target -->\n(.*?)<!-- \/tested -->/s.exec(text) ?? [];
  const rows = table.matchAll(/^\| `(\w+)` +\| (\S+) +\| (\d+) +\|$/gm);
  return Object.fromEntries([...rows].map(([, module, outcome, count]) => [`${module} ${outcome}`, Number(count)]));
}

testWith("probes: a target has as many series as the documentation says", [], async () => {
  await using own = await folder();
  await using web = await httpTarget(responds(200));
  await using secure = await httpsTarget("server.pem", responds(200));
  await using silent = await tcpTarget(() => {});
  await using names = await nameServer(() => [{ answer: [addressRecord("192.0.2.1")] }]);
  await using health = await healthServer(answersWith(statusFrame(1)));
  await using stack = new AsyncDisposableStack();
  const socket = createServer((connection) => connection.on("error", () => {}));
  await new Promise<void>((resolve) => socket.listen(own.at("socket"), resolve));
  stack.defer(() => new Promise((resolve) => socket.close(() => resolve())));
  const targets = {
    http_2xx: [`http://127.0.0.1:${web.port}/`, "http://127.0.0.1:1/"],
    https_own: [`https://localhost:${secure.port}/`, `https://127.0.0.1:1/`],
    tcp_connect: [`127.0.0.1:${silent.port}`, "127.0.0.1:1"],
    dns_udp: [`127.0.0.1:${names.port}`, "no-such-host.invalid"],
    icmp: ["127.0.0.1", "no-such-host.invalid"],
    grpc_plain: [`127.0.0.1:${health.port}`, "127.0.0.1:1"],
    unix_connect: [own.at("socket"), own.at("none")],
    websocket: [undefined, "ws://127.0.0.1:1/"],
  };
  const probes = Object.entries(targets).flatMap(([module, both]) =>
    both.flatMap((target, i) =>
      target === undefined ? [] : [{ name: `${module} ${i === 0 ? "success" : "failure"}`, module, target }]
    )
  );
  const settings = { modules: MODULES, probes: probes.map((probe) => ({ ...probe, interval: "1s" })) };
  const file = await own.write("sonde.yml", JSON.stringify(settings));
  await using sonde = await serveSonde(["--profile=blackbox_exporter", `--config.file=${file}`]);
  const page = await until(async () => {
    const { status, text } = await sonde.get("/metrics"); // 503 as long as no probe has ended
    const page = status === 200 && parsePage(text);
    return page && probes.every(({ name }) => page.samples.has(`probe_success{target="${name}"}`)) && page;
  }, "all have been probed");
  for (const { name } of probes) {
    assert.equal(page.samples.get(`probe_success{target="${name}"}`), name.endsWith("success") ? 1 : 0, name);
  }
  assert.deepEqual(countsOf(page), await documented());
});
