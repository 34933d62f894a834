/**
 * Families of {@link ../infiniband.ts}: so many that they would hide the rest of it.
 *
 * @module
 */

const PORT = ["device", "port"] as const;

/** Families by name. */
export const metrics = {
  node_infiniband_duplicate_requests_packets_total: {
    type: "counter",
    help: "The number of received packets. A duplicate request is a request that had been previously executed.",
    labels: PORT,
  },
  node_infiniband_excessive_buffer_overrun_errors_total: {
    type: "counter",
    help:
      "Number of times that OverrunErrors consecutive flow control update periods occurred, each having at least one overrun error.",
    labels: PORT,
  },
  node_infiniband_implied_nak_seq_errors_total: {
    type: "counter",
    help:
      "The number of time the requested decided an ACK. with a PSN larger than the expected PSN for an RDMA read or response.",
    labels: PORT,
  },
  node_infiniband_info: {
    type: "gauge",
    help: "Non-numeric data from /sys/class/infiniband/<device>, value is always 1.",
    labels: ["board_id", "device", "firmware_version", "hca_type"],
  },
  node_infiniband_legacy_data_received_bytes_total: {
    type: "counter",
    help: "Number of data octets received on all links",
    labels: PORT,
  },
  node_infiniband_legacy_data_transmitted_bytes_total: {
    type: "counter",
    help: "Number of data octets transmitted on all links",
    labels: PORT,
  },
  node_infiniband_legacy_multicast_packets_received_total: {
    type: "counter",
    help: "Number of multicast packets received",
    labels: PORT,
  },
  node_infiniband_legacy_multicast_packets_transmitted_total: {
    type: "counter",
    help: "Number of multicast packets transmitted",
    labels: PORT,
  },
  node_infiniband_legacy_packets_received_total: {
    type: "counter",
    help: "Number of data packets received on all links",
    labels: PORT,
  },
  node_infiniband_legacy_packets_transmitted_total: {
    type: "counter",
    help: "Number of data packets received on all links",
    labels: PORT,
  },
  node_infiniband_legacy_unicast_packets_received_total: {
    type: "counter",
    help: "Number of unicast packets received",
    labels: PORT,
  },
  node_infiniband_legacy_unicast_packets_transmitted_total: {
    type: "counter",
    help: "Number of unicast packets transmitted",
    labels: PORT,
  },
  node_infiniband_lifespan_seconds: {
    type: "gauge",
    help:
      "The maximum period in ms which defines the aging of the counter reads. Two consecutive reads within this period might return the same values.",
    labels: PORT,
  },
  node_infiniband_link_downed_total: {
    type: "counter",
    help: "Number of times the link failed to recover from an error state and went down",
    labels: PORT,
  },
  node_infiniband_link_error_recovery_total: {
    type: "counter",
    help: "Number of times the link successfully recovered from an error state",
    labels: PORT,
  },
  node_infiniband_local_ack_timeout_errors_total: {
    type: "counter",
    help:
      "The number of times QP's ack timer expired for RC, XRC, DCT QPs at the sender side. The QP retry limit was not exceed, therefore it is still recoverable error.",
    labels: PORT,
  },
  node_infiniband_local_link_integrity_errors_total: {
    type: "counter",
    help: "Number of times that the count of local physical errors exceeded the threshold specified by LocalPhyErrors.",
    labels: PORT,
  },
  node_infiniband_multicast_packets_received_total: {
    type: "counter",
    help: "Number of multicast packets received (including errors)",
    labels: PORT,
  },
  node_infiniband_multicast_packets_transmitted_total: {
    type: "counter",
    help: "Number of multicast packets transmitted (including errors)",
    labels: PORT,
  },
  node_infiniband_np_cnp_packets_sent_total: {
    type: "counter",
    help:
      "The number of CNP packets sent by the Notification Point when it noticed congestion experienced in the RoCEv2 IP header (ECN bits). The counters was added in MLNX_OFED 4.1",
    labels: PORT,
  },
  node_infiniband_np_ecn_marked_roce_packets_received_total: {
    type: "counter",
    help:
      "The number of RoCEv2 packets received by the notification point which were marked for experiencing the congestion (ECN bits where '11' on the ingress RoCE traffic) . The counters was added in MLNX_OFED 4.1",
    labels: PORT,
  },
  node_infiniband_out_of_buffer_drops_total: {
    type: "counter",
    help: "The number of drops occurred due to lack of WQE for the associated QPs.",
    labels: PORT,
  },
  node_infiniband_out_of_sequence_packets_received_total: {
    type: "counter",
    help: "The number of out of sequence packets received.",
    labels: PORT,
  },
  node_infiniband_packet_sequence_errors_total: {
    type: "counter",
    help: "The number of received NAK sequence error packets. The QP retry limit was not exceeded.",
    labels: PORT,
  },
  node_infiniband_physical_state_id: {
    type: "gauge",
    help:
      "Physical state of the InfiniBand port (0: no change, 1: sleep, 2: polling, 3: disable, 4: shift, 5: link up, 6: link error recover, 7: phytest)",
    labels: PORT,
  },
  node_infiniband_port_constraint_errors_received_total: {
    type: "counter",
    help: "Number of packets received on the switch physical port that are discarded",
    labels: PORT,
  },
  node_infiniband_port_constraint_errors_transmitted_total: {
    type: "counter",
    help: "Number of packets not transmitted from the switch physical port",
    labels: PORT,
  },
  node_infiniband_port_data_received_bytes_total: {
    type: "counter",
    help: "Number of data octets received on all links",
    labels: PORT,
  },
  node_infiniband_port_data_transmitted_bytes_total: {
    type: "counter",
    help: "Number of data octets transmitted on all links",
    labels: PORT,
  },
  node_infiniband_port_discards_received_total: {
    type: "counter",
    help: "Number of inbound packets discarded by the port because the port is down or congested",
    labels: PORT,
  },
  node_infiniband_port_discards_transmitted_total: {
    type: "counter",
    help: "Number of outbound packets discarded by the port because the port is down or congested",
    labels: PORT,
  },
  node_infiniband_port_errors_received_total: {
    type: "counter",
    help: "Number of packets containing an error that were received on this port",
    labels: PORT,
  },
  node_infiniband_port_packets_received_total: {
    type: "counter",
    help: "Number of packets received on all VLs by this port (including errors)",
    labels: PORT,
  },
  node_infiniband_port_packets_transmitted_total: {
    type: "counter",
    help: "Number of packets transmitted on all VLs from this port (including errors)",
    labels: PORT,
  },
  node_infiniband_port_receive_remote_physical_errors_total: {
    type: "counter",
    help: "Number of packets marked with the EBP (End of Bad Packet) delimiter received on the port.",
    labels: PORT,
  },
  node_infiniband_port_receive_switch_relay_errors_total: {
    type: "counter",
    help: "Number of packets that could not be forwarded by the switch.",
    labels: PORT,
  },
  node_infiniband_port_transmit_wait_total: {
    type: "counter",
    help: "Number of ticks during which the port had data to transmit but no data was sent during the entire tick",
    labels: PORT,
  },
  node_infiniband_rate_bytes_per_second: {
    type: "gauge",
    help: "Maximum signal transfer rate",
    labels: PORT,
  },
  node_infiniband_req_cqes_errors_total: {
    type: "counter",
    help: "The number of times requester detected CQEs completed with errors. The counters was added in MLNX_OFED 4.1",
    labels: PORT,
  },
  node_infiniband_req_cqes_flush_errors_total: {
    type: "counter",
    help:
      "The number of times requester detected CQEs completed with flushed errors. The counters was added in MLNX_OFED 4.1",
    labels: PORT,
  },
  node_infiniband_req_remote_access_errors_total: {
    type: "counter",
    help: "The number of times requester detected remote access errors. The counters was added in MLNX_OFED 4.1",
    labels: PORT,
  },
  node_infiniband_req_remote_invalid_request_errors_total: {
    type: "counter",
    help:
      "The number of times requester detected remote invalid request errors. The counters was added in MLNX_OFED 4.1",
    labels: PORT,
  },
  node_infiniband_resp_cqes_errors_total: {
    type: "counter",
    help: "The number of times responder detected CQEs completed with errors. The counters was added in MLNX_OFED 4.1",
    labels: PORT,
  },
  node_infiniband_resp_cqes_flush_errors_total: {
    type: "counter",
    help:
      "The number of times responder detected CQEs completed with flushed errors. The counters was added in MLNX_OFED 4.1",
    labels: PORT,
  },
  node_infiniband_resp_local_length_errors_total: {
    type: "counter",
    help: "The number of times responder detected local length errors. The counters was added in MLNX_OFED 4.1",
    labels: PORT,
  },
  node_infiniband_resp_remote_access_errors_total: {
    type: "counter",
    help: "The number of times responder detected remote access errors. The counters was added in MLNX_OFED 4.1",
    labels: PORT,
  },
  node_infiniband_rnr_nak_retry_packets_received_total: {
    type: "counter",
    help: "The number of received RNR NAK packets. The QP retry limit was not exceeded.",
    labels: PORT,
  },
  node_infiniband_roce_adp_retransmits_timeout_total: {
    type: "counter",
    help:
      "The number of times RoCE traffic reached timeout due to adaptive retransmission. The counter was added in MLNX_OFED rev 5.0-1.0.0.0 and kernel v5.6.0",
    labels: PORT,
  },
  node_infiniband_roce_adp_retransmits_total: {
    type: "counter",
    help:
      "The number of adaptive retransmissions for RoCE traffic. The counter was added in MLNX_OFED rev 5.0-1.0.0.0 and kernel v5.6.0",
    labels: PORT,
  },
  node_infiniband_roce_slow_restart_cnps_total: {
    type: "counter",
    help:
      "The number of times RoCE slow restart generated CNP packets. The counter was added in MLNX_OFED rev 5.0-1.0.0.0 and kernel v5.6.0",
    labels: PORT,
  },
  node_infiniband_roce_slow_restart_total: {
    type: "counter",
    help:
      "The number of times RoCE slow restart changed state to slow restart. The counter was added in MLNX_OFED rev 5.0-1.0.0.0 and kernel v5.6.0",
    labels: PORT,
  },
  node_infiniband_roce_slow_restart_used_total: {
    type: "counter",
    help:
      "The number of times RoCE slow restart was used. The counter was added in MLNX_OFED rev 5.0-1.0.0.0 and kernel v5.6.0",
    labels: PORT,
  },
  node_infiniband_rp_cnp_ignored_packets_received_total: {
    type: "counter",
    help:
      "The number of CNP packets received and ignored by the Reaction Point HCA. This counter should not raise if RoCE Congestion Control was enabled in the network. If this counter raise, verify that ECN was enabled on the adapter.",
    labels: PORT,
  },
  node_infiniband_rp_cnp_packets_handled_total: {
    type: "counter",
    help:
      "The number of CNP packets handled by the Reaction Point HCA to throttle the transmission rate. The counters was added in MLNX_OFED 4.1",
    labels: PORT,
  },
  node_infiniband_rx_atomic_requests_total: {
    type: "counter",
    help: "The number of received ATOMIC request for the associated QPs.",
    labels: PORT,
  },
  node_infiniband_rx_dct_connect_requests_total: {
    type: "counter",
    help: "The number of received connection requests for the associated DCTs.",
    labels: PORT,
  },
  node_infiniband_rx_icrc_encapsulated_errors_total: {
    type: "counter",
    help: "The number of RoCE packets with ICRC errors. This counter was added in MLNX_OFED 4.4 and kernel 4.19",
    labels: PORT,
  },
  node_infiniband_rx_read_requests_total: {
    type: "counter",
    help: "The number of received READ requests for the associated QPs.",
    labels: PORT,
  },
  node_infiniband_rx_write_requests_total: {
    type: "counter",
    help: "The number of received WRITE requests for the associated QPs.",
    labels: PORT,
  },
  node_infiniband_state_id: {
    type: "gauge",
    help: "State of the InfiniBand port (0: no change, 1: down, 2: init, 3: armed, 4: active, 5: act defer)",
    labels: PORT,
  },
  node_infiniband_symbol_error_total: {
    type: "counter",
    help: "Number of minor link errors detected on one or more physical lanes.",
    labels: PORT,
  },
  node_infiniband_unicast_packets_received_total: {
    type: "counter",
    help: "Number of unicast packets received (including errors)",
    labels: PORT,
  },
  node_infiniband_unicast_packets_transmitted_total: {
    type: "counter",
    help: "Number of unicast packets transmitted (including errors)",
    labels: PORT,
  },
  node_infiniband_vl15_dropped_total: {
    type: "counter",
    help: "Number of incoming VL15 packets dropped due to resource limitations.",
    labels: PORT,
  },
} as const;
