import { glob, readFile, stat } from "node:fs/promises";
import { ConfigError, type Fault } from "../../config.ts";
import { failureMessage } from "../../failure.ts";
import { UsageError } from "../usage_error.ts";
import { readDashboard } from "./dashboard_file.ts";
import type { Inquiry } from "./question.ts";
import { readRules } from "./rules_file.ts";

/** Bytes: far more than dashboards have. */
const LARGEST_FILE = 32 * 2 ** 20;

const isFile = (path: string): Promise<boolean> => stat(path).then((found) => found.isFile(), () => false);

/** The files that names and patterns of an option stand for, each once, those of one pattern in order. */
async function filesOf(option: string, patterns: readonly string[]): Promise<ReadonlySet<string>> {
  const files = new Set<string>();
  for (const pattern of patterns) {
    const found = await isFile(pattern) ? [pattern] : await matching(pattern);
    if (found.length === 0) throw new UsageError(`Cannot use "--${option}=${pattern}": there is no such file`);
    for (const file of found) files.add(file);
  }
  return files;
}

async function matching(pattern: string): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const path of glob(pattern)) if (await isFile(path)) found.push(path);
  return found.sort();
}

async function textOf(file: string): Promise<string> {
  try {
    const { size } = await stat(file);
    if (size > LARGEST_FILE) throw new RangeError(`it is larger than ${LARGEST_FILE / 2 ** 20} MiB`);
    return await readFile(file, "utf8");
  } catch (error) {
    throw new UsageError(`Cannot read ${JSON.stringify(file)}: ${failureMessage(error)}`, { cause: error });
  }
}

/**
 * What files of rules and dashboards ask.
 *
 * @throws {UsageError} if there is no such file
 * @throws {ConfigError} with all that is wrong in them
 */
export async function askingFiles(
  rules: readonly string[],
  dashboards: readonly string[],
): Promise<readonly Inquiry[]> {
  const faults: Fault[] = [];
  const note = (fault: Fault): void => void faults.push(fault);
  const inquiries: Inquiry[] = [];
  for (const file of await filesOf("rules", rules)) inquiries.push(await readRules(file, await textOf(file), note));
  for (const file of await filesOf("dashboards", dashboards)) {
    inquiries.push(readDashboard(file, await textOf(file), note));
  }
  if (faults.length > 0) throw new ConfigError(faults);
  return inquiries;
}
