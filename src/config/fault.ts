/** One thing wrong with the configuration. */
export interface Fault {
  /** Where it was written: `sonde.yml:3:5` (line, column), `--collector.cpu.interval`, `environment SONDE_LOG_LEVEL`. */
  readonly origin: string;
  /** Key path, as `probes[0].target`; empty where no key is to blame, as for a syntax error. */
  readonly path: string;
  /** What was expected and what was found, without a final period; never holds a secret. */
  readonly message: string;
}

/** A flag and an environment variable already name what they set. */
function line({ origin, path, message }: Fault): string {
  const named = path === "" || origin.startsWith("--") || origin.startsWith("environment ");
  return named ? `${origin}: ${message}` : `${origin}: ${path}: ${message}`;
}

/** The configuration cannot be used; its message has one line per fault. */
export class ConfigError extends Error {
  /** All that is wrong, in the order of the file, then of environment and flags; at least one. */
  readonly faults: readonly Fault[];

  /** An error of the faults given. */
  constructor(faults: readonly Fault[]) {
    super(faults.map(line).join("\n"));
    this.name = "ConfigError";
    this.faults = faults;
  }
}
