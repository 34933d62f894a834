/**
 * A metrics page in the text format, read as tests look at it.
 *
 * @module
 */

/** A family of a page. */
export interface PageFamily {
  readonly type: string;
  readonly help: string;
  /** Values by series; see {@linkcode seriesName}. */
  readonly samples: ReadonlyMap<string, number>;
}

/** A page. */
export interface Page {
  readonly text: string;
  readonly families: ReadonlyMap<string, PageFamily>;
  /** Values by series, of all families. */
  readonly samples: ReadonlyMap<string, number>;
}

/** `name{a="1",b="2"}`, its labels by name, so that the same series has the same name whoever wrote it. */
export function seriesName(name: string, labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).sort(([a], [b]) => a < b ? -1 : 1);
  return pairs.length === 0 ? name : `${name}{${pairs.map(([key, value]) => `${key}=${JSON.stringify(value)}`)}}`;
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n" };

function parseLabels(text: string): Record<string, string> {
  const pairs = text.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g);
  const unescaped = (value: string) => value.replace(/\\(.)/g, (_, character) => ESCAPES[character] ?? character);
  return Object.fromEntries([...pairs].map(([, name = "", value = ""]) => [name, unescaped(value)]));
}

/** Number of a value as the format writes it. */
function parseValue(text: string): number {
  return text === "+Inf" ? Infinity : text === "-Inf" ? -Infinity : Number(text);
}

/**
 * Parses a page in the text format.
 *
 * @throws {SyntaxError} if a line is none of the format, or a series is there twice
 */
export function parsePage(text: string): Page {
  const families = new Map<string, PageFamily & { readonly samples: Map<string, number> }>();
  const all = new Map<string, number>();
  let help = "";
  let family: { readonly samples: Map<string, number> } | undefined;
  for (const line of text.split("\n")) {
    help = /^# HELP \S+ (.*)$/.exec(line)?.[1] ?? help;
    const [, typed, type = ""] = /^# TYPE (\S+) (\S+)$/.exec(line) ?? [];
    if (typed !== undefined) {
      const begun = { type, help, samples: new Map<string, number>() };
      families.set(typed, family = begun);
    }
    if (line === "" || line.startsWith("#")) continue;
    const [, name = "", labels = "", value] = /^([\w:]+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    const series = seriesName(name, parseLabels(labels));
    if (!family || value === undefined || all.has(series)) throw new SyntaxError(`unexpected line: ${line}`);
    family.samples.set(series, parseValue(value));
    all.set(series, parseValue(value));
  }
  return { text, families, samples: all };
}
