//! Encoding of keys.

use crate::store::Moment;
use crate::store::event::EventName;
use crate::store::tree::{BITS_PER_LEVEL, BlockId, LEAVES, LEVELS};
use crate::store::world::WorldBlockId;
use crate::units::{Address, CodeHash, CommitNumber, PageIndex};

/// The format version that this program reads and writes. Any change of a record's layout changes it.
pub(in crate::store::lmdb) const FORMAT: u64 = 5;

/// The first bytes of the format's record.
pub(in crate::store::lmdb) const MAGIC: &[u8; 12] = b"vellum store";

/// The key of the format's record.
pub(in crate::store::lmdb) const FORMAT_KEY: &[u8] = b"\0format";

/// The first byte of a key: the kind of its record.
pub(super) const CODE: u8 = 1;
pub(super) const OF_ADDRESS: u8 = 2;
pub(super) const WORLD: u8 = 3;
pub(super) const EVENT: u8 = 4;
pub(super) const LOG: u8 = 9;

/// The byte after the address in a key of an address: the kind of its record.
pub(super) const PRUNED: u8 = 0;
pub(super) const ACCOUNT: u8 = 1;
pub(super) const UPPER_BLOCK: u8 = 2;
pub(super) const GROUP: u8 = 3;

const ADDRESS_BYTES: usize = 20;
const MOMENT_BYTES: usize = 12;

/// Length of the common prefix of an address's keys; with the byte of the kind, one more.
const OWNER_BYTES: usize = 1 + ADDRESS_BYTES;
const KIND_BYTES: usize = OWNER_BYTES + 1;

/// Length of the part of a page's key that names the page.
pub(in crate::store::lmdb) const PAGE_NAME_BYTES: usize = KIND_BYTES + 3;

/// Length of the end of a full page's record, which is stored in its key (`page.rs`).
pub(in crate::store::lmdb) const PAGE_TAIL_BYTES: usize = 33;

const LOG_KEY_BYTES: usize = 1 + MOMENT_BYTES;
/// Length of the part of a diff's key that names the diff.
const DIFF_NAME_BYTES: usize = LOG_KEY_BYTES + ADDRESS_BYTES;
const DIFF_KEY_BYTES: usize = DIFF_NAME_BYTES + 4;

/// Concatenates parts whose lengths add up to `N`.
pub(in crate::store::lmdb) fn join<const N: usize>(parts: &[&[u8]]) -> [u8; N] {
    let mut key = [0; N];
    let mut rest = &mut key[..];
    for part in parts {
        let (head, tail) = rest.split_at_mut(part.len());
        head.copy_from_slice(part);
        rest = tail;
    }
    debug_assert!(rest.is_empty());
    key
}

/// Returns the key of code.
pub(in crate::store::lmdb) fn code_key(hash: &CodeHash) -> [u8; 33] {
    join(&[&[CODE], hash.as_bytes()])
}

/// Returns the prefix of all keys of an address.
pub(in crate::store::lmdb) fn owner_prefix(address: &Address) -> [u8; OWNER_BYTES] {
    join(&[&[OF_ADDRESS], address.as_bytes()])
}

/// Returns the prefix of the keys of an address's accounts.
pub(in crate::store::lmdb) fn accounts_prefix(address: &Address) -> [u8; KIND_BYTES] {
    join(&[&[OF_ADDRESS], address.as_bytes(), &[ACCOUNT]])
}

/// Returns the end of the keys of an address's accounts.
pub(in crate::store::lmdb) fn accounts_end(address: &Address) -> [u8; KIND_BYTES] {
    join(&[&[OF_ADDRESS], address.as_bytes(), &[ACCOUNT + 1]])
}

/// Returns the prefix of the keys of an address's pages and lowest-level tree blocks.
pub(in crate::store::lmdb) fn groups_prefix(address: &Address) -> [u8; KIND_BYTES] {
    join(&[&[OF_ADDRESS], address.as_bytes(), &[GROUP]])
}

pub(in crate::store::lmdb) fn pruned_key(address: &Address) -> [u8; KIND_BYTES] {
    join(&[&[OF_ADDRESS], address.as_bytes(), &[PRUNED]])
}

fn moment_bytes(moment: Moment) -> [u8; MOMENT_BYTES] {
    join(&[&moment.commit.0.to_be_bytes(), &moment.step.to_be_bytes()])
}

pub(in crate::store::lmdb) fn account_key(address: &Address, moment: Moment) -> [u8; KIND_BYTES + MOMENT_BYTES] {
    join(&[&accounts_prefix(address), &moment_bytes(moment)])
}

/// Returns the key of a tree's head. It sorts directly after the newest account, in the leaf that a commit writes anyway.
pub(in crate::store::lmdb) fn tree_head_key(address: &Address) -> [u8; KIND_BYTES] {
    join(&[&[OF_ADDRESS], address.as_bytes(), &[UPPER_BLOCK]])
}

/// Returns the key of a tree block. Keys of lowest-level blocks and of upper blocks have different lengths.
pub(in crate::store::lmdb) fn block_key(address: &Address, id: BlockId) -> Key {
    let index = id.index.to_be_bytes();
    if id.level + 1 == LEVELS {
        Key::new(&[&groups_prefix(address), &index[2..], &[0]])
    } else {
        Key::new(&[&owner_prefix(address), &[UPPER_BLOCK, id.level], &index])
    }
}

/// A key of variable length.
#[derive(Debug, Clone, Copy)]
pub(in crate::store::lmdb) struct Key {
    bytes: [u8; PAGE_NAME_BYTES + PAGE_TAIL_BYTES],
    length: usize,
}

impl Key {
    /// Concatenates parts. Their total length is at most that of a full page's key.
    pub(in crate::store::lmdb) fn new(parts: &[&[u8]]) -> Self {
        let mut key = Self { bytes: [0; PAGE_NAME_BYTES + PAGE_TAIL_BYTES], length: 0 };
        for part in parts {
            let end = key.length + part.len();
            key.bytes[key.length..end].copy_from_slice(part);
            key.length = end;
        }
        key
    }
}

impl AsRef<[u8]> for Key {
    fn as_ref(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

pub(in crate::store::lmdb) fn log_key(moment: Moment) -> [u8; LOG_KEY_BYTES] {
    join(&[&[LOG], &moment_bytes(moment)])
}

pub(in crate::store::lmdb) fn world_block_key(id: WorldBlockId) -> [u8; 22] {
    join(&[&[WORLD], &id.key()])
}

pub(in crate::store::lmdb) fn event_key(name: EventName) -> [u8; 21] {
    let EventName { expires, commit, number } = name;
    join(&[&[EVENT], &expires.to_be_bytes(), &commit.0.to_be_bytes(), &number.to_be_bytes()])
}

/// The key of the world tree's moment, and the prefix of the keys of its blocks.
pub(in crate::store::lmdb) const WORLD_KEY: &[u8] = &[WORLD];

/// The prefix of the keys of events.
pub(in crate::store::lmdb) const EVENT_PREFIX: &[u8] = &[EVENT];

/// The prefix of the keys of code.
pub(in crate::store::lmdb) const CODE_PREFIX: &[u8] = &[CODE];

/// The prefix of the keys of the log.
pub(in crate::store::lmdb) const LOG_PREFIX: &[u8] = &[LOG];

pub(in crate::store::lmdb) fn diff_name(address: &Address, commit: CommitNumber) -> [u8; DIFF_NAME_BYTES] {
    join(&[&log_key(Moment::after(commit)), address.as_bytes()])
}

pub(in crate::store::lmdb) fn diff_key(
    address: &Address,
    commit: CommitNumber,
    first: PageIndex,
) -> [u8; DIFF_KEY_BYTES] {
    join(&[&diff_name(address, commit), &first.0.to_be_bytes()])
}

pub(in crate::store::lmdb) fn page_name(address: &Address, page: PageIndex) -> [u8; PAGE_NAME_BYTES] {
    let group = (page.0 >> BITS_PER_LEVEL) as u16;
    let number = (page.0 as usize % LEAVES) as u8 + 1;
    join(&[&groups_prefix(address), &group.to_be_bytes(), &[number]])
}

/// A lower bound of the keys of all addresses, at which the search for owners starts.
pub(in crate::store::lmdb) const FIRST_OWNER: &[u8] = &[OF_ADDRESS];

/// Returns a lower bound of the keys of all later addresses, or `None` for the last address.
pub(in crate::store::lmdb) fn after_owner(address: &Address) -> Option<[u8; OWNER_BYTES]> {
    let mut bytes = address.0;
    for byte in bytes.iter_mut().rev() {
        *byte = byte.wrapping_add(1);
        if *byte != 0 {
            return Some(owner_prefix(&Address(bytes)));
        }
    }
    None
}
