//! Storage as the judge sees it: plain bytes, hashed by the book.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use crate::units::{Address, PAGE_SIZE, StateRoot};

/// Depth of the state tree: 2^20 pages.
const TREE_DEPTH: u32 = 20;

/// A contract's storage as one run of bytes, zero where never written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Linear(Vec<u8>);

impl Linear {
    /// Makes room for that many bytes at least, so that no access has to.
    fn reach(&mut self, bytes: usize) {
        if self.0.len() < bytes {
            self.0.resize(bytes.next_multiple_of(PAGE_SIZE), 0);
        }
    }

    /// The bytes of a range.
    pub fn bytes(&mut self, at: u64, length: usize) -> &mut [u8] {
        let at = at as usize;
        self.reach(at + length);
        &mut self.0[at..at + length]
    }

    /// The little-endian word at an address.
    pub fn load(&mut self, at: u64) -> u64 {
        let mut word = [0; 8];
        word.copy_from_slice(self.bytes(at, 8));
        u64::from_le_bytes(word)
    }

    /// Puts a little-endian word at an address.
    pub fn store(&mut self, at: u64, value: u64) {
        self.bytes(at, 8).copy_from_slice(&value.to_le_bytes());
    }

    /// The state root that a contract at this address has with these bytes.
    ///
    /// Worked out from nothing but the bytes, apart from the store's own code, so that one can judge the other.
    pub fn state_root(&self, address: &Address) -> StateRoot {
        let mut level: BTreeMap<u32, [u8; 32]> = (0u32..)
            .zip(self.0.chunks(PAGE_SIZE))
            .filter(|(_, page)| page.iter().any(|&byte| byte != 0))
            .map(|(index, page)| (index, page_hash(address, index, page)))
            .collect();
        for _ in 0..TREE_DEPTH {
            level = parents(&level);
        }
        StateRoot(level.into_values().next().unwrap_or_default())
    }
}

fn page_hash(address: &Address, index: u32, page: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update([0x00]);
    hash.update(address.as_bytes());
    hash.update(index.to_be_bytes());
    hash.update(page);
    hash.finalize().into()
}

fn parents(level: &BTreeMap<u32, [u8; 32]>) -> BTreeMap<u32, [u8; 32]> {
    let child = |index| level.get(&index).copied().unwrap_or_default();
    let hash = |parent: u32| {
        let mut hash = Sha256::new();
        hash.update([0x01]);
        hash.update(child(2 * parent));
        hash.update(child(2 * parent + 1));
        hash.finalize().into()
    };
    let parents: BTreeSet<u32> = level.keys().map(|index| index / 2).collect();
    parents.into_iter().map(|parent| (parent, hash(parent))).collect()
}
