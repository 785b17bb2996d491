//! Operations that end in the middle and are undone, as the VM undoes a failed call, leave no trace, and what follows is right.

mod common;

use std::collections::{BTreeMap, HashMap};

use common::{Random, Stop, Watched, assert_empty, attempt};
use vellum_containers::{Bytes, List, Map, Memory, SortedMap, Space, Stored};

#[repr(C)]
struct Contract {
    map: Map<u64, List<u64>>,
    sorted: SortedMap<Bytes, Bytes>,
}

// SAFETY: two containers of eight bytes side by side, without padding.
unsafe impl Stored for Contract {
    const OWNS: bool = true;
}

type Model = (HashMap<u64, Vec<u64>>, BTreeMap<Vec<u8>, Vec<u8>>);

fn bytes<S: Space>(space: S, content: &[u8]) -> Result<Bytes, S::Error> {
    let mut bytes = Bytes::new();
    // SAFETY: the string is new.
    unsafe { bytes.set_in(space, content) }?;
    Ok(bytes)
}

/// One random change of the contract.
fn change(contract: &mut Contract, space: Watched<'_>, mut random: Random) -> Result<(), Stop> {
    let (kind, key, value) = (random.below(6), random.below(150), random.next());
    let text = format!("{}{}", "long ".repeat(key as usize % 60), key);
    // SAFETY: the containers belong to the space.
    unsafe {
        match kind {
            0..3 => {
                let list = contract.map.or_zero_in(space, key)?;
                (*list).grow_in(space)?.write(value);
                let place = contract.sorted.or_zero_in(space, bytes(space, text.as_bytes())?)?;
                (*place).set_in(space, &vec![1; value as usize % 900])?;
            }
            3 => {
                if let Some(mut list) = contract.map.take_in(space, &key)? {
                    list.clear_in(space)?;
                }
            }
            4 => {
                if let Some(mut value) = contract.sorted.take_in(space, text.as_bytes())? {
                    value.clear_in(space)?;
                }
            }
            _ => {
                if let Some(list) = contract.map.get_mut_in(space, &key)? {
                    (*list).pop_in(space)?;
                }
            }
        }
    }
    Ok(())
}

/// The same change of the model.
fn change_model(model: &mut Model, mut random: Random) {
    let (kind, key, value) = (random.below(6), random.below(150), random.next());
    let text = format!("{}{}", "long ".repeat(key as usize % 60), key);
    match kind {
        0..3 => {
            model.0.entry(key).or_default().push(value);
            model.1.insert(text.into_bytes(), vec![1; value as usize % 900]);
        }
        3 => _ = model.0.remove(&key),
        4 => _ = model.1.remove(text.as_bytes()),
        _ => _ = model.0.get_mut(&key).and_then(Vec::pop),
    }
}

#[test]
fn what_was_interrupted_and_undone_is_repeated_with_the_right_result() {
    let mut memory = Memory::new(if cfg!(miri) { 40 } else { 100 });
    memory.with(|_: &mut Contract| ());
    let mut model = Model::default();
    let (steps, mut interrupted) = (if cfg!(miri) { 25 } else { 1_000 }, 0);
    for step in 0..steps {
        // The step fails at one write after another, at some distance, until it has enough of them.
        let mut writes = step % 7;
        loop {
            match attempt(&mut memory, writes, |contract, space| change(contract, space, Random(step))) {
                Ok(()) => break,
                Err(stop) => assert_eq!(stop, Stop::Interrupted),
            }
            interrupted += 1;
            writes += 1 + writes / 2;
        }
        change_model(&mut model, Random(step));
    }
    assert!(interrupted > steps, "{interrupted}");
    let model = &model;
    memory.with(|contract: &mut Contract| {
        let lists: HashMap<_, _> =
            contract.map.iter().map(|(key, list)| (*key, list.iter().copied().collect())).collect();
        assert_eq!(lists, model.0);
        let texts: BTreeMap<_, _> = contract.sorted.iter().map(|(key, value)| (key.to_vec(), value.to_vec())).collect();
        assert_eq!(texts, model.1);
        contract.map.clear();
        contract.sorted.clear();
    });
    assert_empty::<Contract>(&memory);
}

#[test]
fn a_cursor_goes_both_ways_in_a_given_space() {
    let mut memory = Memory::new(32);
    memory.with(|map: &mut SortedMap<u32, u32>| {
        (0..if cfg!(miri) { 600 } else { 3_000 }).for_each(|key| _ = map.insert(key * 2, key))
    });
    let found = attempt(&mut memory, 0, |map: &mut SortedMap<u32, u32>, space| {
        // SAFETY: the map belongs to the space, and does not change.
        unsafe {
            let mut cursor = map.seek_in(space, &501)?;
            let mut found = Vec::new();
            for _ in 0..3 {
                found.push(cursor.next_in(space)?.map(|(key, value)| (*key, *value)));
            }
            for _ in 0..4 {
                found.push(cursor.previous_in(space)?.map(|(key, value)| (*key, *value)));
            }
            let mut end = map.end_in(space)?;
            let mut count = 0;
            while end.previous_in(space)?.is_some() {
                count += 1;
            }
            assert_eq!(count, map.len());
            assert!(map.start_in(space)?.previous_in(space)?.is_none());
            Ok(found)
        }
    });
    let expected = [251, 252, 253, 253, 252, 251, 250].map(|value| Some((value * 2, value)));
    assert_eq!(found, Ok(expected.to_vec()));
}
