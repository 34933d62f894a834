import * as z from "zod";
import { checked } from "../../src/checked.ts";
import { type AnyCollector, defineCollector } from "../../src/collector.ts";
import { ConfigError, type ConfigSources, type Fault, loadConfig } from "../../src/config.ts";
import { parseDuration } from "../../src/duration.ts";

const probe = z.strictObject({
  name: z.string().min(1).optional(),
  target: z.url(),
  interval: z.string().transform(checked(parseDuration)).meta({ placeholder: "duration" }).optional(),
  labels: z.record(z.string().regex(/^[a-z]+$/), z.string()).optional(),
  password: z.string().min(4).meta({ secret: true }).optional(),
});

/** Collectors with every kind of option. */
export const sample: readonly AnyCollector[] = [
  defineCollector({
    name: "cpu",
    help: "Seconds per mode.",
    freshnessSeconds: 0.1,
    intervalSeconds: 15,
    metrics: {},
    options: z.strictObject({
      info: z.boolean().default(false).describe("Report models."),
      "info.flags-include": z.string().optional().describe("Flags to report."),
      fields: z.array(z.string()).default([]).describe("Fields."),
      limit: z.int().min(1).max(10).default(3),
      ratio: z.number().optional(),
      mode: z.enum(["short", "long"]).default("short"),
      weights: z.record(z.string(), z.number()).optional(),
    }),
    read: () => null,
    samples: () => {},
  }),
  defineCollector({
    name: "meminfo",
    help: "Memory.",
    aliases: ["memory"],
    metrics: {},
    read: () => null,
    samples: () => {},
  }),
  defineCollector({
    name: "usage",
    help: "Shares.",
    metrics: {},
    read: () => 1,
    fold: (now, _previous: number | undefined) => now,
    samples: () => {},
  }),
  defineCollector({
    name: "http",
    help: "Probes.",
    metrics: {},
    topLevel: ["probes", "modules"],
    options: z.strictObject({
      target: z.array(z.string()).default([]).describe("Targets."),
      token: z.string().min(8).meta({ secret: true }).optional(),
      probes: z.array(probe).default([]).superRefine((probes, sink) => {
        const names = new Set<string>();
        for (const [i, { name = "" }] of probes.entries()) {
          if (name && names.has(name)) {
            sink.addIssue({ code: "custom", path: [i, "name"], message: `the name ${JSON.stringify(name)} is taken` });
          }
          names.add(name);
        }
      }),
      modules: z.record(z.string(), z.strictObject({ prober: z.enum(["http", "tcp"]), timeout: z.string().optional() }))
        .default({}),
    }),
    routes: { "/probe": () => new Response() },
    read: () => null,
    samples: () => {},
  }),
  defineCollector({
    name: "tcp",
    help: "Probes over TCP.",
    enabled: false,
    metrics: {},
    topLevel: ["modules"],
    options: z.looseObject({ modules: z.record(z.string(), z.unknown()).default({}), host: z.string() }),
    read: () => null,
    samples: () => {},
  }),
  defineCollector({
    name: "custom",
    help: "Its schema is no zod schema.",
    metrics: {},
    options: {
      parse(input: unknown): unknown {
        if (JSON.stringify(input).includes("wrong")) throw new TypeError(`Cannot use ${JSON.stringify(input)}`);
        return input;
      },
    },
    read: () => null,
    samples: () => {},
  }),
];

/** The faults of a load that must fail. */
export async function faultsOf(sources: Omit<ConfigSources, "collectors">): Promise<readonly Fault[]> {
  try {
    await loadConfig({ collectors: sample, ...sources });
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
}

/** The message of a load of a file `sonde.yml` that must fail. */
export async function messageOf(text: string, sources: Omit<ConfigSources, "collectors"> = {}): Promise<string> {
  return new ConfigError(await faultsOf({ file: { name: "sonde.yml", text }, ...sources })).message;
}
