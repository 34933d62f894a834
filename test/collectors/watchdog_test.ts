import assert from "node:assert/strict";
import watchdog from "../../collectors/watchdog.ts";
import { hostOf, seriesOf, valueOn } from "../context.ts";

const FOLDER = "/sys/class/watchdog";

Deno.test("watchdog: gives what each timer tells", async () => {
  const host = hostOf({
    [`${FOLDER}/watchdog0/bootstatus`]: "0x10\n",
    [`${FOLDER}/watchdog0/timeleft`]: "300",
    [`${FOLDER}/watchdog0/identity`]: "Software Watchdog\n",
    [`${FOLDER}/watchdog1/uevent`]: "",
  });
  const info = (identity: string, name: string) =>
    `node_watchdog_info{identity="${identity}",name="${name}",options="",pretimeout_governor="",state="",status=""}`;
  assert.deepEqual(seriesOf(watchdog, await valueOn(watchdog, host)), {
    'node_watchdog_bootstatus{name="watchdog0"}': 16,
    'node_watchdog_timeleft_seconds{name="watchdog0"}': 300,
    [info("Software Watchdog", "watchdog0")]: 1,
    [info("", "watchdog1")]: 1,
  });
});

Deno.test("watchdog: is not here without the class, and quotes what is no number", async () => {
  assert.equal(await valueOn(watchdog, hostOf({})), null);
  const file = `${FOLDER}/watchdog0/timeout`;
  await assert.rejects(valueOn(watchdog, hostOf({ [file]: "soon\n" })), {
    name: "SyntaxError",
    message: `Cannot parse "${file}": unexpected line "soon"`,
  });
});
