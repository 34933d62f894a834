import assert from "node:assert/strict";
import { httpStops } from "../../../../collectors/probe/http/http_stops.ts";
import type { HttpModule } from "../../../../collectors/probe/module.ts";
import { clientOf, patientModule } from "../target.ts";

Deno.test("httpStops: the ways to stop are no more than the module has, each once", () => {
  const keys = (module: HttpModule) => httpStops(module).map(({ reason, phase }) => `${reason} ${phase}`);
  const tls = { verify: true, ca: { text: "" } };
  const client = clientOf({
    tls,
    proxy: { url: "http://x", except: "", connectHeaders: [] },
    authorization: {
      kind: "oauth2",
      clientId: "",
      clientSecret: { text: "" },
      scopes: [],
      tokenUrl: "",
      endpointParams: {},
      tls,
    },
  });
  const plain = keys(patientModule);
  const all = keys({ ...patientModule, ...client, failIfSsl: true, validHttpVersions: ["HTTP/1.1"] });
  for (const list of [plain, all]) assert.equal(new Set(list).size, list.length);
  assert(plain.every((key) => all.includes(key)));
  const more = ["dns connect", "response request", "internal tls", "tls validate", "protocol validate"];
  assert.deepEqual(more.filter((key) => plain.includes(key)), []);
  assert.deepEqual(more.filter((key) => !all.includes(key)), []);
  assert(!all.includes("body validate") && !all.includes("header validate"));
});
