/**
 * What is wrong with configured targets, also in a configuration of which other parts are wrong, so that all is said at once.
 *
 * @module
 */

import * as z from "zod";
import { suggestion } from "../../src/nearest.ts";
import { failureMessage } from "../../src/failure.ts";
import { builtInModules } from "./built_in_modules.ts";
import { type Named, refuseDuplicates } from "./options.ts";
import type { Prober } from "./prober.ts";
import { withoutUserInfo } from "./target_name.ts";

/** A fault, where it stands. */
export interface TargetFault {
  /** What kind of issue it is, as schemas have it. */
  readonly code: "custom";
  /** What is wrong. */
  readonly message: string;
  /** Key path. */
  readonly path: (string | number)[];
}

/** The parts that are what they should be; others are reported by their own schemas, and are empty here. */
const whatCanBeRead = z.object({
  target: z.array(z.string().catch("")).catch([]),
  modules: z.record(z.string(), z.object({ prober: z.string() }).nullable().catch(null)).nullish().catch(null),
  probes: z.array(
    z.object({
      name: z.string().optional().catch(""),
      target: z.string().catch(""),
      module: z.string().catch(""),
    }).catch({ name: "", target: "", module: "" }),
  ).nullish().catch(null),
}).catch({ target: [], modules: null, probes: null });

/** Modules that are not there, targets that their prober cannot probe, names that are taken twice. */
export function targetFaults(prober: Prober, input: unknown): readonly TargetFault[] {
  const { target, modules, probes } = whatCanBeRead.parse(input);
  const known = new Map<string, { readonly prober: string } | null>([
    ...builtInModules(),
    ...Object.entries(modules ?? {}),
  ]);
  const faults: TargetFault[] = [];
  for (const [i, probe] of (probes ?? []).entries()) {
    if (probe.module !== "" && !known.has(probe.module)) {
      const near = suggestion(probe.module, [...known.keys()]);
      const message = `Cannot use module ${JSON.stringify(probe.module)}: there is no such module${near}`;
      faults.push({ code: "custom", message, path: ["probes", i, "module"] });
    }
    const isOurs = known.get(probe.module)?.prober === prober.name;
    const message = isOurs && probe.target !== "" ? targetFault(prober, probe.target) : undefined;
    if (message !== undefined) faults.push({ code: "custom", message, path: ["probes", i, "target"] });
  }
  const names: Named[] = [
    ...target.map((text, i) => ({ name: withoutUserInfo(text), path: ["target", i] })),
    ...(probes ?? []).map(({ name, target }, i) => ({
      name: name ?? withoutUserInfo(target),
      path: ["probes", i, name === undefined ? "target" : "name"],
    })),
  ];
  refuseDuplicates(names.filter(({ name }) => name !== ""), (issue) => faults.push(issue));
  return faults;
}

/** Why a prober cannot probe a target; `undefined` if it can. */
export function targetFault(prober: Prober, text: string): string | undefined {
  try {
    prober.checkTarget(text);
    return undefined;
  } catch (error) {
    return failureMessage(error);
  }
}
