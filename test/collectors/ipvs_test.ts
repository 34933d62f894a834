import assert from "node:assert/strict";
import fc from "fast-check";
import ipvs, { parseIpvsServices, parseIpvsStats } from "../../collectors/ipvs.ts";
import { parsedOrRefused, textLike } from "../arbitrary_text.ts";
import { hostOf, seriesOf, valueOn } from "../context.ts";

const STATS =
  "   Total Incoming Outgoing         Incoming         Outgoing\n   Conns  Packets  Packets            Bytes\n" +
  " 16AA370 E33656E5        0     51D8C8883AB3                0\n\n Conns/s   Pkts/s\n";
const SERVICES = [
  "IP Virtual Server version 1.2.1 (size=4096)",
  "Prot LocalAddress:Port Scheduler Flags",
  "  -> RemoteAddress:Port Forward Weight ActiveConn InActConn",
  "TCP  C0A80016:0CEA wlc  persistent 360 FFFFFFFF ",
  "  -> C0A85216:0CEA      Tunnel  100    248        2         ",
  "  -> C0A85318:0CEB      Tunnel  100    1          2         ",
  "UDP  [2620:0000:0000:0000:0000:0000:0000:0001]:0050 sh ",
  "  -> [2620:0000:0000:0000:0000:0000:0000:0002]:0050      Route   3      0          0         ",
  "SCTP C0A80016:0CEA wlc ",
  "  -> C0A85216:0CEA      Masq    1      0          7         8",
  "TCP  [0000:0000:0000:0000:0000:FFFF:C0A8:0001]:0050 sh ",
  "  -> [FE80:0000:0000:0000:0000:0000:0000:0002]:0050      Route   3      0          0         ",
  "FWM  10001000 wlc ",
  "  -> C0A8321A:0CEA      Tunnel  20     64         1         ",
  "",
].join("\n");

Deno.test("parseIpvsServices: reads addresses of both families, marks, and any protocol", () => {
  const where = parseIpvsServices(SERVICES).map(({ labels: l }) =>
    [l.proto, l.local_address, l.local_port, l.local_mark, l.remote_address, l.remote_port].join(" ")
  );
  assert.deepEqual(where, [
    "TCP 192.168.0.22 3306  192.168.82.22 3306",
    "TCP 192.168.0.22 3306  192.168.83.24 3307",
    "UDP 2620::1 80  2620::2 80",
    "SCTP 192.168.0.22 3306  192.168.82.22 3306",
    "TCP 192.168.0.1 80  fe80::2 80",
    "FWM  0 10001000 192.168.50.26 3306",
  ]);
});

Deno.test("parseIpvsServices: quotes the line that breaks the format", () => {
  for (const line of ["TCP  C0A800:0CEA wlc", "  -> C0A85216:0CEA Tunnel 100 248", "UDP  [::::]:0050 sh", "x"]) {
    assert.throws(() => parseIpvsServices(`${SERVICES}${line}\n`), {
      name: "SyntaxError",
      message: `Cannot parse "/proc/net/ip_vs": unexpected line ${JSON.stringify(line)}`,
    });
  }
  assert.throws(() => parseIpvsServices("  -> C0A85216:0CEA Tunnel 100 248 2\n"), SyntaxError, "without a service");
});

Deno.test("parseIpvsServices, parseIpvsStats: refuse arbitrary text by a SyntaxError only", () => {
  fc.assert(fc.property(textLike(SERVICES), textLike(STATS), (services, stats) => {
    const backends = parsedOrRefused(parseIpvsServices, services) ?? [];
    for (const { weight, active, inactive } of backends) assert(Number.isFinite(weight + active + inactive));
    assert(Object.values(parsedOrRefused(parseIpvsStats, stats) ?? {}).every(Number.isFinite));
  }));
});

Deno.test("ipvs: sums the backends that the labels do not tell apart", async () => {
  const host = hostOf({ "/proc/net/ip_vs_stats": STATS, "/proc/net/ip_vs": SERVICES });
  const on = async (labels: string) =>
    seriesOf(ipvs, await valueOn(ipvs, host, { ipvs: { "backend-labels": labels } }));
  const none = await on("");
  assert.equal(none.node_ipvs_connections_total, 0x16AA370);
  assert.equal(none.node_ipvs_backend_connections_active, 313);
  assert.equal((await on("proto,local_port"))['node_ipvs_backend_weight{local_port="3306",proto="TCP"}'], 200);
  assert.throws(() => ipvs.options?.parse({ "backend-labels": "proto,nope" }), /unknown labels.*nope/);
});

Deno.test("ipvs: is not here without the module, and does without services", async () => {
  assert.equal(await valueOn(ipvs, hostOf({})), null);
  const series = seriesOf(ipvs, await valueOn(ipvs, hostOf({ "/proc/net/ip_vs_stats": STATS })));
  assert.equal(Object.keys(series).length, 5);
});
