import assert from "node:assert/strict";
import fc from "fast-check";
import os, { parseOsRelease } from "../../collectors/os.ts";
import { parsedOrRefused, textLike } from "../arbitrary_text.ts";
import { hostOf, samplesOf, seriesOf, valueOn } from "../context.ts";

const FILE = "/etc/os-release";
const VALID = `# comment
ID=debian
NAME='Debian' # x

VERSION_ID="12.10.3"
export VARIANT=a"b c"'d'
PRETTY_NAME="Debian \\"12\\" \\\\ #1"
  BUILD_ID = rolling   
SUPPORT_END=2030-01-02`;

Deno.test("parseOsRelease: assigns as a shell does", () => {
  assert.deepEqual(Object.fromEntries(parseOsRelease(VALID, FILE)), {
    ID: "debian",
    NAME: "Debian",
    VERSION_ID: "12.10.3",
    VARIANT: "ab cd",
    PRETTY_NAME: 'Debian "12" \\ #1',
    BUILD_ID: "rolling",
    SUPPORT_END: "2030-01-02",
  });
});

Deno.test("os: gives names, the version's first two parts, and the end of support", async () => {
  const samples = samplesOf(os, await valueOn(os, hostOf({ [FILE]: VALID, "/usr/lib/os-release": "ID=other" })));
  assert.equal(samples[0]?.labels.pretty_name, 'Debian "12" \\ #1');
  assert.equal(samples[0]?.labels.id_like, "");
  assert.deepEqual(samples.slice(1), [
    { name: "node_os_version", labels: { id: "debian", id_like: "", name: "Debian" }, value: 12.1 },
    { name: "node_os_support_end_timestamp_seconds", labels: {}, value: Date.UTC(2030, 0, 2) / 1000 },
  ]);
});

Deno.test("os: takes the second file where there is no first, and is not here without", async () => {
  const rolling = seriesOf(os, await valueOn(os, hostOf({ "/usr/lib/os-release": "ID=arch\nVERSION_ID=TEMPLATE\n" })));
  assert.equal(Object.keys(rolling).length, 1);
  assert.equal(await valueOn(os, hostOf({})), null);
});

Deno.test("os: quotes the line that breaks the format", async () => {
  for (const line of ["broken", 'NAME="x', "NAME='x", "=x", "1X=y", 'NAME="x\\"', "SUPPORT_END=never"]) {
    await assert.rejects(valueOn(os, hostOf({ [FILE]: `ID=x\n${line}\n` })), {
      name: "SyntaxError",
      message: `Cannot parse "${FILE}": unexpected line ${JSON.stringify(line)}`,
    });
  }
});

Deno.test("parseOsRelease: refuses arbitrary text by a SyntaxError only", () => {
  fc.assert(fc.property(textLike(VALID), (text) => {
    parsedOrRefused((text) => parseOsRelease(text, FILE), text);
  }));
});
