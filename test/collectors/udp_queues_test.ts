import assert from "node:assert/strict";
import fc from "fast-check";
import udpQueues, { parseUdpQueues } from "../../collectors/udp_queues.ts";
import { parsedOrRefused, textLike } from "../arbitrary_text.ts";
import { hostOf, seriesOf, valueOn } from "../context.ts";

const line = (tx: string, rx: string, address = "0100007F") =>
  `  372: ${address}:0035 ${address}:0000 07 ${tx}:${rx} 00:00000000 00000000   101        0 20135 2 000000007c3a2d5e 0\n`;
const HEADER = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
const UDP = `${HEADER}${line("00000015", "00000001")}${line("00000001", "000000FF")}`;
const parse = (text: string) => parseUdpQueues("/proc/net/udp", text);

Deno.test("parseUdpQueues: sums the sockets, of which there may be none", () => {
  assert.deepEqual(parse(UDP), { tx: 22, rx: 256 });
  assert.deepEqual(parse(HEADER), { tx: 0, rx: 0 });
});

Deno.test("parseUdpQueues: quotes the line that breaks the format", () => {
  for (const bad of ["x", line("0000000G", "0").slice(0, -1), line("", "0").slice(0, -1)]) {
    assert.throws(() => parse(`${UDP}${bad}\n`), {
      name: "SyntaxError",
      message: `Cannot parse "/proc/net/udp": unexpected line ${JSON.stringify(bad.slice(0, 120))}`,
    });
  }
});

Deno.test("parseUdpQueues: refuses arbitrary text by a SyntaxError only, and never makes up a number", () => {
  fc.assert(fc.property(textLike(UDP), (text) => {
    const { tx, rx } = parsedOrRefused(parse, text) ?? { tx: 0, rx: 0 };
    assert(Number.isFinite(tx) && Number.isFinite(rx));
  }));
});

Deno.test("udp_queues: reports the address families that there are; is not here without any", async () => {
  const udp6 = `${HEADER}${line("0", "2", "00000000000000000000000001000000")}`;
  assert.deepEqual(seriesOf(udpQueues, await valueOn(udpQueues, hostOf({ "/proc/net/udp6": udp6 }))), {
    'node_udp_queues{ip="v6",queue="tx"}': 0,
    'node_udp_queues{ip="v6",queue="rx"}': 2,
  });
  const both = hostOf({ "/proc/net/udp": UDP, "/proc/net/udp6": udp6 });
  assert.equal(Object.keys(seriesOf(udpQueues, await valueOn(udpQueues, both))).length, 4);
  assert.equal(await valueOn(udpQueues, hostOf({})), null);
});

Deno.test("parseUdpQueues: takes any white space between columns", () => {
  assert.deepEqual(parse(UDP.replaceAll(" ", "\t")), parse(UDP));
  assert.deepEqual(parse(UDP.replaceAll(" ", "  ")), parse(UDP));
});
