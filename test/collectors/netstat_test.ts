import assert from "node:assert/strict";
import fc from "fast-check";
import netstat, { parsePairs, parseSnmp6 } from "../../collectors/netstat.ts";
import { parsedOrRefused, textLike } from "../arbitrary_text.ts";
import { hostOf, seriesOf, valueOn } from "../context.ts";

const SNMP = "Tcp: MaxConn InSegs CurrEstab\nTcp: -1 57252008 5\nUdpLite: InErrors\nUdpLite: 3\n";
const SNMP6 = "Ip6InOctets                     \t460\nUdp6InErrors 2\nIcmp6InMsgs 0\nOther 1\n";
const parse = (text: string) => parsePairs("/proc/net/snmp", text, () => true);
const parse6 = (text: string) => parseSnmp6(text, () => true);

Deno.test("parsePairs: quotes the line that breaks the format", () => {
  for (
    const [text, line] of [
      ["Tcp: A B\nTcp: 1\n", "Tcp: 1"],
      ["Tcp: A\nUdp: 1\n", "Udp: 1"],
      ["Tcp: A\nTcp: x\n", "Tcp: x"],
      ["Tcp: A\n", ""],
      ["Tcp A\nTcp 1\n", "Tcp A"],
    ] as const
  ) {
    assert.throws(() => parse(text), {
      name: "SyntaxError",
      message: `Cannot parse "/proc/net/snmp": unexpected line ${JSON.stringify(line)}`,
    });
  }
  assert.throws(() => parse6("Ip6InOctets x\n"), SyntaxError);
});

Deno.test("parsePairs: makes a family's name of any, and passes over a last line that is but its first word", () => {
  assert.deepEqual([...parse("Tcp: A-ü B\nTcp: 7 1\nUdp: C\nUdp: 2\nUdpL")], [["Tcp_A__", 7], ["Tcp_B", 1], [
    "Udp_C",
    2,
  ]]);
});

Deno.test("parsePairs, parseSnmp6: refuse arbitrary text by a SyntaxError only, and never make up a number", () => {
  fc.assert(fc.property(textLike(SNMP), textLike(SNMP6), (pairs, lines) => {
    const counters = [parsedOrRefused(parse, pairs), parsedOrRefused(parse6, lines)];
    for (const counter of counters.flatMap((map) => [...map ?? []])) {
      assert(Number.isFinite(counter[1]) && /^\w+$/.test(counter[0]));
    }
  }));
});

const files = { "/proc/net/snmp": SNMP, "/proc/net/netstat": "IpExt: InOctets InNoRoutes\nIpExt: 7 8\n" };

Deno.test("netstat: reports the fields that the option wants", async () => {
  const host = hostOf({ ...files, "/proc/net/snmp6": SNMP6 });
  assert.deepEqual(seriesOf(netstat, await valueOn(netstat, host)), {
    node_netstat_IpExt_InOctets: 7,
    node_netstat_Tcp_InSegs: 57252008,
    node_netstat_Tcp_CurrEstab: 5,
    node_netstat_UdpLite_InErrors: 3,
    node_netstat_Ip6_InOctets: 460,
    node_netstat_Udp6_InErrors: 2,
    node_netstat_Icmp6_InMsgs: 0,
  });
  const options = { netstat: { fields: "^Tcp_MaxConn$" } };
  assert.deepEqual(seriesOf(netstat, await valueOn(netstat, host, options)), { node_netstat_Tcp_MaxConn: -1 });
});

Deno.test("netstat: does without IPv6, not without the others", async () => {
  assert.equal(Object.keys(seriesOf(netstat, await valueOn(netstat, hostOf(files)))).length, 4);
  await assert.rejects(valueOn(netstat, hostOf({ "/proc/net/snmp": SNMP })), /netstat/);
});
