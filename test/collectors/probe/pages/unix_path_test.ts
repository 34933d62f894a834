import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { allowedSocket } from "../../../../collectors/probe/pages/unix_path.ts";

Deno.test("allowedSocket: only below a folder that is named, symbolic links resolved", async () => {
  const root = await mkdtemp(join(tmpdir(), "sonde-unix-"));
  try {
    for (const folder of ["in", "in/deep", "out", "inner"]) await mkdir(join(root, folder));
    for (const file of ["in/a.sock", "in/deep/b.sock", "out/c.sock", "inner/d.sock"]) {
      await writeFile(join(root, file), "");
    }
    await symlink(join(root, "out/c.sock"), join(root, "in/link.sock"));
    await symlink(join(root, "out"), join(root, "in/folder"));
    await symlink(join(root, "in"), join(root, "alias"));
    await symlink(join(root, "out/none.sock"), join(root, "in/dangling.sock"));
    const ask = (path: string, folders = ["in"]) => allowedSocket(path, folders.map((folder) => join(root, folder)));
    const real = join(root, "in/a.sock");
    assert.equal(await ask(real), real);
    assert.equal(await ask(`unix:${real}`), real);
    assert.equal(await ask(`unix://${real}`), real);
    assert.equal(await ask(join(root, "in/deep/b.sock")), join(root, "in/deep/b.sock"));
    assert.equal(await ask(real, ["alias"]), real, "a folder may be named by a link");
    assert.equal(await ask(join(root, "alias/a.sock")), real);
    assert.equal(await ask(join(root, "alias/none.sock")), join(root, "in/none.sock"), "who does not serve has none");
    assert.equal(await ask(join(root, "gone/none.sock"), ["gone"]), join(root, "gone/none.sock"));
    for (
      const path of [
        "in/link.sock",
        "in/folder/c.sock",
        "out/c.sock",
        "inner/d.sock",
        "in/../out/c.sock",
        "in/dangling.sock",
        "in/folder/none.sock",
        "out/none.sock",
        "gone/none.sock",
        "in",
      ]
    ) {
      assert.equal(await ask(`${root}/${path}`), undefined, path);
    }
    assert.equal(await ask("in/a.sock"), undefined);
    assert.equal(await ask(`${real}\0`), undefined);
    assert.equal(await ask(real, []), undefined);
  } finally {
    await rm(root, { recursive: true });
  }
});
