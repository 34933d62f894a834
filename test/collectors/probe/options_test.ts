import assert from "node:assert/strict";
import { positiveDuration, refuseDuplicates, targetLabels } from "../../../collectors/probe/options.ts";

function faults(
  result: { error?: { issues: readonly { message: string; path: readonly PropertyKey[] }[] } },
): string[] {
  return (result.error?.issues ?? []).map(({ message, path }) => [...path, message].join(" "));
}

Deno.test("positiveDuration: seconds of a duration longer than 0", () => {
  assert.equal(positiveDuration.parse("1m30s"), 90);
  assert.equal(positiveDuration.parse("50ms"), 0.05);
  assert.deepEqual(faults(positiveDuration.safeParse("0s")), ['Cannot use duration "0s": it must be longer than 0s']);
  assert.deepEqual(faults(positiveDuration.safeParse("15")), [
    'Cannot parse duration "15": a unit is missing, try "15s"',
  ]);
  for (const text of ["", "-1s", "soon", `${"9".repeat(400)}s`, 15, null]) {
    assert.equal(positiveDuration.safeParse(text).success, false, String(text));
  }
});

Deno.test("targetLabels: any name that is a label's, and not taken", () => {
  assert.deepEqual(targetLabels.parse({ team: "a", _x: "", Zone9: "b" }), { team: "a", _x: "", Zone9: "b" });
  for (const name of ["job", "instance", "le", "quantile", "target", "phase", "__x", "__name__"]) {
    const expected = [`${name} Cannot use label ${JSON.stringify(name)}: it is taken`];
    assert.deepEqual(faults(targetLabels.safeParse({ [name]: "v" })), expected);
  }
  for (const name of ["", "9x", "a-b", "a.b", "ä", "a\n"]) {
    const expected = `${name} Cannot use label ${JSON.stringify(name)}: expected letters, digits and underscores`;
    assert(faults(targetLabels.safeParse({ [name]: "v" }))[0]?.startsWith(expected), name);
  }
  assert.equal(targetLabels.safeParse({ team: 1 }).success, false);
  assert.equal(faults(targetLabels.safeParse({ job: "a", le: "b" })).length, 2);
  assert.equal(faults(targetLabels.safeParse({ job: "a", team: 1, le: "b" })).length, 3);
  for (const value of [1, "job", null, ["job"]]) assert.equal(faults(targetLabels.safeParse(value)).length, 1);
});

Deno.test("refuseDuplicates: reports every name but the first, where it stands", () => {
  const reported: string[] = [];
  refuseDuplicates([
    { name: "a", path: ["target", 0] },
    { name: "b", path: ["target", 1] },
    { name: "a", path: ["probes", 0, "name"] },
    { name: "a", path: ["probes", 1, "name"] },
  ], ({ path, message }) => reported.push(`${path.join(".")}: ${message}`));
  assert.deepEqual(reported, [
    'probes.0.name: Cannot use target name "a": there are two of it',
    'probes.1.name: Cannot use target name "a": there are two of it',
  ]);
});
