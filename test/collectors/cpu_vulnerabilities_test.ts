import assert from "node:assert/strict";
import cpuVulnerabilities, { parseVulnerability } from "../../collectors/cpu_vulnerabilities.ts";
import { hostOf, seriesOf, valueOn } from "../context.ts";

Deno.test("parseVulnerability: tells the documented forms apart, and takes any other as unknown", () => {
  const forms = [
    ["Not affected", "not affected", ""],
    ["Not affected; BHI", "not affected", ""],
    ["Vulnerable", "vulnerable", ""],
    [
      "Vulnerable: Clear CPU buffers attempted, no microcode",
      "vulnerable",
      "Clear CPU buffers attempted, no microcode",
    ],
    ["Mitigation: PTI", "mitigation", "PTI"],
    ["Mitigation; TSX disabled", "mitigation", "TSX disabled"],
    ["Unknown: No mitigations", "unknown", "No mitigations"],
    ["KVM: Mitigation: VMX disabled", "unknown", "KVM: Mitigation: VMX disabled"],
    ["Processor vulnerable", "unknown", "Processor vulnerable"],
    ["", "unknown", ""],
  ] as const;
  for (const [text, state, mitigation] of forms) {
    assert.deepEqual(parseVulnerability("x", text), { codename: "x", state, mitigation });
  }
});

Deno.test("cpu_vulnerabilities: shows one series per file", async () => {
  const host = hostOf({ "/sys/devices/system/cpu/vulnerabilities/mds": "Vulnerable\n" });
  assert.deepEqual(seriesOf(cpuVulnerabilities, await valueOn(cpuVulnerabilities, host)), {
    'node_cpu_vulnerabilities_info{codename="mds",mitigation="",state="vulnerable"}': 1,
  });
  assert.deepEqual(await valueOn(cpuVulnerabilities, hostOf({})), []);
});
