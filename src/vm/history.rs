//! The history of contracts: list versions, compare them, roll back to them, prune them.

use super::error::Error;
use super::handle::Vm;
use super::rollback::{RolledBack, roll_back};
use super::view::At;
use crate::store::{Moment, Run, Snapshot, changed_since, moment_of, runs_between};
use crate::transaction::contract_account;
#[cfg(feature = "serde")]
use crate::units::serial;
use crate::units::{Address, PAGE_SIZE, PageBytes, PageIndex, StateRoot, Version};

/// A version of a contract.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct VersionEntry {
    /// The number of the version.
    pub version: Version,
    /// The moment that made it.
    #[cfg_attr(feature = "serde", serde(rename = "commit", serialize_with = "commit_of"))]
    pub moment: Moment,
    /// Its state root.
    pub state: StateRoot,
    /// Number of pages that it changed; `None` for the oldest version if those before it were pruned.
    pub pages_changed: Option<u32>,
}

/// Writes the commit of a moment; null for a deployment, which is not a commit.
#[cfg(feature = "serde")]
fn commit_of<S: serde::Serializer>(moment: &Moment, serializer: S) -> Result<S::Ok, S::Error> {
    serde::Serialize::serialize(&(moment.step == 0).then_some(moment.commit), serializer)
}

/// The difference of a page between two versions.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct PageDifference {
    /// The page.
    #[cfg_attr(feature = "serde", serde(rename = "index"))]
    pub page: PageIndex,
    /// The byte runs that differ, in ascending order. Close runs are joined, so a run may contain equal bytes.
    pub runs: Vec<ByteDifference>,
}

/// The bytes of a byte run in two versions.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct ByteDifference {
    /// The offset in the page.
    pub offset: u16,
    /// The bytes in the first version.
    #[cfg_attr(feature = "serde", serde(with = "serial::hex"))]
    pub old: Vec<u8>,
    /// The bytes in the second version, of the same length.
    #[cfg_attr(feature = "serde", serde(with = "serial::hex"))]
    pub new: Vec<u8>,
}

impl Vm {
    /// Returns the versions of a contract that can be read, the oldest first.
    ///
    /// # Errors
    /// Returns an error if there is no contract at the address or the store fails.
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

    /// Returns the differences in the storage of a contract between two versions, page by page. The versions may be in any order.
    ///
    /// # Errors
    /// Returns an error if there is no contract at the address, a version does not exist or was pruned, or the store fails.
    pub fn diff(&self, address: &Address, from: Version, to: Version) -> Result<Vec<PageDifference>, Error> {
        let (earlier, later) = (from.min(to), from.max(to));
        let snapshot = self.past(At::Version(*address, later))?;
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

    /// Makes a new version of a contract with the storage of an old one. The versions between stay in the history. Balances,
    /// events and other contracts do not change.
    ///
    /// If damaged records are in the way, those that follow from other records are repaired first: see [`RolledBack::mended`].
    ///
    /// # Errors
    /// Returns an error if there is no contract at the address, the version does not exist or cannot be restored, or the store
    /// fails.
    pub fn rollback(&self, address: &Address, version: Version) -> Result<RolledBack, Error> {
        roll_back(&*self.shared.store, address, version)
    }

    /// Deletes the history of a contract before a version, which becomes the oldest version that can be read. The store uses the
    /// space again. Returns the oldest version, which is a later one if more was pruned before.
    ///
    /// # Errors
    /// Returns an error if there is no contract at the address, the version does not exist, or the store fails.
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

fn bytes_of(run: &Run, first: &PageBytes, second: &PageBytes) -> ByteDifference {
    let range = usize::from(run.offset)..usize::from(run.offset) + run.xor.len();
    ByteDifference { offset: run.offset, old: first[range.clone()].to_vec(), new: second[range].to_vec() }
}
