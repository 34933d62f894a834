/** A thread of the tests, by `node:worker_threads`. */

import { parentPort } from "node:worker_threads";
import { count } from "./counting.ts";

if (parentPort) count(parentPort);
