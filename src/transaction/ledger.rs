//! The accounts that a transaction reads and changes.

use super::error::TransactionError;
use crate::store::{Account, Snapshot, StoreError};
use crate::units::Address;

/// The accounts that a transaction has changed, over those of its snapshot.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    /// Each with its account before the transaction and now.
    changed: Vec<(Address, Option<Account>, Account)>,
    /// For each change, in order: the index in `changed`, and the account that it replaced; `None` for the first change.
    replaced: Vec<(usize, Option<Account>)>,
}

/// A state of the ledger that can be restored: the number of changes.
#[derive(Debug)]
pub(super) struct LedgerMark(usize);

impl Ledger {
    /// The balance at an address; 0 if there is no account.
    pub(super) fn balance(&self, snapshot: &dyn Snapshot, address: &Address) -> Result<u64, StoreError> {
        match self.changed.iter().find(|(changed, ..)| changed == address) {
            Some((_, _, account)) => Ok(account.balance),
            None => Ok(snapshot.account(address)?.map_or(0, |account| account.balance)),
        }
    }

    /// The account at an address, to be changed. Creates it if there is none.
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

    /// Transfers value. Nothing changes if the sender's balance is too low.
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
        let remaining = balance.checked_sub(value).ok_or(TransactionError::Balance { sender: from, balance, value })?;
        if from != to {
            self.mint(snapshot, to, value)?;
            self.change(snapshot, from)?.balance = remaining;
        }
        Ok(())
    }

    /// Adds to a balance without a sender. Returns the new balance.
    pub(crate) fn mint(&mut self, snapshot: &dyn Snapshot, to: Address, amount: u64) -> Result<u64, TransactionError> {
        let account = self.change(snapshot, to)?;
        let balance = account.balance;
        account.balance =
            balance.checked_add(amount).ok_or(TransactionError::BalanceOverflow { address: to, balance, amount })?;
        Ok(account.balance)
    }

    /// Marks the current state.
    pub(super) fn mark(&self) -> LedgerMark {
        LedgerMark(self.replaced.len())
    }

    /// Restores the accounts as they were at the mark.
    pub(super) fn undo(&mut self, mark: LedgerMark) {
        for (at, account) in self.replaced.drain(mark.0..).rev() {
            match account {
                Some(account) => self.changed[at].2 = account,
                None => self.changed.truncate(at),
            }
        }
    }

    /// Every changed account: its address, before and after.
    pub(crate) fn into_changes(self) -> Vec<(Address, Option<Account>, Account)> {
        self.changed
    }
}
