//! How a sorted map grows.

use crate::key::Key;
use crate::sorted::SortedMap;
use crate::sorted::node::Node;
use crate::sorted::path::Path;
use crate::space::{Failure, Space};
use crate::stored::Stored;

impl<K: Key, V: Stored> SortedMap<K, V> {
    /// Inserts a key that is not in the map at an index of a path's leaf, with a value of zeros. Returns the place of the value.
    pub(super) fn insert_at<S: Space>(
        &mut self,
        space: S,
        path: &Path<K, V>,
        index: u32,
        key: K,
    ) -> Result<*mut V, S::Error> {
        let mut leaf = path.leaf;
        if leaf.count < leaf.capacity {
            return put(space, &mut leaf, index, key);
        }
        if leaf.capacity < Node::<K, V>::LEAF {
            // Only a root is smaller than a full node.
            if path.depth() > 0 {
                return Err(space.fail(Failure::NodeDamaged));
            }
            leaf = leaf.resize(space, leaf.count + leaf.count / 2 + 1)?;
            self.root = leaf.at;
            return put(space, &mut leaf, index, key);
        }
        // A leaf that grows at its end stays full: keys that come in order fill their leaves.
        let at = if index == leaf.count { leaf.count } else { leaf.count / 2 };
        let mut right = Node::of_full_size(space, 0)?;
        leaf.move_tail(space, at, &mut right)?;
        let place = if index > at || right.count == 0 {
            put(space, &mut right, index - at, key)?
        } else {
            put(space, &mut leaf, index, key)?
        };
        self.insert_above(space, path, right)?;
        Ok(place)
    }

    /// Inserts the right half of a split node beside the left one, from the lowest inner node of the path up.
    fn insert_above<S: Space>(&mut self, space: S, path: &Path<K, V>, mut right: Node<K, V>) -> Result<(), S::Error> {
        // SAFETY: the place is aligned and valid for reads. The separator is a copy of the key's bytes and never released.
        let mut separator = unsafe { right.key(space, 0)?.read() };
        for depth in (0..path.depth()).rev() {
            let (mut node, index) = path.step(space, depth)?;
            if node.count < node.capacity {
                return put_inner(space, &mut node, index, separator, right.at);
            }
            let middle = if index == node.count { node.count - 1 } else { node.count / 2 };
            let mut beside = Node::of_full_size(space, node.level)?;
            // SAFETY: as above.
            let up = unsafe { node.key(space, middle)?.read() };
            // The separator in the middle goes up; the child behind it becomes the first of the new node.
            node.move_tail(space, middle + 1, &mut beside)?;
            beside.set_child(space, 0, node.last_child(space)?)?;
            node.close_inner(space, middle)?;
            if index <= middle {
                put_inner(space, &mut node, index, separator, right.at)?;
            } else {
                put_inner(space, &mut beside, index - middle - 1, separator, right.at)?;
            }
            (separator, right) = (up, beside);
        }
        if usize::from(right.level) + 1 == super::node::LEVELS {
            return Err(space.fail(Failure::TooLarge));
        }
        let mut root = Node::<K, V>::of_full_size(space, right.level + 1)?;
        root.set_child(space, 0, self.root)?;
        put_inner(space, &mut root, 0, separator, right.at)?;
        self.root = root.at;
        Ok(())
    }
}

/// Inserts an entry in a leaf with room, and returns the place of its value.
pub(super) fn put<K: Key, V: Stored, S: Space>(
    space: S,
    leaf: &mut Node<K, V>,
    index: u32,
    key: K,
) -> Result<*mut V, S::Error> {
    leaf.open(space, index)?;
    // SAFETY: the place is aligned and valid for writes.
    unsafe { leaf.key_mut(space, index)?.write(key) };
    leaf.value_mut(space, index)
}

/// Inserts a separator, and a child behind it, in an inner node with room.
fn put_inner<K: Key, V: Stored, S: Space>(
    space: S,
    node: &mut Node<K, V>,
    index: u32,
    separator: K,
    child: u32,
) -> Result<(), S::Error> {
    node.open_inner(space, index)?;
    // SAFETY: the place is aligned and valid for writes.
    unsafe { node.key_mut(space, index)?.write(separator) };
    node.set_child(space, index + 1, child)
}
