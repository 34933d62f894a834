/**
 * What the operator of modules should know: where /probe answers otherwise than blackbox_exporter would.
 *
 * @module
 */

import type { ProbeSettings } from "../settings.ts";
import { hasCredentials, writtenModules } from "./written_module.ts";

/** One sentence for each. */
export function pageWarnings(settings: ProbeSettings, written: unknown): readonly string[] {
  const { configured, modules, credentials, unixPaths } = settings;
  const own = [...configured].flatMap((name) => modules.get(name) ?? []);
  const parts = writtenModules(written);
  const secretive = own.filter(({ name, targets }) => !targets && hasCredentials(parts[name]));
  const sockets = own.filter(({ prober }) => prober === "unix");
  const listed = (some: readonly { readonly name: string }[]) =>
    some.map(({ name }) => JSON.stringify(name)).join(", ");
  return [
    ...(credentials === "named" && secretive.length > 0
      ? [
        `the modules ${
          listed(secretive)
        } have credentials and no "targets": /probe refuses them to others than this host, ` +
        'but for targets of "probes"; list the hosts that they are for in their "targets", or set "probe.credentials" to ' +
        '"any", as blackbox_exporter has it',
      ]
      : []),
    ...(sockets.length > 0 && unixPaths.length === 0
      ? [
        `the modules ${listed(sockets)} are for sockets, of which /probe may connect to none: list their folders in ` +
        '"probe.unix-path"',
      ]
      : []),
  ];
}
