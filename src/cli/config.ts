import { type ConfigValue, jsonSchema } from "../config.ts";
import type { Command } from "./command.ts";

const line = ({ path, value, origin }: ConfigValue): string => `${path} = ${JSON.stringify(value)}  # ${origin}\n`;

/** `sonde config`. */
export const config: Command = {
  name: "config",
  description: "Print the effective configuration, without secrets, and where each value comes from.",
  options: [
    { name: "json", description: "Print JSON." },
    { name: "schema", description: "Print the JSON Schema of the configuration file instead." },
  ],
  async run({ surroundings, options, known, load }) {
    if (options.has("schema")) {
      const { collectors } = await known();
      surroundings.print(`${JSON.stringify(jsonSchema(collectors), null, 2)}\n`);
      return 0;
    }
    const { values } = (await load()).config;
    surroundings.print(options.has("json") ? `${JSON.stringify(values, null, 2)}\n` : values.map(line).join(""));
    return 0;
  },
};
