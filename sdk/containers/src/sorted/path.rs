//! The way from the root to a leaf.

use crate::key::Key;
use crate::sorted::node::{LEVELS, Node};
use crate::space::Space;
use crate::stored::Stored;

/// The inner nodes from the root to a leaf, with the number of the child in each.
pub(super) struct Path<K, V> {
    steps: [(u32, u32); LEVELS],
    depth: usize,
    pub(super) leaf: Node<K, V>,
}

impl<K: Key, V: Stored> Path<K, V> {
    /// Follows the child that `choose` returns, from the root of a tree that is not empty.
    #[inline]
    pub(super) fn new<S: Space>(
        space: S,
        root: u32,
        mut choose: impl FnMut(&Node<K, V>) -> Result<u32, S::Error>,
    ) -> Result<Self, S::Error> {
        let mut path = Self { steps: [(0, 0); LEVELS], depth: 0, leaf: Node::read(space, root)? };
        // The level falls with every step, so there are at most as many as the root's level, 11.
        while path.leaf.level > 0 {
            let index = choose(&path.leaf)?;
            path.push(space, index)?;
        }
        Ok(path)
    }

    /// Goes to the leaf where a key belongs.
    ///
    /// # Safety
    ///
    /// The keys of the tree belong to `space`.
    pub(super) unsafe fn find<S: Space>(space: S, root: u32, key: &K::Query) -> Result<Self, S::Error> {
        Self::new(space, root, |node| {
            // SAFETY: the caller's part is the same.
            let (index, is_equal) = unsafe { node.search(space, key) }?;
            Ok(index + u32::from(is_equal))
        })
    }

    fn push<S: Space>(&mut self, space: S, index: u32) -> Result<(), S::Error> {
        let child = self.leaf.child(space, index)?;
        self.steps[self.depth] = (self.leaf.at, index);
        self.depth += 1;
        self.leaf = child;
        Ok(())
    }

    /// Returns the number of inner nodes.
    pub(super) fn depth(&self) -> usize {
        self.depth
    }

    /// Returns an inner node, counted from the root, and the number of the child.
    pub(super) fn step<S: Space>(&self, space: S, depth: usize) -> Result<(Node<K, V>, u32), S::Error> {
        let (at, index) = self.steps[depth];
        Ok((Node::read(space, at)?, index))
    }

    /// Goes to the next leaf. Returns false if there is none.
    pub(super) fn next_leaf<S: Space>(&mut self, space: S) -> Result<bool, S::Error> {
        while let Some(above) = self.depth.checked_sub(1) {
            let (node, index) = self.step(space, above)?;
            self.depth = above;
            if index < node.count {
                self.leaf = node;
                self.push(space, index + 1)?;
                while self.leaf.level > 0 {
                    self.push(space, 0)?;
                }
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Goes to the leaf before. Returns false if there is none.
    pub(super) fn previous_leaf<S: Space>(&mut self, space: S) -> Result<bool, S::Error> {
        while let Some(above) = self.depth.checked_sub(1) {
            let (node, index) = self.step(space, above)?;
            self.depth = above;
            if index > 0 {
                self.leaf = node;
                self.push(space, index - 1)?;
                while self.leaf.level > 0 {
                    self.push(space, self.leaf.count)?;
                }
                return Ok(true);
            }
        }
        Ok(false)
    }
}
