import { get, type RequestOptions } from "node:http";
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

/** Status of the answer; not by `fetch`, which would ask a proxy. */
function statusOf(address: ListenAddress): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const request = get({ ...destination(address), path: "/-/healthy", agent: false, signal }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    request.on("error", (error) => reject(signal.aborted ? new Error(`no answer in ${TIMEOUT_MS / 1000}s`) : error));
  });
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
    try {
      const status = await statusOf(address);
      if (status !== 200) return fail(`it answered ${status}`);
      surroundings.print("OK\n");
      return 0;
    } catch (error) {
      return fail(failureMessage(error));
    }
  },
};
