/**
 * The targets on an interval as service discovery of Prometheus over HTTP: what is scraped at each is its last result.
 * https://prometheus.io/docs/prometheus/latest/http_sd/
 *
 * @module
 */

import type { Scheduled } from "./scheduled.ts";
import { withoutUserInfo } from "../target_name.ts";

/** Targets of one group, which share labels. */
interface TargetGroup {
  readonly targets: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * The groups: one target each, so that each has its labels.
 *
 * @param url where `/probe` is reached
 */
export function targetGroups(scheduled: readonly Scheduled[], url: URL): readonly TargetGroup[] {
  const isTls = url.protocol === "https:";
  const address = `${url.hostname}:${url.port || (isTls ? "443" : "80")}`;
  return scheduled.map(({ node: { target: { name, target, module, labels } } }) => ({
    targets: [address],
    labels: {
      ...labels,
      instance: withoutUserInfo(target),
      ...(isTls && { __scheme__: "https" }),
      __metrics_path__: url.pathname,
      __param_scheduled: name,
      __param_target: withoutUserInfo(target),
      __param_module: module.name,
    },
  }));
}
