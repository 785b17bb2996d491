//! The record of a page.
//!
//! **A page's key carries the page's last 16 bytes.** A value of 4,096 bytes would take two overflow pages of the
//! database, and one of 4,080 takes one: that is half of what a changed page costs to write. The key's leaf is read
//! and rewritten anyhow, so the tail, the checksum over all of the record, and the commit that last changed the page
//! (the head of the list of its changes) cost no read of their own. A page is looked up by the first 25 bytes.
//!
//! A page that is zero again has no value and a zero tail: only its list of changes is left. A page that was never
//! written has no record.

use super::layout::{Name, PAGE_KEY_BYTES, PAGE_NAME_BYTES, TAIL_BYTES, join, page_name};
use crate::store::codec::{self, CHECKSUM_BYTES, DecodeError, Reader};
use crate::units::{Address, CommitNumber, PAGE_SIZE, PageBytes, PageIndex};

/// Bytes of a page that are in its value; the rest is in its key.
const VALUE_BYTES: usize = PAGE_SIZE - TAIL_BYTES;

/// The key and the value of a page that a commit changed.
pub(super) fn page_record<'a>(
    address: &Address,
    page: PageIndex,
    last_change: CommitNumber,
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
    pub(super) last_change: CommitNumber,
    tail: [u8; TAIL_BYTES],
    value: &'a [u8],
}

impl<'a> PageRecord<'a> {
    /// Takes a record apart. Its checksum is not looked at: see [`verify`](Self::verify).
    pub(super) fn decode(key: &[u8], value: &'a [u8]) -> Result<Self, DecodeError> {
        let Some(Name::Page(_, page)) = Name::of(key) else { return Err(DecodeError::Invalid("key")) };
        let mut reader = Reader::new(key.get(PAGE_NAME_BYTES..).unwrap_or_default());
        let last_change = CommitNumber(u64::from_be_bytes(reader.array()?));
        let tail = reader.array()?;
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
