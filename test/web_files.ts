/**
 * Certificates for a server and its clients.
 *
 * @module
 */

import { hashSync } from "bcryptjs";
import { fileURLToPath } from "node:url";

/** Path of one of the certificates, authorities and keys of the fixtures. */
export function pathOf(name: string): string {
  return fileURLToPath(new URL(`fixtures/web/${name}`, import.meta.url));
}

/** Text of one of them. */
export function textOf(name: string): string {
  return Deno.readTextFileSync(pathOf(name));
}

/** A password hashed as quickly as bcrypt does. */
export function hashed(password: string): string {
  return hashSync(password, 4);
}
