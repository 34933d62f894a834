import assert from "node:assert/strict";
import fc from "fast-check";
import { type ListenAddress, parseListenAddress } from "../src/listen_address.ts";

const GOOD: readonly (readonly [text: string, address: ListenAddress])[] = [
  [":9999", { kind: "tcp", host: undefined, port: 9999 }],
  [":0", { kind: "tcp", host: undefined, port: 0 }],
  ["127.0.0.1:9100", { kind: "tcp", host: "127.0.0.1", port: 9100 }],
  ["localhost:9100", { kind: "tcp", host: "localhost", port: 9100 }],
  ["my-host.example.org:65535", { kind: "tcp", host: "my-host.example.org", port: 65535 }],
  ["[::1]:9999", { kind: "tcp", host: "::1", port: 9999 }],
  ["[::]:9999", { kind: "tcp", host: "::", port: 9999 }],
  ["[::ffff:127.0.0.1]:1", { kind: "tcp", host: "::ffff:127.0.0.1", port: 1 }],
  ["unix:/run/sonde.sock", { kind: "unix", path: "/run/sonde.sock" }],
  ["unix:relative.sock", { kind: "unix", path: "relative.sock" }],
];

const BAD: readonly (readonly [text: string, message: string])[] = [
  ["", 'Cannot parse address "", expected the form ":9999", "127.0.0.1:9100", "[::1]:9999" or "unix:/path"'],
  ["9999", 'Cannot parse address "9999": a colon is missing, try ":9999"'],
  ["localhost", 'Cannot parse address "localhost": a port is missing, try "localhost:9999"'],
  ["[::1]", 'Cannot parse address "[::1]": a port is missing, try "[::1]:9999"'],
  ["::1:9999", 'Cannot parse address "::1:9999": an IPv6 address stands in brackets, as "[::1]:9999"'],
  ["http://localhost:1", 'Cannot parse address "http://localhost:1": it is a URL, expected the form "127.0.0.1:9100"'],
  [":70000", 'Cannot parse address ":70000": the port is above 65535'],
  ["300.1.1.1:80", 'Cannot parse address "300.1.1.1:80": "300.1.1.1" is no host'],
  ["[1::2::3]:80", 'Cannot parse address "[1::2::3]:80": "1::2::3" is no host'],
  ["[127.0.0.1]:80", 'Cannot parse address "[127.0.0.1]:80": "127.0.0.1" is no host'],
  ["unix:", 'Cannot parse address "unix:": a path is missing, as "unix:/run/sonde.sock"'],
  [
    "a b:80",
    'Cannot parse address "a b:80", expected the form ":9999", "127.0.0.1:9100", "[::1]:9999" or "unix:/path"',
  ],
];

Deno.test("parseListenAddress: every form that exporters take", () => {
  for (const [text, address] of GOOD) assert.deepEqual(parseListenAddress(text), address);
});

Deno.test("parseListenAddress: says what is wrong, and how it would be right", () => {
  for (const [text, message] of BAD) assert.throws(() => parseListenAddress(text), { message });
});

Deno.test("parseListenAddress: arbitrary text is an address, or refused by SyntaxError or RangeError", () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[[\]:.0-9a-fx]*:\d*$/)), (text) => {
    try {
      const address = parseListenAddress(text);
      if (address.kind === "tcp") assert.ok(address.port >= 0 && address.port <= 65_535);
    } catch (error) {
      assert.ok(error instanceof SyntaxError || error instanceof RangeError, String(error));
    }
  }));
});
