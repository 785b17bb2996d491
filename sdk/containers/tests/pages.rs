//! How many pages operations dirty, what small containers cost, and that removing everything leaves a space of zeros.

mod common;

use std::collections::HashSet;

use common::{PAGE, Random, assert_empty, changed_pages};
use vellum_containers::{List, Map, Memory, PAGES_USED_AT, Set, SortedMap, Stored, Str, hash_integer};

/// Runs steps on a container and returns how many pages each has changed: the sum and the most.
fn changes<T: Stored>(memory: &mut Memory, steps: usize, mut step: impl FnMut(&mut T, usize) + Send) -> (usize, usize) {
    let mut before = memory.bytes().to_vec();
    let (mut sum, mut most) = (0, 0);
    for number in 0..steps {
        memory.with(|container: &mut T| step(container, number));
        let pages = changed_pages(&before, memory.bytes());
        before.copy_from_slice(memory.bytes());
        (sum, most) = (sum + pages, most.max(pages));
    }
    (sum, most)
}

/// Asserts that steps change at most some pages, and fewer on average.
fn assert_changes<T: Stored>(
    name: &str,
    memory: &mut Memory,
    (steps, average, limit): (usize, f64, usize),
    step: impl FnMut(&mut T, usize) + Send,
) {
    let (sum, most) = changes(memory, steps, step);
    let mean = sum as f64 / steps as f64;
    println!("{name}: {mean:.2} pages on average, {most} at most");
    // Of the few steps under Miri a larger part makes the container larger.
    let is_low = cfg!(miri) || mean <= average;
    assert!(is_low && most <= limit, "{name}: {mean:.2} pages on average, {most} at most");
}

fn used(memory: &Memory) -> u32 {
    let at = PAGES_USED_AT as usize;
    u32::from_le_bytes(memory.bytes()[at..at + 4].try_into().unwrap())
}

const FEW: usize = if cfg!(miri) { 12 } else { 600 };

#[test]
fn an_insert_in_a_map_changes_few_pages() {
    type Kind = Map<u64, u64>;
    let mut memory = Memory::new(if cfg!(miri) { 32 } else { 150 });
    let mut random = Random(1);
    // From the first entry on, and with thousands of entries.
    assert_changes::<Kind>("insert", &mut memory, (FEW, 3.0, 8), |map, _| _ = map.insert(random.next(), 1));
    memory.with(|map: &mut Kind| (0..FEW * 12).for_each(|_| _ = map.insert(random.next(), 1)));
    assert_changes::<Kind>("insert in a large map", &mut memory, (FEW, 3.0, 8), |map, _| {
        _ = map.insert(random.next(), 1)
    });
    let keys: Vec<u64> = memory.with(|map: &mut Kind| map.keys().copied().collect());
    let keys = &keys;
    assert_changes::<Kind>("remove", &mut memory, (FEW, 3.0, 8), |map, step| _ = map.remove(&keys[step * 3]));
    // In a heap with holes.
    assert_changes::<Kind>("insert again", &mut memory, (FEW, 3.0, 8), |map, _| _ = map.insert(random.next(), 1));
    memory.with(|map: &mut Kind| map.clear());
    assert_empty::<Kind>(&memory);
}

/// Inverts `hash_integer`, as an attacker can.
fn integer_of(hash: u64) -> u64 {
    const INVERSE: u64 = {
        // Newton's iteration doubles the number of right bits.
        let (factor, mut inverse) = (0xd6e8_feb8_6659_fd93_u64, 1_u64);
        let mut turn = 0;
        while turn < 6 {
            inverse = inverse.wrapping_mul(2_u64.wrapping_sub(factor.wrapping_mul(inverse)));
            turn += 1;
        }
        inverse
    };
    let unshift = |value: u64| value ^ value >> 32;
    unshift(unshift(unshift(hash).wrapping_mul(INVERSE)).wrapping_mul(INVERSE))
}

#[test]
#[cfg_attr(miri, ignore = "takes minutes under Miri; the other tests reach the same code")]
fn keys_that_were_chosen_to_collide_change_few_pages() {
    type Kind = Map<u64, u64>;
    assert_eq!(integer_of(hash_integer(12_345)), 12_345);
    let mut memory = Memory::new(if cfg!(miri) { 32 } else { 150 });
    let mut random = Random(3);
    let groups = if cfg!(miri) { 1 } else { 4 };
    let mut model = HashSet::new();
    // Hashes that agree in 4 to 62 bits, in groups that differ late, so that directories are needed at all levels.
    let mut keys = Vec::new();
    for _ in 0..groups {
        let base = random.next();
        let all = [58, 4, 40, 16, 62, 52, 6, 30];
        for bits in &all[..if cfg!(miri) { 3 } else { 8 }] {
            keys.extend((0..70).map(|_| integer_of(base ^ random.next() >> bits)));
        }
    }
    let (all, seen) = (&keys, &mut model);
    assert_changes::<Kind>("insert of chosen keys", &mut memory, (keys.len(), 3.2, 8), move |map, step| {
        map.insert(all[step], 1);
        seen.insert(all[step]);
        assert_eq!(map.len() as usize, seen.len());
    });
    let pages = used(&memory);
    println!("{} keys have {pages} pages", model.len());
    assert!((pages as usize) < model.len() / 25 + 8, "{} keys have {pages} pages", model.len());
    let model = &model;
    memory.with(|map: &mut Kind| {
        assert!(model.iter().all(|key| map.contains_key(key)));
        assert_eq!(map.iter().map(|(key, _)| *key).collect::<HashSet<_>>(), *model);
        assert!(model.iter().all(|key| map.remove(key)));
    });
    assert_empty::<Kind>(&memory);
}

#[test]
fn operations_of_a_sorted_map_change_few_pages() {
    type Kind = SortedMap<u64, u64>;
    let mut memory = Memory::new(if cfg!(miri) { 32 } else { 150 });
    let mut random = Random(2);
    memory.with(|map: &mut Kind| (0..FEW * 12).for_each(|_| _ = map.insert(random.next(), 1)));
    assert_changes::<Kind>("sorted insert", &mut memory, (FEW, 3.0, 9), |map, _| _ = map.insert(random.next(), 1));
    let keys: Vec<u64> = memory.with(|map: &mut Kind| map.keys().copied().collect());
    let keys = &keys;
    assert_changes::<Kind>("sorted remove", &mut memory, (FEW, 3.0, 9), |map, step| _ = map.remove(&keys[step * 3]));
    assert_changes::<Kind>("sorted append", &mut memory, (FEW, 3.0, 9), |map, step| {
        map.insert(u64::MAX - 10_000 + step as u64, 1);
    });
    memory.with(|map: &mut Kind| map.clear());
    assert_empty::<Kind>(&memory);
}

#[test]
fn operations_of_a_list_change_few_pages() {
    type Kind = List<u64>;
    let mut memory = Memory::new(if cfg!(miri) { 32 } else { 100 });
    assert_changes::<Kind>("push", &mut memory, (FEW, 2.1, 7), |list, step| _ = list.push(step as u64 + 1));
    assert_changes::<Kind>("pop", &mut memory, (FEW, 2.1, 7), |list, _| _ = list.pop());
    assert_empty::<Kind>(&memory);
}

#[test]
fn a_map_has_two_thousand_maps() {
    type Kind = Map<u32, Map<u64, u64>>;
    let maps = if cfg!(miri) { 60 } else { 2_000 };
    let mut memory = Memory::new(400);
    memory.with(|map: &mut Kind| {
        for key in 0..maps {
            for index in 0..3 {
                map.or_zero(key).insert(index, u64::from(key) + 1);
            }
        }
        assert_eq!(map.len(), maps);
        assert!((0..maps).all(|key| map.get(&key).unwrap().get(&2) == Some(&(u64::from(key) + 1))));
    });
    let pages = used(&memory);
    println!("{maps} maps of three entries have {pages} pages");
    // 80 bytes for three entries of 16, and 12 in the outer map.
    assert!(pages < maps * 120 / PAGE as u32 + 8, "{pages} pages");
    memory.with(|map: &mut Kind| (0..maps).for_each(|key| assert!(map.remove(&key))));
    assert_empty::<Kind>(&memory);
}

#[test]
fn a_list_has_a_million_elements() {
    type Kind = List<u32>;
    let count: u32 = if cfg!(miri) { 3_000 } else { 1_100_000 };
    let mut memory = Memory::new(1_200);
    memory.with(|list: &mut Kind| {
        (0..count).for_each(|index| _ = list.push(index));
        assert!(list.iter().copied().eq(0..count));
        assert_eq!(list.get(count), None);
        (0..count).step_by(997).for_each(|index| assert_eq!(list[index], index));
    });
    let pages = used(&memory);
    assert!(pages <= count / 1_024 + 4, "{pages} pages");
    memory.with(|list: &mut Kind| while list.pop().is_some() {});
    assert_empty::<Kind>(&memory);
}

/// Groups of more than 4,064 pages, and blocks of many pages.
#[test]
#[cfg_attr(miri, ignore = "slow")]
fn a_heap_has_several_groups() {
    type Kind = Map<u64, [u64; 3_000]>;
    let mut memory = Memory::new(10_000);
    memory.with(|map: &mut Kind| {
        for key in 0..1_300 {
            map.or_zero(key)[2_999] = key;
        }
        assert!((0..1_300).all(|key| map.get(&key).unwrap()[2_999] == key));
    });
    assert!(used(&memory) > 2 * 4_064, "{} pages", used(&memory));
    memory.with(|map: &mut Kind| (0..1_300).for_each(|key| assert!(map.remove(&key))));
    assert_empty::<Kind>(&memory);
}

#[test]
fn the_space_is_full_at_its_last_page_and_has_room_after_a_removal() {
    type Kind = Map<u64, Str>;
    let mut memory = Memory::new(6);
    let text = "a text of a kilobyte, more or less.".repeat(28);
    let text = &*text;
    let filled = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        memory.with(|map: &mut Kind| (0..100).for_each(|key| map.or_zero(key).set(text)))
    }));
    let message = *filled.unwrap_err().downcast::<String>().unwrap();
    assert!(message.starts_with("the storage is full"), "{message}");
    memory.with(|map: &mut Kind| {
        let count = map.len();
        assert!(count > 8, "{count} texts");
        assert!(map.remove(&0) && map.remove(&1));
        map.or_zero(1_000).set(text);
        map.clear();
    });
    assert_empty::<Kind>(&memory);
}

#[test]
fn a_set_of_texts_leaves_no_text_behind() {
    let mut memory = Memory::new(64);
    memory.with(|set: &mut Set<Str>| {
        for index in 0..if cfg!(miri) { 20 } else { 500_u32 } {
            let text = format!("text number {index}");
            assert!(set.insert(Str::from(&*text)));
            assert!(!set.insert(Str::from(&*text)));
            if index % 3 == 0 {
                assert!(set.remove(&text));
            }
        }
        set.clear();
    });
    assert_empty::<Set<Str>>(&memory);
}
