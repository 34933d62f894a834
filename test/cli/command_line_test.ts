import assert from "node:assert/strict";
import * as z from "zod";
import { commands } from "../../src/cli/commands.ts";
import { type CommandLine, parseCommandLine } from "../../src/cli/command_line.ts";
import type { AnyCollector } from "../../src/collector.ts";
import { settings } from "../../src/config.ts";

const die: AnyCollector = {
  name: "dice",
  help: "A die.",
  aliases: ["die"],
  metrics: {},
  options: z.strictObject({
    eyes: z.int().default(6).meta({ description: "Eyes." }),
    "max-eyes": z.int().optional(),
    maxEyes: z.int().optional(),
    sides: z.array(z.string()).default([]).meta({ description: "Sides." }),
    pips: z.int().optional().meta({ description: "Former name of eyes.", deprecated: true }),
  }),
  read: () => 1,
  samples: () => {},
};
const coin: AnyCollector = { name: "coin", help: "A coin.", metrics: {}, read: () => 1, samples: () => {} };
const all = settings([die, coin]);

function parse(line: string): CommandLine {
  return parseCommandLine(line.split(" ").filter((word) => word !== ""), commands, all);
}

function flagsOf(line: string): Record<string, unknown> {
  const { flags, fault } = parse(line);
  assert.equal(fault, undefined);
  return Object.fromEntries(flags);
}

Deno.test("parseCommandLine: serves where no command is named", () => {
  assert.equal(parse("").command.name, "serve");
  assert.equal(parse("--web.listen-address=:9100").command.name, "serve");
  assert.equal(parse("serve --web.listen-address=:9100").command.name, "serve");
});

Deno.test("parseCommandLine: takes flags before and behind the command", () => {
  for (const line of ["--log.level=debug list --json", "list --json --log.level debug"]) {
    const { command, flags, options, fault } = parse(line);
    assert.equal(fault, undefined);
    assert.deepEqual([command.name, flags.get("log.level"), options.get("json")], ["list", "debug", true]);
  }
});

Deno.test("parseCommandLine: keeps only what was given", () => {
  assert.deepEqual(flagsOf(""), {});
  assert.deepEqual(flagsOf("--collector.dice"), { "collector.dice": true });
});

Deno.test("parseCommandLine: gathers lists, and takes the last of what is single", () => {
  assert.deepEqual(
    flagsOf("--web.listen-address=:1 --web.listen-address :2 --log.level=info --log.level=warn --no-scrape.strict"),
    { "web.listen-address": [":1", ":2"], "log.level": "warn", "scrape.strict": false },
  );
  assert.deepEqual(flagsOf("--collector.dice --no-collector.dice"), { "collector.dice": false });
  assert.deepEqual(flagsOf("--no-collector.dice --collector.dice"), { "collector.dice": true });
  assert.deepEqual(flagsOf("--collector.dice=false"), { "collector.dice": false });
  assert.deepEqual(flagsOf("--collector.dice=false --collector.dice=true"), { "collector.dice": true });
});

Deno.test("parseCommandLine: takes empty values, values that begin with dashes, and values with an equals sign", () => {
  assert.deepEqual(flagsOf("--config.file= --plugin -x --collector.dice.sides=a=b"), {
    "config.file": "",
    plugin: ["-x"],
    "collector.dice.sides": ["a=b"],
  });
});

Deno.test("parseCommandLine: tells flags apart that differ in their spelling alone", () => {
  assert.deepEqual(flagsOf("--collector.dice.max-eyes=1 --collector.dice.maxEyes=2"), {
    "collector.dice.max-eyes": "1",
    "collector.dice.maxEyes": "2",
  });
});

Deno.test("parseCommandLine: takes aliases", () => {
  assert.deepEqual(flagsOf("--no-collector.die --collector.die.eyes=2"), {
    "collector.die": false,
    "collector.die.eyes": "2",
  });
});

const FAULTS: readonly (readonly [line: string, fault: string])[] = [
  [
    "--web.listen-adress=:1",
    'Cannot use "--web.listen-adress=:1": there is no such flag, did you mean "--web.listen-address"?',
  ],
  [
    "--web.listen-adress :1",
    'Cannot use "--web.listen-adress": there is no such flag, did you mean "--web.listen-address"?',
  ],
  ["--no-colector.dice", 'Cannot use "--no-colector.dice": there is no such flag, did you mean "--no-collector.dice"?'],
  ["-web.openmetrics", 'Cannot use "-web.openmetrics": there is no such flag, did you mean "--web.openmetrics"?'],
  ["list --jsno", 'Cannot use "--jsno": there is no such flag, did you mean "--json"?'],
  ["--frobnicate", 'Cannot use "--frobnicate": there is no such flag, see "sonde --help"'],
  ["--json list", 'Cannot use "--json": it belongs behind "list", "compare", "probe" or "config"'],
  ["list --json=1", 'Cannot use "--json=1": it takes no value'],
  [
    "--collector.dice=off",
    'Cannot use "--collector.dice=off": it takes no value; leave out "=off", or use "--no-collector.dice" to turn it off',
  ],
  [
    "--collector.dice false",
    'Cannot use "false": "--collector.dice" takes no value; use "--no-collector.dice" to turn it off',
  ],
  ["--no-log.level", 'Cannot use "--no-log.level": "--log.level" takes a value and cannot be negated'],
  ["check --config.file", 'Cannot use "--config.file": its value is missing'],
  ["sevre", 'Cannot run "sevre": there is no such command, did you mean "serve"?'],
  ["frobnicate", 'Cannot run "frobnicate": there is no such command, see "sonde --help"'],
  ["log.level=warn", 'Cannot run "log.level=warn": there is no such command, did you mean "--log.level"?'],
  ["check dice", 'Cannot run "check" with "dice": it takes no arguments, see "sonde --help"'],
  ["list dice coin", 'Cannot run "list" with "coin": it takes one argument, see "sonde --help"'],
  [
    "graph --format=svg",
    'Cannot use "--format=svg": expected text, mermaid, dot or json',
  ],
  ["completions", 'Cannot run "completions": its shell is missing, expected bash, zsh or fish'],
  ["completions fis", 'Cannot run "completions" for "fis": expected bash, zsh or fish, did you mean "fish"?'],
  ["completions fish bash", 'Cannot run "completions" with "bash": it takes one argument, see "sonde --help"'],
];

Deno.test("parseCommandLine: --config.check is the command check, where no other is named", () => {
  assert.equal(parse("--config.check").command.name, "check");
  assert.equal(parse("--config.check").fault, undefined);
  assert.equal(parse("--no-config.check").command.name, "serve");
  assert.equal(parse("list --config.check").command.name, "list");
});

for (const [line, expected] of FAULTS) {
  Deno.test(`parseCommandLine: refuses ${line}`, () => assert.equal(parse(line).fault?.message, expected));
}

Deno.test("parseCommandLine: refuses sockets that it would not listen on", () => {
  const message = parse("check --web.systemd-socket").fault?.message ?? "";
  assert.match(message, /^Cannot use "--web\.systemd-socket": [^\n]+not there yet[^\n]+$/);
  assert.equal(parse("--web.config.file= --no-web.systemd-socket").fault, undefined);
});

Deno.test("parseCommandLine: accepts flags without effect, and tells of them", () => {
  const { ignored, fault, flags } = parse("--runtime.gomaxprocs=1 --log.level=warn");
  assert.equal(fault, undefined);
  assert.deepEqual(ignored.map(({ flag }) => flag), ["runtime.gomaxprocs"]);
  assert.deepEqual([...flags.keys()], ["log.level"]);
});

Deno.test("parseCommandLine: refuses by name collectors of the peer that are not here, all at once", () => {
  const { fault, flags } = parse(
    "--collector.systemd --collector.systemd --collector.wifi.fixtures=x --log.level=warn",
  );
  assert.deepEqual(fault?.message.split("\n"), [
    'Cannot use "--collector.systemd": Sonde has no collector "systemd": it needs D-Bus; leave it out',
    'Cannot use "--collector.wifi.fixtures": Sonde has no collector "wifi": it needs netlink; leave it out',
  ]);
  assert.deepEqual([...flags.keys()], ["log.level"]);
});

Deno.test("parseCommandLine: accepts that what is not there anyway is turned off", () => {
  const { fault, ignored, flags } = parse(
    "--no-collector.systemd --no-collector.ntp.server-is-local --collector.perf.cpus=",
  );
  assert.deepEqual([fault, ignored, flags.size], [undefined, [], 0]);
});

Deno.test("parseCommandLine: a collector of that name that there is has its own flags", () => {
  const own = settings([{ ...coin, name: "systemd" }]);
  const { fault, flags } = parseCommandLine(["--collector.systemd"], commands, own);
  assert.deepEqual([fault, flags.get("collector.systemd")], [undefined, true]);
});

Deno.test("parseCommandLine: makes of a faulty line what can be made of it", () => {
  const { flags, fault } = parse("--collector.unknown.x=1 --plugin=a.ts --collector.unknown --plugin b.ts");
  assert.ok(fault);
  assert.deepEqual(flags.get("plugin"), ["a.ts", "b.ts"]);
});

Deno.test("parseCommandLine: help groups flags by collector, and shows once what all have", () => {
  const { asks, help } = parse("--help");
  assert.equal(asks, "help");
  const text = help(120);
  for (const part of ["--[no-]collector.dice ", "--collector.dice.eyes <number>", "(default: 6)", "Collector coin:"]) {
    assert.ok(text.includes(part), `${part} is missing in: ${text}`);
  }
  assert.equal(text.match(/\.interval <duration>/g)?.length, 1);
  assert.ok(text.includes("--collector.<name>.interval <duration>"));
  assert.ok(!text.includes("collector.die."), "aliases are hidden");
  assert.ok(!text.includes("pips"), "former names are hidden");
  assert.deepEqual(flagsOf("--collector.dice.pips=2"), { "collector.dice.pips": "2" });
  assert.ok(!text.includes("gomaxprocs"), "flags of others are hidden");
  assert.ok(text.split("\n").every((line) => line.length <= 120), "lines fit");
});

Deno.test("parseCommandLine: help of one command shows what is its own", () => {
  const text = parse("graph --help").help(100);
  assert.match(text, /^Usage: sonde graph \[--format=text\|mermaid\|dot\|json\]\n/);
  assert.ok(!text.includes("--web.listen-address"));
});

Deno.test("parseCommandLine: asks for the version", () => {
  assert.equal(parse("--version").asks, "version");
  assert.equal(parse("list --version --help").asks, "help");
});
