import type { Setting } from "../config.ts";

/** A setting with a value that every collector has, with the same description. */
export interface SharedSetting {
  /** With its dashes: `--collector.<name>.interval`. */
  readonly flag: string;
  /** Its environment variable: `SONDE_COLLECTOR_<NAME>_INTERVAL`. */
  readonly environment: string;
  /** Stands for the value. */
  readonly placeholder: string;
  /** One sentence. */
  readonly description: string;
}

/** The form of a collector's setting that is the same for all; `undefined` of other settings. */
function formOf({ kind, collector, path, placeholder = "", description }: Setting): SharedSetting | undefined {
  const key = path.at(-1);
  if (kind === "boolean" || collector === undefined || key === undefined) return undefined;
  const environment = `SONDE_COLLECTOR_<NAME>_${key.toUpperCase().replace(/[^A-Z0-9]/g, "_")}`;
  return { flag: `--collector.<name>.${key}`, environment, placeholder, description };
}

const same = (a: SharedSetting, b: SharedSetting): boolean =>
  a.flag === b.flag && a.placeholder === b.placeholder && a.description === b.description;

/** The settings that every collector has, which help and tables show once. */
export function sharedSettings(settings: readonly Setting[]): readonly SharedSetting[] {
  const collectors = new Set(settings.flatMap(({ collector }) => collector ?? []));
  const forms = settings.flatMap((setting) => setting.alias ? [] : formOf(setting) ?? []);
  return forms.filter((form, i) =>
    forms.findIndex((other) => same(form, other)) === i &&
    forms.filter((other) => same(form, other)).length === collectors.size
  );
}

/** Whether a setting is one of those. */
export function isShared(setting: Setting, shared: readonly SharedSetting[]): boolean {
  const form = formOf(setting);
  return form !== undefined && shared.some((each) => same(each, form));
}
