import assert from "node:assert/strict";
import fc from "fast-check";
import interrupts, { parseInterrupts } from "../../collectors/interrupts.ts";
import { parsedOrRefused, textLike } from "../arbitrary_text.ts";
import { hostOf, seriesOf, valueOn } from "../context.ts";

const VALID = `           CPU0       CPU1
  9:        398          0  IR-IO-APIC-fasteoi   acpi
 16:          1          2  IR-IO-APIC-fasteoi   ehci_hcd:usb1, mmc0
LOC:  174326351  135776678   Local timer interrupts
IPI0:1 2 Rescheduling interrupts
ERR:          0
`;
const series = (type: string, cpu: string, info: string, devices: string) =>
  `node_interrupts_total{cpu="${cpu}",devices="${devices}",info="${info}",type="${type}"}`;

Deno.test("parseInterrupts: tells numbered interrupts from others, and leaves out lines without columns", () => {
  assert.deepEqual(parseInterrupts(VALID), [
    { type: "9", info: "IR-IO-APIC-fasteoi", devices: "acpi", counts: [398, 0] },
    { type: "16", info: "IR-IO-APIC-fasteoi", devices: "ehci_hcd:usb1, mmc0", counts: [1, 2] },
    { type: "LOC", info: "Local timer interrupts", devices: "", counts: [174326351, 135776678] },
    { type: "IPI0", info: "Rescheduling interrupts", devices: "", counts: [1, 2] },
  ]);
  assert.throws(() => parseInterrupts("CPU0 CPU1\n 1: 5 -1 x y\n"), {
    name: "SyntaxError",
    message: 'Cannot parse "/proc/interrupts": unexpected line " 1: 5 -1 x y"',
  });
  assert.throws(() => parseInterrupts("\n1: 2 x\n"), SyntaxError);
});

Deno.test("parseInterrupts: refuses arbitrary text by a SyntaxError only, and never makes up a number", () => {
  fc.assert(fc.property(textLike(VALID), (text) => {
    const counts = (parsedOrRefused(parseInterrupts, text) ?? []).flatMap(({ counts }) => counts);
    assert(counts.every((count) => Number.isFinite(count) && count >= 0));
  }));
});

Deno.test("interrupts: shows what its options want", async () => {
  const shown = async (options: Record<string, unknown>) =>
    seriesOf(interrupts, await valueOn(interrupts, hostOf({ "/proc/interrupts": VALID }), { interrupts: options }));
  assert.equal(Object.keys(await shown({})).length, 8);
  assert.deepEqual(await shown({ "include-zeros": false, "name-include": "^9;IR.*;acpi$" }), {
    [series("9", "0", "IR-IO-APIC-fasteoi", "acpi")]: 398,
  });
  assert.equal(Object.keys(await shown({ "name-exclude": "^(9|16|LOC);" })).length, 2);
  await assert.rejects(shown({ "name-include": "a", "name-exclude": "b" }), /cannot both be given/);
  assert.equal(await valueOn(interrupts, hostOf({})), null);
});
