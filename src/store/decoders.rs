//! Every decoder of records, for a fuzzer.

use super::codec::Writer;
use super::tree::{Block, BlockId};
use super::{Account, DiffRecord, lmdb};
use crate::units::Version;

/// Gives bytes to every decoder, as they are and with a checksum that fits.
pub(crate) fn decode_anything(key: &[u8], body: &[u8]) {
    let sealed = Writer::new().raw(body).seal(key);
    for record in [body, &sealed] {
        // That nothing panics is all that is asked.
        let _ = Account::decode(key, record);
        if let Some(id) = BlockId::new(0, 0) {
            let _ = Block::empty(id).decode(key, record);
        }
        lmdb::decode_anything(key, record);
    }
    let version = Version(u64::from(key.first().copied().unwrap_or_default()));
    let (first, second) = body.split_at(body.len() / 2);
    let _ = DiffRecord::decode(version, [body]);
    let _ = DiffRecord::decode(version, [first, second]);
}
