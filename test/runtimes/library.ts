/**
 * The library's behaviour, checked on whatever runtime runs this: with web and `node:` APIs alone, and by the module that
 * the first argument names, so that the same checks run on the source and on the package.
 *
 * @module
 */

import process from "node:process";
import { exporterChecks } from "./exporter_checks.ts";
import { hostChecks } from "./host_checks.ts";
import { leakChecks } from "./leak_checks.ts";
import { requestChecks } from "./request_checks.ts";
import { runChecks } from "./tap.ts";

const sonde: typeof import("../../mod.ts") = await import(process.argv[2] ?? "");
await runChecks([...exporterChecks(sonde), ...requestChecks(sonde), ...hostChecks(sonde), ...leakChecks(sonde)]);
