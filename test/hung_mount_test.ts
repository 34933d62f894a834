/** A mount whose server never answers, for real: FUSE, in a mount namespace of its own. */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

Deno.test({
  name: "filesystem: a hung FUSE mount costs one wait and its own series, and is asked again when its call has ended",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    const folder = await Deno.makeTempDir({ prefix: "sonde-hung-" });
    try {
      const script = fileURLToPath(new URL("children/hung_mount.ts", import.meta.url));
      const { success, stdout, stderr } = await new Deno.Command("unshare", {
        args: ["--map-root-user", "--mount", Deno.execPath(), "run", "-A", "--no-check", script, folder],
      }).output();
      assert(success, new TextDecoder().decode(stderr));
      const [first, second, last] = JSON.parse(new TextDecoder().decode(stdout));
      for (const { rootBytes } of [first, second, last]) assert(rootBytes > 0);
      assert.equal(first.fault, "mountpoint timeout");
      assert(first.seconds >= 0.4);
      assert.equal(second.fault, "mountpoint timeout");
      assert(second.seconds < first.seconds);
      assert.equal(typeof last.fault, "string");
      assert.notEqual(last.fault, "mountpoint timeout");
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
