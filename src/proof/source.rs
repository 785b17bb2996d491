//! The source of a proof of storage: the pages that it shows, in whole or in part, and the tree above them.

use super::claims::Claims;
use crate::limits::MAX_TREE_DEPTH;
use crate::store::hash::{CHUNKS, NodeHash, PAGE_DEPTH, PageTree, ZERO_NODE, ZERO_PAGE, chunks};
use crate::store::{Snapshot, StoreError, TreeUpdate};
use crate::units::{Address, PageBytes, PageIndex};

/// A page, and its nodes down to the chunks.
struct Page {
    index: u32,
    content: PageBytes,
    tree: PageTree,
}

pub(super) struct Source {
    /// The pages that are not zero, in ascending order.
    pages: Vec<Page>,
    tree: TreeUpdate,
}

impl Source {
    /// Reads each page that holds a claimed chunk, and the tree above these pages.
    pub(super) fn read(snapshot: &dyn Snapshot, address: &Address, claims: &Claims) -> Result<Self, StoreError> {
        let chunks = claims.chunks(MAX_TREE_DEPTH);
        let per_page = CHUNKS as u32;
        let mut indices: Vec<_> =
            chunks.iter().flat_map(|chunks| chunks.start / per_page..chunks.end.div_ceil(per_page)).collect();
        indices.dedup();
        let (mut pages, mut leaves) = (Vec::new(), Vec::new());
        for index in indices {
            let (mut content, mut tree) = (ZERO_PAGE, PageTree::default());
            snapshot.read_page(address, PageIndex(index), &mut content)?;
            let hash = tree.complete(address, PageIndex(index), &content);
            leaves.push((PageIndex(index), hash));
            if hash.0 != ZERO_NODE {
                pages.push(Page { index, content, tree });
            }
        }
        // Replacing the page hashes by themselves visits exactly the nodes that the proof needs.
        let tree = snapshot.tree_after(address, TreeUpdate::default(), &leaves)?;
        Ok(Self { pages, tree })
    }

    /// Returns the depth of the state tree.
    pub(super) fn depth(&self) -> u32 {
        self.tree.depth()
    }

    /// Returns the node with a height above the chunks and a place at that height. The node must lie on the path to a page that was
    /// read, or beside such a path.
    pub(super) fn node(&self, height: u32, place: u32) -> NodeHash {
        match height.checked_sub(PAGE_DEPTH) {
            Some(height) => self.tree.node(height, place).copied().unwrap_or(ZERO_NODE),
            None => {
                let depth = PAGE_DEPTH - height;
                self.page(place >> depth).map_or(ZERO_NODE, |page| *page.tree.node(depth, place as usize))
            }
        }
    }

    /// Returns the content of a chunk up to its last byte that is not zero.
    pub(super) fn chunk(&self, number: u32) -> &[u8] {
        let (page, chunk) = (number / CHUNKS as u32, number as usize % CHUNKS);
        let content = self.page(page).map_or(&[][..], |page| &chunks(&page.content)[chunk]);
        let length = content.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        &content[..length]
    }

    fn page(&self, index: u32) -> Option<&Page> {
        let at = self.pages.binary_search_by_key(&index, |page| page.index).ok()?;
        self.pages.get(at)
    }
}
