import type { Clock } from "../clock.ts";
import { failureMessage } from "../failure.ts";
import type { Logger } from "../log.ts";
import { readConfigFile } from "./config_file.ts";

/** What is watched, and what follows. */
export interface Watching {
  /** The file, with the text that was read last. */
  readonly file: { readonly name: string; readonly text: string };
  /** Seconds between two looks. */
  readonly intervalSeconds: number;
  /** Time. */
  readonly clock: Clock;
  /** Told what cannot be read. */
  readonly log: Logger;
  /** Called when the text is another; what it throws, it has told. */
  readonly reload: () => Promise<void>;
}

/**
 * Looks at a file from time to time. By its text: a file that was mounted or replaced may be newer and the same.
 *
 * @returns ends it
 */
export function watchFile({ file, intervalSeconds, clock, log, reload }: Watching): () => void {
  let known = file.text;
  let ended = false;
  let cancel = () => {};
  const look = async (): Promise<void> => {
    try {
      const text = await readConfigFile(file.name, true);
      if (ended) return;
      if (text !== known) {
        known = text;
        await reload().catch(() => {});
      }
    } catch (error) {
      log("error", "cannot look at the configuration file", { file: file.name, error: failureMessage(error) });
    }
    if (!ended) wait();
  };
  const wait = (): void => {
    cancel = clock.timer(() => void look(), intervalSeconds);
  };
  wait();
  return () => {
    ended = true;
    cancel();
  };
}
