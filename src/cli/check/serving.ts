import { parseExposition } from "../../exposition_parser.ts";
import type { Invocation, Loaded } from "../command.ts";
import { failureLines, onePage } from "../one_page.ts";
import { listOption } from "../option_values.ts";
import { askingFiles } from "./asking_files.ts";
import { assess } from "./assessment.ts";
import { Catalog } from "./catalog.ts";
import { promqlReader } from "./promql.ts";
import { isServed, servingReport } from "./report.ts";

/** Names of the families and series that one run on this host shows. */
async function namesOnPage({ surroundings }: Invocation, loaded: Loaded): Promise<ReadonlySet<string>> {
  const page = await onePage(surroundings, loaded);
  surroundings.printError(failureLines(page));
  const families = parseExposition(page.text).filter(({ samples }) => samples.length > 0);
  return new Set(families.flatMap(({ name, samples }) => [name, ...samples.map((sample) => sample.name)]));
}

/**
 * Tells what rules and dashboards ask for in vain; whether there is nothing.
 *
 * @throws {UsageError} if there are no such files
 * @throws {ConfigError} with all that is wrong in them
 */
export async function checkServing(invocation: Invocation, loaded: Loaded): Promise<boolean> {
  const { surroundings, options } = invocation;
  const inquiries = await askingFiles(listOption(options, "rules"), listOption(options, "dashboards"));
  const recorded = new Set(inquiries.flatMap((inquiry) => inquiry.recorded));
  const page = options.has("run") ? await namesOnPage(invocation, loaded) : undefined;
  const catalog = new Catalog(loaded, recorded, page);
  const reader = await promqlReader();
  const assessments = inquiries.map((inquiry) => assess(inquiry, reader, catalog));
  surroundings.print(servingReport(assessments));
  return isServed(assessments);
}
