/** A `Worker` of the tests. */

import { count } from "./counting.ts";

count(self);
