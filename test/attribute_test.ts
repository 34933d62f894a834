import assert from "node:assert/strict";
import { cpuListIn, numbered, permitted, signedIn } from "../src/attribute.ts";
import { hostOf } from "./context.ts";

Deno.test("signedIn: reads decimal and hexadecimal numbers, with their white space", () => {
  const { sys } = hostOf({ "/sys/a": " 12\n", "/sys/b": "-40", "/sys/c": "0x8000\n" });
  assert.deepEqual(["a", "b", "c", "d"].map((path) => signedIn(sys, path)), [12, -40, 32768, undefined]);
});

Deno.test("signedIn: quotes what is no number, and names its file", () => {
  for (const text of ["", "x", "1 2", "0x", "\0", "nan"]) {
    assert.throws(() => signedIn(hostOf({ "/sys/a/b": text }).sys, "a/b"), {
      name: "SyntaxError",
      message: `Cannot parse "/sys/a/b": unexpected line ${JSON.stringify(text)}`,
    });
  }
});

Deno.test("permitted: gives up on what is forbidden, and on nothing else", () => {
  const failing = (code: string) => () => {
    throw new Error("Cannot read", { cause: Object.assign(new Error(code), { code }) });
  };
  assert.equal(permitted(() => 7), 7);
  assert.equal(permitted(failing("EACCES")), undefined);
  assert.equal(permitted(failing("EPERM")), undefined);
  assert.throws(() => permitted(failing("EMFILE")));
});

Deno.test("numbered: lists what has a number", () => {
  const { sys } = hostOf(
    Object.fromEntries(["cpu10", "cpu2", "cpufreq", "cpu", "cpu1x"].map((name) => [`/sys/f/${name}/a`, ""])),
  );
  assert.deepEqual(numbered(sys, "f", "cpu"), [{ path: "f/cpu10", number: "10" }, { path: "f/cpu2", number: "2" }]);
  assert.deepEqual(numbered(sys, "g", "cpu"), []);
});

Deno.test("cpuListIn: reads numbers and ranges, and refuses anything else", () => {
  const list = (text: string) => cpuListIn(hostOf({ "/sys/isolated": text }).sys, "isolated");
  assert.deepEqual([...list("1,3-5,9\n") ?? []], [1, 3, 4, 5, 9]);
  assert.deepEqual([...list("\n") ?? []], []);
  assert.equal(cpuListIn(hostOf({}).sys, "isolated"), undefined);
  for (const text of ["x", "1-", "-1", "0-65536", "1 2", "0-99999999"]) {
    assert.throws(() => list(text), {
      name: "SyntaxError",
      message: `Cannot parse "/sys/isolated": unexpected line ${JSON.stringify(text)}`,
    });
  }
});
