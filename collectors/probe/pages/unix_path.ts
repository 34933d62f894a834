/**
 * Where on the file system a target of the prober of Unix sockets is, and whether it may be asked for.
 *
 * @module
 */

import { lstat, realpath } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, normalize, sep } from "node:path";

/**
 * The path of a target, without symbolic links, if it lies in one of the folders; otherwise `undefined`. There need be no such
 * file: who does not serve has none.
 */
export async function allowedSocket(target: string, folders: readonly string[]): Promise<string | undefined> {
  const path = target.replace(/^unix:(?:\/\/(?=\/))?/, "");
  if (!isAbsolute(path) || path.includes("\0")) return undefined;
  const real = await resolved(normalize(path));
  if (real === undefined) return undefined;
  for (const folder of folders) {
    const root = await resolved(normalize(folder));
    if (root !== undefined && real.startsWith(root.endsWith(sep) ? root : root + sep)) return real;
  }
  return undefined;
}

/** A path without symbolic links, as far as there is something; `undefined` where a link leads to nothing. */
async function resolved(path: string): Promise<string | undefined> {
  try {
    return await realpath(path);
  } catch {
    const isThere = await lstat(path).then(() => true, () => false);
    if (isThere || path === dirname(path)) return undefined;
    const folder = await resolved(dirname(path));
    return folder === undefined ? undefined : join(folder, basename(path));
  }
}
