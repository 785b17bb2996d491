//! Beginning a contract anew, where not even its newest state follows from anything that can be read.

use std::collections::BTreeSet;

use super::commit::{self, Commit};
use super::environment::Shared;
use super::layout::{self, Name};
use super::mend;
use crate::store::{Batch, Mark, StoreError};
use crate::units::Address;

/// See [`PageStore::commit_afresh`](crate::store::PageStore::commit_afresh).
pub(super) fn commit_afresh(shared: &Shared, batch: &Batch<'_>) -> Result<(), StoreError> {
    let mut commit = Commit::begin(shared)?;
    let addresses: BTreeSet<Address> = batch.accounts.iter().map(|(address, ..)| *address).collect();
    for address in &addresses {
        commit = mend::mend_beside_storage(commit, address)?;
    }
    let owned =
        |name| matches!(name, Some(Name::Page(..) | Name::Block(..) | Name::LateGroups(_) | Name::Pruned(_)) | None);
    for address in &addresses {
        delete(&mut commit, &layout::owner_prefix(address), owned)?;
        shared.upper.forget(address);
    }
    let moment = commit::write(&mut commit, batch)?;
    for (address, _, after) in &batch.accounts {
        let older = |name| matches!(name, Some(Name::Account(_, made)) if made < moment);
        delete(&mut commit, &layout::accounts_prefix(address), older)?;
        let key = layout::pruned_key(address);
        commit.put(&key, &Mark { version: after.version, moment }.encode(&key))?;
    }
    // The version that is kept has no way back.
    let of_them = |name| matches!(name, Some(Name::Diff(owner, ..)) if addresses.contains(&owner));
    delete(&mut commit, layout::LOG_PREFIX, of_them)?;
    commit.end("committing")
}

/// Deletes records by their names.
fn delete(commit: &mut Commit<'_>, prefix: &[u8], is: impl Fn(Option<Name>) -> bool) -> Result<(), StoreError> {
    let mut keys = Vec::new();
    for entry in commit.read().entries(prefix)? {
        let (key, _) = entry?;
        if is(Name::of(key)) {
            keys.push(key.to_vec());
        }
    }
    keys.iter().try_for_each(|key| commit.delete(key))
}
