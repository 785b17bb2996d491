//! Records that are not found, though others say that they exist.
//!
//! A record that is lost would read as zero, as an address without an account, as a commit that is not there. So where a record is not
//! found, those are consulted that name it:
//!
//! ```text
//! a page                        the leaf of its group's block; without that block, the leaf of the next block above
//! an account                    the other records of its address
//! the log record of a commit    the number of the last commit
//! the log                       the table, which has a log record from the first deployment on
//! ```

use super::layout::{self, Name};
use super::source::Source;
use super::tree_head::TreeHead;
use crate::store::codec::DecodeError;
use crate::store::tree::{Block, BlockId, LEAVES};
use crate::store::{Account, Moment, Record, StoreError};
use crate::units::{Address, PageIndex, StateRoot};

/// Returns an error if the tree has a leaf for a page that has no record. Allocates nothing, not even for an error: fault handlers call
/// it.
pub(super) fn verify_no_page(source: &Source<'_>, address: &Address, page: PageIndex) -> Result<(), StoreError> {
    let group = BlockId::of_page(page);
    if let Some(leaves) = leaves(source, address, group)? {
        let is_stored = leaves >> (page.0 as usize % LEAVES) & 1 == 1;
        return if is_stored { Err(Record::Page(*address, page).damaged(DecodeError::Missing)) } else { Ok(()) };
    }
    let key = layout::tree_head_key(address);
    let head = source.at_or_after(&key)?.filter(|(found, _)| *found == key);
    let head = head.map(|(_, record)| TreeHead::depth_and_lateness(&key, record, group.index as u16)).transpose();
    let head = head.map_err(|problem| Record::TreeHead(*address).damaged(problem))?;
    let (depth, is_late) = head.unwrap_or_default();
    if page.0 >> depth != 0 {
        return Ok(());
    }
    let mut below = group;
    for id in group.above(depth) {
        if let Some(leaves) = leaves(source, address, id)? {
            let is_stored = leaves >> (below.index as usize % LEAVES) & 1 == 1;
            // The blocks above a late group do not have its leaf yet, or still have it.
            let is_missing = is_stored && !(is_late && below == group);
            return if is_missing {
                Err(Record::TreeBlock(*address, below).damaged(DecodeError::Missing))
            } else {
                Ok(())
            };
        }
        below = id;
    }
    match newest_state(source, address)? {
        StateRoot::ZERO => Ok(()),
        _ => Err(Record::TreeBlock(*address, below).damaged(DecodeError::Missing)),
    }
}

/// Returns the leaves of a recorded block, or `None` if it has no record. Its checksum is not verified: a leaf that is wrong is damage,
/// too, and a check names the block.
fn leaves(source: &Source<'_>, address: &Address, id: BlockId) -> Result<Option<u16>, StoreError> {
    let key = layout::block_key(address, id);
    let Some((_, record)) = source.at_or_after(key.as_ref())?.filter(|(found, _)| *found == key.as_ref()) else {
        return Ok(None);
    };
    Block::leaves_of(record).map(Some).map_err(|problem| Record::TreeBlock(*address, id).damaged(problem))
}

fn newest_state(source: &Source<'_>, address: &Address) -> Result<StateRoot, StoreError> {
    match source.last_before(&layout::accounts_end(address))? {
        Some((key, record)) if matches!(Name::of(key), Some(Name::Account(owner, _)) if owner == *address) => {
            let account = Account::decode(key, record).map_err(|problem| Record::Account(*address).damaged(problem))?;
            Ok(account.state)
        }
        _ => Ok(StateRoot::ZERO),
    }
}

/// Returns an error if an address without an account has other records.
pub(super) fn verify_no_account(source: &Source<'_>, address: &Address) -> Result<(), StoreError> {
    match source.at_or_after(&layout::owner_prefix(address))?.and_then(|(key, _)| layout::owner(key)) {
        Some(owner) if owner == *address => Err(Record::Account(*address).damaged(DecodeError::Missing)),
        _ => Ok(()),
    }
}

/// Returns an error if a moment without a log record is one that was made: that of a commit up to the last one, `head`.
pub(super) fn verify_no_log(moment: Moment, head: Moment) -> Result<(), StoreError> {
    let is_of_commit = moment.step == 0 && moment.commit.0 > 0;
    if is_of_commit && moment <= head { Err(Record::Log(moment).damaged(DecodeError::Missing)) } else { Ok(()) }
}
