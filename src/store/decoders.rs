//! Runs every record decoder, for a fuzzer.

use super::codec::Writer;
use super::diff::part::{EncodedPart, undo_page};
use super::event::EventName;
use super::hash::ZERO_PAGE;
use super::log::LogRecord;
use super::tree::{Block, BlockId};
use super::world::decode_mark;
use super::{Account, DiffFile, DiffRecord, LiveEvent, Mark, lmdb};
use crate::units::{CommitNumber, PageIndex};

/// Runs every decoder on the bytes, first as they are and then with a valid checksum.
pub(crate) fn decode_anything(key: &[u8], body: &[u8]) {
    let sealed = Writer::new().raw(body).seal(key);
    for record in [body, &sealed] {
        // The results do not matter: no decoder may panic.
        let _ = Account::decode(key, record);
        if let Some(id) = BlockId::new(0, 0) {
            let _ = Block::empty(id).decode(key, record);
        }
        let _ = LogRecord::decode(key, record);
        let _ = LogRecord::decode_last_block(key, record);
        let _ = Mark::decode(key, record);
        let _ = DiffFile::decode(record);
        let name = EventName { expires: 0, commit: CommitNumber(1), number: 0 };
        let _ = LiveEvent::decode(key, record, name);
        let _ = decode_mark(key, record);
        lmdb::decode_anything(key, record);
    }
    let part = EncodedPart { body, is_first: key.is_empty() };
    let _ = undo_page(CommitNumber(9), part, PageIndex(0), &mut ZERO_PAGE.clone());
    let commit = CommitNumber(u64::from(key.first().copied().unwrap_or_default()));
    let (first, second) = body.split_at(body.len() / 2);
    let _ = DiffRecord::decode(commit, [body]);
    let _ = DiffRecord::decode(commit, [first, second]);
}
