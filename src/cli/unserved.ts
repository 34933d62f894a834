import type { AnyCollector } from "../collector.ts";
import type { Config } from "../config.ts";
import { PEER_COLLECTORS } from "./peer_collectors.ts";

/** Collectors in one line; more are counted. */
const MOST_OFF = 10;

/** What the peer's names have in common, as a pattern; where that is no more than their first word, one of them. */
function patternOf(names: readonly string[]): string {
  const [first = "", ...others] = names.filter((name) => name.startsWith("node_"));
  if (others.length === 0) return first;
  let length = first.length;
  while (!others.every((name) => name.startsWith(first.slice(0, length)))) length--;
  return length > "node_".length ? `${first.slice(0, length)}*` : `${first} and others`;
}

/**
 * The families that node_exporter serves without being asked, or could serve, and this configuration does not, in one line
 * with the reasons. Empty if none of its collectors is on: then nobody expects them.
 */
export function unserved(
  collectors: readonly AnyCollector[],
  { collectors: settings, profile }: Pick<Config, "collectors" | "profile">,
): string {
  const isOn = ({ name }: AnyCollector) => settings.get(name)?.enabled ?? false;
  const peers = collectors.filter(({ peer }) => peer);
  if (!peers.some(isOn)) return "";
  const absent = PEER_COLLECTORS.filter(({ name }) => !collectors.some((each) => each.name === name));
  const off = peers.filter((collector) => (collector.enabled ?? true) && !isOn(collector));
  const more = off.length - MOST_OFF;
  return [
    ...absent.map(({ name, families, needs }) =>
      `${families[0]}${families.length > 1 ? " and others" : ""} (${name}: ${needs})`
    ),
    ...off.slice(0, MOST_OFF).map(({ name, metrics, openFamilies = [] }) =>
      `${patternOf([...Object.keys(metrics), ...openFamilies])} (${name}: off)`
    ),
    ...more > 0 ? [`those of ${more} more collectors that are off`] : [],
    ...profile === "node_exporter"
      ? ["go_*, process_network_*, promhttp_* and node_exporter_build_info (of its own program)"]
      : [],
  ].join(", ");
}
