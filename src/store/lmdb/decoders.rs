//! Runs the decoders of the records that only this store has, for a fuzzer.

use super::layout::{Name, diff_key};
use super::page::PageRecord;
use super::read::decode_diff;
use super::tree_head::TreeHead;
use crate::units::{Address, CommitNumber, PageIndex};

/// Runs these decoders on the bytes of a record.
pub(in crate::store) fn decode_anything(key: &[u8], record: &[u8]) {
    let _ = Name::of(key);
    let _ = PageRecord::decode(key, record);
    let _ = TreeHead::decode(key, record);
    let _ = PageRecord::verify(key, record);
    let first = diff_key(&Address::ZERO, CommitNumber(1), PageIndex(0));
    let _ = decode_diff(&Address::ZERO, CommitNumber(1), &[(&first, record)]);
}
