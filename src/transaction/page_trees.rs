//! The known hashes of a contract's pages: the trees over their chunks, as far as they have been computed.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use crate::store::{ChunkSet, IncompletePage, PageTree, PageWrite, complete_all};
use crate::units::{Address, PageHash, PageIndex};

/// The most pages that are hashed at once: enough to fill the processor's vectors, and their trees stay in its cache.
pub(super) const AT_ONCE: usize = 32;

/// The hashes of changed pages, in ascending order of the pages.
#[derive(Debug, Default)]
pub(crate) struct Hashed {
    /// The hash of each page.
    pub(crate) leaves: Vec<(PageIndex, PageHash)>,
    /// The page trees that are worth keeping.
    pub(crate) trees: Vec<(PageIndex, PageTree)>,
}

/// Trees by page. Their hashes belong to the bytes that the region holds while no transaction runs.
#[derive(Debug, Default)]
pub(crate) struct PageTrees(HashMap<PageIndex, PageTree, RandomState>);

impl PageTrees {
    /// Their memory in bytes.
    pub(super) fn bytes(&self) -> u64 {
        (self.0.len() * size_of::<(PageIndex, PageTree)>()) as u64
    }

    /// Hashes pages with new content, of which some chunks changed, and adds them to `hashed`. Only these chunks and the nodes above
    /// them are hashed, if the other hashes are known.
    pub(crate) fn hash(
        &mut self,
        address: &Address,
        writes: &[PageWrite<'_>],
        changed: &[ChunkSet],
        hashed: &mut Hashed,
    ) {
        let mut pages = Vec::with_capacity(writes.len().min(AT_ONCE));
        for (writes, changed) in writes.chunks(AT_ONCE).zip(changed.chunks(AT_ONCE)) {
            for (write, changed) in writes.iter().zip(changed) {
                let mut tree = self.0.get(&write.page).cloned().unwrap_or_default();
                tree.forget(*changed);
                pages.push(IncompletePage { page: write.page, content: write.bytes, tree });
            }
            complete_all(address, &mut pages);
            for (IncompletePage { page, tree, .. }, changed) in pages.drain(..).zip(changed) {
                hashed.leaves.push((page, tree.root()));
                if !self.follows(page, *changed) {
                    continue;
                }
                match hashed.trees.try_reserve(1) {
                    Ok(()) => hashed.trees.push((page, tree)),
                    // If there is no memory to keep a new tree, the trees kept from earlier are dropped.
                    Err(_) => self.clear(),
                }
            }
        }
    }

    /// True if the tree of a page is worth keeping after a change: a page that is written whole will hardly be changed by a word
    /// next. A known tree follows every change.
    fn follows(&self, page: PageIndex, changed: ChunkSet) -> bool {
        changed != ChunkSet::ALL || self.0.contains_key(&page)
    }

    /// Sets the tree of a page whose content has changed. It is dropped if the host has no memory left.
    pub(crate) fn put(&mut self, page: PageIndex, tree: PageTree) {
        if let Some(known) = self.0.get_mut(&page) {
            *known = tree;
        } else if self.0.try_reserve(1).is_ok() {
            self.0.insert(page, tree);
        }
    }

    /// Adds hashes to the tree of a page whose changes were undone. `tree` belongs to the page with the changes: its hashes of
    /// the unchanged chunks hold for the page without them.
    pub(super) fn learn(&mut self, page: PageIndex, mut tree: PageTree, changed: ChunkSet) {
        tree.forget(changed);
        match self.0.get_mut(&page) {
            Some(known) => known.learn(&tree),
            None => self.put(page, tree),
        }
    }

    /// Drops the hashes of the chunks of a page that have changed.
    pub(super) fn forget(&mut self, page: PageIndex, changed: ChunkSet) {
        if let Some(tree) = self.0.get_mut(&page) {
            tree.forget(changed);
        }
    }

    /// Drops all trees and their memory.
    pub(super) fn clear(&mut self) {
        self.0 = HashMap::default();
    }
}
