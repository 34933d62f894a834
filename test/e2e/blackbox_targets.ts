/**
 * Targets of every kind on this machine, and the probes of them, by modules of blackbox_modules.yml.
 *
 * @module
 */

import { createServer, type Server } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { beginsTls, mailServer, speaks } from "../collectors/probe/dialogue_target.ts";
import {
  addressRecord,
  nameServer,
  type Say,
  type TakeConnections,
  zoneRecord,
} from "../collectors/probe/dns_server.ts";
import { answersWith, healthServer, refusesWith, statusFrame } from "../collectors/probe/health_server.ts";
import { httpTarget, responds, says, tcpTarget, tlsFixture } from "../collectors/probe/target.ts";
import { httpRows, httpsRows, type Stack } from "./blackbox_http_targets.ts";
import type { Row } from "./blackbox_pair.ts";
import type { Folder } from "./programs.ts";

/** Targets that stand, and the probes of them. */
export interface Targets extends AsyncDisposable {
  readonly rows: readonly Row[];
}

const answers: Say = ({ question: { name, type } }) => {
  const zone = zoneRecord("probe.test", 2026081701);
  if (name.startsWith("silent")) return [];
  if (name.startsWith("nx")) return [{ flags: 0x8183, authority: [zone] }];
  if (name.startsWith("broken")) return [{ flags: 0x8182 }];
  if (type === 6) return [{ answer: [zone] }];
  const both = [addressRecord("192.0.2.1"), addressRecord("192.0.2.2")];
  return [{ answer: both, authority: [zone], additional: [addressRecord("192.0.2.53", "ns.probe.test")] }];
};

const DNS_MODULES = [
  ...["dns", "dns_any", "dns_tcp", "dns_soa", "dns_nxdomain", "dns_nxdomain_well", "dns_servfail", "dns_silent"],
  ...["dns_answers", "dns_answers_not", "dns_authority_not"],
];

const closed = "127.0.0.1:1";

async function tcpRows(stack: Stack): Promise<Row[]> {
  const at = ({ port }: { readonly port: number }, host = "127.0.0.1") => `${host}:${port}`;
  const web = stack.use(await httpTarget(responds(200)));
  const shell = stack.use(await tcpTarget(speaks("SSH-2.0-OpenSSH_9.9 Debian-1\r\n")));
  const binary = stack.use(await tcpTarget((socket) => socket.once("data", () => socket.write("S"))));
  const gone = stack.use(await tcpTarget((socket) => void setTimeout(() => socket.resetAndDestroy(), 100)));
  const silent = stack.use(await tcpTarget(() => {}));
  const secure = stack.use(await tcpTarget(beginsTls("server.pem", speaks("hello\r\n"))));
  const unsigned = stack.use(await tcpTarget(beginsTls("self_signed.pem", speaks("hello\r\n"))));
  const mail = stack.use(await tcpTarget(mailServer("server.pem")));
  const unsignedMail = stack.use(await tcpTarget(mailServer("self_signed.pem")));
  const refusingMail = stack.use(await tcpTarget(mailServer("server.pem", true)));
  const rows: readonly (readonly [name: string, module: string, target: string])[] = [
    ["tcp", "tcp", at(web)],
    ["tcp refused", "tcp", closed],
    ["tcp unknown host", "tcp", "no-such-host.invalid:1"],
    ["tcp without port", "tcp", "127.0.0.1"],
    ["tcp ip6, else ip4", "tcp_six_first", at(web, "localhost")],
    ["tcp ip6 alone", "tcp_six_alone", at(web)],
    ["tcp banner", "banner", at(shell)],
    ["tcp other banner", "banner_hasty", at(shell)],
    ["tcp reset", "banner_hasty", at(gone)],
    ["tcp silent", "banner_hasty", at(silent)],
    ["tcp bytes", "bytes", at(binary)],
    ["tcp other bytes", "bytes", at(shell)],
    ["tcp TLS", "tcp_tls", at(secure, "localhost")],
    ["tcp TLS, name of the address", "tcp_tls", at(secure)],
    ["tcp TLS unverified", "tcp_tls_unverified", at(secure)],
    ["tcp TLS self-signed", "tcp_tls", at(unsigned)],
    ["tcp STARTTLS", "starttls", at(mail)],
    ["tcp STARTTLS unverified", "starttls", at(unsignedMail)],
    ["tcp STARTTLS refused", "starttls_hasty", at(refusingMail)],
  ];
  return rows.map(([name, module, target]) => ({ name, module, target }));
}

async function dnsRows(stack: Stack): Promise<Row[]> {
  const identity = { cert: tlsFixture("server.pem"), key: tlsFixture("server.key") };
  const overTls: TakeConnections = (take) => createTlsServer(identity, take).on("tlsClientError", () => {});
  const [plain, secure] = [stack.use(await nameServer(answers)), stack.use(await nameServer(answers, overTls))];
  const asking = DNS_MODULES.map((module) => ({ name: module, module, target: `127.0.0.1:${plain.port}` }));
  const askingSecurely = ["dns_tls", "dns_tls_unverified"].map((module) => ({
    name: module,
    module,
    target: `localhost:${secure.port}`,
  }));
  const refused = ["dns_silent", "dns_tcp"].map((module) => ({ name: `${module} refused`, module, target: closed }));
  return [...asking, ...askingSecurely, ...refused, {
    name: "dns unknown host",
    module: "dns",
    target: "no-such-host.invalid",
  }];
}

async function grpcRows(stack: Stack): Promise<Row[]> {
  const at = ({ port }: { readonly port: number }) => `localhost:${port}`;
  const serving = stack.use(await healthServer(answersWith(statusFrame(1))));
  const notServing = stack.use(await healthServer(answersWith(statusFrame(2))));
  const unknown = stack.use(await healthServer(refusesWith({ "grpc-status": 5, "grpc-message": "unknown service" })));
  const without = stack.use(await healthServer(refusesWith({ "grpc-status": 12 })));
  const secure = stack.use(await healthServer(answersWith(statusFrame(1)), "server.pem"));
  const web = stack.use(await tcpTarget((socket) => says("HTTP/1.1 400 Bad Request\n\n")(socket, "")));
  // No server that is silent: blackbox_exporter sets the call no limit, and never answers.
  const rows: readonly (readonly [name: string, module: string, target: string])[] = [
    ["grpc serving", "grpc", at(serving)],
    ["grpc service", "grpc_service", at(serving)],
    ["grpc not serving", "grpc", at(notServing)],
    ["grpc unknown service", "grpc_service", at(unknown)],
    ["grpc unimplemented", "grpc", at(without)],
    ["grpc refused", "grpc_hasty", closed],
    ["grpc TLS", "grpc_tls", at(secure)],
    ["grpc TLS unverified", "grpc_tls_unverified", at(secure)],
    ["grpc to HTTP/1.1", "grpc_hasty", at(web)],
  ];
  return rows.map(([name, module, target]) => ({ name, module, target }));
}

async function listening(path: string, greeting: string): Promise<AsyncDisposable> {
  const server: Server = createServer((socket) => socket.on("error", () => {}).write(greeting));
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return { [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())) };
}

async function unixRows(stack: Stack, own: Folder): Promise<Row[]> {
  const target = own.at("greeting.socket");
  stack.use(await listening(target, "unix hello\n"));
  const rows = ["unix", "unix_dialogue", "unix_hasty"].map((module) => ({ name: module, module, target }));
  return [...rows, { name: "unix refused", module: "unix", target: own.at("none.socket") }];
}

const ICMP_ROWS: readonly Row[] = [
  ...["icmp", "icmp_sized"].map((module) => ({ name: module, module, target: "127.0.0.1" })),
  { name: "icmp localhost", module: "icmp", target: "localhost" },
  { name: "icmp ip6", module: "icmp_six", target: "::1" },
  { name: "icmp ip6 alone", module: "icmp_six", target: "127.0.0.1" },
  { name: "icmp unknown host", module: "icmp", target: "no-such-host.invalid" },
];

/** Starts all targets; sockets are in the folder. */
export async function startTargets(own: Folder): Promise<Targets> {
  await using stack = new AsyncDisposableStack();
  const rows = [
    ...await httpRows(stack),
    ...await httpsRows(stack),
    ...await tcpRows(stack),
    ...await dnsRows(stack),
    ...await grpcRows(stack),
    ...await unixRows(stack, own),
    ...ICMP_ROWS,
  ];
  const kept = stack.move();
  return { rows, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}
