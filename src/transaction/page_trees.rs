//! What is known of the hashes of a contract's pages: the trees over their chunks, as far as hashing has worked them out.

use std::collections::HashMap;

use crate::store::{ChunkSet, PageTree, PageWrite, Run};
use crate::units::{Address, PageHash, PageIndex};

/// Trees by page. What is known of a tree belongs to the bytes that the contract's region holds when no transaction runs.
#[derive(Debug, Default)]
pub(crate) struct PageTrees(HashMap<PageIndex, PageTree>);

impl PageTrees {
    /// The memory that they take, in bytes.
    pub(super) fn bytes(&self) -> u64 {
        (self.0.len() * size_of::<(PageIndex, PageTree)>()) as u64
    }

    /// The tree of a page with new content, of which only changed chunks and what is above them is hashed, if the others are
    /// known. Beside it the page's hash.
    pub(crate) fn after(&self, address: &Address, write: &PageWrite<'_>) -> (PageTree, PageHash) {
        let mut tree = self.0.get(&write.page).cloned().unwrap_or_default();
        tree.forget(ChunkSet::of_runs(&write.runs));
        let hash = tree.complete(address, write.page, write.bytes);
        (tree, hash)
    }

    /// Whether a change of a page is to be remembered: one that is written whole will hardly be changed by a word next. What is
    /// known already follows every change.
    pub(super) fn follows(&self, write: &PageWrite<'_>) -> bool {
        ChunkSet::of_runs(&write.runs) != ChunkSet::ALL || self.0.contains_key(&write.page)
    }

    /// A page has come to have the content of this tree. It is forgotten where the host has no memory left for it.
    pub(crate) fn put(&mut self, page: PageIndex, tree: PageTree) {
        if let Some(known) = self.0.get_mut(&page) {
            *known = tree;
        } else if self.0.try_reserve(1).is_ok() {
            self.0.insert(page, tree);
        }
    }

    /// A page kept its content, and this is the tree that it would have after the changes: what it knows of the other chunks is
    /// kept.
    pub(super) fn learn(&mut self, page: PageIndex, mut tree: PageTree, changes: &[Run]) {
        tree.forget(ChunkSet::of_runs(changes));
        match self.0.get_mut(&page) {
            Some(known) => known.learn(&tree),
            None => self.put(page, tree),
        }
    }

    /// A page has changed in a way that was not hashed.
    pub(super) fn forget(&mut self, page: PageIndex, changes: &[Run]) {
        if let Some(tree) = self.0.get_mut(&page) {
            tree.forget(ChunkSet::of_runs(changes));
        }
    }

    /// Nothing is known any more.
    pub(super) fn clear(&mut self) {
        self.0 = HashMap::new();
    }
}
