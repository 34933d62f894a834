import assert from "node:assert/strict";
import { machine } from "node:os";
import uname from "../../collectors/uname.ts";
import { hostOf, samplesOf, valueOn } from "../context.ts";

Deno.test("uname: gives what the kernel calls itself", async () => {
  const host = hostOf({
    "/proc/sys/kernel/ostype": "Linux\n",
    "/proc/sys/kernel/hostname": "web-1\n",
    "/proc/sys/kernel/osrelease": "6.1.0-18-amd64\n",
    "/proc/sys/kernel/version": '#1 SMP "x"\n',
    "/proc/sys/kernel/domainname": "(none)\n",
  });
  assert.deepEqual(samplesOf(uname, await valueOn(uname, host)), [{
    name: "node_uname_info",
    value: 1,
    labels: {
      sysname: "Linux",
      nodename: "web-1",
      release: "6.1.0-18-amd64",
      version: '#1 SMP "x"',
      machine: machine(),
      domainname: "(none)",
    },
  }]);
});

Deno.test("uname: is not here without procfs", async () => {
  assert.equal(await valueOn(uname, hostOf({})), null);
});
