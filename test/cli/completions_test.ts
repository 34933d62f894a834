import assert from "node:assert/strict";
import { join } from "node:path";
import { collectors } from "../../collectors/mod.ts";
import { settings } from "../../src/config.ts";
import { command, withFolder } from "./surroundings.ts";

async function script(shell: string): Promise<string> {
  const { code, out, err } = await command(["completions", shell]);
  assert.deepEqual([code, err], [0, ""]);
  return out;
}

/** What bash completes `line` to: the words that stand for the last, as bash splits words by default. */
async function completed(bash: string, line: string, wordBreaks = String.raw` \t\n"'><=;|&(:`): Promise<string[]> {
  const program = `${bash}
${bash}
COMP_LINE=$1 COMP_POINT=\${#1} COMP_WORDBREAKS=$2
_sonde
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const args = ["--norc", "--noprofile", "-u", "-c", program, "bash", line, wordBreaks];
  const { stdout, stderr } = await new Deno.Command("bash", { args, stdin: "null" }).output();
  assert.equal(new TextDecoder().decode(stderr), "");
  return new TextDecoder().decode(stdout).split("\n").filter((word) => word !== "");
}

Deno.test("completions bash: completes commands, flags and values, sourced twice", async () => {
  const bash = await script("bash");
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ["sonde gr", ["graph"]],
    ["sonde ch", ["check"]],
    ["sonde completions ", ["bash", "zsh", "fish"]],
    ["sonde --web.listen-address=:9100 li", ["list"]],
    ["sonde --log.fo", ["--log.format="]],
    ["sonde --log.format=", ["logfmt", "json"]],
    ["sonde --log.format=j", ["json"]],
    ["sonde --log.level w", ["warn"]],
    ["sonde list --js", ["--json"]],
    ["sonde check --js", []],
    ["sonde graph --format=m", ["mermaid"]],
    ["sonde --no-collector.cp", ["--no-collector.cpu"]],
    ["sonde --collector.mem", ["--collector.meminfo", "--collector.meminfo.interval="]],
    ["sonde --web.max-requests=1", []],
  ];
  for (const [line, expected] of cases) {
    const words = await completed(bash, line);
    assert.deepEqual(words.slice(0, Math.max(expected.length, 1)), expected, line);
  }
  assert.deepEqual(await completed(bash, "sonde --log.format=j", " \t\n"), ["--log.format=json"]);
});

Deno.test("completions bash: completes names of files, whatever is in them", async () => {
  const bash = await script("bash");
  await withFolder(async (folder) => {
    await Deno.writeTextFile(join(folder, "so nde*$(x).yml"), "");
    assert.deepEqual(await completed(bash, `sonde --config.file=${folder}/so`), [join(folder, "so nde*$(x).yml")]);
  });
});

Deno.test("completions: every shell's script has every flag", async () => {
  for (const shell of ["bash", "zsh", "fish"]) {
    const text = await script(shell);
    for (const { flag, alias, deprecated } of settings(collectors)) {
      if (!alias && !deprecated) {
        assert.ok(text.includes(shell === "fish" ? ` -l ${flag} ` : `--${flag}`), `${flag} for ${shell}`);
      }
    }
  }
});

Deno.test("completions zsh: escapes what its specifications take for their own", async () => {
  const text = await script("zsh");
  assert.ok(text.includes(String.raw`\[\:\:1\]\:9999`), "an address in a description");
  assert.ok(text.startsWith("#compdef sonde\n"));
});
