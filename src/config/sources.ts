import { readFileSync, statSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import type { AnyCollector } from "../collector.ts";
import { arrange } from "./arrange.ts";
import { environmentLayer, flagLayer, type Flags } from "./assignments.ts";
import { type Environment, interpolate } from "./interpolate.ts";
import { type Dict, dict, locate, mergeDicts, type Place, type Report } from "./located.ts";
import type { Setting } from "./settings.ts";
import { readYaml } from "./yaml_file.ts";

/** The sources of a configuration, the weakest first; all but the collectors may be absent. */
export interface ConfigSources {
  /** The collectors that can be configured. */
  readonly collectors: readonly AnyCollector[];
  /** Those of them that come with the program, and which a profile may switch off; absent: all. */
  readonly builtIn?: readonly AnyCollector[];
  /** Names of collectors that others have and that are not here, and why, behind "it"; absent: all others are unknown. */
  readonly absentCollectors?: ReadonlyMap<string, string>;
  /** A plain object of the file's form, for programs. */
  readonly tree?: unknown;
  /** A YAML file: its name for messages and for paths relative to it, and its text. */
  readonly file?: { readonly name: string; readonly text: string };
  /** Environment variables, for settings and for `${env:NAME}` in the file. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Values of flags by name without dashes; `false` for `--no-`. */
  readonly flags?: ReadonlyMap<string, boolean | string | readonly string[]>;
  /** Environment variables that begin with `SONDE_` and are no settings; by default the conformance tests' own. */
  readonly knownEnvironment?: readonly string[];
  /** Text of the file that a `<key>_file` names; by default read from disk. Throws if it cannot be read. */
  readonly readFile?: (path: string) => string;
}

const KNOWN_ENVIRONMENT: readonly string[] = ["SONDE_CONFORMANCE", "SONDE_PEERS"];
const NO_ENVIRONMENT: Environment = {};
const NO_FLAGS: Flags = new Map();

/** Where a plain object's values stand. */
const OBJECT: Place = { origin: "configuration", source: "configuration", path: "", order: -1 };

/** Whether a top-level key is of interest. */
type Wanted = (key: string) => boolean;

function wholeOf({ file }: ConfigSources): Place {
  const origin = file?.name ?? "configuration";
  return { origin, source: origin, path: "", order: -1 };
}

/** The tree of the file, `{}` if there is none; `undefined` if there is no making sense of it. */
export async function fileTree({ file }: Pick<ConfigSources, "file">, report: Report): Promise<FileTree | undefined> {
  if (!file) return {};
  const root = await readYaml(file.name, file.text, report);
  return root && { root };
}

/** What a file holds, if there is one. */
export interface FileTree {
  /** Its tree. */
  readonly root?: Dict;
}

function located(tree: unknown, place: Place, report: Report): Dict | undefined {
  try {
    const root = locate(tree, place);
    if (root.kind === "map") return root;
    report(place, "expected a plain object");
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    report(place, error.message);
  }
  return undefined;
}

/** The tree of all sources. */
export function layered(
  sources: ConfigSources,
  { root }: FileTree,
  all: readonly Setting[],
  report: Report,
  wanted: Wanted = () => true,
): Dict {
  const { collectors, absentCollectors, environment = NO_ENVIRONMENT, flags = NO_FLAGS } = sources;
  const { knownEnvironment = KNOWN_ENVIRONMENT } = sources;
  const whole = wholeOf(sources);
  const set = [
    environmentLayer(environment, all, knownEnvironment, whole, report),
    flagLayer(flags, all, whole, report),
  ];
  const object = sources.tree === undefined ? undefined : located(sources.tree, OBJECT, report);
  const written = [object, root].flatMap((layer) =>
    layer ? [dict(layer.place, [...layer.entries].filter(([key]) => wanted(key)))] : []
  );
  return [
    ...written.map((layer) =>
      arrange(interpolate(layer, environment, report), { collectors, absent: absentCollectors }, report)
    ),
    ...set,
  ].reduce(mergeDicts, dict(whole));
}

/** Bytes above which a file is no value of a key. */
const LARGEST_VALUE = 2 ** 20;

/**
 * The text of a file that is the value of a key. A pipe without a writer would hold up the whole process, a device might
 * never end.
 *
 * @throws {TypeError} if it is no regular file
 * @throws {RangeError} if it is larger than 1 MiB
 */
export function readRegularFile(path: string): string {
  const stats = statSync(path);
  if (!stats.isFile()) throw new TypeError("it is no regular file");
  if (stats.size > LARGEST_VALUE) throw new RangeError(`it is larger than ${LARGEST_VALUE / 2 ** 20} MiB`);
  return readFileSync(path, "utf8");
}

/** Reads the file that a `<key>_file` names. */
export function fileReader(
  { readFile = readRegularFile }: Pick<ConfigSources, "readFile">,
): (path: string, place: Place) => string {
  return (path, { directory }) => readFile(isAbsolute(path) || directory === undefined ? path : join(directory, path));
}
