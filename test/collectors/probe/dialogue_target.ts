/**
 * Servers that hold dialogues, well and badly, and probes of them.
 *
 * @module
 */

import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import { createSecureContext, TLSSocket } from "node:tls";
import { moduleSchema } from "../../../collectors/probe/modules/module.ts";
import type { DialogueResult } from "../../../collectors/probe/dialogue/dialogue_probe.ts";
import type { TcpModule } from "../../../collectors/probe/module.ts";
import type { ProbeTools } from "../../../collectors/probe/prober.ts";
import { tcpProber } from "../../../collectors/probe/dialogue/tcp_prober.ts";
import { probeTools, tlsFixture } from "./target.ts";

/** What a server does with a connection. */
export type Serve = (socket: Socket) => void;

/**
 * Makes the connection one of TLS, with that certificate of test/fixtures/tls, and goes on over it. A stream of our own lies
 * between: a read of the socket that is under way would lose the begin of the handshake.
 */
export function beginsTls(certificate: string, then: Serve): Serve {
  const secureContext = createSecureContext({ cert: tlsFixture(certificate), key: tlsFixture("server.key") });
  return (socket) => {
    const between = new Duplex({
      read() {},
      write: (bytes, _, done) => void socket.write(bytes, done),
      final: (done) => void socket.end(done),
    });
    socket.on("data", (bytes) => between.push(bytes)).on("end", () => between.push(null));
    socket.on("close", () => between.destroy());
    const secure = new TLSSocket(between, { isServer: true, secureContext });
    secure.on("error", () => {}).on("secure", () => then(secure));
  };
}

/** Speaks a line, and after each line that it hears another, until there are none. */
export function speaks(...lines: readonly string[]): Serve {
  return (socket) => {
    const left = [...lines];
    const say = () => {
      const line = left.shift();
      if (line !== undefined) socket.write(line);
    };
    socket.on("data", say);
    say();
  };
}

/** Asks for STARTTLS as mail servers do, and takes it up with that certificate. */
export function mailServer(certificate: string, refuses = false): Serve {
  const secured = beginsTls(certificate, speaks("250 AUTH\r\n"));
  return (socket) => {
    socket.write("220 mail.test ESMTP\r\n");
    socket.once("data", () => {
      socket.write("250-mail.test\r\n250 STARTTLS\r\n");
      socket.once("data", () => {
        socket.write(refuses ? "454 not now\r\n" : "220 go\r\n");
        if (!refuses) secured(socket);
      });
    });
  };
}

/** The dialogue for it. */
export const MAIL_DIALOGUE = [
  { expect: "^220 ([^ ]+) ESMTP" },
  { send: "EHLO ${1}" },
  { expect: "^250(?: |-)STARTTLS" },
  { send: "STARTTLS" },
  { expect: "^220" },
  { starttls: true },
  { expect: "^250 AUTH" },
];

/** A module of TCP with this section. */
export function tcpModule(section: Readonly<Record<string, unknown>>): TcpModule {
  const module = { name: "test", ...moduleSchema.parse({ prober: "tcp", tcp: tcpSection(section) }) };
  if (module.prober !== "tcp") throw new TypeError("Cannot make a module of TCP");
  return module;
}

/** A section `tcp` of IPv4, as the peer takes it too. */
export function tcpSection(section: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return { preferred_ip_protocol: "ip4", ...section };
}

/** The result of probing a port of this host. */
export function probePort(
  port: number,
  section: Readonly<Record<string, unknown>>,
  tools: Partial<ProbeTools> = {},
): Promise<DialogueResult> {
  return tcpProber.probe(`127.0.0.1:${port}`, tcpModule(section), probeTools(tools));
}
