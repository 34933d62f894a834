/** All probes of the peer's conformance folder, by the real blackbox_exporter and by Sonde in one run. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { assertAlike, type Exception, type Row, servePair } from "./blackbox_pair.ts";
import { folder, type Running, start, testWith } from "./programs.ts";

/** The targets' ports are consecutive; this many, of which that with the number 8 has nobody listening. */
const PORTS = 12;

const EXCEPTIONS: readonly Exception[] = [
  {
    rows: /^https_/,
    series: /^probe_tls_cipher_info/,
    because: "Python's server leaves the choice to the client, and Deno's prefers another cipher than Go's.",
    label: "cipher",
  },
  {
    rows: /^http_headers2$/,
    series: /^probe_http_(content_length|uncompressed_body_length)/,
    because: "The page tells the headers of the request, and each program names itself in `User-Agent`.",
  },
];

/** The first of consecutive ports of 127.0.0.1 that nobody listens on. */
function freePorts(): number {
  for (let attempt = 0; attempt < 1000; attempt++) {
    const base = 20_000 + Math.floor(Math.random() * 10_000);
    const listeners: Deno.Listener[] = [];
    try {
      for (let i = 0; i < PORTS; i++) listeners.push(Deno.listen({ hostname: "127.0.0.1", port: base + i }));
      return base;
    } catch {
      // Somebody has one of them.
    } finally {
      for (const listener of listeners) listener.close();
    }
  }
  throw new Error(`Cannot find ${PORTS} ports in a row that are free`);
}

function rowsOf(table: string, base: number, socket: string): Row[] {
  return table.trim().split("\n").map((line) => {
    const [name = "", module = "", target = ""] = line.split("\t");
    const port = (_: string, number: string) => String(base + Number(number));
    return { name, module, target: target.replace(/\{(\d+)\}/g, port).replace("SOCK", socket) };
  });
}

testWith(
  "blackbox_exporter: all probes of the conformance folder are answered alike",
  ["newest blackbox_exporter", "conformance folder", "python3", "openssl"],
  async (path) => {
    const conformance = `${path("conformance folder")}blackbox/`;
    const base = freePorts();
    await using own = await folder();
    await using targets: Running = start([
      path("python3"),
      `${conformance}targets.py`,
      own.path,
      String(base),
    ]);
    await targets.says(/^ready$/m);
    const modules = await readFile(`${conformance}modules-0.28.yml`, "utf8");
    await using pair = await servePair(
      path("newest blackbox_exporter"),
      own,
      modules.replaceAll("CERTS", own.path),
    );
    const rows = rowsOf(await readFile(`${conformance}probes.tsv`, "utf8"), base, own.at("sock"));
    assert.equal(rows.length, 67);
    await assertAlike(pair, rows, EXCEPTIONS);
  },
);
