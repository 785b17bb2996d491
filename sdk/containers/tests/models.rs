//! The containers do what those of std do, and leave a space of zeros when all is removed.

mod common;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ops::Bound;

use common::{assert_empty, cases};
use proptest::collection::vec;
use proptest::prelude::*;
use vellum_containers::{Bytes, List, Map, Memory, Set, SortedMap, SortedSet, Stored, Str};

/// What a test does with a container.
#[derive(Debug, Clone)]
enum Step {
    /// Inserts keys `first`, `first + stride`, ….
    Insert {
        first: u64,
        stride: u64,
        count: u64,
    },
    Remove {
        first: u64,
        stride: u64,
        count: u64,
    },
    Look {
        key: u64,
    },
    Range {
        from: u64,
        to: u64,
    },
    Clear,
}

const KEYS: u64 = 3_000;

fn steps(count: u64) -> impl Strategy<Value = Vec<Step>> {
    let count = if cfg!(miri) { count.min(10) } else { count };
    let many = (0..KEYS, prop_oneof![Just(1_u64), Just(7), Just(u64::MAX)], 1..count);
    let step = prop_oneof![
        6 => many.clone().prop_map(|(first, stride, count)| Step::Insert { first, stride, count }),
        4 => many.prop_map(|(first, stride, count)| Step::Remove { first, stride, count }),
        4 => (0..KEYS).prop_map(|key| Step::Look { key }),
        2 => (0..KEYS, 0..KEYS).prop_map(|(a, b)| Step::Range { from: a.min(b), to: a.max(b) }),
        1 => Just(Step::Clear),
    ];
    vec(step, 1..if cfg!(miri) { 7 } else { 40 })
}

/// The keys of a step.
fn keys(first: u64, stride: u64, count: u64) -> impl Iterator<Item = u64> {
    (0..count).map(move |index| first.wrapping_add(stride.wrapping_mul(index)) % KEYS)
}

fn value(key: u64, step: usize) -> u64 {
    key.wrapping_mul(1_000_003) ^ step as u64
}

fn text(key: u64) -> String {
    // Some keys are longer than others, and many share a prefix.
    format!("{}{key}", "key-".repeat((key % 40) as usize / 3))
}

fn memory() -> Memory {
    Memory::new(if cfg!(miri) { 64 } else { 2_048 })
}

proptest! {
    #![proptest_config(cases(40))]

    #[test]
    fn a_map_is_a_hash_map(steps in steps(400)) {
        let mut memory = memory();
        let steps = &steps;
        memory.with(|map: &mut Map<u64, u64>| {
            let mut model = HashMap::new();
            for (number, step) in steps.iter().enumerate() {
                match *step {
                    Step::Insert { first, stride, count } => for key in keys(first, stride, count) {
                        assert_eq!(*map.insert(key, value(key, number)), value(key, number));
                        model.insert(key, value(key, number));
                    },
                    Step::Remove { first, stride, count } => for key in keys(first, stride, count) {
                        assert_eq!(map.take(&key), model.remove(&key));
                    },
                    Step::Look { key } => {
                        assert_eq!(map.get(&key), model.get(&key));
                        assert_eq!(map.get_mut(&key).map(|value| { *value += 1; *value }),
                            model.get_mut(&key).map(|value| { *value += 1; *value }));
                        *map.or_zero(key + KEYS) += 5;
                        *model.entry(key + KEYS).or_default() += 5;
                    }
                    Step::Range { .. } => {
                        for (key, value) in map.iter_mut() { *value ^= key; }
                        for (key, value) in &mut model { *value ^= key; }
                    }
                    Step::Clear => { map.clear(); model.clear(); }
                }
                assert_eq!(map.len() as usize, model.len());
            }
            let found: HashMap<_, _> = map.iter().map(|(key, value)| (*key, *value)).collect();
            assert_eq!(map.iter().count(), model.len());
            assert_eq!(&found, &model);
            for key in model.keys() { assert!(map.remove(key)); }
        });
        assert_empty::<Map<u64, u64>>(&memory);
    }

    #[test]
    fn a_map_of_texts_is_a_hash_map(steps in steps(60)) {
        let mut memory = memory();
        let steps = &steps;
        memory.with(|map: &mut Map<Str, Bytes>| {
            let mut model: HashMap<String, Vec<u8>> = HashMap::new();
            for (number, step) in steps.iter().enumerate() {
                match *step {
                    Step::Insert { first, stride, count } => for key in keys(first, stride, count) {
                        let bytes = vec![number as u8; (key % 300) as usize];
                        map.insert(text(key).as_str().into(), bytes.as_slice().into());
                        model.insert(text(key), bytes);
                    },
                    Step::Remove { first, stride, count } => for key in keys(first, stride, count) {
                        assert_eq!(map.remove(&text(key)), model.remove(&text(key)).is_some());
                    },
                    Step::Look { key } => {
                        assert_eq!(map.get(&text(key)).map(|it| it.as_slice()), model.get(&text(key)).map(|it| &**it));
                        map.or_zero(text(key).as_str().into()).extend_from_slice(b"more");
                        model.entry(text(key)).or_default().extend_from_slice(b"more");
                    }
                    Step::Range { .. } => {
                        let mut all: Vec<_> = map.iter().map(|(key, value)| (key.to_string(), value.to_vec())).collect();
                        all.sort();
                        let mut expected: Vec<_> = model.clone().into_iter().collect();
                        expected.sort();
                        assert_eq!(all, expected);
                    }
                    Step::Clear => { map.clear(); model.clear(); }
                }
                assert_eq!(map.len() as usize, model.len());
            }
            map.clear();
        });
        assert_empty::<Map<Str, Bytes>>(&memory);
    }

    #[test]
    fn a_sorted_map_is_a_btree_map(steps in steps(600)) {
        let mut memory = memory();
        let steps = &steps;
        memory.with(|map: &mut SortedMap<u64, u64>| {
            let mut model = BTreeMap::new();
            for (number, step) in steps.iter().enumerate() {
                match *step {
                    Step::Insert { first, stride, count } => for key in keys(first, stride, count) {
                        assert_eq!(*map.insert(key, value(key, number)), value(key, number));
                        model.insert(key, value(key, number));
                    },
                    Step::Remove { first, stride, count } => for key in keys(first, stride, count) {
                        assert_eq!(map.take(&key), model.remove(&key));
                    },
                    Step::Look { key } => {
                        assert_eq!(map.get(&key), model.get(&key));
                        *map.or_zero(key) += 5;
                        *model.entry(key).or_default() += 5;
                        assert_eq!(map.first(), model.first_key_value());
                        assert_eq!(map.last(), model.last_key_value());
                    }
                    Step::Range { from, to } => {
                        assert!(map.range(from..to).eq(model.range(from..to)));
                        assert!(map.range(from..=to).eq(model.range(from..=to)));
                        assert!(map.range((Bound::Excluded(from), Bound::Unbounded))
                            .eq(model.range((Bound::Excluded(from), Bound::Unbounded))));
                        for (key, value) in map.iter_mut() { *value ^= key; }
                        for (key, value) in &mut model { *value ^= key; }
                    }
                    Step::Clear => { map.clear(); model.clear(); }
                }
                assert_eq!(map.len() as usize, model.len());
            }
            assert!(map.iter().eq(model.iter()));
            assert!(map.iter().rev().eq(model.iter().rev()));
            for key in model.keys() { assert!(map.remove(key)); }
        });
        assert_empty::<SortedMap<u64, u64>>(&memory);
    }

    /// Large entries: nodes of four.
    #[test]
    fn a_sorted_map_of_large_entries_is_a_btree_map(steps in steps(40)) {
        type Key = [u8; 1100];
        let key_of = |key: u64| -> Key { let mut it = [0; 1100]; it[..8].copy_from_slice(&key.to_be_bytes()); it };
        let mut memory = memory();
        let steps = &steps;
        memory.with(|map: &mut SortedMap<Key, [u8; 10]>| {
            let mut model = BTreeMap::new();
            for (number, step) in steps.iter().enumerate() {
                match *step {
                    Step::Insert { first, stride, count } => for key in keys(first, stride, count) {
                        map.insert(key_of(key), [number as u8; 10]);
                        model.insert(key_of(key), [number as u8; 10]);
                    },
                    Step::Remove { first, stride, count } => for key in keys(first, stride, count) {
                        assert_eq!(map.take(&key_of(key)), model.remove(&key_of(key)));
                    },
                    Step::Look { key } => assert_eq!(map.get(&key_of(key)), model.get(&key_of(key))),
                    Step::Range { from, to } => {
                        assert!(map.range(key_of(from)..key_of(to)).eq(model.range(key_of(from)..key_of(to))));
                    }
                    Step::Clear => { map.clear(); model.clear(); }
                }
            }
            assert!(map.iter().eq(model.iter()));
            for key in model.keys().rev() { assert!(map.remove(key)); }
        });
        assert_empty::<SortedMap<Key, [u8; 10]>>(&memory);
    }

    #[test]
    fn a_sorted_map_of_texts_is_a_btree_map(steps in steps(100)) {
        let mut memory = memory();
        let steps = &steps;
        memory.with(|map: &mut SortedMap<Str, List<u64>>| {
            let mut model: BTreeMap<String, Vec<u64>> = BTreeMap::new();
            for step in steps {
                match *step {
                    Step::Insert { first, stride, count } => for key in keys(first, stride, count) {
                        map.or_zero(text(key).as_str().into()).push(first);
                        model.entry(text(key)).or_default().push(first);
                    },
                    Step::Remove { first, stride, count } => for key in keys(first, stride, count) {
                        assert_eq!(map.remove(&text(key)), model.remove(&text(key)).is_some());
                    },
                    Step::Look { key } => {
                        assert_eq!(map.get(&text(key)).map(|it| it.iter().copied().collect()), model.get(&text(key)).cloned());
                    }
                    Step::Range { from, to } => {
                        let (from, to) = (text(from), text(to));
                        let (from, to) = if from <= to { (from, to) } else { (to, from) };
                        let range = (Bound::Included(&*from), Bound::Excluded(&*to));
                        let found: Vec<_> = map.range(range).map(|(key, value)| (key.to_string(), value.len())).collect();
                        let expected: Vec<_> = model.range::<str, _>(range).map(|(key, it)| (key.clone(), it.len() as u32)).collect();
                        assert_eq!(found, expected);
                    }
                    Step::Clear => { map.clear(); model.clear(); }
                }
            }
            assert!(map.keys().map(|key| key.as_str()).eq(model.keys()));
            map.clear();
        });
        assert_empty::<SortedMap<Str, List<u64>>>(&memory);
    }

    #[test]
    fn sets_are_those_of_std(steps in steps(300)) {
        #[repr(C)]
        struct Sets { hashed: Set<u8>, texts: Set<Str>, sorted: SortedSet<[u8; 3]> }
        // SAFETY: three containers side by side, without padding.
        unsafe impl Stored for Sets { const OWNS: bool = true; }
        let small = |key: u64| [key as u8, (key >> 8) as u8, 3];
        let mut memory = memory();
        let steps = &steps;
        memory.with(|sets: &mut Sets| {
            let (mut hashed, mut texts, mut sorted) = (HashSet::new(), HashSet::new(), BTreeSet::new());
            for step in steps {
                match *step {
                    Step::Insert { first, stride, count } => for key in keys(first, stride, count) {
                        assert_eq!(sets.hashed.insert(key as u8), hashed.insert(key as u8));
                        assert_eq!(sets.texts.insert(text(key).as_str().into()), texts.insert(text(key)));
                        assert_eq!(sets.sorted.insert(small(key)), sorted.insert(small(key)));
                    },
                    Step::Remove { first, stride, count } => for key in keys(first, stride, count) {
                        assert_eq!(sets.hashed.remove(&(key as u8)), hashed.remove(&(key as u8)));
                        assert_eq!(sets.texts.remove(&text(key)), texts.remove(&text(key)));
                        assert_eq!(sets.sorted.remove(&small(key)), sorted.remove(&small(key)));
                    },
                    Step::Look { key } => {
                        assert_eq!(sets.hashed.contains(&(key as u8)), hashed.contains(&(key as u8)));
                        assert_eq!(sets.texts.contains(&text(key)), texts.contains(&text(key)));
                        assert_eq!(sets.sorted.contains(&small(key)), sorted.contains(&small(key)));
                        assert_eq!((sets.sorted.first(), sets.sorted.last()), (sorted.first(), sorted.last()));
                    }
                    Step::Range { from, .. } => assert!(sets.sorted.range(small(from)..).eq(sorted.range(small(from)..))),
                    Step::Clear => { sets.texts.clear(); texts.clear(); }
                }
                assert_eq!(sets.hashed.len() as usize, hashed.len());
                assert_eq!(sets.texts.len() as usize, texts.len());
                assert!(sets.sorted.iter().eq(sorted.iter()));
            }
            assert_eq!(sets.hashed.iter().copied().collect::<HashSet<_>>(), hashed);
            sets.hashed.clear();
            sets.texts.clear();
            sets.sorted.clear();
        });
        assert_empty::<Sets>(&memory);
    }

    #[test]
    fn a_list_is_a_vec(steps in steps(700)) {
        let mut memory = memory();
        let steps = &steps;
        memory.with(|lists: &mut [List<[u32; 3]>; 2]| {
            let [list, other] = lists;
            let mut model = Vec::new();
            for step in steps {
                match *step {
                    Step::Insert { first, count, .. } => for index in 0..count {
                        let element = [first as u32, index as u32, 7];
                        assert_eq!(*list.push(element), element);
                        model.push(element);
                        other.push([1; 3]);
                    },
                    Step::Remove { first, count, .. } => for _ in 0..count {
                        if first % 3 == 0 && !model.is_empty() {
                            let index = first as usize % model.len();
                            assert_eq!(list.swap_remove(index as u32), model.swap_remove(index));
                        } else {
                            assert_eq!(list.pop(), model.pop());
                        }
                    },
                    Step::Look { key } => {
                        assert_eq!(list.get(key as u32), model.get(key as usize));
                        assert_eq!((list.first(), list.last()), (model.first(), model.last()));
                        if let Some(element) = model.get_mut(key as usize) {
                            element[2] += 1;
                            list[key as u32][2] += 1;
                        }
                    }
                    Step::Range { from, to } => {
                        if (to as usize) < model.len() {
                            list.swap(from as u32, to as u32);
                            model.swap(from as usize, to as usize);
                        }
                        for element in list.iter_mut() { element[0] ^= 1; }
                        for element in &mut model { element[0] ^= 1; }
                    }
                    Step::Clear => { list.clear(); model.clear(); }
                }
                assert!(list.iter().eq(model.iter()));
            }
            list.truncate(model.len() as u32 / 2);
            model.truncate(model.len() / 2);
            assert!(list.iter().eq(model.iter()));
            while list.remove_last() {}
            other.clear();
        });
        assert_empty::<[List<[u32; 3]>; 2]>(&memory);
    }

    #[test]
    fn bytes_are_a_vec(steps in vec((0..5_u8, 0..40_000_usize, any::<u8>()), 1..if cfg!(miri) { 5 } else { 30 })) {
        let mut memory = memory();
        let steps = &steps;
        memory.with(|bytes: &mut [Bytes; 2]| {
            let mut models = [vec![], vec![]];
            for &(kind, length, byte) in steps {
                let which = usize::from(byte % 2);
                let (bytes, model) = (&mut bytes[which], &mut models[which]);
                match kind {
                    0 => { bytes.set(&vec![byte; length]); *model = vec![byte; length]; }
                    1 => { bytes.extend_from_slice(&vec![byte; length / 8]); model.extend_from_slice(&vec![byte; length / 8]); }
                    2 => { bytes.truncate(length); model.truncate(length); }
                    3 => { bytes.push(byte); model.push(byte); }
                    _ => if let Some(last) = model.last_mut() {
                        *last = byte;
                        *bytes.as_mut_slice().last_mut().unwrap() = byte;
                    }
                }
                assert_eq!(bytes.as_slice(), &model[..]);
            }
            bytes.iter_mut().for_each(Bytes::clear);
        });
        assert_empty::<[Bytes; 2]>(&memory);
    }

    #[test]
    fn containers_nest(steps in steps(60)) {
        let mut memory = memory();
        let steps = &steps;
        memory.with(|map: &mut Map<u64, Map<u64, List<Str>>>| {
            let mut model: HashMap<u64, HashMap<u64, Vec<String>>> = HashMap::new();
            for step in steps {
                match *step {
                    Step::Insert { first, stride, count } => for key in keys(first, stride, count) {
                        map.or_zero(key % 50).or_zero(key % 7).push(text(key).as_str().into());
                        model.entry(key % 50).or_default().entry(key % 7).or_default().push(text(key));
                    },
                    Step::Remove { first, stride, count } => for key in keys(first, stride, count) {
                        if let Some(inner) = model.get_mut(&(key % 50)) {
                            let was_there = inner.remove(&(key % 7)).is_some();
                            assert_eq!(map.get_mut(&(key % 50)).unwrap().remove(&(key % 7)), was_there);
                        }
                    },
                    Step::Look { key } => assert_eq!(map.remove(&(key % 50)), model.remove(&(key % 50)).is_some()),
                    Step::Range { from, to } => {
                        // An inner map moves to another key.
                        if let Some(inner) = model.remove(&(from % 50)) {
                            let taken = map.take(&(from % 50)).unwrap();
                            map.insert(to % 50, taken);
                            model.insert(to % 50, inner);
                        }
                    }
                    Step::Clear => { map.clear(); model.clear(); }
                }
            }
            assert_eq!(map.len() as usize, model.len());
            for (key, inner) in &model {
                assert_eq!(map.get(key).unwrap().len() as usize, inner.len());
                for (key_in, list) in inner {
                    assert!(map.get(key).unwrap().get(key_in).unwrap().iter().map(|text| text.as_str()).eq(list.iter()));
                }
            }
            map.clear();
        });
        assert_empty::<Map<u64, Map<u64, List<Str>>>>(&memory);
    }
}

/// Tens of millions of operations: the tests above with 100 times as many cases, in a process of their own.
#[test]
#[ignore = "takes minutes"]
fn millions_of_operations() {
    let mut tests = std::process::Command::new(std::env::current_exe().unwrap());
    assert!(tests.env("VELLUM_LONG", "100").status().unwrap().success());
}
