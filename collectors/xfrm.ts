/**
 * Packets that IPsec refused, by reason: xfrm_proc.rst of the kernel. 28 series, one file. Not here where the kernel was
 * built without; reasons that it does not know are 0, as with the peer.
 *
 * @module
 */

import { defineCollector } from "../src/collector.ts";
import { malformed, wholeNumber } from "../src/kernel_text.ts";

const FILE = "/proc/net/xfrm_stat";
/** Families by the reason that the kernel names. */
const REASONS = [
  ["node_xfrm_in_error_packets_total", "XfrmInError"],
  ["node_xfrm_in_buffer_error_packets_total", "XfrmInBufferError"],
  ["node_xfrm_in_hdr_error_packets_total", "XfrmInHdrError"],
  ["node_xfrm_in_no_states_packets_total", "XfrmInNoStates"],
  ["node_xfrm_in_state_proto_error_packets_total", "XfrmInStateProtoError"],
  ["node_xfrm_in_state_mode_error_packets_total", "XfrmInStateModeError"],
  ["node_xfrm_in_state_seq_error_packets_total", "XfrmInStateSeqError"],
  ["node_xfrm_in_state_expired_packets_total", "XfrmInStateExpired"],
  ["node_xfrm_in_state_mismatch_packets_total", "XfrmInStateMismatch"],
  ["node_xfrm_in_state_invalid_packets_total", "XfrmInStateInvalid"],
  ["node_xfrm_in_tmpl_mismatch_packets_total", "XfrmInTmplMismatch"],
  ["node_xfrm_in_no_pols_packets_total", "XfrmInNoPols"],
  ["node_xfrm_in_pol_block_packets_total", "XfrmInPolBlock"],
  ["node_xfrm_in_pol_error_packets_total", "XfrmInPolError"],
  ["node_xfrm_out_error_packets_total", "XfrmOutError"],
  ["node_xfrm_out_bundle_gen_error_packets_total", "XfrmOutBundleGenError"],
  ["node_xfrm_out_bundle_check_error_packets_total", "XfrmOutBundleCheckError"],
  ["node_xfrm_out_no_states_packets_total", "XfrmOutNoStates"],
  ["node_xfrm_out_state_proto_error_packets_total", "XfrmOutStateProtoError"],
  ["node_xfrm_out_state_mode_error_packets_total", "XfrmOutStateModeError"],
  ["node_xfrm_out_state_seq_error_packets_total", "XfrmOutStateSeqError"],
  ["node_xfrm_out_state_expired_packets_total", "XfrmOutStateExpired"],
  ["node_xfrm_out_pol_block_packets_total", "XfrmOutPolBlock"],
  ["node_xfrm_out_pol_dead_packets_total", "XfrmOutPolDead"],
  ["node_xfrm_out_pol_error_packets_total", "XfrmOutPolError"],
  ["node_xfrm_fwd_hdr_error_packets_total", "XfrmFwdHdrError"],
  ["node_xfrm_out_state_invalid_packets_total", "XfrmOutStateInvalid"],
  ["node_xfrm_acquire_error_packets_total", "XfrmAcquireError"],
] as const;

/** Packets by reason, as `XfrmInNoStates`. */
export type RefusedPackets = ReadonlyMap<string, number>;

export default defineCollector({
  name: "xfrm",
  help: "Packets that IPsec refused.",
  peer: true,
  enabled: false,
  platforms: ["linux"],
  freshnessSeconds: 0.1,
  metrics: {
    node_xfrm_acquire_error_packets_total: { type: "counter", help: "State hasn’t been fully acquired before use" },
    node_xfrm_fwd_hdr_error_packets_total: { type: "counter", help: "Forward routing of a packet is not allowed" },
    node_xfrm_in_buffer_error_packets_total: { type: "counter", help: "No buffer is left" },
    node_xfrm_in_error_packets_total: { type: "counter", help: "All errors not matched by other" },
    node_xfrm_in_hdr_error_packets_total: { type: "counter", help: "Header error" },
    node_xfrm_in_no_pols_packets_total: {
      type: "counter",
      help: "No policy is found for states e.g. Inbound SAs are correct but no SP is found",
    },
    node_xfrm_in_no_states_packets_total: {
      type: "counter",
      help: "No state is found i.e. Either inbound SPI, address, or IPsec protocol at SA is wrong",
    },
    node_xfrm_in_pol_block_packets_total: { type: "counter", help: "Policy discards" },
    node_xfrm_in_pol_error_packets_total: { type: "counter", help: "Policy error" },
    node_xfrm_in_state_expired_packets_total: { type: "counter", help: "State is expired" },
    node_xfrm_in_state_invalid_packets_total: { type: "counter", help: "State is invalid" },
    node_xfrm_in_state_mismatch_packets_total: {
      type: "counter",
      help: "State has mismatch option e.g. UDP encapsulation type is mismatch",
    },
    node_xfrm_in_state_mode_error_packets_total: { type: "counter", help: "Transformation mode specific error" },
    node_xfrm_in_state_proto_error_packets_total: {
      type: "counter",
      help: "Transformation protocol specific error e.g. SA key is wrong",
    },
    node_xfrm_in_state_seq_error_packets_total: {
      type: "counter",
      help: "Sequence error i.e. Sequence number is out of window",
    },
    node_xfrm_in_tmpl_mismatch_packets_total: {
      type: "counter",
      help: "No matching template for states e.g. Inbound SAs are correct but SP rule is wrong",
    },
    node_xfrm_out_bundle_check_error_packets_total: { type: "counter", help: "Bundle check error" },
    node_xfrm_out_bundle_gen_error_packets_total: { type: "counter", help: "Bundle generation error" },
    node_xfrm_out_error_packets_total: { type: "counter", help: "All errors which is not matched others" },
    node_xfrm_out_no_states_packets_total: { type: "counter", help: "No state is found" },
    node_xfrm_out_pol_block_packets_total: { type: "counter", help: "Policy discards" },
    node_xfrm_out_pol_dead_packets_total: { type: "counter", help: "Policy is dead" },
    node_xfrm_out_pol_error_packets_total: { type: "counter", help: "Policy error" },
    node_xfrm_out_state_expired_packets_total: { type: "counter", help: "State is expired" },
    node_xfrm_out_state_invalid_packets_total: { type: "counter", help: "State is invalid, perhaps expired" },
    node_xfrm_out_state_mode_error_packets_total: { type: "counter", help: "Transformation mode specific error" },
    node_xfrm_out_state_proto_error_packets_total: { type: "counter", help: "Transformation protocol specific error" },
    node_xfrm_out_state_seq_error_packets_total: {
      type: "counter",
      help: "Sequence error i.e. Sequence number overflow",
    },
  },
  sources: [FILE],
  read({ source }): RefusedPackets | null {
    const text = source.proc.try("net/xfrm_stat");
    return text === undefined ? null : parseXfrm(text);
  },
  samples(packets, emit) {
    for (const [name, reason] of REASONS) emit(name, packets.get(reason) ?? 0);
  },
});

/**
 * Parses `/proc/net/xfrm_stat`.
 *
 * @throws {SyntaxError} if a line is not a reason and a number
 */
export function parseXfrm(text: string): RefusedPackets {
  const packets = new Map<string, number>();
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const [reason = "", digits, ...more] = line.trim().split(/\s+/);
    const number = wholeNumber(digits);
    if (number === undefined || more.length > 0) throw malformed(FILE, line);
    packets.set(reason, number);
  }
  return packets;
}
