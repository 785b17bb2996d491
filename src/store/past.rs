//! Snapshots of moments before the newest.
//!
//! ```text
//! PastSnapshot ── accounts, code, receipts    those recorded at the moment
//!              ├─ a page                      the newest content, with the page's diffs since the moment undone
//!              └─ stored pages, tree          the newest ones, corrected by the pages that changed since the moment, which
//!                                             are read and hashed once for each contract
//! ```
//! Reading a page neither allocates nor locks, as in a snapshot of the newest moment.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::codec::DecodeError;
use super::hash::{ZERO_PAGE, page_hash};
use super::{Account, DiffRecord, Mark, Moment, Record, Snapshot, StoreError, TreeUpdate};
use crate::units::{Address, CodeHash, CommitNumber, PageBytes, PageHash, PageIndex, Version};

/// The world at an earlier moment.
#[derive(Debug)]
pub struct PastSnapshot {
    newest: Box<dyn Snapshot>,
    moment: Moment,
    /// The differences of each contract that was asked for.
    changed: RefCell<BTreeMap<Address, Arc<Changed>>>,
}

/// The differences between a contract at the moment and its newest state.
#[derive(Debug)]
struct Changed {
    /// The pages that changed since, and whether each is stored at the moment.
    pages: BTreeMap<PageIndex, bool>,
    tree: TreeUpdate,
}

impl PastSnapshot {
    /// Creates a snapshot of `moment`. Returns [`StoreError::NoMoment`] if it is later than that of `newest`.
    pub fn new(newest: Box<dyn Snapshot>, moment: Moment) -> Result<Self, StoreError> {
        let head = newest.moment()?;
        if moment > head {
            return Err(StoreError::NoMoment { moment, head });
        }
        Ok(Self { newest, moment, changed: RefCell::default() })
    }

    fn changed(&self, address: &Address) -> Result<Arc<Changed>, StoreError> {
        if let Some(changed) = self.changed.borrow().get(address) {
            return Ok(changed.clone());
        }
        let state = self.account(address)?.unwrap_or_default().state;
        let mut pages = BTreeMap::new();
        let mut leaves: Vec<(PageIndex, PageHash)> = Vec::new();
        let mut bytes = ZERO_PAGE;
        for page in changed_since(&*self.newest, address, self.moment)? {
            let stored = self.read_page(address, page, &mut bytes)?;
            pages.insert(page, stored);
            leaves.push((page, page_hash(address, page, &bytes)));
        }
        let tree = self.newest.tree_after(address, TreeUpdate::default(), &leaves)?;
        if tree.root() != state {
            return Err(Record::Account(*address).damaged(DecodeError::Hash));
        }
        let changed = Arc::new(Changed { pages, tree });
        self.changed.borrow_mut().insert(*address, changed.clone());
        Ok(changed)
    }
}

/// Returns the pages of a contract that were changed by any commit after `moment`, even if their bytes are equal again.
pub fn changed_since(
    snapshot: &dyn Snapshot,
    address: &Address,
    moment: Moment,
) -> Result<BTreeSet<PageIndex>, StoreError> {
    let mut pages = BTreeSet::new();
    let mut at = Some(snapshot.moment()?);
    while let Some(upto) = at
        && let Some((made, _)) = snapshot.account_at(address, upto)?.filter(|(made, _)| *made > moment)
    {
        if let Some(diff) = snapshot.diff_at(address, made.commit)?.filter(|_| made.step == 0) {
            pages.extend(diff.pages.iter().map(|change| change.page));
        }
        at = made.preceding();
    }
    Ok(pages)
}

/// Finds the moment that made a version of a contract, by bisection.
pub fn moment_of(snapshot: &dyn Snapshot, address: &Address, version: Version) -> Result<Moment, StoreError> {
    let newest = snapshot.account(address)?.unwrap_or_default();
    if newest.code.is_none() || version > newest.version {
        return Err(StoreError::NoVersion { address: *address, version, newest: newest.version });
    }
    let mark = snapshot.mark(address)?.unwrap_or_default();
    if version < mark.version {
        return Err(StoreError::Pruned { address: *address, kept: mark.version });
    }
    // The moment that made the account of `moment`, if that account has the version or a later one.
    let reached = |moment| match snapshot.account_at(address, moment) {
        Ok(found) => {
            let has = |account: &Account| account.code.is_some() && account.version >= version;
            Ok(found.filter(|(_, account)| has(account)).map(|(made, _)| made))
        }
        Err(StoreError::Pruned { .. }) => Ok(None),
        Err(error) => Err(error),
    };
    let missing = || Record::Account(*address).damaged(DecodeError::Missing);
    let mut first = reached(snapshot.moment()?)?.ok_or_else(missing)?;
    let mut low = mark.moment.commit.0;
    while low < first.commit.0 {
        let middle = low + (first.commit.0 - low) / 2;
        match reached(Moment::end_of(CommitNumber(middle)))? {
            Some(made) => first = made,
            None => low = middle + 1,
        }
    }
    let mut low = 0;
    while low < first.step {
        let middle = low + (first.step - low) / 2;
        match reached(Moment { step: middle, ..first })? {
            Some(made) => first = made,
            None => low = middle + 1,
        }
    }
    Ok(first)
}

/// Finds the commit of a block, by bisection.
pub fn commit_of_block(snapshot: &dyn Snapshot, block: u64) -> Result<Option<CommitNumber>, StoreError> {
    let head = snapshot.head()?;
    let (mut low, mut high) = (1, head.0.saturating_add(1));
    while low < high {
        let middle = low + (high - low) / 2;
        if snapshot.last_block(CommitNumber(middle))? >= Some(block) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    let commit = CommitNumber(low);
    let is_found = commit <= head && snapshot.last_block(commit)? == Some(block);
    Ok(is_found.then_some(commit))
}

/// Implements [`Snapshot::diff`].
pub(super) fn diff_of(
    snapshot: &dyn Snapshot,
    address: &Address,
    version: Version,
) -> Result<Option<DiffRecord>, StoreError> {
    if version == Version(0) {
        return Ok(None);
    }
    match moment_of(snapshot, address, version) {
        Ok(moment) => {
            let diff = snapshot.diff_at(address, moment.commit)?;
            // The diff that leads to the history start was pruned.
            if diff.is_none() && version > snapshot.mark(address)?.unwrap_or_default().version {
                return Err(Record::Diff(*address, moment.commit).damaged(DecodeError::Missing));
            }
            Ok(diff)
        }
        Err(StoreError::NoVersion { .. } | StoreError::Pruned { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

impl Snapshot for PastSnapshot {
    fn moment(&self) -> Result<Moment, StoreError> {
        Ok(self.moment)
    }

    fn is_past(&self) -> bool {
        true
    }

    fn account(&self, address: &Address) -> Result<Option<Account>, StoreError> {
        Ok(self.newest.account_at(address, self.moment)?.map(|(_, account)| account))
    }

    fn addresses(&self) -> Result<Vec<Address>, StoreError> {
        let mut addresses = Vec::new();
        for address in self.newest.addresses()? {
            addresses.extend(self.account(&address)?.map(|_| address));
        }
        Ok(addresses)
    }

    fn account_at(&self, address: &Address, moment: Moment) -> Result<Option<(Moment, Account)>, StoreError> {
        self.newest.account_at(address, moment.min(self.moment))
    }

    fn mark(&self, address: &Address) -> Result<Option<Mark>, StoreError> {
        self.newest.mark(address)
    }

    fn code(&self, hash: &CodeHash) -> Result<Option<Vec<u8>>, StoreError> {
        self.newest.code(hash)
    }

    fn read_page(&self, address: &Address, page: PageIndex, into: &mut PageBytes) -> Result<bool, StoreError> {
        self.newest.read_page_at(address, page, self.moment.commit, into)
    }

    fn read_page_at(
        &self,
        address: &Address,
        page: PageIndex,
        commit: CommitNumber,
        into: &mut PageBytes,
    ) -> Result<bool, StoreError> {
        self.newest.read_page_at(address, page, commit.min(self.moment.commit), into)
    }

    fn stored_pages(&self, address: &Address) -> Result<Vec<PageIndex>, StoreError> {
        let changed = self.changed(address)?;
        let mut pages = self.newest.stored_pages(address)?;
        pages.retain(|page| !changed.pages.contains_key(page));
        pages.extend(changed.pages.iter().filter(|(_, stored)| **stored).map(|(page, _)| *page));
        pages.sort_unstable();
        Ok(pages)
    }

    fn tree_after(
        &self,
        address: &Address,
        over: TreeUpdate,
        leaves: &[(PageIndex, PageHash)],
    ) -> Result<TreeUpdate, StoreError> {
        // Changes over this moment already include the blocks that differ from the newest moment.
        let over = if over.is_empty() { self.changed(address)?.tree.clone() } else { over };
        self.newest.tree_after(address, over, leaves)
    }

    fn receipt(&self, commit: CommitNumber) -> Result<Option<Vec<u8>>, StoreError> {
        if commit > self.moment.commit { Ok(None) } else { self.newest.receipt(commit) }
    }

    fn last_block(&self, commit: CommitNumber) -> Result<Option<u64>, StoreError> {
        self.newest.last_block(commit.min(self.moment.commit))
    }

    fn diff_at(&self, address: &Address, commit: CommitNumber) -> Result<Option<DiffRecord>, StoreError> {
        if commit > self.moment.commit { Ok(None) } else { self.newest.diff_at(address, commit) }
    }

    fn diff(&self, address: &Address, version: Version) -> Result<Option<DiffRecord>, StoreError> {
        let visible = self.account(address)?.is_some_and(|account| version <= account.version);
        if visible { self.newest.diff(address, version) } else { Ok(None) }
    }
}
