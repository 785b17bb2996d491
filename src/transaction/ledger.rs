//! Accounts as a transaction sees and changes them.

use super::error::TransactionError;
use crate::store::{Account, Snapshot, StoreError};
use crate::units::Address;

/// The accounts that a transaction has changed, over those of its snapshot.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    changed: Vec<(Address, Option<Account>, Account)>,
    /// What each change replaced, in order; nothing where it is the account's first.
    replaced: Vec<(usize, Option<Account>)>,
}

/// A moment to which accounts can be put back.
#[derive(Debug)]
pub(super) struct LedgerMark(usize);

impl Ledger {
    /// An account's balance; 0 when nothing was ever recorded there.
    pub(super) fn balance(&self, snapshot: &dyn Snapshot, address: &Address) -> Result<u64, StoreError> {
        match self.changed.iter().find(|(changed, ..)| changed == address) {
            Some((_, _, account)) => Ok(account.balance),
            None => Ok(snapshot.account(address)?.map_or(0, |account| account.balance)),
        }
    }

    /// An account to be changed; a new one when nothing was ever recorded there.
    pub(super) fn change(&mut self, snapshot: &dyn Snapshot, address: Address) -> Result<&mut Account, StoreError> {
        let at = match self.changed.iter().position(|(changed, ..)| *changed == address) {
            Some(at) => {
                self.replaced.push((at, Some(self.changed[at].2.clone())));
                at
            }
            None => {
                let before = snapshot.account(&address)?;
                self.changed.push((address, before.clone(), before.unwrap_or_default()));
                self.replaced.push((self.changed.len() - 1, None));
                self.changed.len() - 1
            }
        };
        Ok(&mut self.changed[at].2)
    }

    /// Moves money. Nothing changes when the sender has too little.
    pub(super) fn transfer(
        &mut self,
        snapshot: &dyn Snapshot,
        from: Address,
        to: Address,
        value: u64,
    ) -> Result<(), TransactionError> {
        if value == 0 {
            return Ok(());
        }
        let balance = self.balance(snapshot, &from)?;
        let left = balance.checked_sub(value).ok_or(TransactionError::Balance { sender: from, balance, value })?;
        if from != to {
            self.mint(snapshot, to, value)?;
            self.change(snapshot, from)?.balance = left;
        }
        Ok(())
    }

    /// Makes money out of nothing; returns the new balance.
    pub(crate) fn mint(&mut self, snapshot: &dyn Snapshot, to: Address, amount: u64) -> Result<u64, TransactionError> {
        let account = self.change(snapshot, to)?;
        let balance = account.balance;
        account.balance =
            balance.checked_add(amount).ok_or(TransactionError::BalanceOverflow { address: to, balance, amount })?;
        Ok(account.balance)
    }

    /// The present moment.
    pub(super) fn mark(&self) -> LedgerMark {
        LedgerMark(self.replaced.len())
    }

    /// Puts accounts back to a moment.
    pub(super) fn undo(&mut self, mark: LedgerMark) {
        for (at, account) in self.replaced.drain(mark.0..).rev() {
            match account {
                Some(account) => self.changed[at].2 = account,
                None => self.changed.truncate(at),
            }
        }
    }

    /// Every account that changed: before and after.
    pub(crate) fn into_changes(self) -> Vec<(Address, Option<Account>, Account)> {
        self.changed
    }
}
