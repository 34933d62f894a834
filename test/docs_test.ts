import assert from "node:assert/strict";
import { PROBERS } from "../collectors/probe/probers.ts";
import { markdownTable, probeStopsTable, withGenerated } from "../docs/generate.ts";

Deno.test("markdownTable: is what deno fmt leaves as it is", async () => {
  const table = markdownTable(["Flag", "Default"], [["`--a <x|y>`", ""], ["`--long.flag`", "`1`"]]);
  assert.equal(table.split("\n")[2], "| `--a <x\\|y>`  |         |");
  const fmt = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--check", "--ext=md", "-"],
    stdin: "piped",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const input = fmt.stdin.getWriter();
  await input.write(new TextEncoder().encode(table));
  await input.close();
  assert.equal((await fmt.status).code, 0);
});

Deno.test("withGenerated: replaces what stands between marks, and nothing else", () => {
  const text =
    "# A\n\n<!-- generated:one -->\nold\n<!-- /generated -->\n\nkept\n\n<!-- generated:two --><!-- /generated -->\n";
  const written = withGenerated(text, { one: "1\n", two: "2\n" });
  assert.equal(
    written,
    "# A\n\n<!-- generated:one -->\n\n1\n\n<!-- /generated -->\n\nkept\n\n" +
      "<!-- generated:two -->\n\n2\n\n<!-- /generated -->\n",
  );
  assert.equal(withGenerated(written, { one: "1\n", two: "2\n" }), written);
});

Deno.test("withGenerated: refuses a text without marks", () => {
  assert.throws(() => withGenerated("# A\n", { one: "1" }), RangeError);
  assert.throws(() => withGenerated("<!-- generated:one -->\n", { one: "1" }), RangeError);
});

Deno.test("probeStopsTable: has all pairs of reason and phase that the modules without rules can reach", () => {
  const [head = "", , ...rows] = probeStopsTable().trim().split("\n").map((line) =>
    line.split("|").map((cell) => cell.trim().replaceAll("`", ""))
  );
  for (const { name, standard, stops } of PROBERS.values()) {
    for (const { reason, phase } of stops(standard)) {
      const cell = rows.find((row) => row[1] === reason)?.[head.indexOf(phase)] ?? "";
      assert.ok(cell === "all" || cell.split(", ").includes(name), `${name}: ${reason} in ${phase}, not ${cell}`);
    }
  }
});
