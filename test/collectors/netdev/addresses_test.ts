import assert from "node:assert/strict";
import fc from "fast-check";
import { parseAddress } from "../../../collectors/netdev/addresses.ts";
import { damaged, parsedOrRefused } from "../../arbitrary_bytes.ts";
import { entry } from "./address_table.ts";

const parsed = (body: readonly number[]) => parseAddress(new DataView(Uint8Array.from(body).buffer));
const v6 = (...ends: readonly [start: readonly number[], end: readonly number[]]) => [
  ...ends[0],
  ...Array(16 - ends[0].length - ends[1].length).fill(0),
  ...ends[1],
];

Deno.test("parseAddress: the near end of a link, else the only one; nothing without an address", () => {
  const [near, far] = [[10, 0, 0, 1], [10, 0, 0, 2]];
  assert.deepEqual(parsed(entry(1, 30, [[1, far], [2, near]])), {
    address: "10.0.0.1",
    prefixLength: 30,
    scope: "global",
  });
  assert.equal(parsed(entry(1, 30, [[1, far]]))?.address, "10.0.0.2");
  assert.equal(parsed(entry(1, 30, [])), undefined);
});

Deno.test("parseAddress: tells the scope as node_exporter does", () => {
  const scopes: readonly (readonly [readonly number[], string])[] = [
    [[127, 0, 0, 53], "link-local"],
    [[169, 254, 1, 1], "link-local"],
    [[224, 0, 0, 1], "link-local"],
    [[239, 0, 0, 1], ""],
    [[0, 0, 0, 0], ""],
    [[255, 255, 255, 255], ""],
    [[192, 168, 0, 1], "global"],
    [v6([], [1]), "link-local"],
    [v6([], []), ""],
    [v6([], [2]), "global"],
    [v6([0xfe, 0xbf], [1]), "link-local"],
    [v6([0xfe, 0xc0], [1]), "global"],
    [v6([0xfd], [1]), "global"],
    [v6([0xff, 0x02], [1]), "link-local"],
    [v6([0xff, 0x01], [1]), "interface-local"],
    [v6([0xff, 0x05], [1]), ""],
  ];
  for (const [address, scope] of scopes) assert.equal(parsed(entry(1, 8, [[1, address]]))?.scope, scope, `${address}`);
});

Deno.test("parseAddress: an entry that is cut off is a SyntaxError", () => {
  fc.assert(fc.property(damaged(Uint8Array.from(entry(1, 8, [[1, [10, 0, 0, 1]], [2, v6([0xfd], [1])]]))), (bytes) => {
    parsedOrRefused(parseAddress, bytes);
  }));
});
