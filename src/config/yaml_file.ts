import { dirname } from "node:path";
import type { Document, LineCounter, Node, Pair, Scalar as YamlScalar, YAMLMap } from "yaml";
import {
  type Budget,
  budget,
  type Dict,
  dict,
  type Entry,
  joinPath,
  type Located,
  type Place,
  type Report,
} from "./located.ts";

/** Characters above which a file is refused: reading it would hold the event loop for seconds. */
const LARGEST_FILE = 2 ** 21;
/** Faults of syntax reported; one seldom comes alone, and the later ones follow from the first. */
const MOST_SYNTAX_FAULTS = 10;

/** What is said of some errors in place of the parser's own words. */
const OWN_WORDS: Readonly<Record<string, string>> = {
  RESOURCE_EXHAUSTION: "nested too deeply",
  MULTIPLE_DOCS: 'YAML syntax: expected one document, found "---" and another',
};

type Yaml = typeof import("yaml");

/** One file being turned into a located tree. */
interface Reading {
  readonly yaml: Yaml;
  readonly whole: Place;
  readonly lines: LineCounter;
  readonly anchors: Map<string, Node>;
  readonly spending: Budget;
  readonly report: Report;
}

function placeAt(reading: Reading, offset: number, path: string): Place {
  const { line, col } = reading.lines.linePos(offset);
  const source = `${reading.whole.source}:${line}`;
  return { ...reading.whole, origin: `${source}:${col}`, source, path, order: offset };
}

function startOf(node: Node | null | undefined, otherwise: number): number {
  return node?.range?.[0] ?? otherwise;
}

/** The text of a key, as it is written; `undefined` for lists and maps as keys. */
function keyText(reading: Reading, key: unknown): string | undefined {
  if (key === null) return "";
  if (reading.yaml.isAlias(key)) return keyText(reading, reading.anchors.get(key.source));
  if (!reading.yaml.isScalar(key)) return undefined;
  if (key.anchor) reading.anchors.set(key.anchor, key);
  return typeof key.value === "string" ? key.value : key.source ?? String(key.value);
}

/** What `!!binary` stands for is text wherever it can be, as the peers take it. */
function readBytes(bytes: Uint8Array): string | Uint8Array {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return bytes;
  }
}

function readScalar({ value, source }: YamlScalar): unknown {
  if (value instanceof Uint8Array) return readBytes(value);
  return value === null || ["string", "number", "boolean"].includes(typeof value) ? value : source ?? String(value);
}

/** Where a node is in the tree, and within how many others. */
interface Position {
  readonly path: string;
  readonly depth: number;
  /** Offset for what has no text of its own. */
  readonly offset: number;
  /** Whether it is reached over an alias, and its anchors count no more. */
  readonly again?: boolean;
}

function readNode(reading: Reading, node: Node | null | undefined, at: Position): Located {
  reading.spending.spend(at.depth);
  const { yaml, anchors } = reading;
  const place = placeAt(reading, startOf(node, at.offset), at.path);
  if (yaml.isAlias(node)) {
    const target = anchors.get(node.source);
    if (target) return readNode(reading, target, { ...at, depth: at.depth + 1, again: true });
    reading.report(place, `the alias "*${node.source}" has no anchor before it`);
    return { kind: "scalar", place, value: null, broken: true };
  }
  if (!at.again && node && "anchor" in node && node.anchor) anchors.set(node.anchor, node);
  if (yaml.isMap(node)) return readMap(reading, node, place, at);
  if (yaml.isSeq(node)) {
    const items = node.items.map((item, i) =>
      readNode(reading, yaml.isNode(item) ? item : null, {
        ...at,
        path: joinPath(at.path, i),
        depth: at.depth + 1,
        offset: place.order,
      })
    );
    return { kind: "list", place, items };
  }
  return { kind: "scalar", place, value: yaml.isScalar(node) ? readScalar(node) : null };
}

function readMap(reading: Reading, node: YAMLMap, place: Place, at: Position): Dict {
  const entries = new Map<string, Entry>();
  const merged: Located[] = [];
  for (const pair of node.items) {
    const { key, value } = nodesOf(reading.yaml, pair);
    const keyOffset = startOf(key, place.order);
    const name = keyText(reading, key);
    if (name === undefined) {
      reading.report(placeAt(reading, keyOffset, at.path), "a key must be plain text");
      continue;
    }
    const keyPlace = placeAt(reading, keyOffset, joinPath(at.path, name));
    const inner = { ...at, path: keyPlace.path, depth: at.depth + 1, offset: keyOffset };
    const first = entries.get(name);
    if (name === "<<") merged.push(readNode(reading, value, { ...inner, path: at.path }));
    else if (first) reading.report(keyPlace, `the key ${JSON.stringify(name)} is already set at ${first.key.source}`);
    else entries.set(name, { key: keyPlace, value: readNode(reading, value, inner) });
  }
  for (const source of merged.flatMap((from) => from.kind === "list" ? from.items : [from])) {
    if (source.kind !== "map") reading.report(source.place, 'expected a map after "<<", as "<<: *name"');
    else for (const [name, entry] of source.entries) if (!entries.has(name)) entries.set(name, entry);
  }
  return dict(place, entries);
}

function nodesOf(yaml: Yaml, pair: Pair): { key: Node | null; value: Node | null } {
  return { key: yaml.isNode(pair.key) ? pair.key : null, value: yaml.isNode(pair.value) ? pair.value : null };
}

/** Reports errors of syntax, one per line; whether there is no making sense of the file. */
function reportSyntax(document: Document.Parsed, place: (offset: number) => Place, report: Report): boolean {
  const lines = new Set<string>();
  for (const { code, message, pos } of [...document.errors, ...document.warnings]) {
    const at = place(pos[0]);
    if (lines.has(at.source)) continue;
    lines.add(at.source);
    // What the file holds there may be a secret.
    report(at, OWN_WORDS[code] ?? `YAML syntax: ${message.replace(/(?: token in YAML stream)?: ".*$/s, "")}`);
    if (code === "RESOURCE_EXHAUSTION" || lines.size === MOST_SYNTAX_FAULTS) break;
  }
  return document.errors.length > 0;
}

/**
 * The located tree of a YAML file; `undefined` where its syntax is wrong, which is reported. An empty file is an empty map.
 */
export async function readYaml(name: string, text: string, report: Report): Promise<Dict | undefined> {
  const whole: Place = { origin: name, source: name, path: "", order: 0, directory: dirname(name) };
  if (text.length > LARGEST_FILE) {
    report(whole, `the file is larger than ${LARGEST_FILE / 2 ** 20} MiB`);
    return undefined;
  }
  const yaml = await import("yaml");
  const lines = new yaml.LineCounter();
  const document = yaml.parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    // Quadratic in the keys of a map, and its message names neither key nor the first place.
    uniqueKeys: false,
    // "silent" would also hide that there is a second document.
    logLevel: "error",
  });
  const reading: Reading = { yaml, whole, lines, anchors: new Map(), spending: budget(), report };
  if (reportSyntax(document, (offset) => placeAt(reading, offset, ""), report)) return undefined;
  try {
    const root = readNode(reading, document.contents, { path: "", depth: 0, offset: 0 });
    if (root.kind === "map") return { ...root, place: whole };
    if (root.kind === "list" || root.value !== null) report(root.place, "expected a map of keys to values");
    return dict(whole);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    report(whole, error.message);
    return undefined;
  }
}
