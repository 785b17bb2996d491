//! The layout of keys. Integers in them are big-endian, so that keys sort in numeric order.
//!
//! All records are in one table, the database's own, so a commit copies a single path from the root to each leaf that it changes.
//! Records that change together have adjacent keys:
//! ```text
//! key                                                               value
//! 0 ‖ "format"                                                      "vellum store" ‖ format number varint ‖ checksum
//! 1 ‖ code hash 32                                                  the wasm bytes; the key is their checksum
//! 2 ‖ address 20 ‖ 0                                                history start (mark.rs)
//! 2 ‖ address 20 ‖ 1 ‖ moment 12                                    account record (account.rs) of that moment
//! 2 ‖ address 20 ‖ 2                                                head of the tree (tree_head.rs)
//! 2 ‖ address 20 ‖ 2 ‖ level 1 ‖ index 4                            block record (tree/block.rs), levels 0 to 3
//! 2 ‖ address 20 ‖ 3 ‖ group 2 ‖ 0                                  block record of level 4: the block of a group
//! 2 ‖ address 20 ‖ 3 ‖ group 2 ‖ 1 + number 1 ‖ end of a full page 33
//!                                                                   page record (page.rs)
//! 3                                                                 the moment of the world tree (world/kept.rs)
//! 3 ‖ level 1 ‖ digits 20                                           world tree block (world/block.rs)
//! 4 ‖ expiry 8 ‖ commit 8 ‖ number 4                                live event (event.rs)
//! 9 ‖ moment 12                                                     log record (log.rs)
//! 9 ‖ moment 12 ‖ address 20 ‖ first page 4                         part of a diff (diff.rs); the first part: page 0
//! ```
//! A moment is a commit 8 ‖ a step 4. A group is the sixteen pages that a lowest-level block covers; a page has a number in its
//! group. The newest account of an address is its last, next to the top of its tree. The log grows only at the end of the table,
//! and its last moment is the head.

mod key;
mod name;

pub(super) use key::{
    CODE_PREFIX, EVENT_PREFIX, FIRST_OWNER, FORMAT, FORMAT_KEY, Key, LOG_PREFIX, MAGIC, PAGE_NAME_BYTES,
    PAGE_TAIL_BYTES, WORLD_KEY, account_key, accounts_end, accounts_prefix, after_owner, block_key, code_key, diff_key,
    diff_name, event_key, groups_prefix, log_key, owner_prefix, page_name, pruned_key, tree_head_key, world_block_key,
};
pub(super) use name::{Name, moment_of_log_key, owner};
