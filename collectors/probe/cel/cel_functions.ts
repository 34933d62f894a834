/**
 * Functions of CEL where `@bufbuild/cel` differs from cel-go, by which blackbox_exporter evaluates, and the two that
 * programs are rewritten to use.
 *
 * @module
 */

import {
  celEnv,
  type CelFunc,
  celFunc,
  type CelInput,
  type CelList,
  celList,
  type CelMap,
  celMethod,
  CelScalar,
  type CelUint,
  celUint,
  type CelValue,
  isCelList,
  isCelMap,
  listType,
  mapType,
} from "@bufbuild/cel";
import { Pattern } from "../../../src/pattern.ts";

const { BOOL, DOUBLE, DYN, INT, STRING, UINT } = CelScalar;
const LIST = listType(DYN);
const MAP = mapType(DYN, DYN);
type CelMapKey = Parameters<CelMap["get"]>[0];

/** What `has(a.b)` becomes: the library takes a member that is null for one that is not there. */
export const HAS = "@has";
/** Stands around the condition of each loop: ends an evaluation that takes too long. */
export const WITHIN = "@within";
/** What `list + [item]` of a loop becomes: the library's own takes a level of recursion for each item. */
export const APPEND = "@append";

/** Seconds that one evaluation may take, as it holds up all else. */
export const EVALUATION_LIMIT_SECONDS = 0.5;

/** The limit of the evaluation that runs: none begins before another ends. */
export const limit = { endMs: Infinity };

/**
 * Passes `condition` on.
 *
 * @throws {RangeError} if the evaluation has taken too long
 */
export function checkTime(condition: boolean): boolean {
  if (performance.now() > limit.endMs) {
    throw new RangeError(`Cannot evaluate within ${EVALUATION_LIMIT_SECONDS} s: too many steps`);
  }
  return condition;
}

function has(operand: CelValue, field: string): boolean {
  if (isCelMap(operand)) return operand.get(field) !== undefined;
  if (isCelList(operand)) throw new TypeError("unsupported index type 'string' in list");
  return false;
}

/** Lists that loops are building, by the list that stands for them; nothing else sees these before the loop ends. */
const growing = new WeakMap<CelList, CelInput[]>();

function append(list: CelList, item: CelInput): CelList {
  const items = growing.get(list);
  if (items) {
    items.push(item);
    return list;
  }
  const first = [...list, item];
  const grown = celList(first);
  growing.set(grown, first);
  return grown;
}

const INT64 = { least: -(2n ** 63n), most: 2n ** 63n - 1n };

function textToInt(text: string): bigint {
  const value = /^[+-]?\d{1,40}$/.test(text) ? BigInt(text.replace("+", "")) : undefined;
  if (value === undefined || value < INT64.least || value > INT64.most) throw cannotConvert("int");
  return value;
}

function textToDouble(text: string): number {
  if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text)) {
    const value = Number(text);
    if (Number.isFinite(value)) return value;
  }
  const [, sign, infinite] = /^([+-]?)(?:(inf(?:inity)?)|nan)$/i.exec(text) ?? [];
  if (infinite) return sign === "-" ? -Infinity : Infinity;
  if (sign === "") return NaN;
  throw cannotConvert("double");
}

function cannotConvert(type: string): TypeError {
  return new TypeError(`type conversion error from 'string' to '${type}'`);
}

function textToUint(text: string): CelUint {
  const value = /^\d{1,40}$/.test(text) ? BigInt(text) : undefined;
  if (value === undefined || value >= 2n ** 64n) throw cannotConvert("uint");
  return celUint(value);
}

const TRUE = ["1", "t", "T", "TRUE", "true", "True"];
const FALSE = ["0", "f", "F", "FALSE", "false", "False"];

function textToBool(text: string): boolean {
  if (!TRUE.includes(text) && !FALSE.includes(text)) throw cannotConvert("bool");
  return TRUE.includes(text);
}

/** As Go's strconv writes the shortest text that is the same number: with an exponent of two digits from 1e+06 on. */
export function doubleText(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  if (Object.is(value, -0)) return "-0";
  const [digits = "", exponent = "0"] = value.toExponential().split("e");
  const power = Number(exponent);
  if (power >= -4 && power < 6) return String(value);
  return `${digits}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
}

const standard = celEnv().funcs.find("_==_");

/** An int is held against a double as a double, as cel-go does, so that long identifiers are equal to themselves. */
function equal(a: CelValue, b: CelValue): boolean {
  if (typeof a === "bigint" && typeof b === "number") return Number(a) === b;
  if (typeof a === "number" && typeof b === "bigint") return a === Number(b);
  return standard?.call(0, undefined, [a, b]) === true;
}

function isIn(value: CelValue, list: CelList): boolean {
  for (const item of list) if (equal(item, value)) return true;
  return false;
}

function isKey(key: CelMapKey, map: CelMap): boolean {
  return map.get(key) !== undefined;
}

/** Patterns that programs name: most are constants, met at each evaluation. */
const patterns = new Map<string, Pattern>();
const MOST_PATTERNS = 100;

function matches(text: string, source: string): boolean {
  let pattern = patterns.get(source);
  if (!pattern) {
    pattern = new Pattern(source);
    if (patterns.size >= MOST_PATTERNS) patterns.clear();
    patterns.set(source, pattern);
  }
  return pattern.find(text);
}

/** In place of the library's own, and beside them. */
export const FUNCTIONS: CelFunc[] = [
  celFunc("_==_", [DYN, DYN], BOOL, equal),
  celFunc("_!=_", [DYN, DYN], BOOL, (a, b) => !equal(a, b)),
  celFunc("@in", [DYN, LIST], BOOL, isIn),
  ...[STRING, DOUBLE, INT, BOOL, UINT].map((type) => celFunc("@in", [type, MAP], BOOL, isKey)),
  celFunc("int", [STRING], INT, textToInt),
  celFunc("uint", [STRING], UINT, textToUint),
  celFunc("double", [STRING], DOUBLE, textToDouble),
  celFunc("bool", [STRING], BOOL, textToBool),
  celFunc("string", [DOUBLE], STRING, doubleText),
  celFunc("matches", [STRING, STRING], BOOL, matches),
  celMethod("matches", STRING, [STRING], BOOL, function (source) {
    return matches(this, source);
  }),
  celFunc(HAS, [DYN, STRING], BOOL, has),
  celFunc(WITHIN, [BOOL], BOOL, checkTime),
  celFunc(APPEND, [LIST, DYN], LIST, append),
];
