//! Mends the newest account and the history start.

use super::contract::Mend;
use crate::store::codec::DecodeError;
use crate::store::lmdb::layout::{self, Name};
use crate::store::{Account, Mark, Moment, Record, StoreError};

impl Mend<'_> {
    /// Mends the history start, which follows from the oldest readable account.
    pub(super) fn mark(&mut self) -> Result<(), StoreError> {
        if !is_damaged(self.read().mark(&self.address))? {
            return Ok(());
        }
        let mut oldest = None;
        for entry in self.read().entries(&layout::accounts_prefix(&self.address))? {
            let (key, value) = entry?;
            // The version of an unreadable account is unknown.
            if let (Some(Name::Account(_, moment)), Ok(account)) = (Name::of(key), Account::decode(key, value)) {
                oldest = Some(Mark { version: account.version, moment });
                break;
            }
        }
        let mark = oldest.ok_or_else(|| Record::Account(self.address).damaged(DecodeError::Missing))?;
        let key = layout::pruned_key(&self.address);
        self.put(Record::Mark(self.address), &key, &mark.encode(&key))
    }

    /// Mends the newest account and returns it. If it was rewritten, also returns the moment from which its balance and nonce were
    /// taken.
    pub(super) fn account(&mut self) -> Result<(Account, Option<Moment>), StoreError> {
        let record = Record::Account(self.address);
        let (mut newest, mut unread) = (None, Vec::new());
        for entry in self.read().entries(&layout::accounts_prefix(&self.address))? {
            let (key, value) = entry?;
            match (Name::of(key), Account::decode(key, value)) {
                (Some(Name::Account(_, moment)), Ok(account)) => {
                    newest = Some((moment, account));
                    unread.clear();
                }
                (Some(Name::Account(_, moment)), Err(_)) => unread.push(moment),
                _ => {}
            }
        }
        let (known, mut account) = newest.ok_or_else(|| record.damaged(DecodeError::Missing))?;
        for moment in &unread {
            let diff = if moment.step == 0 { self.read().diff(&self.address, moment.commit) } else { Ok(None) };
            match diff {
                Ok(Some(diff)) => (account.version, account.state) = (diff.version, diff.after),
                Ok(None) => {}
                // The commit made a version whose state root is unknown. The root that stays recorded matches no pages.
                Err(damage) if damage.is_damage() => account.version.0 += 1,
                Err(error) => return Err(error),
            }
            let key = layout::account_key(&self.address, *moment);
            self.put(record, &key, &account.encode(&key))?;
        }
        if !unread.is_empty() {
            // The world tree may contain the lost account. The next block rebuilds it from all accounts.
            self.commit.delete_all(layout::WORLD_KEY, |_| true)?;
        }
        Ok((account, (!unread.is_empty()).then_some(known)))
    }
}

/// Returns whether a read failed because of a damaged record.
fn is_damaged<T>(read: Result<T, StoreError>) -> Result<bool, StoreError> {
    match read {
        Ok(_) => Ok(false),
        Err(error) if error.is_damage() => Ok(true),
        Err(error) => Err(error),
    }
}
