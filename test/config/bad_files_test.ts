import assert from "node:assert/strict";
import { messageOf } from "./sample.ts";

/** Files, and every line that must be said of them. */
const BAD: Readonly<Record<string, readonly [file: string, ...lines: string[]]>> = {
  "unknown section": ["colectors: {}\n", '1:1: colectors: unknown key "colectors", did you mean "collectors"?'],
  "unknown section like nothing": [
    "x: 1\n",
    '1:1: x: unknown key "x", expected one of profile, web, config, scrape, metrics, path, log, plugins, collectors, probes, modules',
  ],
  "collector at the top": ["memory: true\n", '1:1: memory: unknown key "memory", did you mean "collectors.memory"?'],
  "unknown collector": [
    "collectors:\n  cpuu: true\n",
    '2:3: collectors.cpuu: unknown collector "cpuu", did you mean "cpu"?',
  ],
  "unknown option": [
    "collectors:\n  cpu:\n    intervall: 5s\n",
    '3:5: collectors.cpu.intervall: unknown key "intervall", did you mean "interval"?',
  ],
  "option of a collector without any": [
    "collectors: { meminfo: { zzz: 5s } }\n",
    '1:26: collectors.meminfo.zzz: unknown key "zzz", expected one of enabled, interval, timeout, freshness, max-age',
  ],
  "unknown key in a list": [
    "probes:\n  - target: http://a\n    lables: {}\n",
    '3:5: probes[0].lables: unknown key "lables", did you mean "labels"?',
  ],
  "keys of JavaScript's own": [
    "__proto__: { a: 1 }\ncollectors: { constructor: true, __proto__: true, cpu: { __proto__: { limit: 2 } } }\n",
    '1:1: __proto__: unknown key "__proto__", expected one of profile, web, config, scrape, metrics, path, log, plugins, collectors, probes, modules',
    '2:15: collectors.constructor: unknown collector "constructor"',
    '2:34: collectors.__proto__: unknown collector "__proto__"',
    '2:58: collectors.cpu.__proto__: unknown key "__proto__", expected one of enabled, interval, timeout, ' +
    "freshness, max-age, info, info.flags-include, fields, limit, ratio, mode, weights",
  ],
  "collector that is neither switch nor map": [
    "collectors: { cpu: 5 }\n",
    "1:20: collectors.cpu: expected true, false or a map of options, found 5",
  ],
  "section that is no map": ["web: 5\n", "1:6: web: expected a map, found 5"],
  "file that is a list": ["- web\n", "1:1: expected a map of keys to values"],
  "file that is a text": ["hello\n", "1:1: expected a map of keys to values"],
  "durations": [
    "collectors:\n  cpu: { interval: 15, timeout: 0, freshness: -5s, max-age: soon }\n  meminfo: { interval: true }\n",
    '2:20: collectors.cpu.interval: Cannot parse duration "15": a unit is missing, try "15s"',
    '2:33: collectors.cpu.timeout: Cannot use duration "0": it must be longer than 0s',
    '2:47: collectors.cpu.freshness: Cannot use duration "-5s": it is negative',
    '2:61: collectors.cpu.max-age: Cannot parse duration "soon", expected the form "1m30s"',
    '3:24: collectors.meminfo.interval: expected a duration as "1m30s", found true',
  ],
  "duration without end": [
    `scrape: { freshness: ${"9".repeat(400)}s }\n`,
    `1:22: scrape.freshness: Cannot use duration "${"9".repeat(400)}s": it is too long`,
  ],
  "a duration of an option": [
    "probes:\n  - target: http://a\n    interval: 5\n",
    '3:15: probes[0].interval: expected a duration as "1m30s", found 5',
  ],
  "no interval where one is needed": [
    "collectors: { usage: { interval: 0 } }\n",
    '1:34: collectors.usage.interval: "usage" runs on its interval only, expected one longer than 0s',
  ],
  "timing that would have no effect": [
    "collectors: { usage: { freshness: 1s } }\n",
    '1:35: collectors.usage.freshness: "usage" runs on its interval only, and has no freshness',
  ],
  "wrong types of options": [
    "collectors:\n  cpu:\n    limit: 11\n    ratio: much\n    mode: lnog\n    fields: model\n    info: no\n" +
    "    weights: { a: b }\n",
    "3:12: collectors.cpu.limit: expected at most 10, found 11",
    '4:12: collectors.cpu.ratio: expected a number, found "much"',
    '5:11: collectors.cpu.mode: expected "short" or "long", found "lnog", did you mean "long"?',
    '6:13: collectors.cpu.fields: expected a list, found "model"',
    '7:11: collectors.cpu.info: expected true or false, found "no"',
    '8:19: collectors.cpu.weights.a: expected a number, found "b"',
  ],
  "more wrong types": [
    "collectors: { cpu: { limit: 1.5, fields: [1, {}], info.flags-include: [], mode: } }\n",
    "1:29: collectors.cpu.limit: expected a whole number, found 1.5",
    "1:43: collectors.cpu.fields[0]: expected text, found 1",
    "1:46: collectors.cpu.fields[1]: expected text, found an empty map",
    "1:71: collectors.cpu.info.flags-include: expected text, found an empty list",
    '1:81: collectors.cpu.mode: expected "short" or "long", found nothing',
  ],
  "addresses": [
    "web:\n  listen-address:\n    - 9999\n    - :70000\n    - ::1:9999\n    - localhost\n    - :9999\n",
    "3:7: web.listen-address[0]: expected text, found 9999",
    '4:7: web.listen-address[1]: Cannot parse address ":70000": the port is above 65535',
    '5:7: web.listen-address[2]: Cannot parse address "::1:9999": an IPv6 address stands in brackets, as "[::1]:9999"',
    '6:7: web.listen-address[3]: Cannot parse address "localhost": a port is missing, try "localhost:9999"',
  ],
  "web": [
    "web: { listen-address: [], telemetry-path: metrics, max-requests: -1, openmetrics: yes }\n",
    "1:24: web.listen-address: expected at least 1 item, found an empty list",
    '1:44: web.telemetry-path: Cannot use path "metrics": expected the form "/metrics"',
    "1:67: web.max-requests: expected at least 0, found -1",
    '1:84: web.openmetrics: expected true or false, found "yes"',
  ],
  "metrics where the exporter has its own": [
    "web: { telemetry-path: /-/metrics }\n",
    '1:24: web.telemetry-path: Cannot use path "/-/metrics": what is below "/-/" is the exporter\'s own',
  ],
  "metrics where a collector has its own": [
    "web: { telemetry-path: /probe }\n",
    '1:24: web.telemetry-path: the path "/probe" is the collector\'s "http"',
  ],
  "other sections": [
    "path: { procfs: '' }\nlog: { level: infos, format: text }\nscrape: { strict: 1 }\nplugins: [5]\n",
    '1:17: path.procfs: expected at least 1 character, found ""',
    '2:15: log.level: expected "debug", "info", "warn" or "error", found "infos", did you mean "info"?',
    '2:30: log.format: expected "logfmt" or "json", found "text"',
    "3:19: scrape.strict: expected true or false, found 1",
    "4:11: plugins[0]: expected text, found 5",
  ],
  "targets": [
    "probes:\n  - name: a\n    target: http://a\n  - name: a\n    target: nowhere\n  - { labels: { A: b } }\n",
    '5:13: probes[1].target: expected a URL, found "nowhere"',
    "6:5: probes[2].target: missing, expected text",
    "6:20: probes[2].labels.A: unusable key, expected text like /^[a-z]+$/",
  ],
  "two targets of one name": [
    "probes:\n  - { name: a, target: 'http://a' }\n  - { name: a, target: 'http://b' }\n",
    '3:13: probes[1].name: the name "a" is taken',
  ],
  "maps by name": [
    "modules: { a: { prober: htttp }, b: 5, 'c d': {} }\n",
    '1:25: modules.a.prober: expected "http" or "tcp", found "htttp", did you mean "http"?',
    "1:37: modules.b: expected a map, found 5",
    '1:47: modules["c d"].prober: missing, expected "http" or "tcp"',
  ],
  "top-level key below its collector": [
    "collectors: { http: { probes: [] } }\n",
    '1:23: collectors.http.probes: the key "probes" belongs at the top level',
  ],
  "option missing": [
    "collectors: { tcp: true }\n",
    "1:20: collectors.tcp.host: missing, expected text",
  ],
  "schema that is not zod's": [
    "collectors:\n  custom:\n    a: wrong\n",
    '3:5: collectors.custom: Cannot use {"a":"wrong"}',
  ],
  "alias and name": [
    "collectors:\n  meminfo: { interval: 5s, timeout: 1s }\n  memory: { interval: 6s, freshness: 1s }\n",
    "3:13: collectors.memory.interval: collectors.meminfo.interval at sonde.yml:2 is the same, expected one of the two",
  ],
  "duplicate keys": [
    "log: { level: info }\nweb: {}\nlog: { level: debug }\ncollectors: { cpu: true, cpu: false }\n",
    '3:1: log: the key "log" is already set at sonde.yml:1',
    '4:26: collectors.cpu: the key "cpu" is already set at sonde.yml:4',
  ],
  "anchors": [
    "collectors: { cpu: *none }\nmodules: { <<: 5 }\n",
    '1:20: collectors.cpu: the alias "*none" has no anchor before it',
    '2:16: modules: expected a map after "<<", as "<<: *name"',
  ],
  "tags": ["log: { level: !loud info }\n", "1:15: YAML syntax: Unresolved tag: !loud"],
  "keys that are maps": ["log: { ? [a] : b }\n", "1:10: log: a key must be plain text"],
  "keys that are aliases, numbers or nothing": [
    "log: { ? &k 1 : b, ? *k : c, ? : d, true: e }\n",
    '1:13: log.1: unknown key "1", expected one of level, format',
    '1:22: log.1: the key "1" is already set at sonde.yml:1',
    '1:32: log[""]: unknown key "", expected one of level, format',
    '1:37: log.true: unknown key "true", expected one of level, format',
  ],
  "tabs": ["log:\n\tlevel: info\n", "2:1: YAML syntax: Tabs are not allowed as indentation"],
  "a bracket too few": [
    "web:\n  listen-address: [':9999'\nlog:\n  level: nope\n",
    "3:1: YAML syntax: Flow sequence in block collection must be sufficiently indented and end with a ]",
  ],
  "second document": [
    "log: {}\n---\nweb: {}\n",
    '2:1: YAML syntax: expected one document, found "---" and another',
  ],
};

for (const [name, [file, ...lines]] of Object.entries(BAD)) {
  Deno.test(`loadConfig: bad file: ${name}`, async () => {
    assert.deepEqual((await messageOf(file)).split("\n"), lines.map((line) => `sonde.yml:${line}`));
  });
}

Deno.test("loadConfig: a file in pieces says no more than its first ten lines", async () => {
  const lines = (await messageOf("a: b: c\n".repeat(100))).split("\n");
  assert.equal(lines.length, 10);
  assert.match(lines[9] ?? "", /^sonde\.yml:10:/);
});

Deno.test("loadConfig: files that would hold the program are refused", async () => {
  const bomb = ["a: &a [x,x,x,x,x,x,x,x,x]"];
  for (let i = 1; i < 9; i++) {
    const [now, before] = ["abcdefghi"[i], "abcdefghi"[i - 1]];
    bomb.push(`${now}: &${now} [${Array(9).fill(`*${before}`).join()}]`);
  }
  assert.equal(await messageOf(bomb.join("\n")), "sonde.yml: more than 500000 values");
  assert.equal(await messageOf("modules: &a { x: *a }\n"), "sonde.yml: nested more than 64 levels deep");
  assert.match(await messageOf("[".repeat(50_000)), /^sonde\.yml:1:\d+: nested too deeply$/);
  assert.equal(await messageOf(" ".repeat(3_000_000)), "sonde.yml: the file is larger than 2 MiB");
});
