import { check } from "./check.ts";
import { collect } from "./collect.ts";
import type { Commands } from "./command_line.ts";
import { compare } from "./compare.ts";
import { completions } from "./completions.ts";
import { config } from "./config.ts";
import { graph } from "./graph.ts";
import { healthcheck } from "./healthcheck.ts";
import { list } from "./list.ts";
import { probe } from "./probe.ts";
import { serve } from "./serve.ts";

/** All that the program can do; the first is what it does where none is named. */
export const commands: Commands = [
  serve,
  list,
  graph,
  check,
  collect,
  compare,
  probe,
  config,
  healthcheck,
  completions,
];
