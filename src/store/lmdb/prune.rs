//! Pruning deletes the oldest diffs and accounts of a contract, including damaged ones. Each of its transactions leaves a shorter,
//! intact history.

use super::commit::Commit;
use super::environment::Shared;
use super::layout::{self, Name};
use super::snapshot::LmdbSnapshot;
use crate::store::codec::DecodeError;
use crate::store::{Account, Mark, Moment, Record, StoreError};
use crate::units::{Address, Version};

/// Least number of accounts that a transaction deletes before it ends at the next version.
const SLICE: usize = 1_024;

/// Deletes the history before a version, which `moment` made.
pub(super) fn prune(shared: &Shared, address: &Address, version: Version, moment: Moment) -> Result<(), StoreError> {
    while !prune_slice(shared, address, Mark { version, moment })? {}
    Ok(())
}

/// Deletes the oldest versions before `to` in one transaction. Returns whether none remain.
fn prune_slice(shared: &Shared, address: &Address, to: Mark) -> Result<bool, StoreError> {
    let mut commit = Commit::begin(shared)?;
    let (removed, mark) = oldest(&commit, address, to)?;
    for moment in &removed {
        commit.delete(&layout::account_key(address, *moment))?;
        delete_diff(&mut commit, address, *moment)?;
    }
    // The diff of the oldest version leads to a version that no longer exists.
    delete_diff(&mut commit, address, mark.moment)?;
    let key = layout::pruned_key(address);
    commit.put(&key, &mark.encode(&key))?;
    commit.end("pruning")?;
    Ok(mark.moment == to.moment)
}

/// Returns the moments of the accounts to delete first, and the history start after that.
fn oldest(commit: &Commit<'_>, address: &Address, to: Mark) -> Result<(Vec<Moment>, Mark), StoreError> {
    let mut removed = Vec::new();
    let damaged = |problem| Record::Account(*address).damaged(problem);
    let mut version = Version(0);
    for entry in commit.read().entries(&layout::accounts_prefix(address))? {
        let (key, record) = entry?;
        let Some(Name::Account(_, moment)) = Name::of(key) else { return Err(damaged(DecodeError::Invalid("key"))) };
        if moment >= to.moment {
            return Ok((removed, to));
        }
        // An unreadable account is deleted together with those before it.
        if let Ok(account) = Account::decode(key, record) {
            if removed.len() >= SLICE && account.version != version {
                return Ok((removed, Mark { version: account.version, moment }));
            }
            version = account.version;
        }
        removed.push(moment);
    }
    Err(damaged(DecodeError::Missing))
}

/// Finds the moment that made a version among damaged accounts. The account before the moment or the moment's diff must show
/// that it made the version; otherwise returns `damage`.
pub(super) fn moment_among_damaged(
    snapshot: &LmdbSnapshot,
    address: &Address,
    version: Version,
    damage: StoreError,
) -> Result<Moment, StoreError> {
    let read = snapshot.read()?;
    let mut is_readable_before = false;
    for entry in read.entries(&layout::accounts_prefix(address))? {
        let (key, record) = entry?;
        let Some(Name::Account(_, moment)) = Name::of(key) else { continue };
        let Ok(account) = Account::decode(key, record) else {
            is_readable_before = false;
            continue;
        };
        if account.version >= version {
            let made_it =
                || Ok::<_, StoreError>(read.diff(address, moment.commit)?.is_some_and(|diff| diff.version == version));
            let is_maker = account.version == version && (is_readable_before || moment.step == 0 && made_it()?);
            return if is_maker { Ok(moment) } else { Err(damage) };
        }
        is_readable_before = true;
    }
    Err(damage)
}

fn delete_diff(commit: &mut Commit<'_>, address: &Address, moment: Moment) -> Result<(), StoreError> {
    if moment.step > 0 {
        return Ok(());
    }
    commit.delete_all(&layout::diff_name(address, moment.commit), |_| true)
}
