/**
 * One module, as `modules` has it: blackbox_exporter's keys, and a few of our own beside them.
 *
 * @module
 */

import * as z from "zod";
import { checked } from "../../../src/checked.ts";
import { parseDuration } from "../../../src/duration.ts";
import { parseAddressPort } from "../address/host_port.ts";
import { type AddressChoice, type Module, PROBER_NAMES } from "../module.ts";
import { dnsSection } from "./dns.ts";
import { flag, oneOf, refuse, text } from "./fields.ts";
import { httpSection } from "./http.ts";
import { grpcSection, icmpSection, tcpSection, unixSection, websocketSection } from "./others.ts";

/** Seconds of `timeout`, where 0 is none of its own. */
function timeoutSeconds(duration: string): number | undefined {
  return parseDuration(duration) || undefined;
}

/** A server's text, which is empty or its address. */
function nameServer(address: string): string {
  if (address !== "") parseAddressPort(address);
  return address;
}

const targetHost = z.string().regex(/^(?:\*\.)?[^\s/*?#@\\]+$/, {
  error: 'expected a host, as "example.org", "*.example.org" or "192.0.2.1:443"',
});

const fields = z.strictObject({
  prober: z.enum(PROBER_NAMES).meta({ description: "What probes: the section of its name says how." }),
  timeout: text.transform(checked(timeoutSeconds)).nullish().meta({
    description: "Limit of one probe; the scrape's own may be shorter.",
    placeholder: "duration",
  }),
  http: httpSection.nullish(),
  tcp: tcpSection.nullish(),
  dns: dnsSection.nullish(),
  icmp: icmpSection.nullish(),
  grpc: grpcSection.nullish(),
  unix: unixSection.nullish(),
  websocket: websocketSection.nullish(),
  targets: z.array(targetHost).nullish().meta({
    description:
      "Hosts that /probe may be asked for with it, as example.org or *.example.org; not blackbox_exporter's.",
  }),
  resolve: oneOf(["first", "all", "any"], "first").meta({
    description: "Which of a name's addresses are probed; not blackbox_exporter's.",
  }),
  dns_server: text.transform(checked(nameServer)).nullish().meta({
    description: "Server that is asked for addresses, in place of the system's; not blackbox_exporter's.",
  }),
  histogram: flag(false).meta({
    description: "Count the durations of successful probes in a histogram; not blackbox_exporter's.",
  }),
  address_success: flag(false).meta({
    description: "Tell the outcome of each address; not blackbox_exporter's.",
  }),
}).superRefine((value, sink) => {
  if (value.prober === "dns" && !value.dns) {
    refuse(sink, ["dns"], 'Cannot probe DNS: the section "dns" is missing, expected one with "query_name"');
  }
});

/** A module as it is written. */
export type ModuleInput = z.input<typeof fields>;
type Fields = z.output<typeof fields>;

/** What a module is but for its name. */
export type UnnamedModule = Module extends infer M ? M extends Module ? Omit<M, "name"> : never : never;

/** Reads a module. */
export const moduleSchema: z.ZodType<UnnamedModule, ModuleInput> = fields.transform(moduleOf);

function moduleOf(value: Fields): UnnamedModule {
  const base = {
    timeoutSeconds: value.timeout ?? undefined,
    ...(value.targets && { targets: value.targets }),
    histogram: value.histogram,
    addressSuccess: value.address_success,
  };
  const whole = <S extends { readonly address: Pick<AddressChoice, "preferred" | "fallback"> }>(section: S) => ({
    ...base,
    ...section,
    address: { ...section.address, resolve: value.resolve, dnsServer: value.dns_server || undefined },
  });
  switch (value.prober) {
    case "http":
      return { prober: "http", ...whole(value.http ?? httpSection.parse({})) };
    case "tcp":
      return { prober: "tcp", ...whole(value.tcp ?? tcpSection.parse({})) };
    case "dns":
      return { prober: "dns", ...whole(value.dns ?? dnsSection.parse({ query_name: "." })) };
    case "icmp":
      return { prober: "icmp", ...whole(value.icmp ?? icmpSection.parse({})) };
    case "grpc":
      return { prober: "grpc", ...whole(value.grpc ?? grpcSection.parse({})) };
    case "unix":
      return { prober: "unix", ...base, ...value.unix ?? unixSection.parse({}) };
    case "websocket":
      return { prober: "websocket", ...whole(value.websocket ?? websocketSection.parse({})) };
  }
}
