import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect } from "node:net";
import { fileURLToPath } from "node:url";
import { parseMessage } from "../../../collectors/probe/dns/dns_message.ts";
import { httpProber } from "../../../collectors/probe/http/http_prober.ts";
import { moduleSchema } from "../../../collectors/probe/modules/module.ts";
import { addressRecord, encodeMessage } from "./dns_server.ts";
import { httpsTarget, outcomeOf, probeTools, tcpTarget } from "./target.ts";

/** What is put into each phase, in seconds. */
const DELAYS = { resolve: 0.1, tls: 0.2, processing: 0.1, transfer: 0.15 } as const;
/** A busy machine adds to each of them; hardly this often in a row. */
const ATTEMPTS = 50;

const later = (seconds: number, act: () => void): void => void setTimeout(act, seconds * 1000);

/** A name server that knows one address, and takes its time. */
async function slowNames(): Promise<{ readonly port: number } & AsyncDisposable> {
  const socket = createSocket("udp4");
  socket.on("message", (bytes, sender) => {
    const { id, questions: [question] } = parseMessage(bytes);
    const answer = question?.type === 1 ? [addressRecord("127.0.0.1")] : [];
    const reply = encodeMessage({ id, question, answer });
    later(DELAYS.resolve, () => socket.send(reply, sender.port, sender.address));
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return {
    port: socket.address().port,
    async [Symbol.asyncDispose]() {
      socket.close();
      await once(socket, "close");
    },
  };
}

Deno.test("httpProber: phases agree with a server that delays each by known amounts, within 2 ms or 5 %", async () => {
  await using names = await slowNames();
  await using server = await httpsTarget("server.pem", (socket) =>
    later(DELAYS.processing, () => {
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
      later(DELAYS.transfer, () => socket.end("hello"));
    }));
  await using slow = await tcpTarget((socket) =>
    later(DELAYS.tls, () => {
      const far = connect({ host: "127.0.0.1", port: server.port });
      far.on("error", () => {});
      socket.on("close", () => far.destroy());
      socket.pipe(far).pipe(socket);
    })
  );
  const authority = fileURLToPath(new URL("../../fixtures/tls/authority.pem", import.meta.url));
  const module = moduleSchema.parse({
    prober: "http",
    dns_server: `127.0.0.1:${names.port}`,
    http: { preferred_ip_protocol: "ip4", ip_protocol_fallback: false, tls_config: { ca_file: authority } },
  });
  assert(module.prober === "http");
  const least: Record<string, number> = {};
  const isClose = ([phase, delay]: readonly [string, number]) =>
    (least[phase] ?? Infinity) - delay <= Math.max(0.002, 0.05 * delay);
  for (let i = 0; i < ATTEMPTS && !Object.entries(DELAYS).every(isClose); i++) {
    const result = await httpProber.probe(`https://target.test:${slow.port}/`, { name: "m", ...module }, probeTools());
    assert.equal(outcomeOf(result), "success");
    const { durations } = result;
    for (const [phase, delay] of Object.entries(DELAYS)) {
      const seconds = { ...durations }[phase] ?? 0;
      assert(seconds >= delay - 0.002, `${phase}: ${seconds}`);
      least[phase] = Math.min(least[phase] ?? Infinity, seconds);
    }
    const sum = Object.values(durations).reduce((total, seconds) => total + seconds, 0);
    assert(sum <= (result.outcome.durationSeconds ?? 0) + 1e-6, `${sum} of ${result.outcome.durationSeconds}`);
  }
  assert.deepEqual(Object.entries(DELAYS).filter((entry) => !isClose(entry)), [], JSON.stringify(least));
});
