/**
 * The least that serves a page: `Deno.serve` with the bytes and headers of another server's answer,
 * and if asked for a timer that does nothing.
 *
 *     deno run -A test/bench/bare_server.ts PORT URL ACCEPT-ENCODING [SECONDS]
 *
 * @module
 */

import { get } from "node:http";

/** Headers that the server itself adds to every answer. */
const OWN: readonly string[] = ["connection", "content-length", "date", "keep-alive", "transfer-encoding"];

/** An answer as it is sent. */
interface Answer {
  readonly body: string | Uint8Array<ArrayBuffer>;
  readonly headers: [string, string][];
}

/** The answer of a server; fetch would decompress it. */
function answerOf(url: string, acceptEncoding: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    get(url, { headers: { "accept-encoding": acceptEncoding } }, (response) => {
      const chunks: Uint8Array[] = [];
      response.on("data", (chunk: Uint8Array) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", async () => {
        const bytes = new Uint8Array(await new Blob(chunks.map((chunk) => new Uint8Array(chunk))).arrayBuffer());
        const headers = Object.entries(response.headers).filter(([name]) => !OWN.includes(name));
        resolve({
          // A string is what Deno.serve sends fastest, where there is one.
          body: response.headers["content-encoding"] ? bytes : new TextDecoder().decode(bytes),
          headers: headers.map(([name, value]): [string, string] => [name, String(value)]),
        });
      });
    }).on("error", reject);
  });
}

const [port, url = "", acceptEncoding = "", timerSeconds] = Deno.args;
const { body, headers } = await answerOf(url, acceptEncoding);
Deno.serve(
  { hostname: "127.0.0.1", port: Number(port), automaticCompression: false, onListen: () => {} },
  () => new Response(body, { headers }),
);
if (timerSeconds !== undefined) setInterval(() => {}, Number(timerSeconds) * 1000);
