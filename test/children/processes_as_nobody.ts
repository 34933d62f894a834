/** Prints what the collector `processes` reads of the running host, as a user who owns no process of it. */

import process from "node:process";
import processes from "../../collectors/processes.ts";
import { createSource } from "../../src/source.ts";
import { contextOf } from "../context.ts";

const source = createSource();
process.setgid?.(65534);
process.setuid?.(65534);
const value = await processes.read(contextOf({ source, needs: {} }));
console.log(JSON.stringify(value && [...value.processStates.values()].reduce((sum, count) => sum + count, 0)));
