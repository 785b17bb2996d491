//! A place in a tree: a leaf, a node of it, and the way to it from the root.

use super::node_page::NodePage;

/// The greatest depth of a tree. Even with a fan-out of 12, the least that the keys of this store allow, it is beyond any disk.
pub(super) const MAX_DEPTH: usize = 12;

/// A place in a tree. The index in the leaf can be that after its last node.
#[derive(Debug, Clone, Default)]
pub(in crate::store::lmdb) struct Position<'t> {
    levels: [(NodePage<'t>, usize); MAX_DEPTH],
    depth: usize,
}

impl<'t> Position<'t> {
    #[inline]
    pub(super) fn depth(&self) -> usize {
        self.depth
    }

    #[inline]
    pub(super) fn push(&mut self, page: NodePage<'t>, index: usize) {
        self.levels[self.depth] = (page, index);
        self.depth += 1;
    }

    pub(super) fn truncate(&mut self, depth: usize) {
        self.depth = depth;
    }

    #[inline]
    pub(super) fn at(&self, level: usize) -> (NodePage<'t>, usize) {
        self.levels[level]
    }

    pub(super) fn set_index(&mut self, level: usize, index: usize) {
        self.levels[level].1 = index;
    }

    /// Returns the key that no key below is less than, and the key that every key below is less than.
    pub(super) fn bounds(&self) -> (Option<&'t [u8]>, Option<&'t [u8]>) {
        let way = || self.levels[..self.depth].iter().rev();
        let low = way().find(|(_, index)| *index > 0).map(|(page, index)| page.key(*index));
        let high = way().find(|(page, index)| index + 1 < page.count()).map(|(page, index)| page.key(index + 1));
        (low, high)
    }
}
