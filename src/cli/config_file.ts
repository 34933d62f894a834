import { Buffer } from "node:buffer";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";

/** Bytes; devices have no end. */
const LARGEST_FILE = 2 ** 21;

/**
 * The text of the configuration file. The first time it may be a pipe, as standard input is, or a device.
 *
 * @param again whether it has been read before: what a pipe held is gone, and to wait for more might be for ever
 * @throws {TypeError} if it is then no regular file
 * @throws {RangeError} if it is larger than 2 MiB
 * @throws {Error} if it cannot be read
 */
export async function readConfigFile(name: string, again: boolean): Promise<string> {
  if (again && !(await stat(name)).isFile()) throw new TypeError("it is no regular file, which alone is read again");
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of createReadStream(name)) {
    bytes += chunk.length;
    if (bytes > LARGEST_FILE) throw new RangeError(`it is larger than ${LARGEST_FILE / 2 ** 20} MiB`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
