import assert from "node:assert/strict";
import fc from "fast-check";
import arp, { parseArp } from "../../collectors/arp.ts";
import { parsedOrRefused, textLike } from "../arbitrary_text.ts";
import { hostOf, seriesOf, valueOn } from "../context.ts";

const entry = (device: string) => `192.168.1.1      0x1         0x2         cc:aa:dd:ee:aa:bb     *        ${device}\n`;
const HEADER = "IP address       HW type     Flags       HW address            Mask     Device\n";
const ARP = `${HEADER}${entry("eth0")}${entry("br-0:1")}${entry("eth0")}`;

Deno.test("parseArp: quotes the line that breaks the format", () => {
  for (const line of ["192.168.1.1 0x1 0x2 * eth0", `${entry("eth0").trim()} x`, "x"]) {
    assert.throws(() => parseArp(`${ARP}${line}\n`), {
      name: "SyntaxError",
      message: `Cannot parse "/proc/net/arp": unexpected line ${JSON.stringify(line)}`,
    });
  }
});

Deno.test("parseArp: takes any white space between and around columns", () => {
  assert.deepEqual(parseArp(ARP.replaceAll(/ +/g, "\t").replaceAll("\n", " \r\n ")), parseArp(ARP));
});

Deno.test("parseArp: refuses arbitrary text by a SyntaxError only", () => {
  fc.assert(fc.property(textLike(ARP), (text) => {
    for (const count of parsedOrRefused(parseArp, text)?.values() ?? []) assert(count > 0);
  }));
});

Deno.test("arp: counts neighbours of the devices that the options want", async () => {
  const on = async (options: object) =>
    seriesOf(arp, await valueOn(arp, hostOf({ "/proc/net/arp": ARP }), { arp: options }));
  const eth0 = { 'node_arp_entries{device="eth0"}': 2 };
  assert.deepEqual(await on({}), { ...eth0, 'node_arp_entries{device="br-0:1"}': 1 });
  assert.deepEqual(await on({ "device-include": "^eth" }), eth0);
  assert.deepEqual(await on({ "device-exclude": "^br", netlink: false }), eth0);
  assert.throws(() => arp.options?.parse({ "device-include": "a", "device-exclude": "b" }), /only one may be given/);
});

Deno.test("arp: fails where there is no such file", async () => {
  await assert.rejects(valueOn(arp, hostOf({})), /net\/arp/);
});
