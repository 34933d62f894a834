import assert from "node:assert/strict";
import fc from "fast-check";
import * as z from "zod";
import { defineCollector } from "../../src/collector.ts";
import { ConfigError, type ConfigSources, loadConfig } from "../../src/config.ts";
import { faultsOf, messageOf, sample } from "./sample.ts";

const file = (text: string) => ({ file: { name: "/etc/sonde/sonde.yml", text } });
const NO_SUCH_FILE = (path: string): string => {
  throw new Error(`ENOENT: no such file or directory, open '${path}'`);
};

async function shownOf(sources: Omit<ConfigSources, "collectors">, path: string): Promise<unknown> {
  const { values } = await loadConfig({ collectors: sample, ...sources });
  return values.find((value) => value.path === path)?.value;
}

Deno.test("loadConfig: ${env:NAME} is replaced wherever text stands in the file", async () => {
  const environment = { HOST: "a.example", NAME: "x", EMPTY: "" };
  const { collectors, values } = await loadConfig({
    collectors: sample,
    environment,
    ...file("probes:\n  - target: http://${env:HOST}/${env:NAME}${env:EMPTY}\n    name: ${env:NAME}\n"),
  });
  assert.deepEqual(Reflect.get(Object(collectors.get("http")?.options), "probes"), [
    { target: "http://a.example/x", name: "x" },
  ]);
  assert.deepEqual(values.filter(({ path }) => path.startsWith("probes")).map(({ value }) => value), [
    "<redacted>",
    "<redacted>",
  ]);
});

Deno.test("loadConfig: a variable that is not set is named, and nothing that follows from it", async () => {
  assert.deepEqual(
    (await messageOf(
      "probes: [{ target: '${env:URL}' }]\nlog: { level: '${env:A}${env:toString}' }\npath: { procfs: '${env:X' }",
    ))
      .split("\n"),
    [
      'sonde.yml:1:20: probes[0].target: the environment variable "URL" is not set',
      'sonde.yml:2:15: log.level: the environment variable "A" is not set',
      'sonde.yml:2:15: log.level: the environment variable "toString" is not set',
      'sonde.yml:3:17: path.procfs: expected "${env:NAME}", found one without end',
    ],
  );
});

Deno.test("loadConfig: <key>_file takes the text of a file, found from the configuration's", async () => {
  const read: string[] = [];
  const sources = {
    ...file("collectors: { http: { token_file: token } }\nprobes: [{ target_file: /abs, password_file: ../p }]"),
    readFile: (path: string) => {
      read.push(path);
      return path === "/abs" ? "http://a\r\n" : `secret of ${path}\n`;
    },
  };
  const { collectors } = await loadConfig({ collectors: sample, ...sources });
  assert.deepEqual(collectors.get("http")?.options, {
    token: "secret of /etc/sonde/token",
    target: [],
    probes: [{ target: "http://a", password: "secret of /etc/p" }],
    modules: {},
  });
  assert.deepEqual(read, ["/etc/sonde/token", "/abs", "/etc/p"]);
  assert.equal(await shownOf(sources, "collectors.http.token"), "<redacted>");
  assert.equal(await shownOf(sources, "probes[0].target"), "<redacted>");
});

Deno.test("loadConfig: the file of a <key>_file is read from disk", async () => {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(path, "from the disk\n\n");
    const { collectors } = await loadConfig({
      collectors: sample,
      tree: { collectors: { http: { token_file: path } } },
    });
    assert.equal(Reflect.get(Object(collectors.get("http")?.options), "token"), "from the disk\n");
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("loadConfig: a <key>_file that cannot be used is a fault of its own", async () => {
  const text = "collectors:\n  http: { token_file: none }\n  cpu: { limit_file: x }\n" +
    "probes:\n  - { target: 'http://a', password: abcd, password_file: x }\n  - { target_file: [] }\n";
  assert.deepEqual((await messageOf(text, { readFile: NO_SUCH_FILE })).split("\n"), [
    "sonde.yml:2:23: collectors.http.token_file: Cannot read \"none\": ENOENT: no such file or directory, open 'none'",
    'sonde.yml:3:10: collectors.cpu.limit_file: unknown key "limit_file", expected one of enabled, interval, timeout, ' +
    "freshness, max-age, info, info.flags-include, fields, limit, ratio, mode, weights",
    'sonde.yml:5:43: probes[0].password_file: "password" is set as well, expected one of the two',
    "sonde.yml:6:20: probes[1].target_file: expected the path of a file, found an empty list",
  ]);
});

Deno.test("loadConfig: user-info of URLs is not shown, where it is right or wrong", async () => {
  const shown = await shownOf(file("probes: [{ target: 'https://user:pa@ss@host/x@y?z@' }]"), "probes[0].target");
  assert.equal(shown, "https://<redacted>@host/x@y?z@");
  const wrong =
    "probes: [{ target: 'no user:word@host' }, { target: 'http://user:wo rd@[host' }]\nplugins: https://t@h";
  assert.deepEqual((await messageOf(wrong)).split("\n"), [
    'sonde.yml:1:20: probes[0].target: expected a URL, found "no <redacted>@host"',
    'sonde.yml:1:53: probes[1].target: expected a URL, found "http://<redacted>@[host"',
    'sonde.yml:2:10: plugins: expected a list, found "https://<redacted>@h"',
  ]);
});

Deno.test("loadConfig: a literal in a file of wrong syntax is not shown", async () => {
  assert.doesNotMatch(await messageOf('- a\npassword: hunter22\n"hunter22" "hunter22"\n'), /hunter22/);
});

const secret = z.string().meta({ secret: true });
const leaky = defineCollector({
  name: "leaky",
  help: "Its schema repeats what it is given.",
  metrics: {},
  topLevel: ["accounts"],
  options: z.strictObject({
    token: secret.refine((text) => text.length < 5, { error: ({ input }) => `too long: ${input}` }).optional(),
    key: secret.transform((text, context): string => {
      context.addIssue({ code: "custom", message: `bad key ${JSON.stringify(text)} or ${encodeURIComponent(text)}` });
      return z.NEVER;
    }).optional(),
    headers: z.record(z.string(), secret).optional(),
    either: z.union([z.strictObject({ a: z.number(), pass: secret }), z.strictObject({ b: z.number(), pass: secret })])
      .optional(),
    accounts: z.array(z.object({ name: z.string(), pass: secret })).default([]),
    other: z.string().optional(),
  }).superRefine((value, context) => {
    if (value.other) context.addIssue({ code: "custom", path: ["other"], message: JSON.stringify(value) });
  }),
  read: () => null,
  samples: () => {},
});

Deno.test("loadConfig: what a schema calls secret is in no fault and no value", async () => {
  const word = fc.string({ minLength: 6 }).map((text) => `§${text}§`);
  await fc.assert(
    fc.asyncProperty(word, fc.boolean(), async (text, fails) => {
      const tree = {
        collectors: {
          leaky: {
            token: text,
            headers: { Authorization: text },
            either: { a: 1, b: 2, pass: text },
            ...(fails ? { key: text, other: text } : {}),
          },
        },
        accounts: [{ name: "n", pass: text }, { name: 5, pass: text, more: 1 }],
      };
      const error: unknown = await loadConfig({ collectors: [leaky], tree }).catch((error) => error);
      assert.ok(error instanceof ConfigError);
      const all = JSON.stringify(error.faults) + error.message;
      for (const form of [text, JSON.stringify(text).slice(1, -1), encodeURIComponent(text.toWellFormed())]) {
        assert.ok(!all.includes(form), all);
      }
      assert.ok(all.includes("too long: <redacted>"));
    }),
    { numRuns: 50 },
  );
});

Deno.test("loadConfig: secrets are shown in no value, in whichever branch of a schema", async () => {
  const tree = {
    collectors: { leaky: { token: "abcd", headers: { Authorization: "abcd" }, either: { a: 1, pass: "abcd" } } },
    accounts: [{ name: "n", pass: "abcd" }],
  };
  const { values, collectors } = await loadConfig({ collectors: [leaky], tree });
  assert.doesNotMatch(JSON.stringify(values), /abcd/);
  assert.equal(values.filter(({ value }) => value === "<redacted>").length, 4);
  assert.equal(Reflect.get(Object(collectors.get("leaky")?.options), "token"), "abcd");
});

Deno.test("loadConfig: a secret that is shorter than a word is still not shown where it stands", async () => {
  const tree = { collectors: { leaky: { key: "z" } } };
  const error: unknown = await loadConfig({ collectors: [leaky], tree }).catch((error) => error);
  assert.ok(error instanceof ConfigError);
  assert.equal(error.faults[0]?.message, 'bad key "<redacted>" or <redacted>');
  assert.deepEqual(await faultsOf({ environment: { SONDE_COLLECTOR_HTTP_TOKEN: "z" } }), [{
    origin: "environment SONDE_COLLECTOR_HTTP_TOKEN",
    path: "collectors.http.token",
    message: "expected at least 8 characters, found <redacted>",
  }]);
});

const named = defineCollector({
  name: "named",
  help: "Names what it is told.",
  metrics: {},
  topLevel: ["things"],
  options: z.strictObject({
    place: z.array(z.string().meta({ namedBy: "things[].name" })).default([]),
    things: z.array(z.strictObject({
      name: z.string().optional(),
      place: z.string().refine((text) => text.length < 99, { error: ({ input }) => `Cannot use "${input}": long` })
        .meta({ namedBy: "name" }),
    })).default([]),
  }),
  read: () => null,
  samples: () => {},
});

Deno.test("loadConfig: a secret that would be a name is refused, and said nothing else of", async () => {
  const load = async (text: string, flags?: ReadonlyMap<string, readonly string[]>) => {
    const environment = { WORD: "hunter22", LONG: "l".repeat(100) };
    const sources = { ...file(text), environment, flags, readFile: () => "hunter22" };
    const loaded: unknown = await loadConfig({ collectors: [named], ...sources }).catch((error: unknown) => error);
    return loaded instanceof ConfigError ? loaded.faults.map(({ path, message }) => `${path}: ${message}`) : [];
  };
  const needs = (where: string) => `a place with a secret needs a name, expected one in "${where}"`;
  for (const thing of ["place: 'x?${env:WORD}'", "place: '${env:LONG}'", "place_file: word"]) {
    assert.deepEqual(await load(`things: [{ ${thing} }]`), [`things[0].place: ${needs("name")}`], thing);
  }
  assert.deepEqual(await load("collectors: { named: { place: [plain, '${env:WORD}'] } }"), [
    `collectors.named.place[1]: ${needs("things[].name")}`,
  ]);
  const right = "things: [{ place: '${env:WORD}', name: n }, { name_file: name, place_file: word }, { place: plain }]";
  assert.deepEqual(await load(right, new Map([["collector.named.place", ["http://h/?q=1"]]])), []);
});

Deno.test("loadConfig: not even a part of a secret is shown as the thing that a schema's message is about", async () => {
  const part = z.string().superRefine((text, context) => {
    const message = `Cannot use ${JSON.stringify(`${text.slice(0, 9)}"…`)}: it is "bad"`;
    context.addIssue({ code: "custom", message });
  });
  const collector = defineCollector({
    name: "cut",
    help: "Its schema shows the beginning of what it is given.",
    metrics: {},
    options: z.strictObject({ word: part }),
    read: () => null,
    samples: () => {},
  });
  const sources = {
    ...file("collectors: { cut: { word: '${env:WORD}' } }"),
    environment: { WORD: "hunter22hunter22" },
  };
  const error: unknown = await loadConfig({ collectors: [collector], ...sources }).catch((error: unknown) => error);
  assert.ok(error instanceof ConfigError);
  assert.deepEqual(error.faults.map(({ message }) => message), ['Cannot use "<redacted>": it is "bad"']);
});

Deno.test("loadConfig: the file of a <key>_file is a regular one, and of a value's size", async () => {
  const folder = await Deno.makeTempDir();
  const large = `${folder}/large`;
  try {
    await Deno.writeTextFile(large, "x".repeat(2 ** 20 + 1));
    for (const [path, reason] of [[folder, "it is no regular file"], [large, "it is larger than 1 MiB"]] as const) {
      const tree = { collectors: { http: { token_file: path } } };
      const [fault] = await faultsOf({ tree });
      assert.ok(fault?.message.endsWith(`: ${reason}`), fault?.message);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
