/**
 * Families of {@link ../mountstats.ts}: so many that they would hide the rest of it.
 *
 * @module
 */

const MOUNT = ["export", "protocol", "mountaddr"] as const;
const OPERATION = [...MOUNT, "operation"] as const;
const CONNECTION = [...MOUNT, "transport"] as const;

/** Families by name. */
export const metrics = {
  node_mountstats_nfs_age_seconds_total: {
    type: "counter",
    help: "The age of the NFS mount in seconds.",
    labels: MOUNT,
  },
  node_mountstats_nfs_direct_read_bytes_total: {
    type: "counter",
    help: "Number of bytes read using the read() syscall in O_DIRECT mode.",
    labels: MOUNT,
  },
  node_mountstats_nfs_direct_write_bytes_total: {
    type: "counter",
    help: "Number of bytes written using the write() syscall in O_DIRECT mode.",
    labels: MOUNT,
  },
  node_mountstats_nfs_event_attribute_invalidate_total: {
    type: "counter",
    help: "Number of times cached inode attributes are invalidated.",
    labels: MOUNT,
  },
  node_mountstats_nfs_event_data_invalidate_total: {
    type: "counter",
    help: "Number of times an inode cache is cleared.",
    labels: MOUNT,
  },
  node_mountstats_nfs_event_dnode_revalidate_total: {
    type: "counter",
    help: "Number of times cached dentry nodes are re-validated from the server.",
    labels: MOUNT,
  },
  node_mountstats_nfs_event_inode_revalidate_total: {
    type: "counter",
    help: "Number of times cached inode attributes are re-validated from the server.",
    labels: MOUNT,
  },
  node_mountstats_nfs_event_jukebox_delay_total: {
    type: "counter",
    help: "Number of times the NFS server indicated EJUKEBOX; retrieving data from offline storage.",
    labels: MOUNT,
  },
  node_mountstats_nfs_event_pnfs_read_total: {
    type: "counter",
    help: "Number of NFS v4.1+ pNFS reads.",
    labels: MOUNT,
  },
  node_mountstats_nfs_event_pnfs_write_total: {
    type: "counter",
    help: "Number of NFS v4.1+ pNFS writes.",
    labels: MOUNT,
  },
  node_mountstats_nfs_event_short_read_total: {
    type: "counter",
    help: "Number of times the NFS server gave less data than expected while reading.",
    labels: MOUNT,
  },
  node_mountstats_nfs_event_short_write_total: {
    type: "counter",
    help: "Number of times the NFS server wrote less data than expected while writing.",
    labels: MOUNT,
  },
  node_mountstats_nfs_event_silly_rename_total: {
    type: "counter",
    help: "Number of times a file was removed while still open by another process.",
    labels: MOUNT,
  },
  node_mountstats_nfs_event_truncation_total: {
    type: "counter",
    help: "Number of times files have been truncated.",
    labels: MOUNT,
  },
  node_mountstats_nfs_event_vfs_access_total: {
    type: "counter",
    help: "Number of times permissions have been checked.",
    labels: MOUNT,
  },
  node_mountstats_nfs_event_vfs_file_release_total: {
    type: "counter",
    help: "Number of times files have been closed and released.",
    labels: MOUNT,
  },
  node_mountstats_nfs_event_vfs_flush_total: {
    type: "counter",
    help: "Number of pending writes that have been forcefully flushed to the server.",
    labels: MOUNT,
  },
  node_mountstats_nfs_event_vfs_fsync_total: {
    type: "counter",
    help: "Number of times fsync() has been called on directories and files.",
    labels: MOUNT,
  },
  node_mountstats_nfs_event_vfs_getdents_total: {
    type: "counter",
    help: "Number of times directory entries have been read with getdents().",
    labels: MOUNT,
  },
  node_mountstats_nfs_event_vfs_lock_total: {
    type: "counter",
    help: "Number of times locking has been attempted on a file.",
    labels: MOUNT,
  },
  node_mountstats_nfs_event_vfs_lookup_total: {
    type: "counter",
    help: "Number of times a directory lookup has occurred.",
    labels: MOUNT,
  },
  node_mountstats_nfs_event_vfs_open_total: {
    type: "counter",
    help: "Number of times cached inode attributes are invalidated.",
    labels: MOUNT,
  },
  node_mountstats_nfs_event_vfs_read_page_total: {
    type: "counter",
    help: "Number of pages read directly via mmap()'d files.",
    labels: MOUNT,
  },
  node_mountstats_nfs_event_vfs_read_pages_total: {
    type: "counter",
    help: "Number of times a group of pages have been read.",
    labels: MOUNT,
  },
  node_mountstats_nfs_event_vfs_setattr_total: {
    type: "counter",
    help: "Number of times directory entries have been read with getdents().",
    labels: MOUNT,
  },
  node_mountstats_nfs_event_vfs_update_page_total: {
    type: "counter",
    help: "Number of updates (and potential writes) to pages.",
    labels: MOUNT,
  },
  node_mountstats_nfs_event_vfs_write_page_total: {
    type: "counter",
    help: "Number of pages written directly via mmap()'d files.",
    labels: MOUNT,
  },
  node_mountstats_nfs_event_vfs_write_pages_total: {
    type: "counter",
    help: "Number of times a group of pages have been written.",
    labels: MOUNT,
  },
  node_mountstats_nfs_event_write_extension_total: {
    type: "counter",
    help: "Number of times a file has been grown due to writes beyond its existing end.",
    labels: MOUNT,
  },
  node_mountstats_nfs_mountpoint_info: {
    type: "gauge",
    help: "Info metric for an NFS mountpoint.",
    labels: ["export", "mountaddr", "mountpoint", "protocol"],
  },
  node_mountstats_nfs_operations_major_timeouts_total: {
    type: "counter",
    help: "Number of times a request has had a major timeout for a given operation.",
    labels: OPERATION,
  },
  node_mountstats_nfs_operations_queue_time_seconds_total: {
    type: "counter",
    help:
      "Duration all requests spent queued for transmission for a given operation before they were sent, in seconds.",
    labels: OPERATION,
  },
  node_mountstats_nfs_operations_received_bytes_total: {
    type: "counter",
    help: "Number of bytes received for a given operation, including RPC headers and payload.",
    labels: OPERATION,
  },
  node_mountstats_nfs_operations_request_time_seconds_total: {
    type: "counter",
    help:
      "Duration all requests took from when a request was enqueued to when it was completely handled for a given operation, in seconds.",
    labels: OPERATION,
  },
  node_mountstats_nfs_operations_requests_total: {
    type: "counter",
    help: "Number of requests performed for a given operation.",
    labels: OPERATION,
  },
  node_mountstats_nfs_operations_response_time_seconds_total: {
    type: "counter",
    help:
      "Duration all requests took to get a reply back after a request for a given operation was transmitted, in seconds.",
    labels: OPERATION,
  },
  node_mountstats_nfs_operations_sent_bytes_total: {
    type: "counter",
    help: "Number of bytes sent for a given operation, including RPC headers and payload.",
    labels: OPERATION,
  },
  node_mountstats_nfs_operations_transmissions_total: {
    type: "counter",
    help: "Number of times an actual RPC request has been transmitted for a given operation.",
    labels: OPERATION,
  },
  node_mountstats_nfs_read_bytes_total: {
    type: "counter",
    help: "Number of bytes read using the read() syscall.",
    labels: MOUNT,
  },
  node_mountstats_nfs_read_pages_total: {
    type: "counter",
    help: "Number of pages read directly via mmap()'d files.",
    labels: MOUNT,
  },
  node_mountstats_nfs_total_read_bytes_total: {
    type: "counter",
    help: "Number of bytes read from the NFS server, in total.",
    labels: MOUNT,
  },
  node_mountstats_nfs_total_write_bytes_total: {
    type: "counter",
    help: "Number of bytes written to the NFS server, in total.",
    labels: MOUNT,
  },
  node_mountstats_nfs_transport_backlog_queue_total: {
    type: "counter",
    help: "Total number of items added to the RPC backlog queue.",
    labels: CONNECTION,
  },
  node_mountstats_nfs_transport_bad_transaction_ids_total: {
    type: "counter",
    help: "Number of times the NFS server sent a response with a transaction ID unknown to this client.",
    labels: CONNECTION,
  },
  node_mountstats_nfs_transport_bind_total: {
    type: "counter",
    help: "Number of times the client has had to establish a connection from scratch to the NFS server.",
    labels: CONNECTION,
  },
  node_mountstats_nfs_transport_connect_total: {
    type: "counter",
    help: "Number of times the client has made a TCP connection to the NFS server.",
    labels: CONNECTION,
  },
  node_mountstats_nfs_transport_idle_time_seconds: {
    type: "gauge",
    help: "Duration since the NFS mount last saw any RPC traffic, in seconds.",
    labels: CONNECTION,
  },
  node_mountstats_nfs_transport_maximum_rpc_slots: {
    type: "gauge",
    help: "Maximum number of simultaneously active RPC requests ever used.",
    labels: CONNECTION,
  },
  node_mountstats_nfs_transport_pending_queue_total: {
    type: "counter",
    help: "Total number of items added to the RPC transmission pending queue.",
    labels: CONNECTION,
  },
  node_mountstats_nfs_transport_receives_total: {
    type: "counter",
    help: "Number of RPC responses for this mount received from the NFS server.",
    labels: CONNECTION,
  },
  node_mountstats_nfs_transport_sending_queue_total: {
    type: "counter",
    help: "Total number of items added to the RPC transmission sending queue.",
    labels: CONNECTION,
  },
  node_mountstats_nfs_transport_sends_total: {
    type: "counter",
    help: "Number of RPC requests for this mount sent to the NFS server.",
    labels: CONNECTION,
  },
  node_mountstats_nfs_write_bytes_total: {
    type: "counter",
    help: "Number of bytes written using the write() syscall.",
    labels: MOUNT,
  },
  node_mountstats_nfs_write_pages_total: {
    type: "counter",
    help: "Number of pages written directly via mmap()'d files.",
    labels: MOUNT,
  },
} as const;
