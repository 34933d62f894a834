import assert from "node:assert/strict";
import fc from "fast-check";
import filefd, { parseFileNr } from "../../collectors/filefd.ts";
import { parsedOrRefused, textLike } from "../arbitrary_text.ts";
import { hostOf, seriesOf, valueOn } from "../context.ts";

Deno.test("filefd: gives the peer's families", async () => {
  const value = await valueOn(filefd, hostOf({ "/proc/sys/fs/file-nr": "1024\t0\t1631329\n" }));
  assert.deepEqual(seriesOf(filefd, value), { node_filefd_allocated: 1024, node_filefd_maximum: 1631329 });
});

Deno.test("parseFileNr: quotes the line that breaks the format", () => {
  for (const line of ["", "1024", "1024\t0", "1024\tx\t5", "-1 0 5"]) {
    assert.throws(() => parseFileNr(`${line}\n`), {
      name: "SyntaxError",
      message: `Cannot parse "/proc/sys/fs/file-nr": unexpected line ${JSON.stringify(line)}`,
    });
  }
});

Deno.test("parseFileNr: refuses arbitrary text by a SyntaxError only, and never makes up a number", () => {
  fc.assert(fc.property(textLike("1024\t0\t1631329\n"), (text) => {
    const { allocated, maximum } = parsedOrRefused(parseFileNr, text) ?? { allocated: 0, maximum: 0 };
    assert(Number.isFinite(allocated) && Number.isFinite(maximum));
  }));
});
