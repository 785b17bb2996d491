//! What a proof of storage is made of: the pages that hold what it shows, and the tree above them.

use super::claims::Claims;
use crate::limits::MAX_TREE_DEPTH;
use crate::store::hash::{CHUNKS, NodeHash, PAGE_DEPTH, PageTree, ZERO_NODE, ZERO_PAGE, chunks};
use crate::store::{Snapshot, StoreError, TreeUpdate};
use crate::units::{Address, PageBytes, PageIndex};

/// A page, and the nodes down to its chunks.
struct Page {
    index: u32,
    content: PageBytes,
    tree: PageTree,
}

pub(super) struct Source {
    /// Those that are not zero, in ascending order.
    pages: Vec<Page>,
    tree: TreeUpdate,
}

impl Source {
    /// Reads each page that holds something of what is claimed, and the tree above them.
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
        // Writing what is there already goes through all that a proof consists of, and nothing else.
        let tree = snapshot.tree_after(address, TreeUpdate::default(), &leaves)?;
        Ok(Self { pages, tree })
    }

    /// The depth of the tree over the pages.
    pub(super) fn depth(&self) -> u32 {
        self.tree.depth()
    }

    /// A node by its height above chunks and its place in that height, on the way to a page that was read or beside it.
    pub(super) fn node(&self, height: u32, place: u32) -> NodeHash {
        match height.checked_sub(PAGE_DEPTH) {
            Some(height) => self.tree.node(height, place).copied().unwrap_or(ZERO_NODE),
            None => {
                let depth = PAGE_DEPTH - height;
                self.page(place >> depth).map_or(ZERO_NODE, |page| *page.tree.node(depth, place as usize))
            }
        }
    }

    /// What a chunk holds, up to its last byte that is not zero.
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
