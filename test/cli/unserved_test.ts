import assert from "node:assert/strict";
import { collectors } from "../../collectors/mod.ts";
import { unserved } from "../../src/cli/unserved.ts";
import { resolveConfig } from "../../src/config.ts";

const said = (tree: unknown): string => unserved(collectors, resolveConfig({ collectors, tree }));

Deno.test("unserved: names what is not here, and why, in one line", () => {
  const line = said({});
  assert.match(line, /(?:^|, )node_systemd_\* \(systemd: D-Bus\)(?:,|$)/);
  assert.match(line, /(?:^|, )node_logind_sessions \(logind: D-Bus\)(?:,|$)/);
  assert.ok(!line.includes("\n") && !line.includes(": off") && !line.includes("go_*"), line);
});

Deno.test("unserved: names the peer's default collectors that are off, and what only the peer's program has", () => {
  const line = said({
    profile: "node_exporter",
    collectors: { loadavg: false, stat: false, filesystem: false, swap: false },
  });
  assert.match(line, /, node_filesystem_\* \(filesystem: off\)/);
  assert.match(line, /, node_load\* \(loadavg: off\)/);
  assert.match(line, /, node_boot_time_seconds and others \(stat: off\)/);
  assert.ok(!line.includes("swap"), "it is off there too");
  assert.match(line, /, go_\*, process_network_\*, promhttp_\* and node_exporter_build_info \(of its own program\)$/);
});

Deno.test("unserved: counts collectors where they are many, and expects nothing where none is on", () => {
  assert.match(
    said({ collectors: { "disable-defaults": true, cpu: true } }),
    /, those of \d\d more collectors that are off$/,
  );
  assert.equal(said({ collectors: { "disable-defaults": true, uptime: true } }), "");
});
