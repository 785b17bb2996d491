//! Storage of the native model: plain bytes, and the state root computed directly from the definition.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use crate::units::{Address, PAGE_SIZE, PageBytes, StateRoot};

/// Bytes below this address are kept in one vector. Pages above it are kept one by one.
const NEAR: usize = 64 << 20;

/// A contract's storage. Bytes that were never written are zero.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Linear {
    near: Vec<u8>,
    /// The pages above `NEAR`, each up to the last byte accessed. No access crosses the end of such a page.
    far: BTreeMap<u32, Vec<u8>>,
    /// The pages below `NEAR` that were accessed, if they are tracked.
    reached: Option<BTreeSet<u32>>,
}

impl Linear {
    /// Makes room for at least `bytes` bytes.
    fn reserve(&mut self, bytes: usize) {
        if self.near.len() < bytes {
            self.near.resize(bytes.next_multiple_of(PAGE_SIZE), 0);
        }
    }

    /// Tracks from now on which pages are accessed.
    pub fn track_reached_pages(&mut self) {
        self.reached = Some(BTreeSet::new());
    }

    /// The pages accessed since the last call of this function; none if they are not tracked.
    pub fn take_reached_pages(&mut self) -> BTreeSet<u32> {
        self.reached.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// A page below `NEAR`, if it was accessed.
    pub fn whole(&self, page: u32) -> Option<&PageBytes> {
        let at = page as usize * PAGE_SIZE;
        self.near.get(at..at + PAGE_SIZE)?.try_into().ok()
    }

    /// A page below `NEAR`.
    pub fn page(&mut self, page: u32) -> &mut PageBytes {
        let at = page as usize * PAGE_SIZE;
        self.reserve(at + PAGE_SIZE);
        let (pages, _) = self.near[at..].as_chunks_mut();
        &mut pages[0]
    }

    /// The bytes of a range.
    pub fn bytes(&mut self, at: u64, length: usize) -> &mut [u8] {
        let at = at as usize;
        if at >= NEAR {
            let (page, offset) = ((at / PAGE_SIZE) as u32, at % PAGE_SIZE);
            let bytes = self.far.entry(page).or_default();
            if bytes.len() < offset + length {
                bytes.resize(offset + length, 0);
            }
            return &mut bytes[offset..offset + length];
        }
        self.reserve(at + length);
        if let Some(reached) = &mut self.reached {
            reached.extend((at / PAGE_SIZE) as u32..=((at + length.max(1) - 1) / PAGE_SIZE) as u32);
        }
        &mut self.near[at..at + length]
    }

    /// A word that is in the vector already, if accesses are not tracked. This path does nothing but check the length: the
    /// floor of the lab times it.
    #[inline]
    fn plain(&mut self, at: u64) -> Option<&mut [u8; 8]> {
        match self.reached {
            None => self.near.get_mut(at as usize..)?.first_chunk_mut(),
            Some(_) => None,
        }
    }

    /// The little-endian word at an address.
    pub fn load(&mut self, at: u64) -> u64 {
        if let Some(word) = self.plain(at) {
            return u64::from_le_bytes(*word);
        }
        let mut word = [0; 8];
        word.copy_from_slice(self.bytes(at, 8));
        u64::from_le_bytes(word)
    }

    /// Stores a little-endian word at an address.
    pub fn store(&mut self, at: u64, value: u64) {
        match self.plain(at) {
            Some(word) => *word = value.to_le_bytes(),
            None => self.bytes(at, 8).copy_from_slice(&value.to_le_bytes()),
        }
    }

    /// The state root of a contract at this address with these bytes.
    ///
    /// It is computed from the bytes alone, without the code of the store, so that it can check the store.
    pub fn state_root(&self, address: &Address) -> StateRoot {
        let whole = |bytes: &[u8]| {
            let mut page = [0; PAGE_SIZE];
            page[..bytes.len()].copy_from_slice(bytes);
            page
        };
        let near = (0u32..).zip(self.near.chunks(PAGE_SIZE));
        let far = self.far.iter().map(|(index, bytes)| (*index, &bytes[..]));
        let pages: BTreeMap<u32, [u8; 32]> = near
            .chain(far)
            .filter(|(_, page)| page.iter().any(|&byte| byte != 0))
            .map(|(index, page)| (index, page_hash(address, index, &whole(page))))
            .collect();
        let Some((last, _)) = pages.last_key_value() else { return StateRoot::default() };
        let depth = u32::BITS - last.leading_zeros();
        let top = (0..depth).fold(pages, |level, _| parents(&level));
        let mut hash = Sha256::new();
        hash.update([0x05, depth as u8]);
        hash.update(top[&0]);
        StateRoot(hash.finalize().into())
    }
}

fn page_hash(address: &Address, index: u32, page: &[u8]) -> [u8; 32] {
    let chunk_hash = |(number, chunk): (u32, &[u8])| {
        if chunk.iter().all(|&byte| byte == 0) {
            return (number, [0; 32]);
        }
        let mut hash = Sha256::new();
        hash.update([0x00]);
        hash.update(address.as_bytes());
        hash.update((8 * index + number).to_be_bytes());
        hash.update(chunk);
        (number, hash.finalize().into())
    };
    let chunks = (0..).zip(page.chunks(512)).map(chunk_hash).collect();
    (0..3).fold(chunks, |level: BTreeMap<u32, [u8; 32]>, _| parents(&level))[&0]
}

fn parents(level: &BTreeMap<u32, [u8; 32]>) -> BTreeMap<u32, [u8; 32]> {
    let child = |index| level.get(&index).copied().unwrap_or_default();
    let hash = |parent: u32| {
        let (left, right) = (child(2 * parent), child(2 * parent + 1));
        if (left, right) == ([0; 32], [0; 32]) {
            return [0; 32];
        }
        let mut hash = Sha256::new();
        hash.update([0x01]);
        hash.update(left);
        hash.update(right);
        hash.finalize().into()
    };
    let parents: BTreeSet<u32> = level.keys().map(|index| index / 2).collect();
    parents.into_iter().map(|parent| (parent, hash(parent))).collect()
}
