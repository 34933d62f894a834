/**
 * A program: prints, for each of the names that its argument lists, the number of the address that a module would take.
 *
 * @module
 */

import { addressHash, resolveAddresses } from "../../../../collectors/probe/address/address.ts";
import { ProbeError } from "../../../../collectors/probe/result.ts";
import { probeTools } from "../target.ts";

const names: unknown = JSON.parse(Deno.args[0] ?? "[]");
const chosen: Record<string, number> = {};
for (const name of Array.isArray(names) ? names : []) {
  for (const preferred of [4, 6] as const) {
    for (const fallback of [true, false]) {
      const key = `${name} preferring ip${preferred}${fallback ? "" : " alone"}`;
      const choice = { preferred, fallback, resolve: "first" } as const;
      chosen[key] = await resolveAddresses(String(name), choice, probeTools(), new AbortController().signal).then(
        ([{ ip }]) => addressHash(ip),
        (error: unknown) => error instanceof ProbeError ? 0 : Promise.reject(error),
      );
    }
  }
}
console.log(JSON.stringify(chosen));
