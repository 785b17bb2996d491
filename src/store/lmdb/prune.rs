//! Pruning: the oldest diffs and accounts of a contract go, in transactions that each leave a shorter, whole history. What is
//! damaged among them goes too.

use super::commit::Commit;
use super::environment::Shared;
use super::layout::{self, Name};
use super::snapshot::LmdbSnapshot;
use crate::store::codec::DecodeError;
use crate::store::{Account, Mark, Moment, Record, StoreError};
use crate::units::{Address, Version};

/// Accounts of one address that go in one transaction, before the next version ends it.
const SLICE: usize = 1_024;

/// Forgets what came before a version, which `moment` made.
pub(super) fn prune(shared: &Shared, address: &Address, version: Version, moment: Moment) -> Result<(), StoreError> {
    while !prune_slice(shared, address, Mark { version, moment })? {}
    Ok(())
}

/// Forgets the oldest versions before a mark. Returns whether there are no more.
fn prune_slice(shared: &Shared, address: &Address, to: Mark) -> Result<bool, StoreError> {
    let mut commit = Commit::begin(shared)?;
    let (gone, mark) = oldest(&commit, address, to)?;
    for moment in &gone {
        commit.delete(&layout::account_key(address, *moment))?;
        delete_diff(&mut commit, address, *moment)?;
    }
    // The version that is kept has no way back.
    delete_diff(&mut commit, address, mark.moment)?;
    let key = layout::pruned_key(address);
    commit.put(&key, &mark.encode(&key))?;
    commit.end("pruning")?;
    Ok(mark.moment == to.moment)
}

/// The moments of the accounts that go first, and the mark that this leaves.
fn oldest(commit: &Commit<'_>, address: &Address, to: Mark) -> Result<(Vec<Moment>, Mark), StoreError> {
    let mut gone = Vec::new();
    let damaged = |problem| Record::Account(*address).damaged(problem);
    let mut version = Version(0);
    for entry in commit.read().entries(&layout::accounts_prefix(address))? {
        let (key, record) = entry?;
        let Some(Name::Account(_, moment)) = Name::of(key) else { return Err(damaged(DecodeError::Invalid("key"))) };
        if moment >= to.moment {
            return Ok((gone, to));
        }
        // What cannot be read goes with what is before it.
        if let Ok(account) = Account::decode(key, record) {
            if gone.len() >= SLICE && account.version != version {
                return Ok((gone, Mark { version: account.version, moment }));
            }
            version = account.version;
        }
        gone.push(moment);
    }
    Err(damaged(DecodeError::Missing))
}

/// The moment that made a version, where accounts before it are damaged: what it did tells, or the account before.
pub(super) fn moment_among_damaged(
    snapshot: &LmdbSnapshot,
    address: &Address,
    version: Version,
    damage: StoreError,
) -> Result<Moment, StoreError> {
    let read = snapshot.read();
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
            let is_it = account.version == version && (is_readable_before || moment.step == 0 && made_it()?);
            return if is_it { Ok(moment) } else { Err(damage) };
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
