//! The newest account, and the mark where those that are kept begin.

use super::contract::Mend;
use crate::store::codec::DecodeError;
use crate::store::lmdb::layout::{self, Name};
use crate::store::{Account, Mark, Moment, Record, StoreError};

impl Mend<'_> {
    /// Where the kept history begins, which follows from the oldest account.
    pub(super) fn mark(&mut self) -> Result<(), StoreError> {
        if !is_damaged(self.read().mark(&self.address))? {
            return Ok(());
        }
        let mut oldest = None;
        for entry in self.read().entries(&layout::accounts_prefix(&self.address))? {
            let (key, value) = entry?;
            // Of one that cannot be read nothing says which version it is.
            if let (Some(Name::Account(_, moment)), Ok(account)) = (Name::of(key), Account::decode(key, value)) {
                oldest = Some(Mark { version: account.version, moment });
                break;
            }
        }
        let mark = oldest.ok_or_else(|| Record::Account(self.address).damaged(DecodeError::Missing))?;
        let key = layout::pruned_key(&self.address);
        self.put(Record::Mark(self.address), &key, &mark.encode(&key))
    }

    /// The newest account, and the moment that its money is of if it was written anew.
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
                // It made a version, of which no state is known: no page has the root that stays recorded.
                Err(damage) if damage.is_damage() => account.version.0 += 1,
                Err(error) => return Err(error),
            }
            let key = layout::account_key(&self.address, *moment);
            self.put(record, &key, &account.encode(&key))?;
        }
        if !unread.is_empty() {
            // It may be of the account as it was. The next block works it out from all accounts.
            self.commit.delete_all(layout::WORLD_KEY, |_| true)?;
        }
        Ok((account, (!unread.is_empty()).then_some(known)))
    }
}

/// Whether a record cannot be read because it is damaged.
fn is_damaged<T>(read: Result<T, StoreError>) -> Result<bool, StoreError> {
    match read {
        Ok(_) => Ok(false),
        Err(error) if error.is_damage() => Ok(true),
        Err(error) => Err(error),
    }
}
