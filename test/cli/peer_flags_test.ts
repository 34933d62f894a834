import assert from "node:assert/strict";
import { collectors } from "../../collectors/mod.ts";
import { commands } from "../../src/cli/commands.ts";
import { parseCommandLine } from "../../src/cli/command_line.ts";
import { PEER_COLLECTORS } from "../../src/cli/peer_collectors.ts";
import { PEER_FLAGS } from "../../src/cli/peer_flags.ts";
import { settings } from "../../src/config.ts";
import { CONFORMANCE } from "../conformance/fixtures.ts";
import { DEFAULT_COLLECTORS, FLAG_FACTS, OPTIONAL_COLLECTORS, type PeerFlagFact } from "./node_exporter_flags.ts";

const all = settings(collectors);
const NAMES = [...DEFAULT_COLLECTORS, ...OPTIONAL_COLLECTORS].sort();

/** What the command line says to these arguments. */
const parse = (...args: readonly string[]) => parseCommandLine(args, commands, all);

/** As `--flag value`, and as `--flag=value`. */
const forms = ({ flag, kind }: PeerFlagFact): string[][] =>
  kind === "boolean" ? [[`--${flag}`]] : [[`--${flag}`, "value"], [`--${flag}=value`]];

for (const fact of FLAG_FACTS) {
  const { flag, kind, hidden } = fact;
  const own = all.find((setting) => setting.flag === flag);
  const peer = PEER_FLAGS.find((each) => each.flag === flag);
  Deno.test(`node_exporter's --${flag}: taken as it takes it, or refused by name`, () => {
    for (const args of forms(fact)) {
      const { fault, flags, ignored } = parse(...args);
      if (own) {
        const value = kind === "boolean" ? true : kind === "list" ? ["value"] : "value";
        assert.deepEqual([fault?.message, flags.get(flag)], [undefined, value]);
      } else if (peer?.note) assert.deepEqual([fault, ignored], [undefined, [peer]]);
      else assert.equal(fault?.message, `Cannot use "--${flag}": ${peer?.refusal}`);
    }
    if (kind === "boolean") {
      const { fault, flags } = parse(`--no-${flag}`);
      assert.deepEqual([fault?.message, flags.get(flag)], [undefined, own && false]);
    } else assert.notEqual(parse(`--no-${flag}`).fault, undefined);
  });
  if (own && hidden) {
    Deno.test(`node_exporter's --${flag}: hidden as there`, () => assert.ok(own.alias ?? own.deprecated));
  }
}

for (const name of NAMES) {
  Deno.test(`node_exporter's --[no-]collector.${name}: switches it, or is refused by name`, () => {
    const { fault, flags } = parse(`--collector.${name}`);
    const absent = PEER_COLLECTORS.find((each) => each.name === name);
    if (absent) {
      const reason = `Sonde has no collector "${name}": it ${absent.reason}; leave it out`;
      assert.equal(fault?.message, `Cannot use "--collector.${name}": ${reason}`);
    } else assert.deepEqual([fault?.message, flags.get(`collector.${name}`)], [undefined, true]);
    const off = parse(`--no-collector.${name}`);
    assert.deepEqual([off.fault?.message, off.flags.get(`collector.${name}`)], [undefined, absent ? undefined : false]);
  });
}

Deno.test("collectors: on by default are those that are so there", () => {
  const peers = collectors.filter(({ peer }) => peer);
  const on = peers.filter(({ enabled }) => enabled ?? true).map(({ name }) => name);
  assert.deepEqual(on.filter((name) => !DEFAULT_COLLECTORS.includes(name)), []);
  const absent = PEER_COLLECTORS.map(({ name }) => name);
  assert.deepEqual(DEFAULT_COLLECTORS.filter((name) => !on.includes(name) && !absent.includes(name)), []);
});

Deno.test("PEER_COLLECTORS: has collectors of the peer that are not here, and none that is", () => {
  assert.deepEqual(
    [...PEER_COLLECTORS.map(({ name }) => name), ...collectors.flatMap(({ name, peer }) => peer ? name : [])].sort(),
    NAMES,
  );
  for (const { name, options, families } of PEER_COLLECTORS) {
    assert.notDeepEqual(families, [], name);
    const theirs = FLAG_FACTS.filter(({ flag }) => flag.startsWith(`collector.${name}.`));
    assert.deepEqual(
      options.map(({ flag, boolean }) => [`collector.${flag}`, boolean]).sort(),
      theirs.map(({ flag, kind }) => [flag, kind === "boolean"]).sort(),
    );
  }
});

Deno.test({
  name: CONFORMANCE === undefined
    ? "FLAG_FACTS: the peer's facts are absent (SONDE_CONFORMANCE): not compared with its 103 flags"
    : "FLAG_FACTS: are the peer's own",
  ignore: CONFORMANCE === undefined,
  async fn() {
    const read = async (file: string) => JSON.parse(await Deno.readTextFile(`${CONFORMANCE}golden/${file}`));
    const flags: readonly { flag: string; kind: string; hidden: boolean }[] = await read("flags.json");
    assert.deepEqual(
      FLAG_FACTS.map(({ flag, hidden }) => [`--${flag}`, hidden]),
      flags.filter(({ flag }) => !flag.startsWith("--[")).map(({ flag, hidden }) => [flag, hidden]),
    );
    const index: Record<string, { defaultEnabled: boolean }> = await read("index.json");
    const names = Object.entries(index).filter(([name]) => !name.startsWith("_"));
    assert.deepEqual(names.map(([name]) => name).sort(), NAMES);
    const on = names.filter(([, { defaultEnabled }]) => defaultEnabled).map(([name]) => name);
    assert.deepEqual(on.sort(), [...DEFAULT_COLLECTORS].sort());
  },
});
