/**
 * The key `source_ip_address`.
 *
 * @module
 */

import { isIP } from "node:net";
import type * as z from "zod";
import { text } from "./fields.ts";

/** An address of this host that connections come from. */
export const sourceAddress: z.ZodType<string | undefined, string | number | boolean | null | undefined> = text
  .refine((value) => value === "" || isIP(value) !== 0, {
    error: ({ input }) => `Cannot use address ${JSON.stringify(input)}: expected one of IPv4 or IPv6`,
  })
  .nullish().transform((value) => value || undefined);
