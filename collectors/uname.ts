/**
 * Names of the system: what uname(2) says, which Linux also has in /proc/sys/kernel. 1 series of 6 small files.
 *
 * @module
 */

import { defineCollector } from "../src/collector.ts";

/** Fields of uname(2). */
export interface SystemNames {
  /** Operating system, as `Linux`. */
  readonly sysname: string;
  /** Host name. */
  readonly nodename: string;
  /** Release of the kernel. */
  readonly release: string;
  /** Number and date of the kernel's build. */
  readonly version: string;
  /** Hardware, as `x86_64`. */
  readonly machine: string;
  /** NIS domain; `(none)` where there is none. */
  readonly domainname: string;
}

export default defineCollector({
  name: "uname",
  help: "Names of the system and its kernel.",
  peer: true,
  freshnessSeconds: 0.1,
  platforms: ["linux"],
  metrics: {
    node_uname_info: {
      type: "gauge",
      help: "Labeled system information as provided by the uname system call.",
      labels: ["sysname", "release", "version", "machine", "nodename", "domainname"],
    },
  },
  sources: [
    "/proc/sys/kernel/ostype",
    "/proc/sys/kernel/hostname",
    "/proc/sys/kernel/osrelease",
    "/proc/sys/kernel/version",
    "/proc/sys/kernel/domainname",
    "node:os machine()",
  ],
  read({ source: { proc, runtime } }): SystemNames | null {
    const sysname = proc.value("sys/kernel/ostype");
    if (sysname === undefined) return null;
    return {
      sysname,
      nodename: proc.value("sys/kernel/hostname") ?? "",
      release: proc.value("sys/kernel/osrelease") ?? "",
      version: proc.value("sys/kernel/version") ?? "",
      machine: runtime.machine(),
      domainname: proc.value("sys/kernel/domainname") ?? "(none)",
    };
  },
  samples({ sysname, release, version, machine, nodename, domainname }, emit) {
    emit("node_uname_info", 1, { sysname, release, version, machine, nodename, domainname });
  },
});
