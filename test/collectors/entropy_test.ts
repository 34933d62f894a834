import assert from "node:assert/strict";
import fc from "fast-check";
import entropy, { parseEntropy } from "../../collectors/entropy.ts";
import { parsedOrRefused, textLike } from "../arbitrary_text.ts";
import { hostOf, seriesOf, valueOn } from "../context.ts";

const AVAILABLE = "/proc/sys/kernel/random/entropy_avail";
const SIZE = "/proc/sys/kernel/random/poolsize";

Deno.test("entropy: gives what is in the pool, and its size where the kernel tells", async () => {
  const both = await valueOn(entropy, hostOf({ [AVAILABLE]: "1337\n", [SIZE]: "4096\n" }));
  assert.deepEqual(seriesOf(entropy, both), { node_entropy_available_bits: 1337, node_entropy_pool_size_bits: 4096 });
  const one = await valueOn(entropy, hostOf({ [AVAILABLE]: "256" }));
  assert.deepEqual(seriesOf(entropy, one), { node_entropy_available_bits: 256 });
});

Deno.test("entropy: fails where the pool is missing, and quotes what is no number", async () => {
  await assert.rejects(valueOn(entropy, hostOf({})), { message: /entropy_avail/ });
  await assert.rejects(valueOn(entropy, hostOf({ [AVAILABLE]: "1", [SIZE]: "x" })), {
    name: "SyntaxError",
    message: `Cannot parse "${SIZE}": unexpected line "x"`,
  });
  assert.throws(() => parseEntropy("-1\n"), { message: `Cannot parse "${AVAILABLE}": unexpected line "-1"` });
});

Deno.test("parseEntropy: refuses arbitrary text by a SyntaxError only, and never makes up a number", () => {
  fc.assert(fc.property(textLike("1337\n"), (text) => {
    const bits = parsedOrRefused(parseEntropy, text);
    assert(bits === undefined || Number.isFinite(bits));
  }));
});
