//! Rollback of a contract to an old version, even if records of the contract are damaged.
//!
//! ```text
//! 1. go back through the diffs of all pages that changed since         ── if no record that step 1 reads is damaged
//! 2. mend damaged records that follow from others, then repeat 1          ── if 1 meets a damaged record
//! 3. rebuild the version from the first one forward, and commit it as
//!    a change of the newest state                                      ── if a diff on the way back is still damaged after 2
//! 4. rebuild the version, and start a new history with it              ── if the newest state is unknown
//! ```
//! In each case the new state root is the one that was recorded for the version.

use super::error::Error;
use crate::receipt::{Receipt, Status, TouchedContract, encode_receipt};
use crate::store::{
    Account, Batch, ContractChange, DecodeError, Mended, Moment, PageStore, PageWrite, Rebuild, Record, Snapshot,
    StoreError, changed_since, moment_of,
};
use crate::transaction::contract_account;
use crate::units::{Address, CommitNumber, Gas, PAGE_SIZE, PageBytes, PageIndex, StateRoot, Version};

/// The result of a rollback.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RolledBack {
    /// The commit; `None` if the contract already had this storage.
    pub commit: Option<CommitNumber>,
    /// The newest version of the contract.
    pub version: Version,
    /// Its state root, which is that of the requested version.
    pub state: StateRoot,
    /// The damaged records that were mended.
    pub mended: Mended,
    /// True if the version was rebuilt from the first one forward, because a diff on the way back is damaged.
    pub from_first: bool,
    /// The newest version that can no longer be read; versions before it are lost, too. `None` if no version is lost.
    pub lost: Option<Version>,
}

impl RolledBack {
    /// Returns true if damaged records were in the way.
    pub fn went_round_damage(&self) -> bool {
        self.from_first || !self.mended.is_nothing()
    }

    /// Describes what is lost because of damage.
    pub fn losses(&self) -> Vec<String> {
        let versions = self.lost.map(|version| format!("the history of the contract up to version {version}"));
        let balance = self.mended.money_of.map(|moment| format!("its balance and nonce: they are those of {moment}"));
        let receipts = self.mended.records.iter().filter_map(|record| match record {
            // Deployments and fundings have no receipt.
            Record::Log(moment) if moment.step == 0 => Some(format!("the receipt of {moment}")),
            _ => None,
        });
        versions.into_iter().chain(balance).chain(receipts).collect()
    }
}

/// See [`Vm::rollback`](super::Vm::rollback).
pub(crate) fn roll_back(store: &dyn PageStore, address: &Address, version: Version) -> Result<RolledBack, Error> {
    let _writer = store.writer()?;
    let result = match go_back(store, address, version) {
        Ok(result) if result.commit.is_some() => return Ok(result),
        Ok(result) => Some(result),
        Err(Error::Store(error)) if error.is_damage() => None,
        Err(error) => return Err(error),
    };
    let mended = store.mend(address)?;
    if let Some(account) = mended.unsound.clone() {
        return start_new_history(store, address, account, version, mended);
    }
    let (newest, _) = contract_account(&*store.snapshot()?, address)?;
    let result = match result {
        Some(result) => result,
        // The requested version is the newest one: nothing has to change, even if the diffs do not lead to it.
        None if newest.version == version => unchanged(&newest),
        None => match go_back(store, address, version) {
            Err(Error::Store(error)) if error.is_damage() => go_forward(store, address, version)?,
            result => result?,
        },
    };
    Ok(RolledBack { mended, ..result })
}

/// Reverses all changes since a version.
fn go_back(store: &dyn PageStore, address: &Address, version: Version) -> Result<RolledBack, Error> {
    let snapshot = store.snapshot()?;
    let moment = moment_of(&*snapshot, address, version)?;
    let changes = changes_back(&*snapshot, address, moment)?;
    // The diffs are right only if they lead to the recorded state root.
    let state = snapshot.account_at(address, moment)?.map(|(_, account)| account.state);
    let state = state.ok_or_else(|| Record::Account(*address).damaged(DecodeError::Missing))?;
    commit(store, snapshot, address, changes, state, Record::Diff(*address, moment.commit))
}

/// Rebuilds a version from the first one forward, and commits it as a change of the newest state.
fn go_forward(store: &dyn PageStore, address: &Address, version: Version) -> Result<RolledBack, Error> {
    let snapshot = store.snapshot()?;
    let (account, _) = contract_account(&*snapshot, address)?;
    let rebuilt = rebuild(&*snapshot, address, &account, version)?;
    let mut pages: Vec<_> = rebuilt.pages().map(|(page, ..)| page).chain(snapshot.stored_pages(address)?).collect();
    pages.sort_unstable();
    pages.dedup();
    let mut changes = Vec::new();
    let mut newest = [0; PAGE_SIZE];
    for page in pages {
        snapshot.read_page(address, page, &mut newest)?;
        let bytes = rebuilt.page(page);
        if newest != *bytes {
            changes.push((page, Box::new(*bytes)));
        }
    }
    let result = commit(store, snapshot, address, changes, rebuilt.root(), Record::Account(*address))?;
    Ok(RolledBack { from_first: true, ..result })
}

/// Rebuilds a version from the first one forward, and starts a new history of the contract with it.
fn start_new_history(
    store: &dyn PageStore,
    address: &Address,
    account: Account,
    version: Version,
    mended: Mended,
) -> Result<RolledBack, Error> {
    let snapshot = store.snapshot()?;
    let rebuilt = rebuild(&*snapshot, address, &account, version)?;
    let lost = Some(account.version);
    let number = CommitNumber(snapshot.head()?.0 + 1);
    let after = next(&account, rebuilt.root());
    let stored = rebuilt.pages().filter(|(_, _, bytes)| bytes.iter().any(|byte| *byte != 0));
    let mut pages: Vec<_> = stored.map(|(page, _, bytes)| (page, bytes)).collect();
    if pages.is_empty() {
        // Every version changes at least one page: this one sets a page to zeros.
        pages.push((PageIndex(0), &[0; PAGE_SIZE]));
    }
    let pages_changed = pages.len() as u32;
    let pages = pages.into_iter().map(|(page, bytes)| PageWrite { page, bytes }).collect();
    let tree = rebuilt.tree()?;
    let change = ContractChange { address: *address, before: account.state, after: after.state, pages, tree };
    let result =
        RolledBack { commit: Some(number), version: after.version, state: after.state, mended, from_first: true, lost };
    drop(snapshot);
    store.commit_new_history(&batch(number, account, after, change, pages_changed))?;
    Ok(result)
}

fn next(account: &Account, state: StateRoot) -> Account {
    Account { state, version: Version(account.version.0 + 1), ..account.clone() }
}

/// Rebuilds a version by applying all diffs from the first one forward.
fn rebuild(snapshot: &dyn Snapshot, address: &Address, account: &Account, version: Version) -> Result<Rebuild, Error> {
    let no_way = |reason| Error::from(StoreError::NoWayBack { address: *address, version, reason });
    let oldest = snapshot.mark(address)?.unwrap_or_default().version;
    if version > account.version {
        return Err(StoreError::NoVersion { address: *address, version, newest: account.version }.into());
    } else if oldest > Version(0) {
        return Err(no_way(format!("its history before version {oldest} was pruned, so nothing leads there")));
    }
    match Rebuild::up_to(*address, version, snapshot.head()?, |commit| snapshot.diff_at(address, commit)) {
        Ok(rebuilt) if rebuilt.version() == version => Ok(rebuilt),
        Ok(rebuilt) => Err(no_way(format!("its diffs lead to version {} only", rebuilt.version()))),
        Err(damage) if damage.is_damage() => Err(no_way(format!("its diffs do not lead there: {damage}"))),
        Err(error) => Err(error.into()),
    }
}

/// The new bytes of a page that a rollback changes.
type PageChange = (PageIndex, Box<PageBytes>);

/// Returns the changes that restore a contract's storage to what it was at `moment`.
fn changes_back(snapshot: &dyn Snapshot, address: &Address, moment: Moment) -> Result<Vec<PageChange>, Error> {
    let mut changes = Vec::new();
    let (mut newest, mut bytes) = ([0; PAGE_SIZE], Box::new([0; PAGE_SIZE]));
    for page in changed_since(snapshot, address, moment)? {
        snapshot.read_page(address, page, &mut newest)?;
        snapshot.read_page_at(address, page, moment.commit, &mut bytes)?;
        if newest != *bytes {
            changes.push((page, bytes.clone()));
        }
    }
    Ok(changes)
}

/// Commits changes that must lead to a state root. If they lead to another, the record `suspect` is damaged.
fn commit(
    store: &dyn PageStore,
    snapshot: Box<dyn Snapshot>,
    address: &Address,
    changes: Vec<PageChange>,
    state: StateRoot,
    suspect: Record,
) -> Result<RolledBack, Error> {
    let (account, _) = contract_account(&*snapshot, address)?;
    if changes.is_empty() {
        return Ok(unchanged(&account));
    }
    let pages: Vec<_> = changes.iter().map(|(page, bytes)| PageWrite { page: *page, bytes }).collect();
    let (root, tree) = snapshot.state_after(address, &pages)?;
    if root != state {
        return Err(suspect.damaged(DecodeError::Hash).into());
    }
    let number = CommitNumber(snapshot.head()?.0 + 1);
    let after = next(&account, state);
    let version = after.version;
    let change = ContractChange { address: *address, before: account.state, after: state, pages, tree };
    drop(snapshot);
    store.commit(&batch(number, account, after, change, changes.len() as u32))?;
    Ok(RolledBack { commit: Some(number), version, state, ..unchanged(&Account::default()) })
}

/// Returns the result of a rollback that changes nothing.
fn unchanged(account: &Account) -> RolledBack {
    let (version, state) = (account.version, account.state);
    RolledBack { commit: None, version, state, mended: Mended::default(), from_first: false, lost: None }
}

fn batch(
    commit: CommitNumber,
    account: Account,
    after: Account,
    change: ContractChange<'_>,
    pages_changed: u32,
) -> Batch<'_> {
    let contract = TouchedContract {
        address: change.address,
        state_before: Some(account.state),
        state_after: Some(after.state),
        version: after.version,
        pages_changed,
    };
    let receipt = Receipt {
        status: Status::Returned,
        commit: Some(commit),
        results: Vec::new(),
        output: Vec::new(),
        gas_used: Gas(0),
        contracts: vec![contract],
        events: Vec::new(),
        logs: Vec::new(),
    };
    Batch {
        commit: Some(commit),
        accounts: vec![(change.address, Some(account), after)],
        contracts: vec![change],
        receipt: Some(encode_receipt(&receipt)),
        ..Batch::default()
    }
}
