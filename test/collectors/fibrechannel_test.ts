import assert from "node:assert/strict";
import fc from "fast-check";
import fibrechannel, { parseCounter } from "../../collectors/fibrechannel.ts";
import { parsedOrRefused, textLike } from "../arbitrary_text.ts";
import { hostOf, seriesOf, valueOn } from "../context.ts";

Deno.test("parseCounter: reads hexadecimal and decimal; all bits set are no counter", () => {
  for (
    const [text, count] of [["0x12", 18], ["12", 12], ["0xffffffffffffffff", undefined], [
      undefined,
      undefined,
    ]] as const
  ) assert.equal(parseCounter("nos_count", text), count);
  assert.throws(() => parseCounter("nos_count", "0xz"), {
    name: "SyntaxError",
    message: 'Cannot parse "nos_count": unexpected line "0xz"',
  });
});

Deno.test("parseCounter: refuses arbitrary text by a SyntaxError only, and never makes up a number", () => {
  fc.assert(fc.property(textLike("0x12"), (text) => {
    assert(Number.isFinite(parsedOrRefused((t) => parseCounter("nos_count", t), text) ?? 0));
  }));
});

Deno.test("fibrechannel: leaves out counters that a port does not have, and labels are empty", async () => {
  const host = hostOf({
    "/sys/class/fc_host/host0/speed": "16 Gbit\n",
    "/sys/class/fc_host/host0/port_id": "0x000002\n",
    "/sys/class/fc_host/host0/statistics/nos_count": "0x12\n",
    "/sys/class/fc_host/host0/statistics/rx_words": "0xffffffffffffffff\n",
    "/sys/class/fc_host/host1/port_state": "Online\n",
  });
  const info = (own: string) =>
    `node_fibrechannel_info{${own},supported_classes="",supported_speeds="",symbolic_name=""}`;
  assert.deepEqual(seriesOf(fibrechannel, await valueOn(fibrechannel, host)), {
    [
      info(
        'dev_loss_tmo="",fabric_name="",fc_host="host0",port_id="000002",port_name="",port_state="",port_type="",speed="16 Gbit"',
      )
    ]: 1,
    'node_fibrechannel_nos_total{fc_host="host0"}': 18,
    [
      info(
        'dev_loss_tmo="",fabric_name="",fc_host="host1",port_id="",port_name="",port_state="Online",port_type="",speed=""',
      )
    ]: 1,
  });
});

Deno.test("fibrechannel: is not here without an adapter", async () => {
  assert.equal(await valueOn(fibrechannel, hostOf({})), null);
});
