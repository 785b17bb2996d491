//! Pruning: the oldest diffs and accounts of a contract go, in transactions that each leave a shorter, whole history.

use super::commit::Commit;
use super::environment::Shared;
use super::layout::{self, Name};
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
    let mut gone: Vec<(Moment, Version)> = Vec::new();
    let damaged = |problem| Record::Account(*address).damaged(problem);
    for entry in commit.read().entries(&layout::accounts_prefix(address))? {
        let (key, record) = entry?;
        let Some(Name::Account(_, moment)) = Name::of(key) else { return Err(damaged(DecodeError::Invalid("key"))) };
        let account = Account::decode(key, record).map_err(damaged)?;
        let begins_version = gone.last().is_some_and(|(_, version)| *version != account.version);
        if moment >= to.moment || gone.len() >= SLICE && begins_version {
            let mark = if moment >= to.moment { to } else { Mark { version: account.version, moment } };
            return Ok((gone.into_iter().map(|(moment, _)| moment).collect(), mark));
        }
        gone.push((moment, account.version));
    }
    Err(damaged(DecodeError::Missing))
}

fn delete_diff(commit: &mut Commit<'_>, address: &Address, moment: Moment) -> Result<(), StoreError> {
    if moment.step > 0 {
        return Ok(());
    }
    let mut keys = Vec::new();
    for entry in commit.read().entries(&layout::diff_name(address, moment.commit))? {
        keys.push(entry?.0.to_vec());
    }
    keys.iter().try_for_each(|key| commit.delete(key))
}
