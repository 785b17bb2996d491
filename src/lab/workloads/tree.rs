//! A B-tree of several MiB: chasing pointers, and inserts that move what lies behind them.

use super::random::{Random, seed};
use super::{Form, Linear, Step, Workload};
use crate::receipt::Value;

/// Bytes of a node.
const NODE: u64 = 512;

/// Keys of a full node.
const FULL: u64 = 31;

/// Where in a node its values or children begin.
const SLOTS: u64 = 256;

/// Words of page 0: the root's address, the height, the next node's address.
const ROOT: u64 = 0;
const HEIGHT: u64 = 8;
const NEXT: u64 = 16;

/// Calls that the setup makes its inserts in.
const GROWN_IN: u64 = 8;

/// The workload: of a call's keys every second is inserted or given a new value, the others are looked up.
#[derive(Debug, Clone, Copy)]
pub struct Tree {
    /// How many inserts the setup makes, of keys from twice as many.
    pub inserts: u64,
    /// Keys of one call.
    pub keys: u64,
}

impl Tree {
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
        format!("{keys} keys inserted or looked up by turns in a B-tree that {inserts} inserts have made")
    }

    fn source(&self, form: Form) -> Option<&'static str> {
        match form {
            Form::Mapped => Some(include_str!("tree.mapped.wat")),
            Form::Slices => Some(include_str!("tree.slices.wat")),
            Form::Window => None,
        }
    }

    fn setup(&self) -> Vec<Step> {
        let at_once = self.inserts.div_ceil(GROWN_IN).max(1);
        let grow = |first: u64| self.work((1 << 40) + first, at_once.min(self.inserts - first), 1);
        let growing = (0..self.inserts).step_by(at_once as usize).map(grow);
        [Step::new("begin", [])].into_iter().chain(growing).collect()
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
        for left in (0..step.word(1)).rev() {
            let key = random.below(keys) + 1;
            let found = match left % every {
                0 => insert(storage, key, random.0),
                _ => look_up(storage, key),
            };
            sum = sum.wrapping_add(found);
        }
        sum as i64
    }
}

/// How many keys of a node are at most this.
fn upper(storage: &mut Linear, node: u64, key: u64) -> u64 {
    let (mut low, mut high) = (0, storage.load(node));
    while low < high {
        let middle = (low + high) / 2;
        match storage.load(node + 8 + middle * 8) <= key {
            true => low = middle + 1,
            false => high = middle,
        }
    }
    low
}

fn allocate(storage: &mut Linear) -> u64 {
    let node = storage.load(NEXT);
    storage.store(NEXT, node + NODE);
    node
}

/// Puts a key, and its value or what is to its right, into a node that has room. `first` is the first slot that moves.
fn place(storage: &mut Linear, node: u64, (index, first): (u64, u64), key: u64, slot: u64) {
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

/// Splits the full child that is the slot `index` of its parent.
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
    place(storage, parent, (index, index + 1), key, right);
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
    let mut index = upper(storage, node, key);
    while height > 0 {
        let mut child = storage.load(node + SLOTS + index * 8);
        if storage.load(child) == FULL {
            split(storage, node, index, child, height == 1);
            if key >= storage.load(node + 8 + index * 8) {
                child = storage.load(node + SLOTS + (index + 1) * 8);
            }
        }
        (node, height) = (child, height - 1);
        index = upper(storage, node, key);
    }
    if index > 0 && storage.load(node + index * 8) == key {
        let at = node + SLOTS + (index - 1) * 8;
        let old = storage.load(at);
        storage.store(at, value);
        return old;
    }
    place(storage, node, (index, index), key, value);
    0
}

fn look_up(storage: &mut Linear, key: u64) -> u64 {
    let (mut node, height) = (storage.load(ROOT), storage.load(HEIGHT));
    for _ in 0..height {
        let index = upper(storage, node, key);
        node = storage.load(node + SLOTS + index * 8);
    }
    match upper(storage, node, key) {
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
        /// Keys from few, so that many are there already, and enough of them to split inner nodes.
        #[test]
        fn it_holds_what_a_map_holds(seed in any::<u64>(), keys in 1..3_000u64, count in 1..2_000u64) {
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
