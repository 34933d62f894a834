import { ConfigError, type Fault } from "./fault.ts";
import type { Report } from "./located.ts";

/** The faults of one load. */
export interface Gathering {
  /** Takes one more. */
  readonly report: Report;
  /** Whether there are none. */
  isEmpty(): boolean;
  /** @throws {ConfigError} always */
  refuse(): never;
}

/** Text without what a terminal or a log would take for more than text. */
function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\u2028\u2029]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** A {@linkcode Gathering} without any. */
export function gathering(): Gathering {
  const found = new Map<string, { fault: Fault; order: number }>();
  return {
    report({ origin, path, order }, message) {
      const fault: Fault = { origin: printable(origin), path: printable(path), message: printable(message) };
      found.set(JSON.stringify(fault), { fault, order });
    },
    isEmpty: () => found.size === 0,
    refuse() {
      throw new ConfigError([...found.values()].sort((a, b) => a.order - b.order).map(({ fault }) => fault));
    },
  };
}
