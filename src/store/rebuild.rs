//! Rebuilds a contract's state from its diffs alone, from the first version on, for contracts whose pages are damaged. The
//! check of a store determines the newest sound version with it, and a rollback restores that version.

use std::collections::BTreeMap;

use super::codec::DecodeError;
use super::hash::{self, ZERO_PAGE};
use super::tree::{self, Block, BlockId, BlockReader, Leaf, NoBlocks};
use super::{DiffRecord, Record, StoreError, TreeUpdate, apply};
use crate::units::{Address, CommitNumber, PageBytes, PageIndex, StateRoot, Version};

/// A contract's state after the diffs that were applied so far. It keeps all pages in memory.
#[derive(Debug)]
pub(crate) struct Rebuild {
    address: Address,
    /// Every page that was ever changed, even if it is zero now, with the commit that last changed it.
    pages: BTreeMap<PageIndex, (CommitNumber, Box<PageBytes>)>,
    blocks: BTreeMap<BlockId, Block>,
    depth: u32,
    root: StateRoot,
    version: Version,
}

impl Rebuild {
    /// Returns the state right after deployment.
    pub(crate) fn new(address: Address) -> Self {
        let (pages, blocks) = (BTreeMap::new(), BTreeMap::new());
        Self { address, pages, blocks, depth: 0, root: StateRoot::ZERO, version: Version(0) }
    }

    /// Applies the diffs of the commits 1 to `last`, in order, until `version` is reached. `diff` returns the contract's diff of a
    /// commit, or `None` if the commit did not change it.
    pub(crate) fn up_to(
        address: Address,
        version: Version,
        last: CommitNumber,
        mut diff: impl FnMut(CommitNumber) -> Result<Option<DiffRecord>, StoreError>,
    ) -> Result<Self, StoreError> {
        let mut rebuild = Self::new(address);
        for commit in (1..=last.0).map(CommitNumber) {
            if rebuild.version >= version {
                break;
            }
            if let Some(diff) = diff(commit)?
                && !rebuild.apply(&diff)
            {
                return Err(Record::Diff(address, commit).damaged(DecodeError::Hash));
            }
        }
        Ok(rebuild)
    }

    /// Returns the version that was reached.
    pub(crate) fn version(&self) -> Version {
        self.version
    }

    /// Returns the state root of that version.
    pub(crate) fn root(&self) -> StateRoot {
        self.root
    }

    /// Returns every page that was ever changed, even if it is zero now, with the commit that last changed it.
    pub(crate) fn pages(&self) -> impl Iterator<Item = (PageIndex, CommitNumber, &PageBytes)> {
        self.pages.iter().map(|(page, (last, bytes))| (*page, *last, &**bytes))
    }

    /// Returns a page, which is zero if it was never changed.
    pub(crate) fn page(&self, page: PageIndex) -> &PageBytes {
        self.pages.get(&page).map_or(&ZERO_PAGE, |(_, bytes)| bytes)
    }

    /// Computes the whole tree.
    pub(crate) fn tree(&self) -> Result<TreeUpdate, StoreError> {
        let stored = self.pages().filter(|(_, _, bytes)| **bytes != ZERO_PAGE);
        let leaf = |(page, _, bytes): (PageIndex, _, &PageBytes)| {
            Leaf::page(page.0, hash::page_hash(&self.address, page, bytes).0)
        };
        tree::update(&NoBlocks, TreeUpdate::default(), stored.map(leaf).collect())
    }

    /// Applies the diff of the next version. Returns whether it led to the state root that it names. After `false` the state is
    /// unusable.
    pub(crate) fn apply(&mut self, diff: &DiffRecord) -> bool {
        if diff.version.0 != self.version.0 + 1 || diff.before != self.root {
            return false;
        }
        let mut leaves = Vec::new();
        for change in &diff.pages {
            let (last, page) = self.pages.entry(change.page).or_insert_with(|| (diff.commit, Box::new(ZERO_PAGE)));
            *last = diff.commit;
            if apply(&change.runs, page).is_err() {
                return false;
            }
            leaves.push(Leaf::page(change.page.0, hash::page_hash(&self.address, change.page, page).0));
        }
        let Ok(update) = tree::update(self, TreeUpdate::default(), leaves) else { return false };
        let root = update.root();
        if root != diff.after {
            return false;
        }
        for block in update.blocks() {
            if block.is_empty() {
                self.blocks.remove(&block.id);
            } else {
                self.blocks.insert(block.id, block.clone());
            }
        }
        (self.root, self.depth, self.version) = (root, update.depth(), diff.version);
        true
    }
}

impl BlockReader for Rebuild {
    fn depth(&self) -> u32 {
        self.depth
    }

    fn read_block(&self, block: &mut Block) -> Result<(), StoreError> {
        if let Some(known) = self.blocks.get(&block.id) {
            block.clone_from(known);
        }
        Ok(())
    }

    fn damaged(&self, id: BlockId, problem: DecodeError) -> StoreError {
        Record::TreeBlock(self.address, id).damaged(problem)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::tests::{address, deploy, page_with, write};
    use crate::store::{MemoryStore, PageStore, Run};

    #[test]
    fn diffs_lead_from_version_to_version_and_a_wrong_one_leads_nowhere() {
        let store = MemoryStore::new();
        deploy(&*store, address(1));
        let pages = [(0, page_with(8, 1)), (70_000, page_with(9, 2)), (0, ZERO_PAGE), (3, page_with(0, 3))];
        for (index, content) in pages {
            write(&*store, address(1), &[(index, content)]).unwrap();
        }
        let snapshot = store.snapshot().unwrap();
        let diff = |version| snapshot.diff(&address(1), Version(version)).unwrap().unwrap();
        let mut rebuild = Rebuild::new(address(1));
        assert!(!rebuild.apply(&diff(2)));
        for version in 1..=4 {
            assert!(rebuild.apply(&diff(version)), "{version}");
            assert!(!rebuild.apply(&diff(version)));
            assert_eq!(rebuild.version(), Version(version));
        }
        let other_byte = |diff: &mut DiffRecord| diff.pages[0].runs[0].xor[0] ^= 0x80;
        let other_page = |diff: &mut DiffRecord| diff.pages[0].page.0 += 1;
        let before = |diff: &mut DiffRecord| diff.before = StateRoot([1; 32]);
        let after = |diff: &mut DiffRecord| diff.after = diff.before;
        let beyond = |diff: &mut DiffRecord| diff.pages[0].runs.push(Run { offset: 4_095, xor: vec![1, 1] });
        for alter in [&other_byte as &dyn Fn(&mut DiffRecord), &other_page, &before, &after, &beyond] {
            let mut rebuild = Rebuild::new(address(1));
            assert!(rebuild.apply(&diff(1)));
            let mut altered = diff(2);
            alter(&mut altered);
            assert!(!rebuild.apply(&altered), "{altered:?}");
            assert_eq!(rebuild.version(), Version(1));
        }
    }
}
