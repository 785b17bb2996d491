//! A B-tree of several MiB: pointer chasing, and inserts that move the following keys.

use super::random::{Random, seed};
use super::{Form, Linear, Step, Workload};
use crate::receipt::Value;

/// Bytes of a node.
const NODE: u64 = 512;

/// Keys of a full node.
const FULL: u64 = 31;

/// The offset of a node's values or children.
const SLOTS: u64 = 256;

/// Words of page 0: the address of the root node, the height, and the address of the next new node.
const ROOT: u64 = 0;
const HEIGHT: u64 = 8;
const NEXT: u64 = 16;

/// Calls that share the inserts of the setup.
const SETUP_CALLS: u64 = 8;

/// The workload: a call inserts or replaces every second of its keys, and looks the others up.
#[derive(Debug, Clone, Copy)]
pub struct Tree {
    /// Inserts of the setup. Their keys are drawn from twice that number.
    pub inserts: u64,
    /// Keys of one call.
    pub keys: u64,
}

impl Tree {
    /// A step over `count` keys. It inserts one of `every`, and looks the others up.
    fn work(&self, index: u64, count: u64, every: i64) -> Step {
        let numbers = [seed(index), count as i64, 2 * self.inserts as i64, every].map(Value::I64);
        Step::new("work", numbers)
    }
}

impl Workload for Tree {
    fn name(&self) -> &'static str {
        "tree"
    }

    fn shape(&self) -> String {
        let Self { inserts, keys } = self;
        format!("alternately inserts and looks up {keys} keys in a B-tree built by {inserts} inserts")
    }

    fn source(&self, form: Form) -> Option<&'static str> {
        match form {
            Form::Mapped => Some(include_str!("tree.mapped.wat")),
            Form::Slices => Some(include_str!("tree.slices.wat")),
            Form::Window => None,
        }
    }

    fn setup(&self) -> Vec<Step> {
        let per_call = self.inserts.div_ceil(SETUP_CALLS).max(1);
        let insert = |first: u64| self.work((1 << 40) + first, per_call.min(self.inserts - first), 1);
        let inserts = (0..self.inserts).step_by(per_call as usize).map(insert);
        [Step::new("begin", [])].into_iter().chain(inserts).collect()
    }

    fn step(&self, index: u64) -> Step {
        self.work(index, self.keys, 2)
    }

    fn native(&self, step: &Step, storage: &mut Linear) -> i64 {
        if step.function == "begin" {
            storage.store(ROOT, 4_096);
            storage.store(NEXT, 4_096 + NODE);
            return 0;
        }
        let mut random = Random(step.word(0));
        let (keys, every) = (step.word(2), step.word(3));
        let mut sum = 0u64;
        for remaining in (0..step.word(1)).rev() {
            let key = random.below(keys) + 1;
            let found = match remaining % every {
                0 => insert(storage, key, random.0),
                _ => look_up(storage, key),
            };
            sum = sum.wrapping_add(found);
        }
        sum as i64
    }
}

/// How many keys of a node are at most `key`.
fn upper_bound(storage: &mut Linear, node: u64, key: u64) -> u64 {
    let (mut low, mut high) = (0, storage.load(node));
    while low < high {
        let middle = (low + high) / 2;
        if storage.load(node + 8 + middle * 8) <= key {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

fn allocate(storage: &mut Linear) -> u64 {
    let node = storage.load(NEXT);
    storage.store(NEXT, node + NODE);
    node
}

/// Puts a key and its slot into a node that has room. The slot is a value in a leaf, and the child to the right of the key in
/// an inner node. `first` is the first slot that moves.
fn place(storage: &mut Linear, node: u64, index: u64, first: u64, key: u64, slot: u64) {
    let count = storage.load(node);
    let bytes = storage.bytes(node, NODE as usize);
    let moved = (count - index) as usize * 8;
    for at in [8 + index as usize * 8, (SLOTS + first * 8) as usize] {
        bytes.copy_within(at..at + moved, at + 8);
    }
    storage.store(node + 8 + index * 8, key);
    storage.store(node + SLOTS + first * 8, slot);
    storage.store(node, count + 1);
}

/// Splits a full child, which is slot `index` of its parent.
fn split(storage: &mut Linear, parent: u64, index: u64, child: u64, leaf: bool) {
    let right = allocate(storage);
    let mut from = [0; NODE as usize];
    from.copy_from_slice(storage.bytes(child, NODE as usize));
    let to = storage.bytes(right, NODE as usize);
    to[8..128].copy_from_slice(&from[136..256]);
    to[256..384].copy_from_slice(&from[384..]);
    storage.store(right, 15);
    let key = if leaf { storage.load(right + 8) } else { storage.load(child + 128) };
    storage.store(child, if leaf { 16 } else { 15 });
    place(storage, parent, index, index + 1, key, right);
}

fn insert(storage: &mut Linear, key: u64, value: u64) -> u64 {
    let (mut node, mut height) = (storage.load(ROOT), storage.load(HEIGHT));
    if storage.load(node) == FULL {
        let child = node;
        node = allocate(storage);
        storage.store(node + SLOTS, child);
        split(storage, node, 0, child, height == 0);
        height += 1;
        storage.store(ROOT, node);
        storage.store(HEIGHT, height);
    }
    let mut index = upper_bound(storage, node, key);
    while height > 0 {
        let mut child = storage.load(node + SLOTS + index * 8);
        if storage.load(child) == FULL {
            split(storage, node, index, child, height == 1);
            if key >= storage.load(node + 8 + index * 8) {
                child = storage.load(node + SLOTS + (index + 1) * 8);
            }
        }
        (node, height) = (child, height - 1);
        index = upper_bound(storage, node, key);
    }
    if index > 0 && storage.load(node + index * 8) == key {
        let at = node + SLOTS + (index - 1) * 8;
        let old = storage.load(at);
        storage.store(at, value);
        return old;
    }
    place(storage, node, index, index, key, value);
    0
}

fn look_up(storage: &mut Linear, key: u64) -> u64 {
    let (mut node, height) = (storage.load(ROOT), storage.load(HEIGHT));
    for _ in 0..height {
        let index = upper_bound(storage, node, key);
        node = storage.load(node + SLOTS + index * 8);
    }
    match upper_bound(storage, node, key) {
        index if index > 0 && storage.load(node + index * 8) == key => storage.load(node + SLOTS + (index - 1) * 8),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// The keys come from a small range, so that many are repeated, and suffice to split inner nodes.
        #[test]
        fn a_tree_holds_the_same_as_a_map(seed in any::<u64>(), keys in 1..3_000u64, count in 1..2_000u64) {
            let tree = Tree { inserts: 1, keys: 1 };
            let mut storage = Linear::default();
            tree.native(&Step::new("begin", []), &mut storage);
            let (mut map, mut random) = (BTreeMap::new(), Random(seed));
            for _ in 0..count {
                let key = random.below(keys) + 1;
                prop_assert_eq!(insert(&mut storage, key, random.0), map.insert(key, random.0).unwrap_or(0));
            }
            for key in 0..keys + 2 {
                prop_assert_eq!(look_up(&mut storage, key), map.get(&key).copied().unwrap_or(0));
            }
        }
    }
}
