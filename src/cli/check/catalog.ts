import { matchesPattern } from "../../batch.ts";
import type { AnyCollector } from "../../collector.ts";
import type { Config, Setting } from "../../config.ts";
import { FamilyPattern } from "../../family_filter.ts";
import { nearest } from "../../nearest.ts";
import type { Loaded } from "../command.ts";
import { collectorEntry } from "../list.ts";
import { PEER_COLLECTORS } from "../peer_collectors.ts";
import type { MetricSelector } from "./promql.ts";

/** Whether a metric is served, and if not, why. */
export type Verdict =
  | { readonly kind: "served" }
  /** A flag turns it on. */
  | { readonly kind: "off"; readonly flags: readonly string[] }
  /** The operator's patterns leave it out. */
  | { readonly kind: "left out" }
  /** It would be served, but this host has none. */
  | { readonly kind: "not seen" }
  /** A collector of node_exporter's has it that is not here. */
  | { readonly kind: "absent"; readonly collector: string; readonly reason: string }
  | { readonly kind: "unknown"; readonly near: string | undefined };

/** One family, or a pattern of such, that a collector has. */
interface Declared {
  readonly collector: AnyCollector;
  /** Names under which it is asked for; a glob where it is open. */
  readonly names: readonly string[];
  readonly family: string;
  readonly served: boolean;
}

/** Names that Prometheus itself makes. */
const OF_PROMETHEUS = /^(?:up|ALERTS|ALERTS_FOR_STATE|scrape_\w+)$/;
/** Open families of any name, which tell nothing. */
const ANY = "*";
const SERVED: Verdict = { kind: "served" };

const isGlob = (name: string): boolean => name.includes("*");

/** The names of a family's series. */
function seriesNames(collector: AnyCollector, family: string): readonly string[] {
  const type = collector.metrics[family]?.type;
  if (type === "histogram") return [`${family}_bucket`, `${family}_sum`, `${family}_count`];
  return type === "summary" ? [family, `${family}_sum`, `${family}_count`] : [family];
}

function declarations(collector: AnyCollector, { collectors, families }: Config): readonly Declared[] {
  const entry = collectorEntry(collector, collectors.get(collector.name), families);
  const served = entry.enabled && collector.expose !== false;
  const declared = (family: string, isServed: boolean) => ({
    collector,
    names: seriesNames(collector, family),
    family,
    served: isServed,
  });
  return [
    ...entry.families.map((family) => declared(family, served)),
    ...entry.omitted.map((family) => declared(family, false)),
  ].filter(({ family }) => family !== ANY);
}

/** What a configuration serves, and what it could serve. */
export class Catalog {
  readonly #config: Config;
  readonly #settings: readonly Setting[];
  readonly #declared: readonly Declared[];
  readonly #recorded: ReadonlySet<string>;
  readonly #page: ReadonlySet<string> | undefined;

  /**
   * Of what is configured, the metrics that rules make, and the names of what was on the page of one run; absent, that
   * there is no knowing what this host has.
   */
  constructor(
    { collectors, config, settings }: Pick<Loaded, "collectors" | "config" | "settings">,
    recorded: ReadonlySet<string>,
    page?: ReadonlySet<string>,
  ) {
    this.#config = config;
    this.#settings = settings;
    this.#declared = collectors.flatMap((collector) => declarations(collector, config));
    this.#recorded = recorded;
    this.#page = page;
  }

  /**
   * Whether what an expression selects is served; of what a pattern finds, any.
   *
   * @throws {SyntaxError} if the pattern is none of RE2
   */
  verdict(selector: MetricSelector): Verdict {
    if ("name" in selector) return this.#verdict((name) => name === selector.name, selector.name);
    const pattern = new FamilyPattern(selector.pattern);
    return this.#verdict((nameOrGlob) => pattern.mayFind(nameOrGlob));
  }

  #verdict(finds: (nameOrGlob: string) => boolean, name?: string): Verdict {
    const isMade = name !== undefined && OF_PROMETHEUS.test(name);
    if (isMade || [...this.#recorded, ...this.#page ?? []].some(finds)) return SERVED;
    const found = this.#declared.filter(({ names }) =>
      names.some((each) => finds(each) || (name !== undefined && isGlob(each) && matchesPattern(name, [each])))
    );
    if (found.some(({ served }) => served)) return this.#page ? { kind: "not seen" } : SERVED;
    const [first] = found;
    if (first) return this.#whyNot(first);
    const peer = name === undefined
      ? undefined
      : PEER_COLLECTORS.find(({ families }) => matchesPattern(name, families));
    if (peer) return { kind: "absent", collector: peer.name, reason: peer.reason };
    return { kind: "unknown", near: name === undefined ? undefined : this.#nearest(name) };
  }

  #nearest(name: string): string | undefined {
    return nearest(name, this.#declared.flatMap(({ names }) => names.filter((each) => !isGlob(each))));
  }

  #whyNot({ collector, family }: Declared): Verdict {
    const { families, collectors } = this.#config;
    if (families && !(isGlob(family) ? families.mayWant(family) : families.wants(family))) return { kind: "left out" };
    const own = collectors.get(collector.name);
    if (own?.enabled) return { kind: "off", flags: this.#switchesFor(collector, family, own.options) };
    const flags = this.#switchesFor(collector, family, defaultOptions(collector));
    return { kind: "off", flags: [`--collector.${collector.name}`, ...flags] };
  }

  /** The flag of the one option by which a collector leaves a family out, found by trying; none if it does not. */
  #switchesFor(collector: AnyCollector, family: string, options: unknown): readonly string[] {
    const omits = (changed: unknown): boolean => collector.omits?.(changed).includes(family) ?? false;
    if (typeof options !== "object" || options === null || !omits(options)) return [];
    const values = new Map<string, unknown>(Object.entries(options));
    for (const { flag, path } of this.#settings.filter((setting) => setting.collector === collector.name)) {
      const key = path.at(-1) ?? "";
      const value = values.get(key);
      if (typeof value === "boolean" && !omits({ ...options, [key]: !value })) {
        return [value ? `--no-${flag}` : `--${flag}`];
      }
    }
    return [];
  }
}

/** Options of a collector that is off; `undefined` where it cannot be without some. */
function defaultOptions({ options }: AnyCollector): unknown {
  try {
    return options?.parse({});
  } catch {
    return undefined;
  }
}
