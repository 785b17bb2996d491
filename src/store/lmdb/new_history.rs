//! Starting a new history for a contract, if no readable records imply its newest state.

use std::collections::BTreeSet;

use super::commit::{self, Commit};
use super::environment::Shared;
use super::layout::{self, Name};
use super::mend;
use crate::store::batch::History;
use crate::store::{Batch, Mark, StoreError};
use crate::units::Address;

/// Implements [`PageStore::commit_new_history`](crate::store::PageStore::commit_new_history).
pub(super) fn commit_new_history(shared: &Shared, batch: &Batch<'_>) -> Result<(), StoreError> {
    let mut commit = Commit::begin_mending(shared)?;
    let addresses: BTreeSet<Address> = batch.accounts.iter().map(|(address, ..)| *address).collect();
    for address in &addresses {
        commit = mend::mend_beside_storage(commit, address)?;
    }
    let owned =
        |name| matches!(name, Some(Name::Page(..) | Name::Block(..) | Name::TreeHead(_) | Name::Pruned(_)) | None);
    for address in &addresses {
        commit.delete_all(&layout::owner_prefix(address), owned)?;
        shared.upper.forget(address);
    }
    let moment = commit::write(&mut commit, batch, History::New)?;
    for (address, _, after) in &batch.accounts {
        let older = |name| matches!(name, Some(Name::Account(_, made)) if made < moment);
        commit.delete_all(&layout::accounts_prefix(address), older)?;
        let key = layout::pruned_key(address);
        commit.put(&key, &Mark { version: after.version, moment }.encode(&key))?;
    }
    // They lead to versions that no longer exist.
    let diffs = |name| matches!(name, Some(Name::Diff(owner, ..)) if addresses.contains(&owner));
    commit.delete_all(layout::LOG_PREFIX, diffs)?;
    commit.end("committing")
}
