/**
 * Weaknesses of the processor and what the kernel does about them: Documentation/ABI/testing/sysfs-devices-system-cpu.
 * One series and one file per weakness.
 *
 * @module
 */

import { defineCollector } from "../src/collector.ts";

const FOLDER = "devices/system/cpu/vulnerabilities";

/** One weakness. */
export interface Vulnerability {
  /** The kernel's name of it, as `spectre_v2`. */
  readonly codename: string;
  /** Whether the processor has it, and whether something is done about it. */
  readonly state: "not affected" | "vulnerable" | "mitigation" | "unknown";
  /** What is done, or what the kernel says besides; empty for nothing. */
  readonly mitigation: string;
}

export default defineCollector({
  name: "cpu_vulnerabilities",
  help: "Weaknesses of the processor, and what the kernel does about them.",
  enabled: false,
  peer: true,
  platforms: ["linux"],
  freshnessSeconds: 0.1,
  metrics: {
    node_cpu_vulnerabilities_info: {
      type: "gauge",
      help: "Details of each CPU vulnerability reported by sysfs. The value of the series is an int encoded state of " +
        "the vulnerability. The same state is stored as a string in the label",
      labels: ["codename", "state", "mitigation"],
    },
  },
  sources: [`/sys/${FOLDER}/*`],
  read({ source: { sys } }): Vulnerability[] {
    // To the peer a kernel that tells of no weakness is no failure.
    return (sys.list(FOLDER) ?? []).flatMap((codename) => {
      const text = sys.value(`${FOLDER}/${codename}`);
      return text === undefined ? [] : [parseVulnerability(codename, text)];
    });
  },
  samples(vulnerabilities, emit) {
    for (const { codename, state, mitigation } of vulnerabilities) {
      emit("node_cpu_vulnerabilities_info", 1, { codename, state, mitigation });
    }
  },
});

/** Parses what a weakness' file says; what has none of the documented forms is of unknown state. */
export function parseVulnerability(codename: string, text: string): Vulnerability {
  if (text.startsWith("Not affected")) return { codename, state: "not affected", mitigation: "" };
  const [, word, rest = ""] = /^(Vulnerable|Mitigation|Unknown)[:;]?\s*(.*)$/s.exec(text) ?? [];
  if (word === "Vulnerable") return { codename, state: "vulnerable", mitigation: rest };
  if (word === "Mitigation") return { codename, state: "mitigation", mitigation: rest };
  return { codename, state: "unknown", mitigation: word === "Unknown" ? rest : text };
}
