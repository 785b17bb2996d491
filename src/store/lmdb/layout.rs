//! The tables of the database and the bytes of their keys. Numbers in keys are big-endian, so that they sort.
//!
//! ```text
//! table     key                                                     value
//! meta      "format"                                                "vellum store" ‖ format number varint ‖ checksum
//! accounts  address 20                                              account record (account.rs)
//! code      code hash 32                                            the wasm bytes; the key is their checksum
//! pages     address 20 ‖ index 4 ‖ version 8 ‖ tail 16 ‖ checksum 8 bytes 0 … 4079 of the page, without zeros at the end
//! tree      address 20 ‖ level 1 ‖ index 4                          block record (tree/block.rs)
//! diffs     address 20 ‖ version 8 ‖ first page 4                   part of a diff (diff.rs); first page 0 in the first part
//! receipts  commit 8                                                1 ‖ receipt, or 0 ‖ nothing ‖ checksum
//! ```
//! **A page's key carries the page's last 16 bytes.** A value of 4,096 bytes would take two overflow pages of the
//! database, and one of 4,080 takes one: that is half of what a changed page costs to write. The key's leaf is read
//! and rewritten anyhow, so the tail, the checksum over all of the record, and the version that last changed the page
//! (the head of the list of its changes) cost no read of their own. A page is looked up by the first 24 bytes.
//!
//! A page that is zero again has no value and a zero tail: only its list of changes is left. A page that was never
//! written has no record. The head is the last key of `receipts`.

use lmdb::Database;

use crate::store::codec::{self, CHECKSUM_BYTES, DecodeError, Reader};
use crate::store::tree::BlockId;
use crate::units::{Address, CommitNumber, PAGE_SIZE, PageBytes, PageIndex, Version};

/// What this program writes and reads. Any change to what is stored makes it another.
pub(super) const FORMAT: u64 = 1;

/// How the record of the format begins.
pub(super) const MAGIC: &[u8; 12] = b"vellum store";

/// The key of the format's record.
pub(super) const FORMAT_KEY: &[u8] = b"format";

/// Bytes of an address, with which the keys of a contract's records begin.
pub(super) const ADDRESS_BYTES: usize = 20;

/// Bytes of a page that are in its value; the rest is in its key.
const VALUE_BYTES: usize = PAGE_SIZE - TAIL_BYTES;
const TAIL_BYTES: usize = 16;

/// Bytes of a page's key that name the page.
pub(super) const PAGE_NAME_BYTES: usize = ADDRESS_BYTES + 4;
const PAGE_KEY_BYTES: usize = PAGE_NAME_BYTES + 8 + TAIL_BYTES + CHECKSUM_BYTES;

/// Bytes of the key of a diff's part that name the diff.
pub(super) const DIFF_NAME_BYTES: usize = ADDRESS_BYTES + 8;

/// Bytes of the key of a tree block, and of the key of a diff's part.
pub(super) const BLOCK_KEY_BYTES: usize = ADDRESS_BYTES + 5;
pub(super) const DIFF_KEY_BYTES: usize = DIFF_NAME_BYTES + 4;

/// The tables of an open database.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tables {
    pub(super) meta: Database,
    pub(super) accounts: Database,
    pub(super) code: Database,
    pub(super) pages: Database,
    pub(super) tree: Database,
    pub(super) diffs: Database,
    pub(super) receipts: Database,
}

impl Tables {
    pub(super) const COUNT: u32 = 7;

    /// Opens each table by its name.
    pub(super) fn open<E>(mut open: impl FnMut(&'static str) -> Result<Database, E>) -> Result<Self, E> {
        Ok(Self {
            meta: open("meta")?,
            accounts: open("accounts")?,
            code: open("code")?,
            pages: open("pages")?,
            tree: open("tree")?,
            diffs: open("diffs")?,
            receipts: open("receipts")?,
        })
    }
}

/// Puts parts of known lengths together.
fn join<const N: usize>(parts: &[&[u8]]) -> [u8; N] {
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

pub(super) fn block_key(address: &Address, id: BlockId) -> [u8; BLOCK_KEY_BYTES] {
    join(&[address.as_bytes(), &[id.level], &id.index.to_be_bytes()])
}

pub(super) fn diff_name(address: &Address, version: Version) -> [u8; DIFF_NAME_BYTES] {
    join(&[address.as_bytes(), &version.0.to_be_bytes()])
}

pub(super) fn diff_key(address: &Address, version: Version, first: PageIndex) -> [u8; DIFF_KEY_BYTES] {
    join(&[address.as_bytes(), &version.0.to_be_bytes(), &first.0.to_be_bytes()])
}

pub(super) fn receipt_key(commit: CommitNumber) -> [u8; 8] {
    commit.0.to_be_bytes()
}

pub(super) fn page_name(address: &Address, page: PageIndex) -> [u8; PAGE_NAME_BYTES] {
    join(&[address.as_bytes(), &page.0.to_be_bytes()])
}

/// The key and the value of a page that a version changed.
pub(super) fn page_record<'a>(
    address: &Address,
    page: PageIndex,
    last_change: Version,
    content: &'a PageBytes,
) -> ([u8; PAGE_KEY_BYTES], &'a [u8]) {
    let (value, tail) = content.split_at(VALUE_BYTES);
    let value = without_trailing_zeros(value);
    let name = page_name(address, page);
    let mut key = join(&[&name, &last_change.0.to_be_bytes(), tail, &[0; CHECKSUM_BYTES]]);
    let (body, sum) = key.split_at_mut(PAGE_KEY_BYTES - CHECKSUM_BYTES);
    sum.copy_from_slice(&codec::checksum(body, value).to_le_bytes());
    (key, value)
}

fn without_trailing_zeros(bytes: &[u8]) -> &[u8] {
    let (words, rest) = bytes.as_chunks::<16>();
    debug_assert!(rest.is_empty());
    match words.iter().rposition(|word| u128::from_le_bytes(*word) != 0) {
        None => &[],
        Some(last) => {
            let zeros = u128::from_le_bytes(words[last]).leading_zeros() as usize / 8;
            &bytes[..(last + 1) * 16 - zeros]
        }
    }
}

/// A page as it is stored.
#[derive(Debug)]
pub(super) struct PageRecord<'a> {
    pub(super) page: PageIndex,
    pub(super) last_change: Version,
    tail: [u8; TAIL_BYTES],
    value: &'a [u8],
}

impl<'a> PageRecord<'a> {
    /// Takes a record apart. Its checksum is not looked at: see [`verify`](Self::verify).
    pub(super) fn decode(key: &[u8], value: &'a [u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(key);
        reader.raw(ADDRESS_BYTES)?;
        let page = PageIndex(u32::from_be_bytes(reader.array()?));
        let last_change = Version(u64::from_be_bytes(reader.array()?));
        let tail = reader.array()?;
        reader.raw(CHECKSUM_BYTES)?;
        reader.finish()?;
        if value.len() > VALUE_BYTES || value.last() == Some(&0) {
            return Err(DecodeError::Invalid("length"));
        }
        Ok(Self { page, last_change, tail, value })
    }

    /// Compares a record's checksum, which covers its key and its value.
    pub(super) fn verify(key: &[u8], value: &'a [u8]) -> Result<Self, DecodeError> {
        let (body, sum) = key.split_last_chunk::<CHECKSUM_BYTES>().ok_or(DecodeError::Truncated)?;
        if u64::from_le_bytes(*sum) != codec::checksum(body, value) {
            return Err(DecodeError::Checksum);
        }
        Self::decode(key, value)
    }

    /// Whether only the list of the page's changes is left.
    pub(super) fn is_zero(&self) -> bool {
        self.value.is_empty() && self.tail == [0; TAIL_BYTES]
    }

    pub(super) fn copy_to(&self, into: &mut PageBytes) {
        let (value, rest) = into.split_at_mut(self.value.len());
        value.copy_from_slice(self.value);
        let (zeros, tail) = rest.split_at_mut(VALUE_BYTES - self.value.len());
        zeros.fill(0);
        tail.copy_from_slice(&self.tail);
    }
}
