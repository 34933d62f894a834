/**
 * XFS: `/sys/fs/xfs/<device>/stats/stats`, whose lines are those of xfs_stats.c. 39 series per file system, one file.
 *
 * @module
 */

import { defineCollector } from "../src/collector.ts";
import { malformed, wholeNumber } from "../src/kernel_text.ts";

/** Families of the columns of a line, in their order, by the line's first word. */
const COLUMNS = {
  extent_alloc: [
    "node_xfs_extent_allocation_extents_allocated_total",
    "node_xfs_extent_allocation_blocks_allocated_total",
    "node_xfs_extent_allocation_extents_freed_total",
    "node_xfs_extent_allocation_blocks_freed_total",
  ],
  abt: [
    "node_xfs_allocation_btree_lookups_total",
    "node_xfs_allocation_btree_compares_total",
    "node_xfs_allocation_btree_records_inserted_total",
    "node_xfs_allocation_btree_records_deleted_total",
  ],
  blk_map: [
    "node_xfs_block_mapping_reads_total",
    "node_xfs_block_mapping_writes_total",
    "node_xfs_block_mapping_unmaps_total",
    "node_xfs_block_mapping_extent_list_insertions_total",
    "node_xfs_block_mapping_extent_list_deletions_total",
    "node_xfs_block_mapping_extent_list_lookups_total",
    "node_xfs_block_mapping_extent_list_compares_total",
  ],
  bmbt: [
    "node_xfs_block_map_btree_lookups_total",
    "node_xfs_block_map_btree_compares_total",
    "node_xfs_block_map_btree_records_inserted_total",
    "node_xfs_block_map_btree_records_deleted_total",
  ],
  dir: [
    "node_xfs_directory_operation_lookup_total",
    "node_xfs_directory_operation_create_total",
    "node_xfs_directory_operation_remove_total",
    "node_xfs_directory_operation_getdents_total",
  ],
  ig: [
    "node_xfs_inode_operation_attempts_total",
    "node_xfs_inode_operation_found_total",
    "node_xfs_inode_operation_recycled_total",
    "node_xfs_inode_operation_missed_total",
    "node_xfs_inode_operation_duplicates_total",
    "node_xfs_inode_operation_reclaims_total",
    "node_xfs_inode_operation_attribute_changes_total",
  ],
  rw: ["node_xfs_write_calls_total", "node_xfs_read_calls_total"],
  vnodes: [
    "node_xfs_vnode_active_total",
    "node_xfs_vnode_allocate_total",
    "node_xfs_vnode_get_total",
    "node_xfs_vnode_hold_total",
    "node_xfs_vnode_release_total",
    "node_xfs_vnode_reclaim_total",
    "node_xfs_vnode_remove_total",
  ],
} as const;
const LINES = Object.values(COLUMNS);
const WORDS = Object.keys(COLUMNS);

/** Numbers of each line by its first word. */
export type XfsStats = ReadonlyMap<string, readonly number[]>;

export default defineCollector({
  name: "xfs",
  help: "Operations of XFS file systems.",
  peer: true,
  platforms: ["linux"],
  freshnessSeconds: 0.1,
  metrics: {
    node_xfs_allocation_btree_compares_total: {
      type: "counter",
      help: "Number of allocation B-tree compares for a filesystem.",
      labels: ["device"],
    },
    node_xfs_allocation_btree_lookups_total: {
      type: "counter",
      help: "Number of allocation B-tree lookups for a filesystem.",
      labels: ["device"],
    },
    node_xfs_allocation_btree_records_deleted_total: {
      type: "counter",
      help: "Number of allocation B-tree records deleted for a filesystem.",
      labels: ["device"],
    },
    node_xfs_allocation_btree_records_inserted_total: {
      type: "counter",
      help: "Number of allocation B-tree records inserted for a filesystem.",
      labels: ["device"],
    },
    node_xfs_block_map_btree_compares_total: {
      type: "counter",
      help: "Number of block map B-tree compares for a filesystem.",
      labels: ["device"],
    },
    node_xfs_block_map_btree_lookups_total: {
      type: "counter",
      help: "Number of block map B-tree lookups for a filesystem.",
      labels: ["device"],
    },
    node_xfs_block_map_btree_records_deleted_total: {
      type: "counter",
      help: "Number of block map B-tree records deleted for a filesystem.",
      labels: ["device"],
    },
    node_xfs_block_map_btree_records_inserted_total: {
      type: "counter",
      help: "Number of block map B-tree records inserted for a filesystem.",
      labels: ["device"],
    },
    node_xfs_block_mapping_extent_list_compares_total: {
      type: "counter",
      help: "Number of extent list compares for a filesystem.",
      labels: ["device"],
    },
    node_xfs_block_mapping_extent_list_deletions_total: {
      type: "counter",
      help: "Number of extent list deletions for a filesystem.",
      labels: ["device"],
    },
    node_xfs_block_mapping_extent_list_insertions_total: {
      type: "counter",
      help: "Number of extent list insertions for a filesystem.",
      labels: ["device"],
    },
    node_xfs_block_mapping_extent_list_lookups_total: {
      type: "counter",
      help: "Number of extent list lookups for a filesystem.",
      labels: ["device"],
    },
    node_xfs_block_mapping_reads_total: {
      type: "counter",
      help: "Number of block map for read operations for a filesystem.",
      labels: ["device"],
    },
    node_xfs_block_mapping_unmaps_total: {
      type: "counter",
      help: "Number of block unmaps (deletes) for a filesystem.",
      labels: ["device"],
    },
    node_xfs_block_mapping_writes_total: {
      type: "counter",
      help: "Number of block map for write operations for a filesystem.",
      labels: ["device"],
    },
    node_xfs_directory_operation_create_total: {
      type: "counter",
      help: "Number of times a new directory entry was created for a filesystem.",
      labels: ["device"],
    },
    node_xfs_directory_operation_getdents_total: {
      type: "counter",
      help: "Number of times the directory getdents operation was performed for a filesystem.",
      labels: ["device"],
    },
    node_xfs_directory_operation_lookup_total: {
      type: "counter",
      help: "Number of file name directory lookups which miss the operating systems directory name lookup cache.",
      labels: ["device"],
    },
    node_xfs_directory_operation_remove_total: {
      type: "counter",
      help: "Number of times an existing directory entry was created for a filesystem.",
      labels: ["device"],
    },
    node_xfs_extent_allocation_blocks_allocated_total: {
      type: "counter",
      help: "Number of blocks allocated for a filesystem.",
      labels: ["device"],
    },
    node_xfs_extent_allocation_blocks_freed_total: {
      type: "counter",
      help: "Number of blocks freed for a filesystem.",
      labels: ["device"],
    },
    node_xfs_extent_allocation_extents_allocated_total: {
      type: "counter",
      help: "Number of extents allocated for a filesystem.",
      labels: ["device"],
    },
    node_xfs_extent_allocation_extents_freed_total: {
      type: "counter",
      help: "Number of extents freed for a filesystem.",
      labels: ["device"],
    },
    node_xfs_inode_operation_attempts_total: {
      type: "counter",
      help: "Number of times the OS looked for an XFS inode in the inode cache.",
      labels: ["device"],
    },
    node_xfs_inode_operation_attribute_changes_total: {
      type: "counter",
      help: "Number of times the OS explicitly changed the attributes of an XFS inode.",
      labels: ["device"],
    },
    node_xfs_inode_operation_duplicates_total: {
      type: "counter",
      help:
        "Number of times the OS tried to add a missing XFS inode to the inode cache, but found it had already been added by another process.",
      labels: ["device"],
    },
    node_xfs_inode_operation_found_total: {
      type: "counter",
      help: "Number of times the OS looked for and found an XFS inode in the inode cache.",
      labels: ["device"],
    },
    node_xfs_inode_operation_missed_total: {
      type: "counter",
      help: "Number of times the OS looked for an XFS inode in the cache, but did not find it.",
      labels: ["device"],
    },
    node_xfs_inode_operation_reclaims_total: {
      type: "counter",
      help: "Number of times the OS reclaimed an XFS inode from the inode cache to free memory for another purpose.",
      labels: ["device"],
    },
    node_xfs_inode_operation_recycled_total: {
      type: "counter",
      help: "Number of times the OS found an XFS inode in the cache, but could not use it as it was being recycled.",
      labels: ["device"],
    },
    node_xfs_read_calls_total: {
      type: "counter",
      help: "Number of read(2) system calls made to files in a filesystem.",
      labels: ["device"],
    },
    node_xfs_vnode_active_total: {
      type: "counter",
      help: "Number of vnodes not on free lists for a filesystem.",
      labels: ["device"],
    },
    node_xfs_vnode_allocate_total: {
      type: "counter",
      help: "Number of times vn_alloc called for a filesystem.",
      labels: ["device"],
    },
    node_xfs_vnode_get_total: {
      type: "counter",
      help: "Number of times vn_get called for a filesystem.",
      labels: ["device"],
    },
    node_xfs_vnode_hold_total: {
      type: "counter",
      help: "Number of times vn_hold called for a filesystem.",
      labels: ["device"],
    },
    node_xfs_vnode_reclaim_total: {
      type: "counter",
      help: "Number of times vn_reclaim called for a filesystem.",
      labels: ["device"],
    },
    node_xfs_vnode_release_total: {
      type: "counter",
      help: "Number of times vn_rele called for a filesystem.",
      labels: ["device"],
    },
    node_xfs_vnode_remove_total: {
      type: "counter",
      help: "Number of times vn_remove called for a filesystem.",
      labels: ["device"],
    },
    node_xfs_write_calls_total: {
      type: "counter",
      help: "Number of write(2) system calls made to files in a filesystem.",
      labels: ["device"],
    },
  },
  sources: ["/sys/fs/xfs/*/stats/stats"],
  read({ source: { sys } }): ReadonlyMap<string, XfsStats> {
    const mounted = new Map<string, XfsStats>();
    for (const device of sys.list("fs/xfs") ?? []) {
      const path = `fs/xfs/${device}/stats/stats`;
      const text = sys.try(path);
      if (text !== undefined && device !== "stats") mounted.set(device, parseXfsStats(text, sys.locate(path)));
    }
    return mounted;
  },
  samples(mounted, emit) {
    // As with the peer, a line that the kernel does not have reads as zeros.
    for (const [device, stats] of mounted) {
      for (const [i, families] of LINES.entries()) {
        const numbers = stats.get(WORDS[i] ?? "");
        for (const [column, family] of families.entries()) emit(family, numbers ? numbers[column] : 0, { device });
      }
    }
  },
});

/**
 * Parses `stats/stats`: a word and its numbers a line.
 *
 * @param file what to call it in an error
 * @throws {SyntaxError} if a line breaks the format
 */
export function parseXfsStats(text: string, file: string): XfsStats {
  const stats = new Map<string, readonly number[]>();
  for (const line of text.split("\n")) {
    const [word, ...columns] = line.trim().split(/\s+/);
    if (!word || columns.length === 0) continue;
    const numbers = columns.map((column) => wholeNumber(column) ?? NaN);
    if (numbers.some(Number.isNaN)) throw malformed(file, line);
    stats.set(word, numbers);
  }
  return stats;
}
