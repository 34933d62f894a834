import assert from "node:assert/strict";
import { judgeResponse } from "../../../collectors/probe/http_judge.ts";
import { ProbeError } from "../../../collectors/probe/result.ts";

Deno.test("judgeResponse: 2xx and nothing else is as it should be", () => {
  for (let status = 0; status < 1000; status++) {
    const judge = () => judgeResponse({ version: "1.1", status, headers: new Map(), contentLength: 0 });
    if (status >= 200 && status < 300) judge();
    else assert.throws(judge, new ProbeError("status", `status ${status} is not 2xx`));
  }
});
