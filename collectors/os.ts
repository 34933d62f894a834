/**
 * The distribution: os-release(5), /etc/os-release or /usr/lib/os-release. 1 series, 3 where it has a version and an end
 * of support.
 *
 * @module
 */

import { defineCollector, type Source } from "../src/collector.ts";
import { malformed } from "../src/kernel_text.ts";

const FILES = ["etc/os-release", "usr/lib/os-release"];
/** What follows a backslash in double quotes. */
const ESCAPES: Readonly<Record<string, string>> = { '"': '"', "\\": "\\", n: "\n", t: "\t", $: "$", "`": "`" };

/** Assignments of an os-release file, as `VERSION_ID`. */
export type Release = ReadonlyMap<string, string>;

export default defineCollector({
  name: "os",
  help: "Name and version of the distribution.",
  peer: true,
  freshnessSeconds: 0.1,
  metrics: {
    node_os_info: {
      type: "gauge",
      help: "A metric with a constant '1' value labeled by build_id, id, id_like, image_id, image_version, name, " +
        "pretty_name, variant, variant_id, version, version_codename, version_id.",
      labels: [
        "build_id",
        "id",
        "id_like",
        "image_id",
        "image_version",
        "name",
        "pretty_name",
        "variant",
        "variant_id",
        "version",
        "version_codename",
        "version_id",
      ],
    },
    node_os_version: {
      type: "gauge",
      help: "Metric containing the major.minor part of the OS version.",
      labels: ["id", "id_like", "name"],
    },
    node_os_support_end_timestamp_seconds: {
      type: "gauge",
      help: "Metric containing the end-of-life date timestamp of the OS.",
    },
  },
  sources: ["/etc/os-release", "/usr/lib/os-release"],
  read({ source }: { source: Source }): { release: Release; supportEndSeconds: number | undefined } | null {
    for (const file of FILES) {
      const text = source.root.try(file);
      if (text === undefined) continue;
      const release = parseOsRelease(text, `/${file}`);
      return { release, supportEndSeconds: supportEnd(release.get("SUPPORT_END"), `/${file}`) };
    }
    return null;
  },
  samples({ release, supportEndSeconds }, emit) {
    const of = (key: string) => release.get(key) ?? "";
    const identity = { id: of("ID"), id_like: of("ID_LIKE"), name: of("NAME") };
    emit("node_os_info", 1, {
      ...identity,
      build_id: of("BUILD_ID"),
      image_id: of("IMAGE_ID"),
      image_version: of("IMAGE_VERSION"),
      pretty_name: of("PRETTY_NAME"),
      variant: of("VARIANT"),
      variant_id: of("VARIANT_ID"),
      version: of("VERSION"),
      version_codename: of("VERSION_CODENAME"),
      version_id: of("VERSION_ID"),
    });
    const version = Number(/^\d{1,9}(\.\d{1,9})?/.exec(of("VERSION_ID"))?.[0] ?? 0);
    emit("node_os_version", version > 0 ? version : undefined, identity);
    emit("node_os_support_end_timestamp_seconds", supportEndSeconds);
  },
});

/** Midnight, UTC, at which a day as `2030-01-02` begins. */
function supportEnd(day: string | undefined, file: string): number | undefined {
  if (!day) return undefined;
  const milliseconds = /^\d{4}-\d\d-\d\d$/.test(day) ? Date.parse(`${day}T00:00:00Z`) : NaN;
  if (Number.isNaN(milliseconds)) throw malformed(file, `SUPPORT_END=${day}`);
  return milliseconds / 1000;
}

/**
 * Parses an os-release file, assignments as in a shell; what stands after `#` outside quotes is a comment.
 *
 * @throws {SyntaxError} if a line is no assignment, or a quote does not end
 */
export function parseOsRelease(text: string, file: string): Release {
  const release = new Map<string, string>();
  for (const line of text.split("\n")) {
    if (/^\s*(#|$)/.test(line)) continue;
    const [, key, assigned] = /^\s*(?:export )?\s*([A-Za-z_]\w*)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    const value = assigned === undefined ? undefined : unquoted(assigned);
    if (key === undefined || value === undefined) throw malformed(file, line);
    release.set(key, value);
  }
  return release;
}

/** The text that a shell would assign; `undefined` if a quote does not end. */
function unquoted(assigned: string): string | undefined {
  const part = /"((?:[^"\\]|\\.)*)"|'([^']*)'|([^"'#]+)/y;
  let value = "";
  while (part.lastIndex < assigned.length && assigned[part.lastIndex] !== "#") {
    const [, double, single, bare = ""] = part.exec(assigned) ?? [];
    if (part.lastIndex === 0) return undefined;
    const plain = assigned[part.lastIndex] === "#" ? bare.trimEnd() : bare;
    value += double?.replace(/\\(.)/g, (all, escaped: string) => ESCAPES[escaped] ?? all) ?? single ?? plain;
  }
  return value;
}
