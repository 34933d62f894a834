/**
 * The configuration: defaults ← file ← environment ← flags, validated by the schemas of those whom it concerns.
 *
 * ```yaml
 * collectors:
 *   disable-defaults: true
 *   cpu: true
 *   meminfo: { interval: 1m }
 * web:
 *   listen-address: ["127.0.0.1:9999"]
 * ```
 *
 * `${env:NAME}` in a string is replaced by that environment variable, and `<key>_file: path` stands for a `<key>` that is
 * the text of a file, where `<key>` takes text; a relative path starts at the configuration file. What came either way is
 * never shown, nor is an option whose schema says `secret: true` in its metadata; it is refused where it would be a name
 * that everybody sees, for want of another (`namedBy: "name"`, the key of that other). Each setting also has a flag, its keys
 * joined by dots, and an environment variable: `SONDE_` and the flag in capitals, all else in it as `_`.
 *
 * @module
 */

export { type CollectorConfig } from "./config/collectors.ts";
export { ConfigError, type Fault } from "./config/fault.ts";
export { jsonSchema } from "./config/json_schema.ts";
export { type Config, loadConfig, pluginPaths, resolveConfig } from "./config/load.ts";
export { type Setting, settings } from "./config/settings.ts";
export { type ConfigSources } from "./config/sources.ts";
export { type ConfigValue } from "./config/values.ts";
export {
  type ClientAuth,
  loadWebConfig,
  type TlsSettings,
  type WebConfig,
  type WebConfigSource,
} from "./config/web_file.ts";
