/**
 * Open file handles: proc_sys_fs(5), `file-nr`. 2 series, one line.
 *
 * @module
 */

import { defineCollector } from "../src/collector.ts";
import { malformed, wholeNumber } from "../src/kernel_text.ts";

const FILE = "/proc/sys/fs/file-nr";

/** File handles of the whole system. */
export interface FileHandles {
  /** Handles allocated. */
  readonly allocated: number;
  /** The most there may be. */
  readonly maximum: number;
}

export default defineCollector({
  name: "filefd",
  help: "Open file handles.",
  peer: true,
  platforms: ["linux"],
  freshnessSeconds: 0.1,
  metrics: {
    node_filefd_allocated: { type: "gauge", help: "File descriptor statistics: allocated." },
    node_filefd_maximum: { type: "gauge", help: "File descriptor statistics: maximum." },
  },
  sources: [FILE],
  read: ({ source }) => parseFileNr(source.proc("sys/fs/file-nr")),
  samples({ allocated, maximum }, emit) {
    emit("node_filefd_allocated", allocated);
    emit("node_filefd_maximum", maximum);
  },
});

/**
 * Parses `/proc/sys/fs/file-nr`: allocated, allocated but unused, which is 0 since 2.6, and the most.
 *
 * @throws {SyntaxError} if it breaks the format
 */
export function parseFileNr(text: string): FileHandles {
  const [line = ""] = text.split("\n", 1);
  const [allocated, unused, maximum] = line.trim().split(/\s+/).map(wholeNumber);
  if (allocated === undefined || unused === undefined || maximum === undefined) throw malformed(FILE, line);
  return { allocated, maximum };
}
