import assert from "node:assert/strict";
import fc from "fast-check";
import { logLines, type LogStyle } from "../../src/cli/log_lines.ts";
import type { LogFields, LogLevel } from "../../src/log.ts";
import { FakeClock } from "../fake_clock.ts";

function written(style: Partial<LogStyle>, level: LogLevel, message: string, fields?: LogFields): string {
  let text = "";
  const clock = new FakeClock({ wall: 1_700_000_000.25 });
  logLines((line) => text += line, clock, { level: "info", format: "logfmt", ...style })(level, message, fields);
  return text;
}

Deno.test("logLines: begins with time, level and message", () => {
  assert.equal(
    written({}, "info", "listening", { address: "http://127.0.0.1:9999", tries: 2, ready: true, left: undefined }),
    "ts=2023-11-14T22:13:20.250Z level=info msg=listening address=http://127.0.0.1:9999 tries=2 ready=true\n",
  );
  assert.deepEqual(JSON.parse(written({ format: "json" }, "warn", "a b", { node: "x" })), {
    ts: "2023-11-14T22:13:20.250Z",
    level: "warn",
    msg: "a b",
    node: "x",
  });
});

Deno.test("logLines: leaves out what is less severe than asked for", () => {
  assert.equal(written({ level: "warn" }, "info", "x"), "");
  assert.notEqual(written({ level: "warn" }, "warn", "x"), "");
  assert.notEqual(written({ level: "debug" }, "debug", "x"), "");
});

Deno.test("logLines: quotes what is not a plain word", () => {
  const value = (text: string) => written({}, "info", "m", { value: text }).split(" value=")[1];
  assert.equal(value("two words"), '"two words"\n');
  assert.equal(value(""), '""\n');
  assert.equal(value('say "a=b"'), '"say \\"a=b\\""\n');
  assert.equal(value("line\nbreak\u001b[31m"), '"line\\nbreak\\u001b[31m"\n');
  assert.equal(value("\u202eright to left\u2028"), '"\\u202eright to left\\u2028"\n');
});

Deno.test("logLines: is one line, whatever it says", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 0xffff })), fc.constantFrom("logfmt", "json"), (units, format) => {
      const text = String.fromCharCode(...units);
      const line = written({ format }, "info", text, { value: text });
      assert.ok(line.endsWith("\n"));
      // deno-lint-ignore no-control-regex -- none of these may be there
      assert.doesNotMatch(line.slice(0, -1), /[\x00-\x1f]/);
    }),
  );
});
