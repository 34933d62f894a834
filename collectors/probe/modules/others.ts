/**
 * The sections `tcp`, `unix`, `icmp`, `grpc` and `websocket`.
 *
 * @module
 */

import * as z from "zod";
import type { TextRef } from "../module.ts";
import { dialogue } from "./dialogue.ts";
import { addressChoice, addressFields, flag, list, refuse, text, texts } from "./fields.ts";
import { checkHttpClient, httpClient, httpClientFields, STANDARD_HTTP_CLIENT } from "./http_client.ts";
import { sourceAddress } from "./source_address.ts";
import { tlsConfig } from "./tls.ts";

/** `tcp`. */
export const tcpSection = z.strictObject({
  ...addressFields,
  source_ip_address: sourceAddress,
  query_response: dialogue,
  tls: flag(false),
  tls_config: tlsConfig,
}).transform((value) => ({
  address: addressChoice(value),
  sourceAddress: value.source_ip_address,
  dialogue: value.query_response,
  useTls: value.tls,
  tls: value.tls_config,
}));

/** `unix`. */
export const unixSection = z.strictObject({
  query_response: dialogue,
  tls: flag(false),
  tls_config: tlsConfig,
}).transform((value) => ({ dialogue: value.query_response, useTls: value.tls, tls: value.tls_config }));

const STANDARD_TTL = 64;
const MOST_PAYLOAD = 65_507;

const wholeNumber = (most: number, name: string) =>
  z.number().superRefine((value, sink) => {
    if (Number.isInteger(value) && value >= 0 && value <= most) return;
    refuse(sink, [], `Cannot use ${name} ${value}: expected a whole number from 0 to ${most}`);
  }).nullish();

/** `icmp`. */
export const icmpSection = z.strictObject({
  ...addressFields,
  source_ip_address: sourceAddress,
  payload_size: wholeNumber(MOST_PAYLOAD, "payload_size"),
  dont_fragment: flag(false),
  ttl: wholeNumber(255, "ttl"),
}).transform((value) => ({
  address: addressChoice(value),
  sourceAddress: value.source_ip_address,
  payloadBytes: value.payload_size ?? 0,
  dontFragment: value.dont_fragment,
  ttl: value.ttl || STANDARD_TTL,
}));

/** `grpc`. */
export const grpcSection = z.strictObject({
  ...addressFields,
  service: text.nullish(),
  tls: flag(false),
  tls_config: tlsConfig,
  metadata: z.record(z.string(), list(text.meta({ secret: true }))).nullish(),
}).transform((value) => ({
  address: addressChoice(value),
  service: value.service ?? "",
  useTls: value.tls,
  tls: value.tls_config,
  metadata: Object.entries(value.metadata ?? {}).map(([key, values]) => [key.toLowerCase(), values] as const),
}));

const websocketHttp = z.strictObject(httpClientFields).superRefine(checkHttpClient).transform(httpClient);

/** `websocket`. */
export const websocketSection = z.strictObject({
  ...addressFields,
  http_config: websocketHttp.nullish(),
  headers: texts,
  query_response: dialogue,
}).superRefine((value, sink) => {
  for (const [i, { startTls }] of value.query_response.entries()) {
    if (startTls) refuse(sink, ["query_response", i, "starttls"], "Cannot begin TLS within a WebSocket");
  }
}).transform((value) => ({
  address: addressChoice(value),
  client: value.http_config ?? STANDARD_HTTP_CLIENT,
  headers: Object.entries(value.headers).map(([name, own]): readonly [string, readonly TextRef[]] => [
    name,
    [{ text: own }],
  ]),
  dialogue: value.query_response,
}));
