import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type Circumstances,
  evidenceOf,
  EvidenceStore,
  type FailureEvidence,
} from "../../../collectors/probe/evidence.ts";
import type { ProbeResult } from "../../../collectors/probe/result.ts";

const failed: ProbeResult = {
  outcome: { success: false, durationSeconds: 1.5, failure: { reason: "tls", phase: "tls", message: "expired" } },
  lookupSeconds: 0.25,
  durations: { resolve: 0.25, connect: 0.5, tls: 0.75 },
  address: { ip: "192.0.2.1", family: 4 },
};
const circumstances: Circumstances = {
  target: "shop",
  prober: "http",
  module: "http_2xx",
  beganSeconds: 1_700_000_000,
  waitedSeconds: 0.125,
  events: [{ atSeconds: 0.25, level: "info", message: "Resolved target address", fields: { ip: "192.0.2.1" } }],
};

function evidence(more: Partial<FailureEvidence> = {}): FailureEvidence {
  const made = evidenceOf(failed, circumstances);
  assert(made);
  return { ...made, ...more };
}

const event = (i: number, length = 10) =>
  ({ atSeconds: i, level: "info", message: `line ${i}`, fields: { text: "x".repeat(length) } }) as const;

Deno.test("evidenceOf: there is none of a success", () => {
  assert.equal(evidenceOf({ ...failed, outcome: { success: true, durationSeconds: 1 } }, circumstances), undefined);
});

Deno.test("evidenceOf: tells when, why, where, how long, which addresses, which certificates", () => {
  const certificate = {
    subject: "CN=a",
    issuer: "CN=b",
    serialNumber: "0f",
    notBeforeSeconds: 1_500_000_000,
    notAfterSeconds: 1_600_000_000,
    dnsNames: ["a.example"],
    addresses: ["192.0.2.1"],
    sha256: "00ff",
  };
  const result: ProbeResult = {
    ...failed,
    tls: { version: "TLS 1.3", cipher: "X", verified: false, verificationError: "expired", chain: [certificate] },
    addresses: [
      { address: { ip: "192.0.2.1", family: 4 }, outcome: failed.outcome },
      { address: { ip: "::1", family: 6 }, outcome: { success: true, durationSeconds: 1 } },
    ],
  };
  const { serialNumber: _, addresses: _not, ...shown } = certificate;
  assert.deepEqual(evidenceOf(result, circumstances), {
    ...circumstances,
    reason: "tls",
    phase: "tls",
    message: "expired",
    durationSeconds: 1.5,
    durations: { resolve: 0.25, connect: 0.5, tls: 0.75 },
    address: "192.0.2.1",
    addresses: [{ ip: "192.0.2.1", success: false, failure: "tls in tls: expired" }, { ip: "::1", success: true }],
    tls: { version: "TLS 1.3", cipher: "X", verified: false, verificationError: "expired", chain: [shown] },
    eventsLeftOut: 0,
  });
});

Deno.test("evidenceOf: is bounded, whatever a target shows", () => {
  const name = "n".repeat(10_000);
  const certificate = {
    subject: name,
    issuer: name,
    serialNumber: "0f",
    notBeforeSeconds: 0,
    notAfterSeconds: 0,
    addresses: [],
    dnsNames: Array.from({ length: 10_000 }, (_, i) => `${i}.example`),
    sha256: "00",
  };
  const result: ProbeResult = {
    ...failed,
    outcome: { success: false, failure: { reason: "tls", phase: "tls", message: name } },
    tls: {
      version: undefined,
      cipher: undefined,
      verified: false,
      chain: Array.from({ length: 50 }, () => certificate),
    },
    addresses: Array.from({ length: 500 }, (_, i) => ({
      address: { ip: `192.0.2.${i}`, family: 4 as const },
      outcome: {
        success: false as const,
        failure: { reason: "refused" as const, phase: "connect" as const, message: name },
      },
    })),
  };
  const made = evidenceOf(result, { ...circumstances, events: [] });
  assert.ok(JSON.stringify(made).length < 16_000);
  assert.equal(made?.addresses?.length, 16);
  assert.equal(made?.tls?.chain[0]?.dnsNames.length, 10);
  assert.ok(made?.message.endsWith("n…"));
});

Deno.test("EvidenceStore.of: gives back what was kept, the newest first", () => {
  const store = new EvidenceStore();
  for (const i of [1, 2, 3]) store.add(evidence({ beganSeconds: i }));
  assert.deepEqual(store.of("shop").map(({ beganSeconds }) => beganSeconds), [3, 2, 1]);
  assert.deepEqual(store.of("shop")[2], JSON.parse(JSON.stringify(evidence({ beganSeconds: 1 }))));
  assert.deepEqual(store.of("other"), []);
});

Deno.test("EvidenceStore.add: of a target the last ten are kept", () => {
  const store = new EvidenceStore();
  for (let i = 0; i < 25; i++) store.add(evidence({ beganSeconds: i }));
  assert.deepEqual(store.of("shop").map(({ beganSeconds }) => beganSeconds), [24, 23, 22, 21, 20, 19, 18, 17, 16, 15]);
});

Deno.test("EvidenceStore.add: of too many lines the first and the last are kept", () => {
  const store = new EvidenceStore();
  const events = Array.from({ length: 200 }, (_, i) => event(i, 400));
  store.add(evidence({ events }));
  const [kept] = store.of("shop");
  assert.ok(kept && kept.events.length >= 20 && kept.eventsLeftOut === 200 - kept.events.length);
  assert.deepEqual([kept.events[0]?.message, kept.events.at(-1)?.message], ["line 0", "line 199"]);
  assert.ok(store.bytes < 17_000, String(store.bytes));
});

Deno.test("EvidenceStore.targets: the one that failed last comes first", () => {
  const store = new EvidenceStore();
  for (const [i, target] of ["a", "b", "a", "c", "b"].entries()) store.add(evidence({ target, beganSeconds: i }));
  assert.deepEqual(store.targets(), [
    { target: "b", count: 2, lastSeconds: 4 },
    { target: "c", count: 1, lastSeconds: 3 },
    { target: "a", count: 2, lastSeconds: 2 },
  ]);
});

Deno.test("EvidenceStore.add: older failures of any target go before the newest of another", () => {
  const size = (() => {
    const store = new EvidenceStore();
    store.add(evidence({ target: "t0" }));
    return store.bytes;
  })();
  const store = new EvidenceStore({ bytes: size * 4.5, perTarget: 10 });
  for (const i of [1, 2, 3]) store.add(evidence({ target: "t0", beganSeconds: 1_700_000_000 + i }));
  for (const target of ["t1", "t2", "t3"]) store.add(evidence({ target }));
  assert.deepEqual(store.targets().map(({ target, count }) => [target, count]), [["t3", 1], ["t2", 1], ["t1", 1], [
    "t0",
    1,
  ]]);
  assert.equal(store.of("t0")[0]?.beganSeconds, 1_700_000_003);
  store.add(evidence({ target: "t4" }));
  assert.deepEqual(store.targets().map(({ target }) => target), ["t4", "t3", "t2", "t1"]);
  assert.ok(store.bytes <= size * 4.5);
});

Deno.test("EvidenceStore.add: 10,000 flapping targets never take more than the budget, and each keeps its newest in it", () => {
  const store = new EvidenceStore();
  const budget = 16 * 1024 * 1024;
  const events = Array.from({ length: 5 }, (_, i) => event(i, 60));
  let most = 0;
  for (let round = 0; round < 4; round++) {
    for (let i = 0; i < 10_000; i++) {
      store.add(evidence({ target: `https://host-${i}.example.org/`, beganSeconds: round, events }));
      most = Math.max(most, store.bytes);
    }
  }
  assert.ok(most <= budget && most > budget * 0.9, String(most));
  assert.equal(store.targets().length, 10_000);
  assert.ok(store.targets().every(({ lastSeconds }) => lastSeconds === 3));
});

Deno.test("EvidenceStore: what it says that it takes is what it holds, whatever fails", () => {
  const added = fc.record({ target: fc.constantFrom("a", "b", "c", "dd"), message: fc.string({ maxLength: 2000 }) });
  fc.assert(fc.property(fc.array(added), fc.integer({ min: 0, max: 8000 }), (list, bytes) => {
    const store = new EvidenceStore({ bytes, perTarget: 3 });
    for (const [i, more] of list.entries()) {
      store.add(evidence({ ...more, beganSeconds: i }));
      const kept = store.targets().flatMap(({ target }) => store.of(target));
      const held = kept.reduce(
        (sum, each) => sum + new TextEncoder().encode(JSON.stringify(each)).length + 400 + 2 * each.target.length,
        0,
      );
      assert.equal(store.bytes, held);
      assert.ok(store.bytes <= bytes);
      for (const { target, count, lastSeconds } of store.targets()) {
        assert.ok(count >= 1 && count <= 3);
        assert.equal(lastSeconds, list.slice(0, i + 1).findLastIndex((each) => each.target === target));
      }
    }
  }));
});
