//! Storage as the judge sees it: plain bytes, hashed by the book.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use crate::units::{Address, PAGE_SIZE, PageBytes, StateRoot};

/// Bytes that are kept in one run; what lies above is kept by the page, as much of each as there is in it.
const NEAR: usize = 64 << 20;

/// A contract's storage, zero where never written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Linear {
    near: Vec<u8>,
    /// Pages above: their bytes to the last that was reached. No access crosses from one to the next.
    far: BTreeMap<u32, Vec<u8>>,
    /// The near pages reached, where somebody wants to know them.
    reached: Option<BTreeSet<u32>>,
}

impl Linear {
    /// Makes room for that many bytes at least, so that no access has to.
    fn reach(&mut self, bytes: usize) {
        if self.near.len() < bytes {
            self.near.resize(bytes.next_multiple_of(PAGE_SIZE), 0);
        }
    }

    /// Notes from now on which pages are reached.
    pub fn watch(&mut self) {
        self.reached = Some(BTreeSet::new());
    }

    /// The pages reached since this was asked last; none if nobody watches.
    pub fn reached(&mut self) -> BTreeSet<u32> {
        self.reached.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// A whole page, if it was reached and is kept in one run.
    pub fn whole(&self, page: u32) -> Option<&PageBytes> {
        let at = page as usize * PAGE_SIZE;
        self.near.get(at..at + PAGE_SIZE)?.try_into().ok()
    }

    /// A whole page of those that are kept in one run.
    pub fn page(&mut self, page: u32) -> &mut PageBytes {
        let at = page as usize * PAGE_SIZE;
        self.reach(at + PAGE_SIZE);
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
        self.reach(at + length);
        if let Some(reached) = &mut self.reached {
            reached.extend((at / PAGE_SIZE) as u32..=((at + length.max(1) - 1) / PAGE_SIZE) as u32);
        }
        &mut self.near[at..at + length]
    }

    /// A word that is there already and that nobody watches: with no more than a look at the length, as the machine's limit
    /// is found out with this.
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

    /// Puts a little-endian word at an address.
    pub fn store(&mut self, at: u64, value: u64) {
        match self.plain(at) {
            Some(word) => *word = value.to_le_bytes(),
            None => self.bytes(at, 8).copy_from_slice(&value.to_le_bytes()),
        }
    }

    /// The state root that a contract at this address has with these bytes.
    ///
    /// Worked out from nothing but the bytes, apart from the store's own code, so that one can judge the other.
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
