/**
 * Ports and sockets: listens, and listens again after running out of file descriptors.
 *
 * @module
 */

import { clientAtHost } from "./asking_client.ts";
import { type Clock, systemClock } from "./clock.ts";
import type { Client, RequestHandler } from "./collector.ts";
import type { TlsSettings } from "./config.ts";
import { failureMessage } from "./failure.ts";
import { type ListenAddress, parseListenAddress } from "./listen_address.ts";
import type { Logger } from "./log.ts";
import { plain } from "./plain_response.ts";

/** What {@linkcode listen} is told. */
export interface ListenOptions {
  /** As `:9999`, `127.0.0.1:9100`, `[::1]:9999`, `localhost:9100` or `unix:/run/sonde.sock`. */
  readonly addresses: readonly string[];
  /** Answers requests. */
  readonly handler: RequestHandler;
  /** Told when listening failed, and of handlers that throw. */
  readonly log: Logger;
  /** Time. */
  readonly clock?: Clock;
  /** Certificates at any moment; absent: plain HTTP. */
  readonly tls?: () => TlsSettings;
}

/** What listens. */
export interface Listener {
  /** The addresses listened on, in the form in which they were given, with the ports that the system chose. */
  readonly addresses: readonly string[];
  /** Takes the certificates as they are now, for connections from now on. */
  renew(): void;
  /** Accepts nothing more, lets requests in flight finish, and ends within five seconds in any case. */
  stop(): Promise<void>;
}

type Server = Deno.HttpServer<Deno.Addr>;
type Place = { readonly hostname: string; readonly port: number } | { readonly path: string };

/** Owner and group may connect. */
const SOCKET_MODE = 0o660;
/** How long requests in flight have to finish; then those still at work are answered 503. Leaves time to stop the rest. */
const STOP_SECONDS = 3.5;
/** How long the answers have to be sent then. */
const CUT_SECONDS = 0.3;
/** How long requests in flight have to finish before listening again. */
const DRAIN_SECONDS = 0.2;
/** How long between attempts to listen again. */
const PAUSE_SECONDS = 0.1;

/**
 * Listens on all of these addresses, or on none.
 *
 * @throws {SyntaxError} if an address is none
 * @throws {RangeError} if its port is none
 * @throws {Error} naming the address, if it cannot be listened on
 */
export async function listen(options: ListenOptions): Promise<Listener> {
  const clock = options.clock ?? systemClock;
  const requests = new Requests(options.handler);
  const inner = { ...options, handler: requests.handle, clock };
  const makeDoor = await doorMaker(inner);
  const doors: AnyDoor[] = [];
  const stop = once(async () => {
    const closed = Promise.all(doors.map((door) => door.close()));
    if (await within(clock, closed, STOP_SECONDS)) return;
    requests.cut();
    if (await within(clock, closed, CUT_SECONDS)) return;
    for (const door of doors) door.cut?.();
  });
  try {
    const addresses = options.addresses.map((text) => ({ text, address: parseListenAddress(text) }));
    for (const { text, address } of addresses) {
      const door = makeDoor(text);
      await door.open(address);
      doors.push(door);
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    addresses: doors.map(({ bound }) => bound),
    renew: () => doors.forEach((door) => door.renew?.()),
    stop,
  };
}

/** One address, listened on until closed. */
interface AnyDoor {
  /** The address with the port that the system chose. */
  readonly bound: string;
  open(address: ListenAddress): Promise<void>;
  close(): Promise<void>;
  /** Takes certificates anew, where there are any. */
  renew?(): void;
  /** Ends connections, where closing does not. */
  cut?(): void;
}

type DoorOptions = Required<Omit<ListenOptions, "tls">>;

/** TLS is loaded where it is spoken alone. */
async function doorMaker({ tls, ...options }: DoorOptions & Pick<ListenOptions, "tls">) {
  if (!tls) return (text: string): AnyDoor => new Door(text, options);
  const [{ HttpsDoor }, { createServer }] = await Promise.all([import("./https_door.ts"), import("node:https")]);
  return (text: string): AnyDoor => new HttpsDoor(text, { ...options, tls, createServer });
}

/** Requests that wait for their answers, so that they can be answered otherwise at the end. */
class Requests {
  readonly #handler: RequestHandler;
  readonly #waiting = new Set<(response: Response) => void>();

  constructor(handler: RequestHandler) {
    this.#handler = handler;
  }

  readonly handle: RequestHandler = (request, client) => {
    const answer = this.#handler(request, client);
    if (!(answer instanceof Promise)) return answer;
    return new Promise((resolve, reject) => {
      this.#waiting.add(resolve);
      answer.then(resolve, reject).finally(() => this.#waiting.delete(resolve));
    });
  };

  cut(): void {
    for (const resolve of this.#waiting) resolve(plain(503, "The exporter stops"));
  }
}

/** One address at which plain HTTP is spoken. */
class Door implements AnyDoor {
  /** The address with the port that the system chose. */
  bound = "";
  readonly #text: string;
  readonly #options: DoorOptions;
  #server: Server | undefined;
  #closing = false;
  #wake = () => {};
  #ended = Promise.resolve();

  constructor(text: string, options: DoorOptions) {
    this.#text = text;
    this.#options = options;
  }

  async open(address: ListenAddress): Promise<void> {
    try {
      this.#server = await this.#bindAny(address);
    } catch (error) {
      throw new Error(`Cannot listen on ${JSON.stringify(this.#text)}: ${refusal(error)}`, { cause: error });
    }
    const place = placeOf(this.#server);
    this.bound = "path" in place ? `unix:${place.path}` : hostAndPort(place.hostname, place.port);
    this.#ended = this.#keep(this.#server, place);
  }

  async close(): Promise<void> {
    this.#closing = true;
    this.#wake();
    await this.#server?.shutdown();
    await this.#ended;
  }

  async #bindAny(address: ListenAddress): Promise<Server> {
    if (address.kind === "unix") return await this.#bind({ path: address.path });
    const { host, port } = address;
    if (host !== undefined) return await this.#bind({ hostname: host, port });
    try {
      return await this.#bind({ hostname: "::", port });
    } catch (error) {
      if (isFinal(error)) throw error;
      // This host has no IPv6; where it has, "::" takes IPv4 too.
      return await this.#bind({ hostname: "0.0.0.0", port });
    }
  }

  async #bind(place: Place): Promise<Server> {
    const { handler, log } = this.#options;
    const options = {
      automaticCompression: false,
      onListen: () => {},
      onError: (error: unknown) => {
        log("error", "request failed", { error: failureMessage(error) });
        return plain(500, "Internal server error");
      },
    };
    const handle = (request: Request, { remoteAddr }: { remoteAddr: Deno.Addr }) =>
      handler(request, clientAt(remoteAddr));
    if (!("path" in place)) return Deno.serve({ ...options, ...place }, handle);
    await removeStale(place.path);
    const server = Deno.serve({ ...options, ...place }, handle);
    try {
      await Deno.chmod(place.path, SOCKET_MODE);
    } catch (error) {
      await server.shutdown();
      throw error;
    }
    return server;
  }

  /** Listens again whenever accepting failed, as it does without a free file descriptor. */
  async #keep(first: Server, place: Place): Promise<void> {
    const { log, clock } = this.#options;
    for (let server: Server | undefined = first; server; server = await this.#bindAgain(place)) {
      this.#server = server;
      try {
        await server.finished;
        return;
      } catch (error) {
        if (this.#closing) return;
        log("error", "cannot accept connections, listening again", {
          address: this.bound,
          error: failureMessage(error),
        });
      }
      // Closes idle connections, which frees descriptors.
      await within(clock, server.shutdown(), DRAIN_SECONDS);
    }
  }

  async #bindAgain(place: Place): Promise<Server | undefined> {
    const { log, clock } = this.#options;
    while (!this.#closing) {
      try {
        const server = await this.#bind(place);
        if (!this.#closing) return server;
        await server.shutdown();
      } catch (error) {
        log("error", "cannot listen again, trying on", { address: this.bound, error: refusal(error) });
        await new Promise<void>((resolve) => {
          const cancel = clock.timer(resolve, PAUSE_SECONDS);
          this.#wake = () => {
            cancel();
            resolve();
          };
        });
      }
    }
    return undefined;
  }
}

/** Who is at the other end: this host, if it is a loopback address or a socket of the file system. */
function clientAt(address: Deno.Addr): Client {
  if ("hostname" in address) return clientAtHost(address.hostname);
  return address.transport === "vsock" ? "remote" : "local";
}

function placeOf({ addr }: Server): Place {
  if ("path" in addr) return { path: addr.path };
  if ("hostname" in addr) return { hostname: addr.hostname, port: addr.port };
  throw new TypeError(`Cannot serve HTTP on an address of ${addr.transport}`);
}

function hostAndPort(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Whether another address would not help. */
function isFinal(error: unknown): boolean {
  const { AddrInUse, PermissionDenied, NotCapable } = Deno.errors;
  return error instanceof AddrInUse || error instanceof PermissionDenied || error instanceof NotCapable;
}

/** Why an address cannot be listened on. */
function refusal(error: unknown): string {
  const { AddrInUse, AddrNotAvailable, NotCapable, NotFound, PermissionDenied } = Deno.errors;
  if (error instanceof AddrInUse) return "the address is in use";
  if (error instanceof AddrNotAvailable) return "this host has no such address";
  if (error instanceof PermissionDenied) return "permission denied";
  if (error instanceof NotFound) return "there is no such folder";
  const [message = ""] = failureMessage(error).split("\n");
  if (error instanceof NotCapable) return `the program was not given the permission (${message})`;
  return message.includes("lookup address") ? "there is no such host" : message;
}

/** Removes the socket of a program that has ended without doing so. */
async function removeStale(path: string): Promise<void> {
  const found = await Deno.lstat(path).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  });
  if (!found) return;
  if (!found.isSocket) throw new Error("there is a file that is no socket");
  try {
    const connection = await Deno.connect({ transport: "unix", path });
    connection.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.ConnectionRefused)) throw error;
    return await Deno.remove(path);
  }
  throw new Deno.errors.AddrInUse();
}

/** Whether `promise` settled within so many seconds; a rejection is an end like any other. */
async function within(clock: Clock, promise: Promise<unknown>, seconds: number): Promise<boolean> {
  let cancel = () => {};
  const late = new Promise<boolean>((resolve) => cancel = clock.timer(() => resolve(false), seconds));
  const ended = await Promise.race([promise.then(() => true, () => true), late]);
  cancel();
  return ended;
}

function once(action: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => done ??= action();
}
