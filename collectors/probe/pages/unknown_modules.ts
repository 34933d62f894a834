/**
 * How often a module was asked for that is not there.
 *
 * @module
 */

import { Shared } from "../../../src/scope.ts";

/** A count. */
export interface Count {
  /** So far. */
  count: number;
}

/** That of each exporter. */
export const unknownModules: Shared<Count> = new Shared(() => ({ count: 0 }));
