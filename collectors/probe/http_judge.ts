/**
 * Whether a response is as it should be.
 *
 * @module
 */

import type { ResponseHead } from "./http_response.ts";
import { ProbeError } from "./result.ts";

/**
 * Accepts a response whose body has arrived, as the module `http_2xx` does.
 *
 * @throws {ProbeError} `status` unless it is 2xx
 */
export function judgeResponse({ status }: ResponseHead): void {
  if (status < 200 || status > 299) throw new ProbeError("status", `status ${status} is not 2xx`);
}
