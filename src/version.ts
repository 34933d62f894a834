/**
 * The version of Sonde, from `deno.json`, where alone it is written.
 *
 * @module
 */

import project from "../deno.json" with { type: "json" };

/** Version of Sonde, as `0.1.0`. */
export const VERSION: string = project.version;
