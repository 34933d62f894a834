/** A process of the tests, with IPC. */

import process from "node:process";
import { count } from "./counting.ts";

count(process);
