import assert from "node:assert/strict";
import type { HttpModule } from "../../../../collectors/probe/module.ts";
import { Scope } from "../../../../src/scope.ts";
import { httpStops } from "../../../../collectors/probe/http/http_stops.ts";
import {
  clientOf,
  formTarget,
  httpTarget,
  outcomeOf,
  patientModule,
  probeUrl,
  responds,
  respondsWith,
  says,
  urlOf,
  valuesOf,
} from "../target.ts";

const oauth = (port: number): Partial<HttpModule> =>
  clientOf({
    authorization: {
      kind: "oauth2",
      clientId: "me",
      clientSecret: { text: "se&cret" },
      scopes: ["a", "b"],
      tokenUrl: `http://127.0.0.1:${port}/token`,
      endpointParams: { audience: "x y" },
      tls: { verify: true },
    },
  });

const granted = (token: string) =>
  responds(200, {}, JSON.stringify({ access_token: token, token_type: "bearer", expires_in: 3600 }));

Deno.test("probeHttp: a token of OAuth is fetched once for all probes of an exporter, and again when it is refused", async () => {
  let count = 0;
  await using server = await formTarget(() => granted(`t${++count}`));
  let status = 200;
  await using target = await httpTarget((socket, request) => responds(status)(socket, request));
  const scope = new Scope();
  const module = oauth(server.port);
  for (let i = 0; i < 3; i++) assert.equal(outcomeOf(await probeUrl(urlOf(target), module, { scope })), "success");
  assert.deepEqual(valuesOf(target, "Authorization"), ["Bearer t1", "Bearer t1", "Bearer t1"]);
  assert.deepEqual(server.forms, [
    `Basic ${btoa("me:se%26cret")} grant_type=client_credentials&audience=x+y&scope=a+b`,
  ]);
  status = 401;
  assert.equal(outcomeOf(await probeUrl(urlOf(target), module, { scope })), "status in validate");
  status = 200;
  await probeUrl(urlOf(target), module, { scope });
  await probeUrl(urlOf(target), module, { scope: new Scope() });
  assert.deepEqual(valuesOf(target, "Authorization").slice(3), ["Bearer t1", "Bearer t2", "Bearer t3"]);
});

Deno.test("probeHttp: a server of tokens that wants the secret in the form gets it there; one that gives none is a failure", async () => {
  await using server = await formTarget((body) => body.includes("client_secret") ? granted("t") : responds(401));
  await using target = await httpTarget(responds(200));
  assert.equal(outcomeOf(await probeUrl(urlOf(target), oauth(server.port))), "success");
  assert.match(server.forms[1] ?? "", /^- .*&client_id=me&client_secret=se%26cret$/);
  for (const answer of [responds(500), responds(200, {}, "{}"), responds(200, {}, "nonsense")]) {
    await using other = await formTarget(() => answer);
    const result = await probeUrl(urlOf(target), oauth(other.port));
    assert.equal(outcomeOf(result), "response in request");
    assert(!JSON.stringify(result).includes("cret"));
  }
  assert.equal(target.requests.length, 1);
});

Deno.test("probeHttp: what keeps it from a token is a way to fail that the module was said to have", async () => {
  await using garbled = await formTarget(() => says("garbage\n\n"));
  await using endless = await formTarget(() => respondsWith("x".repeat(2 * 1024 * 1024)));
  const closed = await formTarget(() => says(""));
  await closed[Symbol.asyncDispose]();
  await using target = await httpTarget(responds(200));
  const cases = [[garbled.port, "protocol"], [endless.port, "size"], [closed.port, "refused"]] as const;
  for (const [port, reason] of cases) {
    const { client } = { ...patientModule, ...oauth(port) };
    const module = { client: { ...client, http2: false } };
    assert.equal(outcomeOf(await probeUrl(urlOf(target), module)), `${reason} in request`);
    const stops = httpStops({ ...patientModule, ...module });
    assert(stops.some((stop) => stop.reason === reason && stop.phase === "request"), reason);
  }
  assert.equal(target.requests.length, 0);
});
