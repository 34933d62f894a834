import type { Command, Known } from "../command.ts";

/** A flag, as a shell completes it. */
export interface Flag {
  /** With its dashes. */
  readonly name: string;
  /** One sentence. */
  readonly description: string;
  /** What it takes; absent if nothing. */
  readonly value?: {
    /** Stands for it, as `duration`. */
    readonly placeholder: string;
    /** The only values that it takes. */
    readonly choices: readonly string[] | undefined;
    /** Whether it names a file. */
    readonly isPath: boolean;
  };
  /** Whether it may be given several times. */
  readonly repeatable: boolean;
}

/** Words that a shell can complete. */
export interface Vocabulary {
  /** Commands, with what they take besides the flags of all. */
  readonly commands: readonly Command[];
  /** What all commands take. */
  readonly flags: readonly Flag[];
}

const PATHS: readonly string[] = ["file", "path"];
/** What no shell takes for anything but itself. */
const PLAIN = /^[\w.:/+-]+$/;
const QUESTIONS: readonly Flag[] = [
  { name: "--help", description: "Show help.", repeatable: false },
  { name: "--version", description: "Show the version.", repeatable: false },
];

/** The words of all commands and settings, but for other names of the same. */
export function vocabulary({ commands, settings }: Pick<Known, "commands" | "settings">): Vocabulary {
  const flags = settings.filter(({ alias, deprecated }) => !alias && !deprecated).flatMap((setting): Flag[] => {
    const { flag, kind, description, choices, placeholder = "value" } = setting;
    const repeatable = kind === "list";
    if (kind === "boolean") {
      const off = description.replace(/^Enable /, "Disable ");
      return [
        { name: `--${flag}`, description, repeatable },
        { name: `--no-${flag}`, description: off === description ? `Not: ${description}` : off, repeatable },
      ];
    }
    const value = {
      placeholder,
      choices: choices?.filter((choice) => PLAIN.test(choice)),
      isPath: PATHS.includes(placeholder),
    };
    return [{ name: `--${flag}`, description, value, repeatable }];
  });
  return { commands, flags: [...QUESTIONS, ...flags] };
}

/** What one command takes besides. */
export function ownFlags({ options = [] }: Command): readonly Flag[] {
  return options.map(({ name, description, choices, placeholder = choices && name, repeatable = false }) => ({
    name: `--${name}`,
    description,
    repeatable,
    ...(placeholder !== undefined && { value: { placeholder, choices, isPath: PATHS.includes(placeholder) } }),
  }));
}
