/**
 * The pages of probes: blackbox_exporter's `/probe`, `/config` and `/logs`, the last results, the failures, and the targets
 * that are probed on an interval. With modules also the exporter's own figures under the peer's names; 3 series.
 *
 * @module
 */

import { defineCollector, type EngineView } from "../src/collector.ts";
import type { Scope } from "../src/scope.ts";
import { answerExplain, answerProbe } from "./probe/pages/answer_probe.ts";
import { configPage, failuresPage, historyIndex, logsPage, targetsPage } from "./probe/pages/pages.ts";
import { prepareModules } from "./probe/prepare_modules.ts";
import { pagesOptions, type ProbeSettings, TOP_LEVEL } from "./probe/settings.ts";
import { pageWarnings } from "./probe/pages/warnings.ts";
import { systemCallOf } from "./probe/probers.ts";
import { unknownModules } from "./probe/pages/unknown_modules.ts";

/** What blackbox_exporter reports of itself. */
export interface PagesFigures {
  /** The last reload of the configuration. */
  readonly reload: EngineView["reload"];
  /** Probes asked for with modules that are not there. */
  readonly unknownModules: number;
}

export default defineCollector({
  name: "probe",
  help: "The pages of probes: /probe, /config, /logs, targets and failures.",
  observes: true,
  options: pagesOptions,
  topLevel: TOP_LEVEL,
  warnings: pageWarnings,
  prepare: ({ modules }) => prepareModules(modules),
  metrics: {
    blackbox_exporter_config_last_reload_successful: {
      type: "gauge",
      help: "Blackbox exporter config loaded successfully.",
    },
    blackbox_exporter_config_last_reload_success_timestamp_seconds: {
      type: "gauge",
      help: "Timestamp of the last successful configuration reload.",
    },
    blackbox_module_unknown_total: { type: "counter", help: "Count of unknown modules requested by probes" },
  },
  sources: ["the engine"],
  systemCall: ({ modules, configured }) => systemCallOf([...configured].flatMap((name) => modules.get(name) ?? [])),
  read: (
    { engine, options, scope }: { engine: EngineView; options: ProbeSettings; scope: Scope },
  ): PagesFigures | null =>
    options.configured.size === 0 ? null : { reload: engine.reload, unknownModules: unknownModules.of(scope).count },
  samples: ({ reload, unknownModules }, emit) => {
    emit("blackbox_exporter_config_last_reload_successful", reload.successful ? 1 : 0);
    emit("blackbox_exporter_config_last_reload_success_timestamp_seconds", reload.successTimestampSeconds);
    emit("blackbox_module_unknown_total", unknownModules);
  },
  routes: {
    "/probe": answerProbe,
    "/config": configPage,
    "/logs": logsPage,
    "/-/probes": historyIndex,
    "/-/targets": targetsPage,
    "/-/failures/": failuresPage,
    "/-/explain": answerExplain,
  },
});
