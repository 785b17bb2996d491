//! The past of contracts: read, compared, run on, brought back, forgotten.

use super::error::Error;
use super::receipt::{Receipt, Status, TouchedContract};
use super::receipt_record;
use super::shared::contract_account;
use super::vm::Vm;
use crate::store::hash::page_hash;
use crate::store::{
    Account, Batch, ContractChange, DecodeError, Moment, PageWrite, Record, Run, Snapshot, StoreError, TreeUpdate,
    changed_since, moment_of, runs_between,
};
use crate::units::{Address, CommitNumber, Gas, PAGE_SIZE, PageBytes, PageIndex, StateRoot, Version};

/// A version of a contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionEntry {
    /// Which.
    pub version: Version,
    /// The moment that made it.
    pub moment: Moment,
    /// Its state.
    pub state: StateRoot,
    /// Pages that it changed; nothing for the oldest version that is kept, if those before it were pruned.
    pub pages_changed: Option<u32>,
}

/// How a page of one version differs from that of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageDifference {
    /// Which page.
    pub page: PageIndex,
    /// The bytes that differ, ascending. Bytes that are equal may be among them where runs are close.
    pub runs: Vec<ByteDifference>,
}

/// Bytes of a page in two versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ByteDifference {
    /// Where in the page.
    pub offset: u16,
    /// In the first version.
    pub old: Vec<u8>,
    /// In the second one, as many.
    pub new: Vec<u8>,
}

/// Where a contract is after it was rolled back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RolledBack {
    /// The commit; nothing if there was nothing to change.
    pub commit: Option<CommitNumber>,
    /// Its newest version.
    pub version: Version,
    /// The state of it, which is that of the version asked for.
    pub state: StateRoot,
}

impl Vm {
    /// The versions of a contract that are kept, the oldest first.
    pub fn history(&self, address: &Address) -> Result<Vec<VersionEntry>, Error> {
        let snapshot = self.shared.store.snapshot()?;
        contract_account(&*snapshot, address)?;
        let oldest = snapshot.mark(address)?.unwrap_or_default().version;
        let first = moment_of(&*snapshot, address, oldest)?;
        let mut versions = Vec::new();
        let mut at = Some(snapshot.moment()?);
        while let Some(upto) = at.filter(|upto| *upto > first)
            && let Some((moment, _)) = snapshot.account_at(address, upto)?.filter(|(moment, _)| *moment > first)
        {
            if let Some(diff) = snapshot.diff_at(address, moment.commit)?.filter(|_| moment.step == 0) {
                let pages_changed = Some(diff.pages.len() as u32);
                versions.push(VersionEntry { version: diff.version, moment, state: diff.after, pages_changed });
            }
            at = moment.preceding();
        }
        let state = snapshot.account_at(address, first)?.map_or(StateRoot::ZERO, |(_, account)| account.state);
        let pages_changed = (oldest == Version(0)).then_some(0);
        versions.push(VersionEntry { version: oldest, moment: first, state, pages_changed });
        versions.reverse();
        Ok(versions)
    }

    /// How the storage of a contract differs between two versions, in either order, page by page.
    pub fn diff(&self, address: &Address, from: Version, to: Version) -> Result<Vec<PageDifference>, Error> {
        let (earlier, later) = (from.min(to), from.max(to));
        let snapshot = self.snapshot_at(address, later)?;
        let moment = moment_of(&snapshot, address, earlier)?;
        let mut differences = Vec::new();
        let (mut old, mut new) = ([0; PAGE_SIZE], [0; PAGE_SIZE]);
        for page in changed_since(&snapshot, address, moment)? {
            snapshot.read_page_at(address, page, moment.commit, &mut old)?;
            snapshot.read_page(address, page, &mut new)?;
            let (first, second) = if from <= to { (&old, &new) } else { (&new, &old) };
            let runs: Vec<_> = runs_between(first, second).iter().map(|run| bytes_of(run, first, second)).collect();
            differences.extend((!runs.is_empty()).then_some(PageDifference { page, runs }));
        }
        Ok(differences)
    }

    /// Makes a new version of a contract with the storage of an old one. What came between stays in its history, and
    /// balances, events and other contracts stay as they are.
    pub fn rollback(&self, address: &Address, version: Version) -> Result<RolledBack, Error> {
        let _writer = self.shared.store.writer()?;
        let snapshot = self.shared.store.snapshot()?;
        let (account, _) = contract_account(&*snapshot, address)?;
        let moment = moment_of(&*snapshot, address, version)?;
        let changes = changes_back(&*snapshot, address, moment)?;
        if changes.is_empty() {
            return Ok(RolledBack { commit: None, version: account.version, state: account.state });
        }
        let leaf = |(page, bytes, _): &ChangeBack| (*page, page_hash(address, *page, bytes));
        let leaves: Vec<_> = changes.iter().map(leaf).collect();
        let tree = snapshot.tree_after(address, TreeUpdate::default(), &leaves)?;
        let state = tree.root();
        // The diffs that lead back are right only if they lead to the state that was recorded.
        if snapshot.account_at(address, moment)?.is_none_or(|(_, then)| then.state != state) {
            let (record, problem) = (Record::Diff(*address, moment.commit), DecodeError::Hash);
            return Err(StoreError::Damaged { record, problem }.into());
        }
        let commit = CommitNumber(snapshot.head()?.0 + 1);
        let after = Account { state, version: Version(account.version.0 + 1), ..account.clone() };
        let version = after.version;
        let receipt = receipt_of_rollback(*address, commit, &account, &after, changes.len() as u32);
        let pages = changes.iter().map(|(page, bytes, runs)| PageWrite { page: *page, bytes, runs: runs.clone() });
        let change =
            ContractChange { address: *address, before: account.state, after: state, pages: pages.collect(), tree };
        drop(snapshot);
        self.shared.store.commit(&Batch {
            commit: Some(commit),
            accounts: vec![(*address, Some(account), after)],
            contracts: vec![change],
            receipt: Some(receipt_record::encode(&receipt)),
            ..Batch::default()
        })?;
        Ok(RolledBack { commit: Some(commit), version, state })
    }

    /// Forgets how a contract came to a version: from then on it is the oldest that can be read. The space is used again.
    /// Returns the oldest version that is kept, which is a later one if more had been pruned already.
    pub fn prune(&self, address: &Address, before: Version) -> Result<VersionEntry, Error> {
        let _writer = self.shared.store.writer()?;
        contract_account(&*self.shared.store.snapshot()?, address)?;
        self.shared.store.prune(address, before)?;
        let snapshot = self.shared.store.snapshot()?;
        let mark = snapshot.mark(address)?.unwrap_or_default();
        let moment = moment_of(&*snapshot, address, mark.version)?;
        let state = snapshot.account_at(address, moment)?.map_or(StateRoot::ZERO, |(_, account)| account.state);
        Ok(VersionEntry { version: mark.version, moment, state, pages_changed: None })
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

fn bytes_of(run: &Run, first: &PageBytes, second: &PageBytes) -> ByteDifference {
    let range = usize::from(run.offset)..usize::from(run.offset) + run.xor.len();
    ByteDifference { offset: run.offset, old: first[range.clone()].to_vec(), new: second[range].to_vec() }
}

fn receipt_of_rollback(
    address: Address,
    commit: CommitNumber,
    before: &Account,
    after: &Account,
    pages_changed: u32,
) -> Receipt {
    let contract = TouchedContract {
        address,
        state_before: before.state,
        state_after: Some(after.state),
        version: after.version,
        pages_read: None,
        pages_written: None,
        pages_changed,
    };
    Receipt {
        status: Status::Returned,
        commit: Some(commit),
        results: Vec::new(),
        output: Vec::new(),
        gas_used: Gas(0),
        contracts: vec![contract],
        events: Vec::new(),
        logs: Vec::new(),
    }
}
