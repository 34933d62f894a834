import assert from "node:assert/strict";
import { accessHandler } from "../src/access.ts";
import type { WebConfig } from "../src/config.ts";
import { FakeClock } from "./fake_clock.ts";
import { hashed } from "./web_files.ts";

const OPEN: WebConfig = { tls: undefined, users: new Map(), headers: [], rateLimit: undefined };
const ALICE: WebConfig = { ...OPEN, users: new Map([["alice", hashed("pässword:1")]]) };

const basic = (text: string) => `Basic ${btoa(String.fromCharCode(...new TextEncoder().encode(text)))}`;

function asking(config: WebConfig, clock = new FakeClock()) {
  const handler = accessHandler({
    handler: () => new Response("in", { headers: { "x-frame-options": "own" } }),
    config: () => config,
    clock,
  });
  return async (authorization?: string) =>
    await handler(new Request("http://x/-/healthy", { headers: authorization === undefined ? {} : { authorization } }));
}

Deno.test("accessHandler: lets everybody in where there are no users", async () => {
  const ask = asking(OPEN);
  assert.equal((await ask()).status, 200);
  assert.equal((await ask(basic("a:b"))).status, 200);
});

Deno.test("accessHandler: lets in who has the password, and nobody else", async () => {
  const ask = asking(ALICE);
  assert.equal(await (await ask(basic("alice:pässword:1"))).text(), "in");
  assert.equal((await ask(basic("alice:pässword:1").replace("Basic", "bAsIc"))).status, 200);
  const refused = [
    undefined,
    "",
    "Basic",
    "Basic ",
    "Basic *",
    "Bearer x",
    basic("alice"),
    basic("alice:"),
    basic("alice:pässword"),
    basic("Alice:pässword:1"),
    basic(":"),
    `${basic("alice:pässword:1")} x`,
  ];
  for (const authorization of refused) {
    const response = await ask(authorization);
    assert.equal(response.status, 401, authorization);
    assert.equal(response.headers.get("www-authenticate"), "Basic");
    assert.equal(await response.text(), "Unauthorized\n");
  }
});

Deno.test("accessHandler: adds headers to every answer, and replaces none", async () => {
  const headers = [["X-Frame-Options", "deny"], ["Strict-Transport-Security", "max-age=1"]] as const;
  const ask = asking({ ...ALICE, headers });
  const refused = await ask();
  assert.equal(refused.headers.get("x-frame-options"), "deny");
  assert.equal(refused.headers.get("strict-transport-security"), "max-age=1");
  const answered = await ask(basic("alice:pässword:1"));
  assert.equal(answered.headers.get("x-frame-options"), "own");
  assert.equal(answered.headers.get("strict-transport-security"), "max-age=1");
});

Deno.test("accessHandler: answers a burst, then one request each interval", async () => {
  const clock = new FakeClock();
  const ask = asking({ ...OPEN, rateLimit: { intervalSeconds: 10, burst: 2 } }, clock);
  const statuses = async (count: number) => {
    const found: number[] = [];
    for (let i = 0; i < count; i++) found.push((await ask()).status);
    return found;
  };
  assert.deepEqual(await statuses(4), [200, 200, 429, 429]);
  await clock.advance(9);
  assert.deepEqual(await statuses(1), [429]);
  await clock.advance(1.5);
  assert.deepEqual(await statuses(2), [200, 429]);
  await clock.advance(1000);
  assert.deepEqual(await statuses(3), [200, 200, 429]);
});
