import { get, type IncomingMessage, type RequestOptions } from "node:http";
import type { WebConfig } from "../config.ts";
import { failureMessage } from "../failure.ts";
import { type ListenAddress, parseListenAddress } from "../listen_address.ts";
import type { Command } from "./command.ts";

const TIMEOUT_MS = 4000;
/** What stands for all interfaces, and where one of them is reached from here. */
const LOOPBACK: Readonly<Record<string, string>> = { "": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1" };

function destination(address: ListenAddress): RequestOptions {
  if (address.kind === "unix") return { socketPath: address.path };
  const { host = "", port } = address;
  return { host: LOOPBACK[host] ?? host, port };
}

/** By TLS whatever the certificate: nothing is told to who answers, and what it is for is not this address. */
async function secureGet(): Promise<
  (options: RequestOptions, listener: (response: IncomingMessage) => void) => ReturnType<typeof get>
> {
  const { Agent, get } = await import("node:https");
  const agent = new Agent({ keepAlive: false });
  return (options, listener) => get({ ...options, agent, rejectUnauthorized: false }, listener);
}

/** Status of the answer; not by `fetch`, which would ask a proxy. */
async function statusOf(address: ListenAddress, path: string, isSecure: boolean): Promise<number | undefined> {
  const ask = isSecure ? await secureGet() : get;
  return await new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const request = ask({ ...destination(address), path, agent: false, signal }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    request.on("error", (error) => reject(signal.aborted ? new Error(`no answer in ${TIMEOUT_MS / 1000}s`) : error));
  });
}

async function webConfig(name: string | undefined): Promise<WebConfig | undefined> {
  if (name === undefined) return undefined;
  const { readWebFile } = await import("./web_file.ts");
  return await readWebFile(name);
}

/** Whether no client is let in without a certificate. */
function wantsCertificate({ tls }: WebConfig): boolean {
  return tls?.clientAuth === "RequireAnyClientCert" || tls?.clientAuth === "RequireAndVerifyClientCert";
}

/** `sonde healthcheck`. */
export const healthcheck: Command = {
  name: "healthcheck",
  description: "Ask the exporter that runs by this configuration whether it is healthy; exit with 1 if not.",
  async run({ surroundings, load }) {
    const { config } = await load();
    const [first = ""] = config.web.listenAddress;
    const fail = (reason: string): number => {
      surroundings.printError(`Cannot reach "${first}": ${reason}\n`);
      return 1;
    };
    const address = parseListenAddress(first);
    if (address.kind === "tcp" && address.port === 0) return fail("the system chose its port");
    const web = await webConfig(config.web.configFile);
    if (web && wantsCertificate(web)) return fail("it lets in who has a certificate, and this command has none");
    try {
      const status = await statusOf(address, `${config.web.routePrefix}/-/healthy`, web?.tls !== undefined);
      // Who asks for a password is there, and this command knows none.
      const isThere = status === 200 || (status === 401 && (web?.users.size ?? 0) > 0);
      if (!isThere) return fail(`it answered ${status}`);
      surroundings.print("OK\n");
      return 0;
    } catch (error) {
      return fail(failureMessage(error));
    }
  },
};
