import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join, relative } from "node:path";

const top = join(import.meta.dirname ?? "", "..");
/** Not ours to keep in step: what tools make, and tests, which may need other versions. */
const NOT_WALKED = [".git", "node_modules", "dist", "coverage", "test"];

async function* filesBelow(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (NOT_WALKED.includes(name)) continue;
    if (isDirectory) yield* filesBelow(join(folder, name));
    else yield join(folder, name);
  }
}

async function sha256(path: string): Promise<string> {
  return createHash("sha256").update(await Deno.readFile(path)).digest("hex");
}

Deno.test("deno-version: is the one that README, image and every other file name", async () => {
  const version = (await Deno.readTextFile(join(top, ".ci/deno-version"))).trim();
  assert.match(version, /^\d+\.\d+\.\d+$/);
  const naming: string[] = [];
  for await (const path of filesBelow(top)) {
    const file = relative(top, path);
    for (const [whole, named] of (await Deno.readTextFile(path)).matchAll(/\bdeno(?:land\/deno)?[@:](\d[\w.-]*)/g)) {
      assert.equal(named?.replace(/\.$/, ""), version, `${file} names ${whole}`);
      naming.push(file);
    }
  }
  for (const file of ["README.md", "Dockerfile"]) assert.ok(naming.includes(file), `${file} names no version of Deno`);
});

Deno.test("LICENSE: is the Apache License 2.0 to the letter, as deno.json says", async () => {
  // https://www.apache.org/licenses/LICENSE-2.0.txt
  const expected = "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30";
  assert.equal(await sha256(join(top, "LICENSE")), expected);
  assert.match(await Deno.readTextFile(join(top, "deno.json")), /"license": "Apache-2\.0"/);
});

/** Exit code and output of the script that closes a CI run, fed with what a test run printed. */
async function closing(printed: string): Promise<{ code: number; lines: string[] }> {
  const script = new Deno.Command("bash", {
    args: [join(top, ".ci/closing_line.sh")],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const input = script.stdin.getWriter();
  await input.write(new TextEncoder().encode(printed));
  await input.close();
  const { code, stdout } = await script.output();
  return { code, lines: new TextDecoder().decode(stdout).trimEnd().split("\n") };
}

const CLOSED = [
  {
    of: "a run that passed",
    printed: "parseStat: reads ... ok (2ms)\n\nok | 12 passed (5 steps) | 0 failed (1s)\n",
    code: 0,
    last: "12 passed, 0 failed",
  },
  {
    of: "a run with failures",
    printed: "FAILED | 11 passed | 1 failed | 2 filtered out (61ms)\nerror: Test failed\n",
    code: 1,
    last: "11 passed, 1 failed",
  },
  {
    of: "two runs, which it adds up",
    printed: "ok | 3 passed | 0 failed (1s)\nok | 4 passed (1 step) | 0 failed (1s)\n",
    code: 0,
    last: "7 passed, 0 failed",
  },
  {
    of: "skipped tests and steps, which it does not let pass",
    printed: "  a step ... ignored (0ms)\na: b (ignored: no peer) ... ignored (0ms)\n" +
      "ok | 3 passed | 0 failed | 1 ignored (1 step) (1s)\n",
    code: 1,
    last: "3 passed, 0 failed, 2 skipped",
  },
  {
    of: "tests skipped for lack of the peers' own files, which it lets pass",
    printed: "a: b (ignored: the peer's rules (SONDE_CONFORMANCE)) ... ignored (0ms)\n" +
      "ok | 3 passed | 0 failed | 1 ignored (1s)\n",
    code: 0,
    last: "3 passed, 0 failed, 1 skipped",
  },
  {
    of: "those among others, which it does not let pass",
    printed: "a: b (ignored: SONDE_CONFORMANCE) ... ignored (0ms)\na: c (ignored: no peer) ... ignored (0ms)\n" +
      "ok | 3 passed | 0 failed | 2 ignored (1s)\n",
    code: 1,
    last: "3 passed, 0 failed, 2 skipped",
  },
  {
    of: "a run that broke off",
    printed: "error: Type checking failed.\n",
    code: 1,
    last: "deno test ended without a summary",
  },
  {
    of: "a summary that only a test printed",
    printed: "said: ok | 3 passed | 0 failed (1s)\n",
    code: 1,
    last: "deno test ended without a summary",
  },
];

for (const { of, printed, code, last } of CLOSED) {
  Deno.test({
    name: `closing_line.sh: closes ${of}`,
    ignore: Deno.build.os === "windows",
    fn: async () => {
      const closed = await closing(printed);
      assert.deepEqual({ code: closed.code, last: closed.lines.at(-1) }, { code, last });
    },
  });
}

Deno.test({
  name: "closing_line.sh: names what was skipped",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    const { lines } = await closing(
      "a: b (ignored: no peer) ... ignored (0ms)\nok | 0 passed | 0 failed | 1 ignored (1s)\n",
    );
    assert.ok(lines.includes("a: b (ignored: no peer) ... ignored (0ms)"), lines.join("\n"));
  },
});
