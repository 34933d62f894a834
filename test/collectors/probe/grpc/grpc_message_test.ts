import assert from "node:assert/strict";
import fc from "fast-check";
import { servingStatus } from "../../../../collectors/probe/grpc/grpc_judge.ts";
import {
  healthCheckRequest,
  parseFrame,
  parseHealthCheckResponse,
  SERVING_STATUSES,
} from "../../../../collectors/probe/grpc/grpc_message.ts";

const frame = (...bytes: number[]) => Uint8Array.of(0, 0, 0, 0, bytes.length, ...bytes);

Deno.test("healthCheckRequest: is a frame with the service's name", () => {
  assert.deepEqual([...healthCheckRequest("")], [0, 0, 0, 0, 0]);
  assert.deepEqual([...healthCheckRequest("ab")], [0, 0, 0, 0, 4, 0x0a, 2, 97, 98]);
  assert.deepEqual([...healthCheckRequest("ü")], [0, 0, 0, 0, 4, 0x0a, 2, 0xc3, 0xbc]);
  const long = healthCheckRequest("x".repeat(300));
  assert.deepEqual([...long.subarray(0, 9)], [0, 0, 0, 1, 0x2f, 0x0a, 0xac, 2, 120]);
});

Deno.test("parseFrame: takes one whole frame, and nothing else", () => {
  assert.deepEqual(parseFrame(frame(8, 1)), Uint8Array.of(8, 1));
  assert.equal(parseFrame(new Uint8Array()), undefined);
  for (const body of [Uint8Array.of(0, 0), frame(8, 1).subarray(0, 6), Uint8Array.of(...frame(), ...frame())]) {
    assert.throws(() => parseFrame(body), SyntaxError);
  }
  assert.throws(() => parseFrame(Uint8Array.of(1, 0, 0, 0, 0)), /compressed/);
});

Deno.test("parseHealthCheckResponse: reads the status, the last one, whatever fields are there besides", () => {
  for (const [number, name] of SERVING_STATUSES.entries()) {
    assert.equal(parseHealthCheckResponse(Uint8Array.of(8, number)), name);
  }
  assert.equal(parseHealthCheckResponse(new Uint8Array()), "UNKNOWN");
  assert.equal(parseHealthCheckResponse(Uint8Array.of(8, 7)), "7");
  assert.equal(parseHealthCheckResponse(Uint8Array.of(8, 2, 8, 1)), "SERVING");
  const minusOne = [255, 255, 255, 255, 255, 255, 255, 255, 255, 1];
  assert.equal(parseHealthCheckResponse(Uint8Array.of(8, ...minusOne)), "-1");
  const others = [0x12, 2, 8, 3, 0x19, 1, 2, 3, 4, 5, 6, 7, 8, 0x25, 1, 2, 3, 4, 0x28, 1];
  assert.equal(parseHealthCheckResponse(Uint8Array.of(...others, 8, 1, ...others)), "SERVING");
});

Deno.test("parseHealthCheckResponse: refuses what is cut off or no message", () => {
  for (const bytes of [[8], [8, 0x80], [0x12, 5, 1], [0x19, 1], [0x0b], [0, 1], Array(12).fill(0xff)]) {
    assert.throws(() => parseHealthCheckResponse(Uint8Array.from(bytes)), SyntaxError, String(bytes));
  }
  fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
    try {
      parseHealthCheckResponse(bytes);
    } catch (error) {
      assert.ok(error instanceof SyntaxError);
    }
  }));
});

Deno.test("servingStatus: says what an answer says, or why it says nothing", () => {
  const type = { "content-type": "application/grpc+proto" };
  const of = (httpStatus: number, headers: Record<string, string>, body = frame(8, 1)) => {
    try {
      return servingStatus({ httpStatus, headers, body });
    } catch (error) {
      assert.ok(error instanceof Error && "code" in error && "reason" in error);
      return `${error.reason} ${error.code}: ${error.message}`;
    }
  };
  assert.equal(of(200, { ...type, "grpc-status": "0" }), "SERVING");
  assert.equal(
    of(200, { ...type, "grpc-status": "5", "grpc-message": "kein%20G%C3%BCrtel" }),
    'status 5: the server answers with NOT_FOUND (5): "kein Gürtel"',
  );
  assert.equal(
    of(200, { ...type, "grpc-status": "99", "grpc-message": "100%" }),
    'status 99: the server answers with unknown code (99): "100%"',
  );
  assert.equal(of(503, {}), "status 14: the server answers with status 503 of HTTP");
  assert.equal(of(418, {}), "status 2: the server answers with status 418 of HTTP");
  assert.match(of(200, { "content-type": "text/html" }), /^protocol 2: .* "text\/html"$/);
  assert.match(of(200, {}), /^protocol 2: /);
  assert.equal(of(200, type), "protocol 13: the answer has no status of gRPC");
  assert.equal(of(200, { ...type, "grpc-status": "no" }), 'protocol 2: the status of gRPC is "no"');
  assert.match(of(200, { ...type, "grpc-status": "0" }, new Uint8Array()), /^protocol 13: .* no message$/);
  assert.match(of(200, { ...type, "grpc-status": "0" }, frame(8)), /^protocol 13: Cannot read/);
});
