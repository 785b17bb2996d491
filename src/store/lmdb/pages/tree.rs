//! Searching a tree, and walking along its leaves.

use super::meta::Root;
use super::node_page::{Below, NodePage, Order};
use super::page_map::Pages;
use super::position::{MAX_DEPTH, Position};
use super::{Entry, damaged};
use crate::store::StoreError;

/// A tree of one commit: the table, or the free list.
#[derive(Debug, Clone, Copy)]
pub(in crate::store::lmdb) struct Tree<'t> {
    pages: &'t Pages,
    root: Root,
    order: Order,
}

/// A direction along the leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Left,
    Right,
}

impl Pages {
    /// Returns the table.
    pub(in crate::store::lmdb) fn tree(&self) -> Tree<'_> {
        Tree { pages: self, root: self.meta.table, order: Order::Bytes }
    }
}

impl<'t> Tree<'t> {
    pub(super) fn free_list(pages: &'t Pages) -> Self {
        Self { pages, root: pages.meta.free_list, order: Order::Integers }
    }

    /// Moves a position, which is new, to the first entry whose key is not less than `key`. It can be after the last node of its leaf.
    /// Returns false if the tree is empty. Allocates nothing, not even for an error.
    #[inline]
    pub(in crate::store::lmdb) fn search(&self, key: &[u8], position: &mut Position<'t>) -> Result<bool, StoreError> {
        self.descend(position, |page, is_leaf| {
            if is_leaf { page.lower_bound(key, self.order) } else { page.child_for(key, self.order) }
        })
    }

    /// Returns the first entry whose key is not less than `key`. Allocates nothing, not even for an error.
    #[inline]
    pub(in crate::store::lmdb) fn at_or_after(&self, key: &[u8]) -> Result<Option<Entry<'t>>, StoreError> {
        if let Some((leaf, index)) = self.find(key)
            && index < leaf.count()
        {
            return self.entry_of(&leaf, index).map(Some);
        }
        let mut position = Position::default();
        if self.search(key, &mut position)? { self.entry(&mut position) } else { Ok(None) }
    }

    /// Returns the last entry whose key is less than `key`. Allocates nothing, not even for an error.
    #[inline]
    pub(in crate::store::lmdb) fn last_before(&self, key: &[u8]) -> Result<Option<Entry<'t>>, StoreError> {
        if let Some((leaf, index)) = self.find(key)
            && index > 0
        {
            return self.entry_of(&leaf, index - 1).map(Some);
        }
        let mut position = Position::default();
        let is_found = self.search(key, &mut position)? && self.back(&mut position)?;
        if is_found { self.entry(&mut position) } else { Ok(None) }
    }

    /// Returns the leaf in which [`search`](Self::search) ends, and the index there, without the way to it. `None` if a page on the way
    /// is not verified yet, or the tree is empty.
    #[inline]
    fn find(&self, key: &[u8]) -> Option<(NodePage<'t>, usize)> {
        let verified = |number| {
            let page = self.pages.is_verified(number).then(|| self.pages.page(number))?;
            page.ok().map(NodePage::new)
        };
        let mut page = verified(self.root.page?)?;
        for _ in 1..self.root.depth {
            page = verified(child(&page, page.child_for(key, self.order))?)?;
        }
        Some((page, page.lower_bound(key, self.order)))
    }

    /// Moves a position, which is new, to the first entry. Returns false if the tree is empty.
    pub(in crate::store::lmdb) fn first(&self, position: &mut Position<'t>) -> Result<bool, StoreError> {
        self.descend(position, |_, _| 0)
    }

    /// Moves a position, which is new, to the last entry. Returns false if the tree is empty.
    pub(in crate::store::lmdb) fn last(&self, position: &mut Position<'t>) -> Result<bool, StoreError> {
        self.descend(position, |page, _| page.count().saturating_sub(1))
    }

    #[inline]
    fn descend(
        &self,
        position: &mut Position<'t>,
        index: impl Fn(&NodePage<'t>, bool) -> usize,
    ) -> Result<bool, StoreError> {
        let Some(root) = self.root.page else { return Ok(false) };
        if !(1..=MAX_DEPTH).contains(&self.root.depth) {
            return Err(damaged(root, "depth"));
        }
        self.descend_from(position, root, self.root.depth, index)?;
        Ok(true)
    }

    /// Extends a position by a page and the pages below it, down to `depth`.
    #[inline]
    fn descend_from(
        &self,
        position: &mut Position<'t>,
        page: u64,
        depth: usize,
        index: impl Fn(&NodePage<'t>, bool) -> usize,
    ) -> Result<(), StoreError> {
        let mut number = page;
        while position.depth() < depth {
            let is_leaf = position.depth() + 1 == self.root.depth;
            let page = self.page(position, number, is_leaf)?;
            let at = index(&page, is_leaf);
            position.push(page, at);
            if !is_leaf && position.depth() < depth {
                number = child(&page, at).ok_or(damaged(number, "set of nodes"))?;
            }
        }
        Ok(())
    }

    /// Reads and verifies the page at the end of a position.
    #[inline]
    fn page(&self, position: &Position<'t>, number: u64, is_leaf: bool) -> Result<NodePage<'t>, StoreError> {
        let page = NodePage::new(self.pages.page(number)?);
        if !self.pages.is_verified(number) {
            self.verify(position, &page, number, is_leaf)?;
        }
        Ok(page)
    }

    #[cold]
    fn verify(
        &self,
        position: &Position<'t>,
        page: &NodePage<'t>,
        number: u64,
        is_leaf: bool,
    ) -> Result<(), StoreError> {
        page.verify(number, is_leaf, self.pages.count, self.order).map_err(|what| damaged(number, what))?;
        self.verify_bounds(position, page, is_leaf).map_err(|what| damaged(number, what))?;
        self.pages.set_verified(number);
        Ok(())
    }

    /// Verifies that the keys of a page lie between those that its parents give.
    fn verify_bounds(&self, position: &Position<'t>, page: &NodePage<'t>, is_leaf: bool) -> Result<(), &'static str> {
        let (low, high) = position.bounds();
        let first = page.key(usize::from(!is_leaf));
        let last = page.key(page.count().saturating_sub(1));
        let is_below = low.is_some_and(|low| self.order.compare(first, low).is_lt());
        let is_above = high.is_some_and(|high| self.order.compare(last, high).is_ge());
        if is_below || is_above { Err("order of keys") } else { Ok(()) }
    }

    /// Moves a position to the next or the previous page of the level in which it ends. Returns false if there is none; then the
    /// position is not changed.
    fn step(&self, position: &mut Position<'t>, side: Side) -> Result<bool, StoreError> {
        let depth = position.depth();
        let has_more = |level: &usize| {
            let (page, index) = position.at(*level);
            if side == Side::Left { index > 0 } else { index + 1 < page.count() }
        };
        let Some(level) = (0..depth.saturating_sub(1)).rev().find(has_more) else { return Ok(false) };
        let (parent, index) = position.at(level);
        let index = if side == Side::Left { index - 1 } else { index + 1 };
        let number = child(&parent, index).ok_or(damaged(self.root.page.unwrap_or_default(), "set of nodes"))?;
        position.set_index(level, index);
        position.truncate(level + 1);
        self.descend_from(position, number, depth, |page, _| match side {
            Side::Left => page.count().saturating_sub(1),
            Side::Right => 0,
        })?;
        Ok(true)
    }

    /// Returns the entry at a position, or that at the begin of the next leaf, to which it moves the position. `None` after the last.
    #[inline]
    pub(in crate::store::lmdb) fn entry(&self, position: &mut Position<'t>) -> Result<Option<Entry<'t>>, StoreError> {
        let (mut leaf, mut index) = position.at(position.depth() - 1);
        if index >= leaf.count() {
            if !self.step(position, Side::Right)? {
                return Ok(None);
            }
            (leaf, index) = position.at(position.depth() - 1);
        }
        self.entry_of(&leaf, index).map(Some)
    }

    /// Returns an entry of a leaf.
    #[inline]
    fn entry_of(&self, leaf: &NodePage<'t>, index: usize) -> Result<Entry<'t>, StoreError> {
        let broken = || damaged(self.root.page.unwrap_or_default(), "set of nodes");
        let node = leaf.node(index).ok_or_else(broken)?;
        match node.below {
            Below::Value(value) => Ok((node.key, value)),
            Below::Overflow(first, length) => Ok((node.key, self.pages.overflow(first, length)?)),
            Below::Page(_) => Err(broken()),
        }
    }

    /// Moves a position to the next entry, or after the last one.
    pub(in crate::store::lmdb) fn forward(&self, position: &mut Position<'t>) {
        let level = position.depth() - 1;
        let (_, index) = position.at(level);
        position.set_index(level, index + 1);
    }

    /// Moves a position to the previous entry. Returns false if there is none.
    pub(in crate::store::lmdb) fn back(&self, position: &mut Position<'t>) -> Result<bool, StoreError> {
        let level = position.depth() - 1;
        match position.at(level).1 {
            0 => self.step(position, Side::Left),
            index => {
                position.set_index(level, index - 1);
                Ok(true)
            }
        }
    }

    /// Verifies all pages that a write transaction reads to put an entry.
    pub(in crate::store::lmdb) fn verify_put(&self, key: &[u8]) -> Result<(), StoreError> {
        // This includes the header of the overflow pages of a value that is replaced.
        self.at_or_after(key).map(drop)
    }

    /// Verifies all pages that a write transaction reads to delete an entry: those of [`verify_put`](Self::verify_put), and on each level
    /// the pages beside, with which a page is merged.
    pub(in crate::store::lmdb) fn verify_delete(&self, key: &[u8]) -> Result<(), StoreError> {
        self.verify_put(key)?;
        let mut position = Position::default();
        self.search(key, &mut position)?;
        for depth in 2..=position.depth() {
            for side in [Side::Left, Side::Right] {
                let mut beside = position.clone();
                beside.truncate(depth);
                self.step(&mut beside, side)?;
            }
        }
        Ok(())
    }

    /// Verifies all pages of the tree.
    pub(in crate::store::lmdb) fn verify_all(&self) -> Result<(), StoreError> {
        let mut position = Position::default();
        if self.first(&mut position)? {
            while self.entry(&mut position)?.is_some() {
                self.forward(&mut position);
            }
        }
        Ok(())
    }
}

/// Returns the number of a page below a branch.
fn child(branch: &NodePage<'_>, index: usize) -> Option<u64> {
    match branch.node(index)?.below {
        Below::Page(number) => Some(number),
        _ => None,
    }
}
