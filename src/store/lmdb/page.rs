//! The record of a page: the mask of its non-zero chunks, and these chunks.
//!
//! ```text
//! record  checksum 8 ‖ commit that last changed the page 8 ‖ mask u8 (bit k: chunk k is not zero) ‖ those chunks, 512 bytes each
//! key     name 25 ‖ for a full page, the last 33 bytes of the record
//! value   the record without the bytes in the key: at most 4,080 bytes
//! ```
//! **The end of a full page's record is stored in its key.** A value of 4,113 bytes would take two overflow pages of the database;
//! one of 4,080 bytes takes one, which halves the cost of writing the page. The key of every other page is constant, so a change
//! overwrites the record in place. A page is looked up by its name.
//!
//! The record of a page that is zero again has no chunks. It remains as the head of the list of the page's changes. A page that was
//! never changed has no record.

use super::layout::{Key, Name, PAGE_NAME_BYTES, PAGE_TAIL_BYTES, page_name};
use crate::store::codec::{self, CHECKSUM_BYTES, DecodeError, Reader};
use crate::store::hash::{CHUNK_SIZE, ChunkSet, chunks};
use crate::units::{Address, CommitNumber, PAGE_SIZE, PageBytes, PageIndex};

/// Length of a record before the chunks, in bytes.
const HEAD_BYTES: usize = CHECKSUM_BYTES + size_of::<u64>() + 1;

/// Length of the record of a full page, in bytes.
const RECORD_BYTES: usize = HEAD_BYTES + PAGE_SIZE;

/// Length of the largest value that fits into one overflow page, in bytes.
const VALUE_BYTES: usize = 4_080;

/// A page's record before it is written.
pub(super) struct NewPage {
    pub(super) key: Key,
    bytes: [u8; RECORD_BYTES],
    /// Length of the value.
    length: usize,
}

impl NewPage {
    /// Encodes a page that a commit changed.
    pub(super) fn new(address: &Address, page: PageIndex, last_change: CommitNumber, content: &PageBytes) -> Self {
        Self::with_chunks(address, page, last_change, content, ChunkSet::of_content(content))
    }

    /// Encodes a page that a commit changed. `present` has the chunks that are not zero.
    pub(super) fn with_chunks(
        address: &Address,
        page: PageIndex,
        last_change: CommitNumber,
        content: &PageBytes,
        present: ChunkSet,
    ) -> Self {
        let mut bytes = [0; RECORD_BYTES];
        bytes[CHECKSUM_BYTES..HEAD_BYTES - 1].copy_from_slice(&last_change.0.to_be_bytes());
        bytes[HEAD_BYTES - 1] = present.0;
        let mut length = HEAD_BYTES;
        for chunk in present.iter() {
            bytes[length..length + CHUNK_SIZE].copy_from_slice(&chunks(content)[chunk]);
            length += CHUNK_SIZE;
        }
        let (value, tail) = bytes[..length].split_at_mut(length.min(VALUE_BYTES));
        let key = Key::new(&[&page_name(address, page), tail]);
        let (sum, body) = value.split_at_mut(CHECKSUM_BYTES);
        sum.copy_from_slice(&codec::checksum(key.as_ref(), body).to_le_bytes());
        let length = value.len();
        Self { key, bytes, length }
    }

    pub(super) fn value(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

/// A decoded record of a page.
#[derive(Debug)]
pub(super) struct PageRecord<'a> {
    pub(super) page: PageIndex,
    pub(super) last_change: CommitNumber,
    pub(super) present: ChunkSet,
    /// The bytes of the chunks that are in the value.
    value: &'a [u8],
    /// The bytes of the chunks that are in the key.
    tail: &'a [u8],
}

impl<'a> PageRecord<'a> {
    /// Decodes a record without verifying its checksum.
    pub(super) fn decode(key: &'a [u8], value: &'a [u8]) -> Result<Self, DecodeError> {
        let Some(Name::Page(_, page)) = Name::of(key) else { return Err(DecodeError::Invalid("key")) };
        let tail = key.get(PAGE_NAME_BYTES..).unwrap_or_default();
        let mut reader = Reader::new(value);
        reader.raw(CHECKSUM_BYTES)?;
        let last_change = CommitNumber(u64::from_be_bytes(reader.array()?));
        let present = ChunkSet(reader.u8()?);
        let value = value.get(HEAD_BYTES..).unwrap_or_default();
        let is_whole = value.len() + tail.len() == present.count() * CHUNK_SIZE;
        if !is_whole || tail.is_empty() == (present == ChunkSet::ALL) {
            return Err(DecodeError::Invalid("length"));
        }
        Ok(Self { page, last_change, present, value, tail })
    }

    /// Verifies a record's checksum, which covers its key and its value, and decodes it.
    pub(super) fn verify(key: &'a [u8], value: &'a [u8]) -> Result<Self, DecodeError> {
        let (sum, body) = value.split_first_chunk::<CHECKSUM_BYTES>().ok_or(DecodeError::Truncated)?;
        if u64::from_le_bytes(*sum) != codec::checksum(key, body) {
            return Err(DecodeError::Checksum);
        }
        Self::decode(key, value)
    }

    /// Returns whether the page is zero again, so that the record is only the head of the list of its changes.
    pub(super) fn is_zero(&self) -> bool {
        self.present.count() == 0
    }

    pub(super) fn copy_to(&self, into: &mut PageBytes) {
        if self.present == ChunkSet::ALL {
            let (front, back) = into.split_at_mut(self.value.len());
            front.copy_from_slice(self.value);
            back.copy_from_slice(self.tail);
            return;
        }
        // Only a full page has bytes in its key.
        let mut stored = self.value.as_chunks::<CHUNK_SIZE>().0.iter();
        for (k, chunk) in into.as_chunks_mut::<CHUNK_SIZE>().0.iter_mut().enumerate() {
            match if self.present.contains(k) { stored.next() } else { None } {
                Some(bytes) => *chunk = *bytes,
                None => chunk.fill(0),
            }
        }
    }
}

const _: () = assert!(RECORD_BYTES - VALUE_BYTES == PAGE_TAIL_BYTES);
