//! A map from integers with copy-on-write clones.

use std::array;
use std::sync::Arc;

const FAN_OUT_BITS: u32 = 4;
const FAN_OUT: usize = 1 << FAN_OUT_BITS;

/// Levels for page indexes and ordinals of tree blocks, of 20 bits.
const PAGE_DEPTH: u32 = 5;

/// Levels for keys of 32 bits.
pub(super) const FULL_DEPTH: u32 = 8;

/// A radix tree: each level consumes four bits of the key. A clone copies one pointer. A change copies the nodes on its path
/// that a clone shares.
#[derive(Debug, Clone)]
pub(super) struct RadixMap<T, const DEPTH: u32 = PAGE_DEPTH> {
    root: Slot<T>,
}

type Slot<T> = Option<Arc<Node<T>>>;

#[derive(Debug, Clone)]
enum Node<T> {
    Inner([Slot<T>; FAN_OUT]),
    Leaf(T),
}

impl<T, const DEPTH: u32> Default for RadixMap<T, DEPTH> {
    fn default() -> Self {
        Self { root: None }
    }
}

impl<T: Clone, const DEPTH: u32> RadixMap<T, DEPTH> {
    pub(super) fn get(&self, key: u32) -> Option<&T> {
        let mut slot = &self.root;
        for depth in 0.. {
            match slot.as_deref()? {
                Node::Inner(children) => slot = &children[digit(key, DEPTH - 1 - depth)],
                Node::Leaf(value) => return Some(value),
            }
        }
        None
    }

    pub(super) fn insert(&mut self, key: u32, value: T) {
        let mut slot = &mut self.root;
        for depth in 0..DEPTH {
            let node = slot.get_or_insert_with(|| Arc::new(Node::Inner(array::from_fn(|_| None))));
            match Arc::make_mut(node) {
                Node::Inner(children) => slot = &mut children[digit(key, DEPTH - 1 - depth)],
                Node::Leaf(_) => unreachable!("leaves are at the depth of the map"),
            }
        }
        *slot = Some(Arc::new(Node::Leaf(value)));
    }

    pub(super) fn remove(&mut self, key: u32) {
        if self.get(key).is_some() {
            remove(&mut self.root, key, DEPTH);
        }
    }

    /// Visits the entries in ascending order of their keys.
    pub(super) fn for_each(&self, mut visit: impl FnMut(u32, &T)) {
        visit_below(&self.root, 0, &mut visit);
    }
}

/// Returns the digit of a key that selects a child of a node with `below` levels below its children.
fn digit(key: u32, below: u32) -> usize {
    (key >> (FAN_OUT_BITS * below)) as usize % FAN_OUT
}

/// Empties the slot of a key, and every slot above it that has no entries left.
fn remove<T: Clone>(slot: &mut Slot<T>, key: u32, levels: u32) {
    let Some(node) = slot else { return };
    let emptied = match Arc::make_mut(node) {
        Node::Leaf(_) => true,
        Node::Inner(children) => {
            remove(&mut children[digit(key, levels - 1)], key, levels - 1);
            children.iter().all(Option::is_none)
        }
    };
    if emptied {
        *slot = None;
    }
}

fn visit_below<T>(slot: &Slot<T>, prefix: u32, visit: &mut impl FnMut(u32, &T)) {
    match slot.as_deref() {
        None => {}
        Some(Node::Leaf(value)) => visit(prefix, value),
        Some(Node::Inner(children)) => {
            for (digit, child) in (0..).zip(children) {
                visit_below(child, prefix << FAN_OUT_BITS | digit, visit);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn entries(map: &RadixMap<u8>) -> BTreeMap<u32, u8> {
        let mut entries = Vec::new();
        map.for_each(|key, value| entries.push((key, *value)));
        assert!(entries.is_sorted());
        entries.into_iter().collect()
    }

    proptest! {
        #[test]
        fn it_is_a_map_and_its_copies_are_apart(
            steps in prop::collection::vec((prop_oneof![0..40u32, 0..1u32 << 20], any::<Option<u8>>()), 0..60),
            copy_at in 0..60usize,
        ) {
            let (mut map, mut model) = (RadixMap::<u8>::default(), BTreeMap::new());
            let mut copy = (map.clone(), model.clone());
            for (i, (key, value)) in steps.into_iter().enumerate() {
                if i == copy_at {
                    copy = (map.clone(), model.clone());
                }
                match value {
                    Some(value) => { map.insert(key, value); model.insert(key, value); }
                    None => { map.remove(key); model.remove(&key); }
                }
                prop_assert_eq!(map.get(key), model.get(&key));
            }
            prop_assert_eq!(map.root.is_none(), model.is_empty());
            prop_assert_eq!(entries(&map), model);
            prop_assert_eq!(entries(&copy.0), copy.1);
        }
    }
}
