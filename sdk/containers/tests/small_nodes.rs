//! Elements so large that nodes have few of them: deep trees with few entries, for Miri above all.

mod common;

use std::collections::{BTreeMap, HashMap};

use common::{Random, assert_empty};
use vellum_containers::{List, Map, Memory, SortedMap, Stored};

type Large = [u64; 140];

#[repr(C)]
struct Contract {
    map: Map<u64, Large>,
    sorted: SortedMap<[u8; 1_100], List<u32>>,
    list: List<Large>,
}

// SAFETY: three containers of eight bytes side by side, without padding.
unsafe impl Stored for Contract {
    const OWNS: bool = true;
}

fn large(value: u64) -> Large {
    [value; 140]
}

fn key(value: u64) -> [u8; 1_100] {
    let mut key = [0; 1_100];
    key[..8].copy_from_slice(&value.to_be_bytes());
    key
}

#[test]
fn nodes_of_four_entries_split_and_merge() {
    let (mut memory, mut random) = (Memory::new(if cfg!(miri) { 120 } else { 1_500 }), Random(9));
    let (steps, keys) = if cfg!(miri) { (120, 40) } else { (4_000, 300) };
    memory.with(|contract: &mut Contract| {
        let (mut map, mut sorted, mut list) = (HashMap::new(), BTreeMap::<_, Vec<u32>>::new(), Vec::new());
        for step in 0..steps {
            let number = random.below(keys);
            // More is inserted in one half of the time, more removed in the other.
            if (random.below(3) == 0) == (step < steps / 2) {
                assert_eq!(contract.map.take(&number), map.remove(&number));
                assert_eq!(contract.sorted.remove(&key(number)), sorted.remove(&key(number)).is_some());
                assert_eq!(contract.list.pop(), list.pop());
            } else {
                contract.map.insert(number, large(step));
                map.insert(number, large(step));
                contract.sorted.or_zero(key(number)).push(step as u32);
                sorted.entry(key(number)).or_default().push(step as u32);
                contract.list.push(large(step));
                list.push(large(step));
            }
            if step % 20 == 0 {
                assert_eq!(contract.map.iter().map(|(key, value)| (*key, *value)).collect::<HashMap<_, _>>(), map);
                assert!(
                    contract.sorted.keys().eq(sorted.keys()) && contract.sorted.keys().rev().eq(sorted.keys().rev())
                );
                assert!(contract.list.iter().eq(&list));
            }
        }
        for (_, value) in contract.map.iter_mut() {
            value[0] += 1;
        }
        assert!(map.iter().all(|(key, value)| contract.map.get(key).unwrap()[0] == value[0] + 1));
        assert!(sorted.iter().all(|(key, value)| contract.sorted.get(key).unwrap().iter().eq(value)));
        contract.map.clear();
        contract.sorted.clear();
        contract.list.clear();
    });
    assert_empty::<Contract>(&memory);
}
