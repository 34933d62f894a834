import assert from "node:assert/strict";
import fc from "fast-check";
import {
  decimalNumber,
  hexColumns,
  hexNumber,
  malformed,
  signedNumber,
  truncated,
  wholeNumber,
} from "../src/kernel_text.ts";

Deno.test("wholeNumber: reads what the kernel prints, up to 64 bits", () => {
  assert.equal(wholeNumber("0"), 0);
  assert.equal(wholeNumber("007"), 7);
  assert.equal(wholeNumber("9007199254740991"), 2 ** 53 - 1);
  assert.equal(wholeNumber("18446744073709551615"), 2 ** 64);
});

Deno.test("wholeNumber: is undefined for anything else", () => {
  for (const text of [undefined, "", " 1", "1 ", "-1", "+1", "1.0", "1e3", "0x1", "NaN", "1\n", "٣", "1".repeat(21)]) {
    assert.equal(wholeNumber(text), undefined, JSON.stringify(text));
  }
});

Deno.test("decimalNumber: reads fractions, and is undefined for anything else", () => {
  assert.equal(decimalNumber("0.42"), 0.42);
  assert.equal(decimalNumber("12"), 12);
  for (const text of [undefined, "", ".5", "5.", "-0.1", "1e3", "1.2.3", "Infinity", "0.1 "]) {
    assert.equal(decimalNumber(text), undefined, JSON.stringify(text));
  }
});

Deno.test("signedNumber: reads signs, fractions and exponents, and is undefined for anything else", () => {
  assert.equal(signedNumber("-40"), -40);
  assert.equal(signedNumber("+1.5e3"), 1500);
  assert.equal(signedNumber(".5"), 0.5);
  for (const text of [undefined, "", "-", ".", "1e", "1e999", "0x10", "1_000", "Infinity", "nan", " 1"]) {
    assert.equal(signedNumber(text), undefined, JSON.stringify(text));
  }
});

Deno.test("wholeNumber, decimalNumber: never give NaN or an infinity", () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[\d.eE+-]*$/)), (text) => {
    for (const number of [wholeNumber(text), decimalNumber(text)]) {
      assert(number === undefined || Number.isFinite(number) && number >= 0);
    }
  }));
});

Deno.test("malformed: names the file and quotes at most 120 characters of the line", () => {
  const error = malformed("/proc/stat", 'cpu0 "x"\t' + "y".repeat(500));
  assert(error instanceof SyntaxError);
  assert.equal(error.message, `Cannot parse "/proc/stat": unexpected line "cpu0 \\"x\\"\\t${"y".repeat(111)}"`);
});

Deno.test("hexNumber: reads up to 64 bits, and is undefined for anything else", () => {
  assert.equal(hexNumber("0000001f"), 31);
  assert.equal(hexNumber("FFFFFFFFFFFFFFFF"), 2 ** 64);
  for (const text of [undefined, "", "0x1", "-1", "g", " 1", "1".repeat(17)]) {
    assert.equal(hexNumber(text), undefined, JSON.stringify(text));
  }
});

Deno.test("hexColumns: has a column for each name, lines shorter than the first included", () => {
  const columns = hexColumns("file", "entries  allocs \n0a  0b \nff\n");
  assert.deepEqual([...columns], [["entries", [10, 255]], ["allocs", [11]]]);
  assert.deepEqual([...hexColumns("file", "")], []);
  for (const [text, line] of [["a\n1 2\n", "1 2"], ["a\nx\n", "x"], ["a{}\n1\n", "a{}"]] as const) {
    assert.throws(() => hexColumns("file", text), {
      name: "SyntaxError",
      message: `Cannot parse "file": unexpected line ${JSON.stringify(line)}`,
    });
  }
});

Deno.test("truncated: names the file and quotes at most 120 characters of the line", () => {
  const error = truncated("/proc/stat", "cpu1 " + "9".repeat(500));
  assert(error instanceof SyntaxError);
  assert.equal(error.message, `Cannot parse "/proc/stat": truncated in line "cpu1 ${"9".repeat(115)}"`);
});
