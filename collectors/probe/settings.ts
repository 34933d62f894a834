/**
 * The keys at the top of the configuration that probers share: `modules`, `probes`, `probe`, `history`, `timeout-offset`.
 *
 * @module
 */

import * as z from "zod";
import { LOG_LEVELS, type LogLevel } from "../../src/log.ts";
import { failureMessage } from "../../src/failure.ts";
import { parseNetwork } from "./address/guard.ts";
import { builtInModules } from "./built_in_modules.ts";
import type { Module } from "./module.ts";
import { moduleSchema } from "./modules/module.ts";
import { positiveDuration, targetLabels } from "./options.ts";
import type { Prober } from "./prober.ts";
import { targetFault, targetFaults } from "./target_faults.ts";
import { withoutUserInfo } from "./target_name.ts";

/** The keys' names. */
export const TOP_LEVEL = ["modules", "probes", "probe", "history", "timeout-offset"] as const;

/** A target that is probed on its own interval. */
export interface ScheduledTarget {
  /** Of its node, and of its label `target`. */
  readonly name: string;
  /** What is probed. */
  readonly target: string;
  /** How it is probed. */
  readonly module: Module;
  /** Seconds between two probes; absent: the collector's. */
  readonly intervalSeconds?: number;
  /** Seconds between two probes as long as they fail; absent: the same. */
  readonly intervalOnFailureSeconds?: number;
  /** Limit of one probe in seconds; absent: the module's. */
  readonly timeoutSeconds?: number;
  /** Further labels of its series. */
  readonly labels: Readonly<Record<string, string>>;
}

const scheduled = z.strictObject({
  name: z.string().min(1).optional().meta({ description: "Label `target`; by default the target without user-info." }),
  target: z.string().min(1).meta({
    description: "What is probed, as the prober of the module has it.",
    namedBy: "name",
  }),
  module: z.string().default("http_2xx").meta({
    description: "How it is probed: a name in `modules`, or a built-in one.",
  }),
  interval: positiveDuration.optional().meta({
    description: "Time between two probes; by default the collector's interval.",
  }),
  interval_on_failure: positiveDuration.optional().meta({
    description: "Time between two probes as long as they fail; by default the interval.",
  }),
  timeout: positiveDuration.optional().meta({
    description: "Limit of one probe; by default the module's, or else the interval, but at most 9.5s.",
  }),
  labels: targetLabels.default({}).meta({ description: "Further labels of the target's series." }),
});

const networks = z.array(
  z.string().superRefine((text, sink) => {
    try {
      parseNetwork(text);
    } catch (error) {
      sink.addIssue({ code: "custom", message: failureMessage(error) });
    }
  }),
);

/** Addresses at which clouds hand out credentials to whoever asks from inside: Amazon, Google, Azure, Alibaba, Oracle. */
export const METADATA_NETWORKS: readonly string[] = [
  "169.254.169.254/32",
  "169.254.170.2/32",
  "169.254.170.23/32",
  "168.63.129.16/32",
  "100.100.100.200/32",
  "192.0.0.192/32",
  "fd00:ec2::254/128",
  "fd00:ec2::23/128",
  "fd20:ce::254/128",
];

const sections = {
  modules: z.record(z.string().min(1), moduleSchema).nullish().meta({
    description: "How targets are probed, exactly as in blackbox_exporter's file; with them, /probe answers.",
  }),
  probes: z.array(scheduled).nullish().meta({ description: "Targets that are probed on their own interval." }),
  probe: z.strictObject({
    allow: networks.default([]).meta({
      description: "The only addresses that may be connected to, as 192.0.2.0/24; none: all but the denied.",
      placeholder: "network",
    }),
    deny: networks.default([...METADATA_NETWORKS]).meta({
      description: "Addresses that are never connected to, as 169.254.0.0/16.",
      placeholder: "network",
    }),
    "unix-path": z.array(z.string().min(1)).default([]).meta({
      description: "Folders whose sockets /probe may connect to.",
      placeholder: "path",
    }),
    debug: z.boolean().default(false).meta({
      description: "Show debug=true, /config, /logs, the last results and failures to others than this host too.",
    }),
    credentials: z.enum(["named", "any"]).default("named").meta({
      description:
        "Which targets others than this host may ask for with a module that has credentials: those that the " +
        "configuration names, or any.",
    }),
    concurrency: z.int().min(1).default(10).meta({
      description: "Probes of targets on their intervals that are busy at once: more inflate each other's durations.",
    }),
    "max-requests": z.int().min(0).default(1000).meta({
      description: "Probes for /probe at once; more are answered with 503. 0: no limit.",
    }),
    log: z.enum(LOG_LEVELS).default("warn").meta({
      description: "Least severe lines of probes on demand that are logged.",
    }),
  }).prefault({}),
  history: z.strictObject({
    limit: z.int().min(0).default(100).meta({ description: "Results of /probe that are kept." }),
  }).prefault({}),
  "timeout-offset": z.number().min(0).default(0.5).meta({
    description: "Seconds by which a probe ends before the scrape's timeout.",
  }),
};

const settingsSchema = z.strictObject(sections);
type Sections = z.output<typeof settingsSchema>;

/** What the pages of probes are made of. */
export interface ProbeSettings {
  /** The modules by name. */
  readonly modules: ReadonlyMap<string, Module>;
  /** Names of those that are configured; /probe knows no others, and is not there if there is none. */
  readonly configured: ReadonlySet<string>;
  /** Which addresses may be connected to. */
  readonly allow: readonly string[];
  /** Which may not. */
  readonly deny: readonly string[];
  /** Folders whose sockets may be connected to on demand. */
  readonly unixPaths: readonly string[];
  /** Whether pages with particulars are for all. */
  readonly debug: boolean;
  /** Which targets a module with credentials may be asked for by others than this host. */
  readonly credentials: "named" | "any";
  /** Probes on demand at once; 0: no limit. */
  readonly maxRequests: number;
  /** Probes of scheduled targets that are busy at once. */
  readonly concurrency: number;
  /** Least severe lines of probes on demand that are logged. */
  readonly logLevel: LogLevel;
  /** Results of probes on demand that are kept. */
  readonly historyLimit: number;
  /** Seconds by which a probe ends before its scrape. */
  readonly timeoutOffsetSeconds: number;
}

function settingsOf(value: Sections): ProbeSettings {
  const own = Object.entries(value.modules ?? {}).map((
    [name, module],
  ): [string, Module] => [name, { name, ...module }]);
  return {
    modules: new Map([...builtInModules(), ...own]),
    configured: new Set(own.map(([name]) => name)),
    allow: value.probe.allow,
    deny: value.probe.deny,
    unixPaths: value.probe["unix-path"],
    debug: value.probe.debug,
    credentials: value.probe.credentials,
    maxRequests: value.probe["max-requests"],
    concurrency: value.probe.concurrency,
    logLevel: value.probe.log,
    historyLimit: value.history.limit,
    timeoutOffsetSeconds: value["timeout-offset"],
  };
}

/** Options of the collector that has the pages. */
export const pagesOptions: z.ZodType<ProbeSettings, z.input<typeof settingsSchema>> = settingsSchema.transform(
  settingsOf,
);

/** Options of a prober's collector. */
export interface ProberOptions {
  /** Its targets. */
  readonly targets: readonly ScheduledTarget[];
  /** What all probers share. */
  readonly settings: ProbeSettings;
}

/** The options of the collector of one prober: its own targets, and of `probes` those whose module is its. */
export function proberOptions(prober: Prober): z.ZodType<ProberOptions> {
  const target = z.string().min(1).superRefine((text, sink) => {
    const fault = targetFault(prober, text);
    if (fault !== undefined) sink.addIssue({ code: "custom", message: fault });
  }).meta({ namedBy: "probes[].name", placeholder: prober.placeholder });
  const schema = z.strictObject({
    target: z.array(target).default([]).meta({
      description: `Targets to probe with the module ${prober.standard.name}.`,
      placeholder: prober.placeholder,
    }),
    ...sections,
  });
  return schema.superRefine((value, sink) => {
    for (const fault of targetFaults(prober, value)) sink.addIssue({ ...fault });
  }, { when: () => true }).transform(({ target, ...rest }) => {
    const settings = settingsOf(rest);
    return { settings, targets: targetsOf(prober, target, rest.probes ?? [], settings.modules) };
  });
}

function targetsOf(
  prober: Prober,
  own: readonly string[],
  probes: readonly z.output<typeof scheduled>[],
  modules: ReadonlyMap<string, Module>,
): ScheduledTarget[] {
  const standard = modules.get(prober.standard.name) ?? prober.standard;
  return [
    ...own.map((target) => ({ name: withoutUserInfo(target), target, module: standard, labels: {} })),
    ...probes.flatMap(({ name, target, module, interval, interval_on_failure, timeout, labels }) => {
      const how = modules.get(module);
      if (how?.prober !== prober.name) return [];
      return [{
        name: name ?? withoutUserInfo(target),
        target,
        module: how,
        intervalSeconds: interval,
        intervalOnFailureSeconds: interval_on_failure,
        timeoutSeconds: timeout,
        labels,
      }];
    }),
  ];
}
