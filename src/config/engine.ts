import * as z from "zod";
import { checked } from "../checked.ts";
import { parseDuration } from "../duration.ts";
import { FamilyPattern } from "../family_filter.ts";
import { parseListenAddress } from "../listen_address.ts";
import { LOG_LEVELS } from "../log.ts";
import { PROFILES } from "./profiles.ts";

/** Seconds of a duration that is longer than 0, or 0 too. */
function usableDuration(text: string, zero: boolean): number {
  const cannot = `Cannot use duration ${JSON.stringify(text)}`;
  if (text.startsWith("-")) throw new RangeError(`${cannot}: it is negative`);
  const seconds = parseDuration(text);
  if (!Number.isFinite(seconds)) throw new RangeError(`${cannot}: it is too long`);
  if (seconds === 0 && !zero) throw new RangeError(`${cannot}: it must be longer than 0s`);
  return seconds;
}

/** A duration in seconds, written as text or as the number 0. */
function duration(description: string, { zero }: { zero: boolean }) {
  const form = { type: "string", pattern: "^(0|([0-9]+(\\.[0-9]+)?(ms|[smhdwy]))+)$" };
  const input = z.unknown().meta({ anyOf: zero ? [form, { const: 0 }] : [form], placeholder: "duration", description });
  return input.transform((value, sink): number => {
    if (typeof value === "string" || typeof value === "number") {
      return checked((text: string) => usableDuration(text, zero))(String(value), sink);
    }
    sink.issues.push({ code: "invalid_type", expected: "duration", input: value });
    return z.NEVER;
  }).optional();
}

function checkUrlPath(path: string): void {
  const cannot = `Cannot use path ${JSON.stringify(path)}`;
  if (!/^\/[^\s?#]*$/.test(path)) throw new SyntaxError(`${cannot}: expected the form "/metrics"`);
  if (path.startsWith("/-/")) throw new RangeError(`${cannot}: what is below "/-/" is the exporter's own`);
}

const urlPath = z.string().superRefine(checked(checkUrlPath));

function checkUrl(text: string): void {
  const cannot = `Cannot use URL ${JSON.stringify(text.replace(/\/\/[^/]*@/, "//"))}`;
  const form = 'expected the form "https://sonde.example/path"';
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) throw new SyntaxError(`${cannot}: ${form}`);
  const { search, hash, username, password } = new URL(text);
  if (search || hash || username || password) throw new RangeError(`${cannot}: ${form}, and nothing else`);
}

const externalUrl = z.string().superRefine(checked(checkUrl)).transform((text) =>
  new URL(text).href.replace(/\/+$/, "")
);

function checkRoutePrefix(path: string): void {
  if (/^\/?[^\s?#]*$/.test(path)) return;
  throw new SyntaxError(`Cannot use path ${JSON.stringify(path)}: expected the form "/sonde"`);
}

/** With a slash at the start and none at the end; empty for the root. */
const routePrefix = z.string().superRefine(checked(checkRoutePrefix)).transform((path) =>
  `/${path}`.replace(/^\/+/, "/").replace(/\/+$/, "")
);

const pagePath = z.string().regex(/^\/[^\s?#]*$/, { error: 'expected a path, as "/-/probes"' });

const address = z.string().superRefine((text, sink) => {
  checked(parseListenAddress)(text, sink);
});

const root = (what: string, standard: string) =>
  z.string().min(1).default(standard).meta({ description: `Where ${what} is mounted.`, placeholder: "path" });

const familyPatterns = (description: string) =>
  z.array(z.string().min(1).transform(checked((source: string) => new FamilyPattern(source)))).default([]).meta({
    description,
    placeholder: "pattern",
  });

/** The sections of the configuration that belong to no collector; keys are the parts of the flags. */
export const engineSchema = z.strictObject({
  profile: z.enum(PROFILES.map(({ name }) => name)).optional().meta({
    description: "Stand in for this peer: its port, its default collectors, its page and nothing else.",
  }),
  web: z.strictObject({
    "listen-address": z.array(address).min(1).default([":9999"]).meta({
      description: 'Addresses to listen on, as ":9999", "127.0.0.1:9100", "[::1]:9999" or "unix:/path".',
      placeholder: "address",
    }),
    "telemetry-path": urlPath.default("/metrics").meta({ description: "Path of the metrics.", placeholder: "path" }),
    "max-requests": z.int().min(0).default(40).meta({
      description: "Scrapes served at once; more are answered with 503. 0: no limit.",
    }),
    "disable-exporter-metrics": z.boolean().default(false).meta({
      description: "Leave out the metrics of the exporter itself.",
    }),
    openmetrics: z.boolean().default(false).meta({
      description: "Answer in OpenMetrics 1.0.0 where the scraper accepts it.",
    }),
    "external-url": externalUrl.optional().meta({
      description: "URL under which it is reached from outside, as through a proxy.",
      placeholder: "url",
    }),
    "route-prefix": routePrefix.optional().meta({
      description: "Path below which all its pages are; by default that of the external URL.",
      placeholder: "path",
    }),
    "landing-page": pagePath.optional().meta({
      description: "Page that / shows, in place of the nodes and how they fare.",
      placeholder: "path",
    }),
    "config.file": z.string().optional().meta({
      description: "File of TLS, authentication and headers, as the Prometheus exporters take it.",
      placeholder: "file",
    }),
  }).prefault({}),
  config: z.strictObject({
    "enable-auto-reload": z.boolean().default(false).meta({
      description: "Read the configuration file again whenever it has changed.",
    }),
    "auto-reload-interval": z.number().positive().max(86_400).default(30).meta({
      description: "Seconds between two looks at the configuration file.",
      placeholder: "seconds",
    }),
  }).prefault({}),
  scrape: z.strictObject({
    freshness: duration(
      "Oldest reading that a scrape accepts, in place of each collector's own; 0: each scrape reads anew.",
      { zero: true },
    ),
    strict: z.boolean().default(false).meta({ description: "Answer 503 if any collector failed." }),
  }).prefault({}),
  metrics: z.strictObject({
    include: familyPatterns("Names of families to report, as whole names, and no others: those alone are read."),
    exclude: familyPatterns("Names of families to leave out, as whole names: what only they need is not read."),
  }).prefault({}),
  path: z.strictObject({
    procfs: root("procfs", "/proc"),
    sysfs: root("sysfs", "/sys"),
    rootfs: root("the root of the file systems", "/"),
    "udev.data": root("udev's database", "/run/udev/data"),
  }).prefault({}),
  log: z.strictObject({
    level: z.enum(LOG_LEVELS).default("info").meta({ description: "Least severe messages written." }),
    format: z.enum(["logfmt", "json"]).default("logfmt").meta({ description: "How messages are written." }),
  }).prefault({}),
  plugins: z.array(z.string().min(1)).default([]).meta({
    description: "Files of collectors to load besides the built-in ones.",
    placeholder: "file",
  }),
});

/** Keys at the top that are no sections. */
export const VALUE_KEYS: readonly string[] = ["profile", "plugins"];

/** Names of the keys that every collector has besides its options. */
export const COLLECTOR_KEYS = ["enabled", "interval", "timeout", "freshness", "max-age"] as const;

/** The keys that every collector has. */
export const collectorSchema = z.strictObject({
  enabled: z.boolean().optional(),
  interval: duration("Longest time between two runs; 0: only when scraped.", { zero: true }),
  timeout: duration("Deadline of a run.", { zero: false }),
  freshness: duration("Oldest reading that a scrape accepts; 0: each scrape reads anew.", { zero: true }),
  "max-age": duration("Age at which its samples are withdrawn.", { zero: false }),
});

/** Key beside the collectors' names: only those that are enabled by name run. */
export const DISABLE_DEFAULTS = "disable-defaults";
/** Value of {@linkcode DISABLE_DEFAULTS}. */
export const disableDefaultsSchema = z.boolean().default(false).meta({
  description: "Run no collectors but those enabled by name.",
});
