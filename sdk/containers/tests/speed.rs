//! How long operations take beside those of std's containers.
//!
//! `cargo test --release -p vellum-containers --test speed -- --ignored --nocapture` prints nanoseconds of an operation and their ratio.
//! Both sides run alternately, in blocks of 1,000 operations. The time of a block is its shortest of all rounds, so other programs
//! that run disturb little. The pages of the space are present, as those of a warm contract are.

mod common;

use std::collections::{BTreeMap, HashMap};
use std::hint::black_box;
use std::time::Instant;

use common::Random;
use vellum_containers::{List, Map, Memory, SortedMap};

const ENTRIES: usize = 100_000;
const BLOCK: usize = 1_000;
const ROUNDS: usize = 30;

/// The shortest times of all blocks.
struct Laps(Vec<f64>);

impl Laps {
    /// Runs a function on all keys, block by block.
    fn run(&mut self, keys: &[u64], mut function: impl FnMut(u64)) {
        for (block, best) in keys.chunks(BLOCK).zip(&mut self.0) {
            let start = Instant::now();
            block.iter().for_each(|&key| function(key));
            *best = best.min(start.elapsed().as_nanos() as f64);
        }
    }
}

fn compare(name: &str, mut ours: impl FnMut(&mut Laps), mut theirs: impl FnMut(&mut Laps)) {
    let mut laps = [0, 1].map(|_| Laps(vec![f64::MAX; ENTRIES / BLOCK]));
    for _ in 0..ROUNDS {
        ours(&mut laps[0]);
        theirs(&mut laps[1]);
    }
    let [ours, theirs] = laps.map(|laps| laps.0.iter().sum::<f64>() / ENTRIES as f64);
    println!("{name:32} {ours:8.1} ns  std {theirs:8.1} ns  ratio {:.2}", ours / theirs);
}

fn shuffled(keys: &[u64]) -> Vec<u64> {
    let (mut keys, mut random) = (keys.to_vec(), Random(7));
    for index in (1..keys.len()).rev() {
        keys.swap(index, random.below(index as u64 + 1) as usize);
    }
    keys
}

#[test]
#[ignore = "a measurement"]
fn beside_std() {
    let mut random = Random(1);
    let keys: Vec<u64> = (0..ENTRIES).map(|_| random.next()).collect();
    let order = shuffled(&keys);
    let (keys, order) = (&keys[..], &order[..]);
    let (mut hashed, mut sorted, mut listed) = (Memory::new(8_192), Memory::new(8_192), Memory::new(8_192));
    let mut hash_map: HashMap<u64, u64> = keys.iter().map(|&key| (key, key)).collect();
    let tree: BTreeMap<u64, u64> = keys.iter().map(|&key| (key, key)).collect();
    let mut vec = keys.to_vec();
    hashed.with(|map: &mut Map<u64, u64>| keys.iter().for_each(|&key| *map.or_zero(key) = key));
    sorted.with(|map: &mut SortedMap<u64, u64>| keys.iter().for_each(|&key| *map.or_zero(key) = key));
    listed.with(|list: &mut List<u64>| list.extend(keys.iter().copied()));

    let run = |memory: &mut Memory, laps: &mut Laps, function: fn(&mut Map<u64, u64>, u64), keys: &[u64]| {
        memory.with(|map: &mut Map<u64, u64>| laps.run(keys, |key| function(map, key)));
    };
    let look_up = |map: &mut Map<u64, u64>, key| _ = black_box(map.get(&key).copied());
    compare(
        "Map look-up, HashMap",
        |laps| run(&mut hashed, laps, look_up, order),
        |laps| {
            laps.run(order, |key| _ = black_box(hash_map.get(&key).copied()));
        },
    );
    let miss = |map: &mut Map<u64, u64>, key| _ = black_box(map.get(&(key ^ 1 << 40)).copied());
    compare(
        "Map look-up of none, HashMap",
        |laps| run(&mut hashed, laps, miss, order),
        |laps| {
            laps.run(order, |key| _ = black_box(hash_map.get(&(key ^ 1 << 40)).copied()));
        },
    );
    let update = |map: &mut Map<u64, u64>, key| *map.get_mut(&key).unwrap() += 1;
    compare(
        "Map update, HashMap",
        |laps| run(&mut hashed, laps, update, order),
        |laps| {
            laps.run(order, |key| *hash_map.get_mut(&key).unwrap() += 1);
        },
    );
    let insert = |map: &mut Map<u64, u64>, key| _ = map.insert(key, key);
    compare(
        "Map insert, HashMap",
        |laps| {
            hashed.with(|map: &mut Map<u64, u64>| map.clear());
            run(&mut hashed, laps, insert, keys);
        },
        |laps| {
            let mut map = HashMap::new();
            laps.run(keys, |key| _ = map.insert(key, key));
        },
    );
    let remove = |map: &mut Map<u64, u64>, key| _ = map.remove(&key);
    compare(
        "Map remove, HashMap",
        |laps| {
            hashed.with(|map: &mut Map<u64, u64>| keys.iter().for_each(|&key| *map.or_zero(key) = key));
            run(&mut hashed, laps, remove, order);
        },
        |laps| {
            let mut map = hash_map.clone();
            laps.run(order, |key| _ = map.remove(&key));
        },
    );
    compare(
        "SortedMap look-up, BTreeMap",
        |laps| {
            sorted.with(|map: &mut SortedMap<u64, u64>| laps.run(order, |key| _ = black_box(map.get(&key).copied())));
        },
        |laps| {
            laps.run(order, |key| _ = black_box(tree.get(&key).copied()));
        },
    );
    compare(
        "SortedMap insert, BTreeMap",
        |laps| {
            sorted.with(|map: &mut SortedMap<u64, u64>| {
                map.clear();
                laps.run(keys, |key| _ = map.insert(key, key));
            });
        },
        |laps| {
            let mut map = BTreeMap::new();
            laps.run(keys, |key| _ = map.insert(key, key));
        },
    );
    compare(
        "List update at random, Vec",
        |laps| {
            listed.with(|list: &mut List<u64>| laps.run(order, |key| list[(key % ENTRIES as u64) as u32] += 1));
        },
        |laps| {
            laps.run(order, |key| vec[(key % ENTRIES as u64) as usize] += 1);
        },
    );
    compare(
        "List push, Vec",
        |laps| {
            listed.with(|list: &mut List<u64>| {
                list.clear();
                laps.run(keys, |key| _ = list.push(key));
            });
        },
        |laps| {
            let mut vec = Vec::new();
            laps.run(keys, |key| vec.push(key));
        },
    );
}
