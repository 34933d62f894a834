import { applyConfig, assemble } from "../assembly.ts";
import { silentLogger } from "../log.ts";
import type { Command } from "./command.ts";
import { durationOption, textOption } from "./option_values.ts";
import { UsageError } from "./usage_error.ts";

/** As the peer's page gives it. */
const TIMEOUT_SECONDS = 120;
/** The page that explains a probe, to the operator alone. */
const PATH = "/-/explain";

/** `sonde probe`: what the page of probes tells, asked in this process; nothing listens, and no collector runs. */
export const probe: Command = {
  name: "probe",
  description:
    "Probe a target once and explain the outcome: phases, certificates, the reason; exit with 1 if it failed.",
  argument: { name: "target" },
  options: [
    { name: "module", placeholder: "name", description: "How it is probed; by default guessed from its form." },
    { name: "hostname", placeholder: "name", description: "Name that stands for the target's in Host and TLS." },
    { name: "timeout", placeholder: "duration", description: "Limit, if the module has no shorter one. (default: 2m)" },
    { name: "json", description: "Print JSON." },
  ],
  async run({ surroundings, argument, options, load }) {
    const { collectors, config } = await load();
    const { clock, runtime } = surroundings;
    const parts = { path: config.path, clock, log: silentLogger, runtime: `deno ${runtime.deno}` };
    const { engine, source } = assemble(parts);
    try {
      applyConfig(engine, collectors, config);
      const answer = engine.route(PATH);
      if (!answer) throw new UsageError("Cannot probe: the collector that has the pages of probes is off");
      const seconds = durationOption(options, "timeout", TIMEOUT_SECONDS);
      const query = new URLSearchParams({ target: argument ?? "", ...(options.has("json") && { format: "json" }) });
      for (const name of ["module", "hostname"]) {
        const value = textOption(options, name);
        if (value !== undefined) query.set(name, value);
      }
      const request = new Request(`http://localhost${PATH}?${query}`, {
        headers: { "x-prometheus-scrape-timeout-seconds": String(seconds) },
      });
      const response = await answer(request, "operator");
      const text = await response.text();
      if (response.status >= 400 && response.status < 500) throw new UsageError(`Cannot probe: ${text.trim()}`);
      if (!response.ok) throw new Error(`Cannot probe: ${text.trim()}`);
      surroundings.print(text);
      return response.headers.get("x-probe-success") === "1" ? 0 : 1;
    } finally {
      await engine.stop();
      source.close();
    }
  },
};
