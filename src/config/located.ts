/** Where a value was written. */
export interface Place {
  /** With the column, as `sonde.yml:3:5`. */
  readonly origin: string;
  /** Without it, as `sonde.yml:3` or `flag --log.level`. */
  readonly source: string;
  /** Key path as written, as `probes[0].target`. */
  readonly path: string;
  /** Sorts faults: the offset in a file; see {@linkcode PLACE_ORDER}. */
  readonly order: number;
  /** Where relative paths start; absent: at the working directory. */
  readonly directory?: string;
}

/** Orders of what stands in no file. */
export const PLACE_ORDER = { environment: 1e12, flag: 2e12 } as const;

/** A value that is neither list nor map. */
export interface Scalar {
  readonly kind: "scalar";
  readonly place: Place;
  readonly value: unknown;
  /** Whether it came as text, and takes the type that its schema asks for. */
  readonly text?: boolean;
  /** Whether it must not be shown. */
  readonly secret?: boolean;
  /** Whether a fault of it has been reported, and what follows from it is not another. */
  readonly broken?: boolean;
}

/** A list. */
export interface List {
  readonly kind: "list";
  readonly place: Place;
  readonly items: readonly Located[];
}

/** A value of a map, and where its key stands. */
export interface Entry {
  readonly key: Place;
  readonly value: Located;
}

/** A map. Its keys may be any text, `__proto__` too. */
export interface Dict {
  readonly kind: "map";
  readonly place: Place;
  readonly entries: ReadonlyMap<string, Entry>;
}

/** A value of the configuration that knows where each part of it was written. */
export type Located = Scalar | List | Dict;

/** Levels below which a configuration is refused, as is one of more values than this: bombs, and cycles. */
const LIMITS = { depth: 64, values: 500_000 } as const;

/** Counts values while a tree is built. */
export interface Budget {
  /** @throws {RangeError} if the tree is nested too deeply or has too many values */
  spend(depth: number): void;
}

/** A {@linkcode Budget} for one tree. */
export function budget(): Budget {
  let spent = 0;
  return {
    spend(depth) {
      if (depth > LIMITS.depth) throw new RangeError(`nested more than ${LIMITS.depth} levels deep`);
      if (++spent > LIMITS.values) throw new RangeError(`more than ${LIMITS.values} values`);
    },
  };
}

/** The path of a key or an index below `path`. */
export function joinPath(path: string, key: string | number): string {
  if (typeof key === "number") return `${path}[${key}]`;
  if (!/^[\w.-]+$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === "" ? key : `${path}.${key}`;
}

/** `place`, one key or index deeper. */
export function below(place: Place, key: string | number): Place {
  return { ...place, path: joinPath(place.path, key) };
}

/** A map of `entries`. */
export function dict(place: Place, entries: Iterable<readonly [string, Entry]> = []): Dict {
  return { kind: "map", place, entries: new Map(entries) };
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

/**
 * Locates a plain value; every part of it gets the place of the whole, one key deeper each.
 *
 * @throws {RangeError} as {@linkcode Budget}
 */
export function locate(value: unknown, place: Place, spending: Budget = budget(), depth = 0): Located {
  spending.spend(depth);
  if (Array.isArray(value)) {
    return { kind: "list", place, items: value.map((item, i) => locate(item, below(place, i), spending, depth + 1)) };
  }
  if (!isPlainObject(value)) return { kind: "scalar", place, value };
  const entries = new Map<string, Entry>();
  for (const [name, item] of Object.entries(value)) {
    if (item === undefined) continue;
    const key = below(place, name);
    entries.set(name, { key, value: locate(item, key, spending, depth + 1) });
  }
  return { kind: "map", place, entries };
}

/** The plain value. A key `__proto__` is an own key like any other. */
export function plain(node: Located): unknown {
  if (node.kind === "scalar") return node.value;
  if (node.kind === "list") return node.items.map(plain);
  return Object.fromEntries([...node.entries].map(([key, entry]) => [key, plain(entry.value)]));
}

/** `over` laid upon `under`: maps key by key, all else as a whole. */
export function merge(under: Located, over: Located): Located {
  return under.kind === "map" && over.kind === "map" ? mergeDicts(under, over) : over;
}

/** {@linkcode merge} of two maps. */
export function mergeDicts(under: Dict, over: Dict): Dict {
  const entries = new Map(under.entries);
  for (const [key, entry] of over.entries) {
    const below = entries.get(key);
    entries.set(key, below ? { key: entry.key, value: merge(below.value, entry.value) } : entry);
  }
  return { kind: "map", place: under.place, entries };
}

/** The value at `path`, if there is one. */
export function find(node: Located | undefined, path: readonly (string | number)[]): Located | undefined {
  let found = node;
  for (const key of path) {
    if (found?.kind === "map") found = found.entries.get(String(key))?.value;
    else if (found?.kind === "list") found = found.items[Number(key)];
    else return undefined;
  }
  return found;
}

/** The same tree with every scalar replaced. */
export function mapScalars(node: Located, change: (scalar: Scalar) => Scalar): Located {
  if (node.kind === "scalar") return change(node);
  if (node.kind === "list") return { ...node, items: node.items.map((item) => mapScalars(item, change)) };
  return mapDict(node, change);
}

/** {@linkcode mapScalars} of a map. */
export function mapDict({ place, entries }: Dict, change: (scalar: Scalar) => Scalar): Dict {
  return dict(place, [...entries].map(([key, entry]) => [key, { ...entry, value: mapScalars(entry.value, change) }]));
}

/** All scalars of a tree. */
export function* scalars(node: Located): Generator<Scalar> {
  if (node.kind === "scalar") yield node;
  else if (node.kind === "list") { for (const item of node.items) yield* scalars(item); }
  else for (const entry of node.entries.values()) yield* scalars(entry.value);
}

/** What is wrong, and where. */
export type Report = (place: Place, message: string) => void;
