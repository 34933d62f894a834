import assert from "node:assert/strict";
import fc from "fast-check";
import drbd, { parseDrbd } from "../../collectors/drbd.ts";
import { parsedOrRefused, textLike } from "../arbitrary_text.ts";
import { hostOf, seriesOf, valueOn } from "../context.ts";

const TEXT = `version: 8.4.3 (api:1/proto:86-101)
srcversion: 1A9F77B1CA5FF92235C2213

 0: cs:WFConnection ro:Primary/Unknown ds:UpToDate/DUnknown C r-----
    ns:2 nr:3 oos:4
 1: cs:Unconfigured
`;

Deno.test("drbd: reports each device by its number, and what one does not tell not at all", async () => {
  assert.equal(await valueOn(drbd, hostOf({})), null);
  assert.deepEqual(seriesOf(drbd, await valueOn(drbd, hostOf({ "/proc/drbd": TEXT }))), {
    'node_drbd_network_sent_bytes_total{device="drbd0"}': 2048,
    'node_drbd_network_received_bytes_total{device="drbd0"}': 3,
    'node_drbd_out_of_sync_bytes{device="drbd0"}': 4096,
    'node_drbd_connected{device="drbd0"}': 0,
    'node_drbd_node_role_is_primary{device="drbd0",node="local"}': 1,
    'node_drbd_node_role_is_primary{device="drbd0",node="remote"}': 0,
    'node_drbd_disk_state_is_up_to_date{device="drbd0",node="local"}': 1,
    'node_drbd_disk_state_is_up_to_date{device="drbd0",node="remote"}': 0,
    'node_drbd_connected{device="drbd1"}': 0,
  });
});

Deno.test("parseDrbd: quotes a counter that is no number", () => {
  assert.throws(() => parseDrbd(" 0: cs:Connected\n ns:x\n"), {
    name: "SyntaxError",
    message: 'Cannot parse "/proc/drbd": unexpected line "ns:x"',
  });
});

Deno.test("parseDrbd: refuses arbitrary text by a SyntaxError only, and never makes up a number", () => {
  fc.assert(fc.property(textLike(TEXT), (text) => {
    for (const { counters } of parsedOrRefused(parseDrbd, text) ?? []) {
      for (const count of counters.values()) assert(Number.isFinite(count));
    }
  }));
});
