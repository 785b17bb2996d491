//! How a sorted map shrinks.
//!
//! A node that is less than a quarter full is merged with a sibling if both together fill three quarters of a node at most, or if
//! it is empty. So no node but the root of an empty map is empty, and a sequence of inserts and removals does not split and merge the
//! same nodes again and again.

use crate::key::Key;
use crate::sorted::SortedMap;
use crate::sorted::node::Node;
use crate::sorted::path::Path;
use crate::space::Space;
use crate::stored::Stored;

impl<K: Key, V: Stored> SortedMap<K, V> {
    /// Removes the entry at an index of a path's leaf. Its key and value are left to the caller.
    pub(super) fn remove_at<S: Space>(&mut self, space: S, path: &Path<K, V>, index: u32) -> Result<(), S::Error> {
        let mut leaf = path.leaf;
        leaf.close(space, index)?;
        if path.depth() == 0 {
            return self.shrink_root_leaf(space, leaf);
        }
        let has_new_first = index == 0;
        let is_merged_left = is_underfull(&leaf) && self.merge_leaf(space, path, leaf)?;
        if has_new_first && !is_merged_left {
            replace_separator(space, path)?;
        }
        self.shrink_above(space, path)
    }

    fn shrink_root_leaf<S: Space>(&mut self, space: S, leaf: Node<K, V>) -> Result<(), S::Error> {
        if leaf.count == 0 {
            leaf.free(space)?;
            self.root = 0;
        } else if leaf.is_sparse() {
            self.root = leaf.resize(space, 2 * leaf.count)?.at;
        }
        Ok(())
    }

    /// Merges a leaf with a sibling, if that is due. Returns true if the leaf is gone.
    fn merge_leaf<S: Space>(&mut self, space: S, path: &Path<K, V>, mut leaf: Node<K, V>) -> Result<bool, S::Error> {
        let (mut parent, index) = path.step(space, path.depth() - 1)?;
        if index < parent.count {
            let mut right = parent.child(space, index + 1)?;
            if fits(leaf.count, right.count, Node::<K, V>::LEAF) {
                right.move_tail(space, 0, &mut leaf)?;
                right.free(space)?;
                parent.close_inner(space, index)?;
                return Ok(false);
            }
        }
        if index > 0 {
            let mut left = parent.child(space, index - 1)?;
            if fits(leaf.count, left.count, Node::<K, V>::LEAF) {
                leaf.move_tail(space, 0, &mut left)?;
                leaf.free(space)?;
                parent.close_inner(space, index - 1)?;
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Merges inner nodes from the lowest of a path up, and removes a root with one child.
    fn shrink_above<S: Space>(&mut self, space: S, path: &Path<K, V>) -> Result<(), S::Error> {
        for depth in (1..path.depth()).rev() {
            let (node, _) = path.step(space, depth)?;
            if !is_underfull(&node) {
                return Ok(());
            }
            let (parent, index) = path.step(space, depth - 1)?;
            balance_inner(space, parent, index, node)?;
        }
        let (root, _) = path.step(space, 0)?;
        if root.count == 0 {
            self.root = root.first_child(space)?;
            root.free(space)?;
            let child = Node::<K, V>::read(space, self.root)?;
            if child.level == 0 {
                return self.shrink_root_leaf(space, child);
            }
        }
        Ok(())
    }
}

fn is_underfull<K: Key, V: Stored>(node: &Node<K, V>) -> bool {
    node.count < Node::<K, V>::full(node.level) / 4 || node.count == 0
}

/// Tells if two nodes should be one.
fn fits(one: u32, other: u32, full: u32) -> bool {
    one + other <= full / 4 * 3 || one == 0 || other == 0
}

/// Gives the separator that stands for a leaf the bytes of the leaf's first key. The leftmost leaf has none.
fn replace_separator<K: Key, V: Stored, S: Space>(space: S, path: &Path<K, V>) -> Result<(), S::Error> {
    for depth in (0..path.depth()).rev() {
        let (node, index) = path.step(space, depth)?;
        if let Some(separator) = index.checked_sub(1) {
            return node.copy_key(space, separator, &path.leaf, 0);
        }
    }
    Ok(())
}

/// Merges an inner node with a sibling, or moves a child to one that would have a single one otherwise.
fn balance_inner<K: Key, V: Stored, S: Space>(
    space: S,
    mut parent: Node<K, V>,
    index: u32,
    mut node: Node<K, V>,
) -> Result<(), S::Error> {
    let full = Node::<K, V>::INNER;
    if index < parent.count {
        let mut right = parent.child(space, index + 1)?;
        if fits(node.count, right.count + 1, full) && node.count + right.count < full {
            append(space, &mut node, &parent, index, &mut right)?;
            return parent.close_inner(space, index);
        }
        if node.count == 0 {
            // The first child of the right sibling moves here.
            node.open_inner(space, 0)?;
            node.copy_key(space, 0, &parent, index)?;
            node.set_child(space, 1, right.first_child(space)?)?;
            parent.copy_key(space, index, &right, 0)?;
            right.drop_first_child(space)?;
        }
        return Ok(());
    }
    let Some(before) = index.checked_sub(1) else { return Ok(()) };
    let mut left = parent.child(space, before)?;
    if fits(node.count, left.count + 1, full) && node.count + left.count < full {
        append(space, &mut left, &parent, before, &mut node)?;
        return parent.close_inner(space, before);
    }
    if node.count == 0 {
        // The last child of the left sibling moves here.
        let own = node.first_child(space)?;
        node.open_inner(space, 0)?;
        node.set_child(space, 1, own)?;
        node.set_child(space, 0, left.last_child(space)?)?;
        node.copy_key(space, 0, &parent, before)?;
        parent.copy_key(space, before, &left, left.count - 1)?;
        left.close_inner(space, left.count - 1)?;
    }
    Ok(())
}

/// Appends a separator of the parent and everything in an inner node to its left sibling, and frees the node.
fn append<K: Key, V: Stored, S: Space>(
    space: S,
    left: &mut Node<K, V>,
    parent: &Node<K, V>,
    separator: u32,
    right: &mut Node<K, V>,
) -> Result<(), S::Error> {
    let (end, first) = (left.count, right.first_child(space)?);
    left.open_inner(space, end)?;
    left.copy_key(space, end, parent, separator)?;
    left.set_child(space, end + 1, first)?;
    right.move_tail(space, 0, left)?;
    right.set_child(space, 0, 0)?;
    right.free(space)
}
