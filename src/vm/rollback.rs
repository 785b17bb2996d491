//! Bringing back an old version of a contract, also where damage is in the way.
//!
//! ```text
//! 1. the pages that changed since, back through their diffs      ── nothing is damaged, or nothing that this comes to
//! 2. what is damaged is written anew, as far as it follows from something else; then 1
//! 3. the version forward from the first one, as a change of the newest        ── a diff on the way back is damaged
//! 4. the same, with nothing else left of the contract                         ── the newest state is not known
//! ```
//! Whichever it is, the state is that which was recorded of the version.

use super::error::Error;
use crate::receipt::{Receipt, Status, TouchedContract, encode_receipt};
use crate::store::hash::page_hash;
use crate::store::{
    Account, Batch, ContractChange, DecodeError, Mended, Moment, PageStore, PageWrite, Rebuild, Record, Run, Snapshot,
    StoreError, TreeUpdate, changed_since, moment_of, runs_between,
};
use crate::transaction::contract_account;
use crate::units::{Address, CommitNumber, Gas, PAGE_SIZE, PageBytes, PageIndex, StateRoot, Version};

/// Where a contract is after it was rolled back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RolledBack {
    /// The commit; nothing if there was nothing to change.
    pub commit: Option<CommitNumber>,
    /// Its newest version.
    pub version: Version,
    /// The state of it, which is that of the version asked for.
    pub state: StateRoot,
    /// What was damaged and was written anew.
    pub mended: Mended,
    /// Whether a diff on the way back is damaged, so that the version was put together from the first one on.
    pub from_first: bool,
    /// The newest version that can no longer be read, nor can those before it; nothing if all can that could before.
    pub lost: Option<Version>,
}

impl RolledBack {
    /// Whether damage was in the way.
    pub fn went_round_damage(&self) -> bool {
        self.from_first || !self.mended.is_nothing()
    }

    /// What is lost by damage, in words.
    pub fn losses(&self) -> Vec<String> {
        let versions = self.lost.map(|version| format!("the history of the contract up to version {version}"));
        let money = self.mended.money_of.map(|moment| format!("its balance and nonce: they are those of {moment}"));
        let receipts = self.mended.records.iter().filter_map(|record| match record {
            // Deployments and fundings have none.
            Record::Log(moment) if moment.step == 0 => Some(format!("the receipt of {moment}")),
            _ => None,
        });
        versions.into_iter().chain(money).chain(receipts).collect()
    }
}

/// See [`Vm::rollback`](super::Vm::rollback).
pub(crate) fn roll_back(store: &dyn PageStore, address: &Address, version: Version) -> Result<RolledBack, Error> {
    let _writer = store.writer()?;
    let rolled = match back(store, address, version) {
        Ok(rolled) if rolled.commit.is_some() => return Ok(rolled),
        Ok(rolled) => Some(rolled),
        Err(Error::Store(error)) if error.is_damage() => None,
        Err(error) => return Err(error),
    };
    let mended = store.mend(address)?;
    if let Some(account) = mended.unsound.clone() {
        return afresh(store, address, (account, version), mended);
    }
    let (newest, _) = contract_account(&*store.snapshot()?, address)?;
    let rolled = match rolled {
        Some(rolled) => rolled,
        // It may be that nothing leads there from anywhere else.
        None if newest.version == version => nothing_changed(&newest),
        None => match back(store, address, version) {
            Err(Error::Store(error)) if error.is_damage() => forward(store, address, version)?,
            rolled => rolled?,
        },
    };
    Ok(RolledBack { mended, ..rolled })
}

/// Takes back what was done since.
fn back(store: &dyn PageStore, address: &Address, version: Version) -> Result<RolledBack, Error> {
    let snapshot = store.snapshot()?;
    let moment = moment_of(&*snapshot, address, version)?;
    let changes = changes_back(&*snapshot, address, moment)?;
    // The diffs that lead back are right only if they lead to the state that was recorded.
    let state = snapshot.account_at(address, moment)?.map(|(_, then)| then.state);
    let state = state.ok_or_else(|| Record::Account(*address).damaged(DecodeError::Missing))?;
    commit(store, snapshot, address, changes, state, Record::Diff(*address, moment.commit))
}

/// Changes the newest state, which is known, to one that the diffs lead to from the first version on.
fn forward(store: &dyn PageStore, address: &Address, version: Version) -> Result<RolledBack, Error> {
    let snapshot = store.snapshot()?;
    let (account, _) = contract_account(&*snapshot, address)?;
    let rebuilt = rebuild(&*snapshot, address, (&account, version))?;
    let mut pages: Vec<_> = rebuilt.pages().map(|(page, ..)| page).chain(snapshot.stored_pages(address)?).collect();
    pages.sort_unstable();
    pages.dedup();
    let mut changes = Vec::new();
    let mut now = [0; PAGE_SIZE];
    for page in pages {
        snapshot.read_page(address, page, &mut now)?;
        let then = rebuilt.page(page);
        let runs = runs_between(&now, then);
        if !runs.is_empty() {
            changes.push((page, Box::new(*then), runs));
        }
    }
    let rolled = commit(store, snapshot, address, changes, rebuilt.root(), Record::Account(*address))?;
    Ok(RolledBack { from_first: true, ..rolled })
}

/// Begins the contract anew with one of its versions.
fn afresh(
    store: &dyn PageStore,
    address: &Address,
    (account, version): (Account, Version),
    mended: Mended,
) -> Result<RolledBack, Error> {
    let snapshot = store.snapshot()?;
    let rebuilt = rebuild(&*snapshot, address, (&account, version))?;
    let lost = Some(account.version);
    let number = CommitNumber(snapshot.head()?.0 + 1);
    let after = next(&account, rebuilt.root());
    let stored = rebuilt.pages().filter(|(_, _, bytes)| bytes.iter().any(|byte| *byte != 0));
    let mut pages: Vec<_> = stored.map(|(page, _, bytes)| (page, bytes)).collect();
    if pages.is_empty() {
        // A version changes something: here a page to zeros.
        pages.push((PageIndex(0), &[0; PAGE_SIZE]));
    }
    // How the pages differ from before is not known, and not kept.
    let runs = || vec![Run { offset: 0, xor: vec![1] }];
    let pages_changed = pages.len() as u32;
    let pages = pages.into_iter().map(|(page, bytes)| PageWrite { page, bytes, runs: runs() }).collect();
    let tree = rebuilt.tree()?;
    let change = ContractChange { address: *address, before: account.state, after: after.state, pages, tree };
    let rolled =
        RolledBack { commit: Some(number), version: after.version, state: after.state, mended, from_first: true, lost };
    drop(snapshot);
    store.commit_afresh(&batch(number, account, after, change, pages_changed))?;
    Ok(rolled)
}

fn next(account: &Account, state: StateRoot) -> Account {
    Account { state, version: Version(account.version.0 + 1), ..account.clone() }
}

/// A version as the diffs make it.
fn rebuild(
    snapshot: &dyn Snapshot,
    address: &Address,
    (account, version): (&Account, Version),
) -> Result<Rebuild, Error> {
    let no_way = |reason| Error::from(StoreError::NoWayBack { address: *address, version, reason });
    let kept = snapshot.mark(address)?.unwrap_or_default().version;
    if version > account.version {
        return Err(StoreError::NoVersion { address: *address, version, newest: account.version }.into());
    } else if kept > Version(0) {
        return Err(no_way(format!("its history before version {kept} was pruned, so nothing leads there")));
    }
    match Rebuild::up_to(*address, version, snapshot.head()?, |commit| snapshot.diff_at(address, commit)) {
        Ok(rebuilt) if rebuilt.version() == version => Ok(rebuilt),
        Ok(rebuilt) => Err(no_way(format!("its diffs lead to version {} only", rebuilt.version()))),
        Err(damage) if damage.is_damage() => Err(no_way(format!("its diffs do not lead there: {damage}"))),
        Err(error) => Err(error.into()),
    }
}

/// A page that is to be as it was, with its bytes then and how they differ.
type ChangeBack = (PageIndex, Box<PageBytes>, Vec<Run>);

/// What has to change for the storage of a contract to be as it was.
fn changes_back(snapshot: &dyn Snapshot, address: &Address, moment: Moment) -> Result<Vec<ChangeBack>, Error> {
    let mut changes = Vec::new();
    let (mut now, mut then) = ([0; PAGE_SIZE], Box::new([0; PAGE_SIZE]));
    for page in changed_since(snapshot, address, moment)? {
        snapshot.read_page(address, page, &mut now)?;
        snapshot.read_page_at(address, page, moment.commit, &mut then)?;
        let runs = runs_between(&now, &then);
        if !runs.is_empty() {
            changes.push((page, then.clone(), runs));
        }
    }
    Ok(changes)
}

/// Commits changes that should lead to a state; `suspect` is what is damaged if they do not.
fn commit(
    store: &dyn PageStore,
    snapshot: Box<dyn Snapshot>,
    address: &Address,
    changes: Vec<ChangeBack>,
    state: StateRoot,
    suspect: Record,
) -> Result<RolledBack, Error> {
    let (account, _) = contract_account(&*snapshot, address)?;
    if changes.is_empty() {
        return Ok(nothing_changed(&account));
    }
    let leaf = |(page, bytes, _): &ChangeBack| (*page, page_hash(address, *page, bytes));
    let leaves: Vec<_> = changes.iter().map(leaf).collect();
    let tree = snapshot.tree_after(address, TreeUpdate::default(), &leaves)?;
    if tree.root() != state {
        return Err(suspect.damaged(DecodeError::Hash).into());
    }
    let number = CommitNumber(snapshot.head()?.0 + 1);
    let after = next(&account, state);
    let version = after.version;
    let pages = changes.iter().map(|(page, bytes, runs)| PageWrite { page: *page, bytes, runs: runs.clone() });
    let change =
        ContractChange { address: *address, before: account.state, after: state, pages: pages.collect(), tree };
    drop(snapshot);
    store.commit(&batch(number, account, after, change, changes.len() as u32))?;
    Ok(RolledBack { commit: Some(number), version, state, ..nothing_changed(&Account::default()) })
}

/// Where a contract is that stays as it is.
fn nothing_changed(account: &Account) -> RolledBack {
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
