import assert from "node:assert/strict";
import textfile from "../../collectors/textfile.ts";
import { contextOf, hostOf, seriesOf, stillClock } from "../context.ts";

const ERROR = "node_textfile_scrape_error";

/** What is shown of these files, and what the operator is told; their mtime is the fake host's. */
function shown(
  files: Record<string, string>,
  directory: readonly string[] = ["/t"],
  parts: { maxAgeSeconds?: number; clock?: ReturnType<typeof stillClock> } = {},
) {
  const told: string[] = [];
  const context = { source: hostOf(files), options: { directory: [...directory] }, warn: (m: string) => told.push(m) };
  const value = textfile.read(contextOf({ ...context, ...parts }));
  assert(value && "modified" in value);
  const { [ERROR]: error, ...series } = seriesOf(textfile, value);
  const own = Object.entries(series).filter(([name]) => !name.startsWith("node_textfile_mtime_seconds"));
  return {
    error,
    series: Object.fromEntries(own),
    modified: [...value.modified.keys()],
    families: value.families,
    told,
  };
}

Deno.test("textfile: shows all files, and a name's series of several files as one family", () => {
  const { error, series, modified, families } = shown({
    "/t/a.prom": '# HELP a_total A.\n# TYPE a_total counter\na_total{x="1"} 1\na_total 2\nb 3\n',
    "/t/b.prom": '# TYPE a_total counter\na_total{y="1"} 4\nb{z=""} 5\nb{z="1"} 6\n',
    "/t/c.txt": "c 1\n",
  }, ["/t/"]);
  assert.deepEqual(series, {
    'a_total{x="1"}': 1,
    'a_total{x=""}': 2,
    'a_total{y="1"}': 4,
    b: 3,
    'b{z="1"}': 6,
    'sonde_textfile_file_faults{file="/t/b.prom",reason="duplicate"}': 1,
  });
  assert.equal(error, 0);
  assert.deepEqual(modified, ["/t/a.prom", "/t/b.prom"]);
  assert.deepEqual(families.map(({ name, type, help }) => [name, type, help]), [
    ["a_total", "counter", "A."],
    ["a_total", "counter", "A."],
    ["b", "untyped", "Metric read from /t/a.prom, /t/b.prom"],
    ["b", "untyped", "Metric read from /t/a.prom, /t/b.prom"],
  ]);
});

Deno.test("textfile: tells when a file was written in whole seconds, as the peer does", () => {
  const value = {
    modified: new Map([["/t/a.prom", 1_700_000_000.999]]),
    families: [],
    faults: new Map(),
    failed: false,
  };
  const series = seriesOf(textfile, value);
  assert.equal(series['node_textfile_mtime_seconds{file="/t/a.prom"}'], 1_700_000_000);
});

Deno.test("textfile: a file that is wrong costs only itself, and is named with the reason", () => {
  const wrong: [reason: string, text: string, told: string][] = [
    ["malformed", "a 1\nb x\n", 'Cannot parse line 2 "b x": expected a number as value, found "x"'],
    ["malformed", "a 1", 'Cannot parse line 1 "a 1": it has no newline at its end'],
    ["timestamp", "a 1\nb 1 1441205977284\n", "its samples have timestamps"],
    ["reserved", 'a{__b="1"} 1\n', 'the name "__b" is reserved'],
    ["reserved", "node_textfile_scrape_error 0\n", 'the name "node_textfile_scrape_error" is reserved'],
  ];
  for (const [reason, text, expected] of wrong) {
    const { error, series, modified, told } = shown({ "/t/good.prom": "good 1\n", "/t/bad.prom": text });
    const fault = `sonde_textfile_file_faults{file="/t/bad.prom",reason="${reason}"}`;
    assert.deepEqual([error, series, modified], [1, { good: 1, [fault]: 1 }, ["/t/good.prom"]]);
    assert.deepEqual(told, [`Cannot take all of "/t/bad.prom": ${expected}`]);
  }
});

Deno.test("textfile: a histogram whose buckets contradict each other costs no other series", () => {
  const text = '# TYPE h histogram\nh_bucket{le="1"} 5\nh_bucket{le="2"} 3\nh_sum 1\nh_count 6\nb 1\n' +
    "# TYPE s summary\ns_sum 1\ns_count -1\n";
  const { error, series } = shown({ "/t/a.prom": text, "/t/good.prom": "good 1\n" });
  const fault = 'sonde_textfile_file_faults{file="/t/a.prom",reason="malformed"}';
  assert.deepEqual([error, series], [1, { good: 1, b: 1, [fault]: 2 }]);
});

Deno.test("textfile: no family has the name of another's series", () => {
  const histogram = "# TYPE h histogram\nh_sum 1\nh_count 1\n";
  const fault = 'sonde_textfile_file_faults{file="/t/b.prom",reason="type"}';
  const later = shown({ "/t/a.prom": histogram, "/t/b.prom": "# TYPE h_count counter\nh_count 5\n" });
  assert.deepEqual(Object.keys(later.series).filter((name) => name !== "h"), [fault]);
  const before = shown({ "/t/a.prom": "h_count 5\n", "/t/b.prom": histogram });
  assert.deepEqual(before.series, { h_count: 5, [fault]: 1 });
});

Deno.test("textfile: families that disagree are those of the first file", () => {
  const first = { "/t/a.prom": "# HELP a A.\n# TYPE a gauge\na 1\n" };
  const help = shown({ ...first, "/t/b.prom": '# HELP a B.\n# TYPE a gauge\na{x="1"} 2\nb 1\n' });
  assert.deepEqual([help.error, help.series], [1, {
    a: 1,
    b: 1,
    'sonde_textfile_file_faults{file="/t/b.prom",reason="help"}': 1,
  }]);
  const type = shown({ ...first, "/t/b.prom": '# TYPE a counter\na{x="1"} 2\n' });
  assert.deepEqual([type.error, type.told], [0, [
    'Cannot take all of "/t/b.prom": a is a gauge in "/t/a.prom", a counter here',
  ]]);
});

Deno.test("textfile: takes several directories and patterns, and reports those that are not there", () => {
  const files = { "/t/one/a.prom": "a 1\n", "/t/two/b.prom": "b 1\n", "/u/c.prom": "c 1\n", "/t/.d/e.prom": "e 1\n" };
  const names = (directory: string[]) => shown(files, directory).modified;
  assert.deepEqual(names(["/t/*", "/u", "/u/"]), ["/t/.d/e.prom", "/t/one/a.prom", "/t/two/b.prom", "/u/c.prom"]);
  assert.deepEqual(names(["/?/t[wx]o", "/*/one/"]), ["/t/two/b.prom", "/t/one/a.prom"]);
  assert.deepEqual(names(["/t/[^o]*"]), ["/t/.d/e.prom", "/t/two/b.prom"]);
  assert.deepEqual([shown(files, []).error, shown(files, [""]).error], [0, 0]);
  assert.deepEqual(shown({ ...files, "/t/stray": "x" }, ["/t/*"]).told, [
    'Cannot take all of "/t/stray": no such directory',
  ]);
  for (const missing of ["/none", "/none*", "/t/[", "/u/c.prom"]) {
    const { error, told } = shown(files, ["/u", missing]);
    assert.deepEqual([error, told], [1, [`Cannot take all of "${missing}": no such directory`]]);
  }
});

Deno.test("textfile: a file older than max-age is left out, and its age can still be seen", () => {
  const at = (seconds: number, maxAgeSeconds?: number) =>
    shown({ "/t/a.prom": "a 1\n" }, ["/t"], { maxAgeSeconds, clock: stillClock(1_700_000_000 + seconds) });
  assert.deepEqual(at(60, 60).series, { a: 1 });
  assert.deepEqual(at(1e6).series, { a: 1 });
  const { error, series, modified, told } = at(61, 60);
  assert.deepEqual(series, { 'sonde_textfile_file_faults{file="/t/a.prom",reason="stale"}': 1 });
  assert.deepEqual([error, modified, told], [0, ["/t/a.prom"], [
    'Cannot take all of "/t/a.prom": it is older than 60 s',
  ]]);
});
