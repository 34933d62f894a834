/**
 * All that is known of one probe, as blackbox_exporter's `debug=true` shows it.
 *
 * @module
 */

import type { LiveProbe } from "./live_probe.ts";
import { resultPage } from "./result_page.ts";
import { withoutUserInfo } from "../target_name.ts";
import { withoutSecrets } from "./written_module.ts";
import { yamlText } from "./yaml_text.ts";

/** The lines of the probe, its page, and its module as it was written. */
export function debugText(probe: LiveProbe): string {
  const { module, events, beganSeconds, prober, result } = probe;
  const about = { module: module.name, target: withoutUserInfo(probe.target) };
  const lines = events.map(({ atSeconds, level, message, fields }) => {
    const time = new Date((beganSeconds + atSeconds) * 1000).toISOString();
    return logfmt({ time, level: level.toUpperCase(), msg: message, ...about }) + " " + logfmt(fields);
  });
  return [
    "Logs for the probe:\n",
    ...lines.map((line) => `${line.trimEnd()}\n`),
    "\n\n\nMetrics that would have been returned:\n",
    resultPage(prober, result).text,
    "\n\n\nModule configuration:\n",
    `${yamlText(withoutSecrets(probe.written))}\n`,
  ].join("");
}

function logfmt(fields: Readonly<Record<string, string>>): string {
  return Object.entries(fields).map(([key, value]) =>
    `${key}=${/^[^\s"=\p{C}]+$/u.test(value) ? value : JSON.stringify(value)}`
  ).join(" ");
}
