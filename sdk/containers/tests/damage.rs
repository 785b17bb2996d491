//! Whatever the bytes of a space are, every operation ends, with a result or an error, and reaches no byte outside.
//!
//! The space returns errors, so a panic fails the test too.

mod common;

use std::sync::LazyLock;

use common::{Random, Stop, Watched, attempt, cases};
use proptest::collection::vec;
use proptest::prelude::*;
use vellum_containers::{Bytes, Failure, List, Map, Memory, SortedMap, Space, Stored};

#[repr(C)]
struct Contract {
    map: Map<u64, u64>,
    nested: Map<u32, Map<u32, List<u64>>>,
    sorted: SortedMap<Bytes, Bytes>,
    numbers: SortedMap<u64, u32>,
    list: List<Bytes>,
}

// SAFETY: five containers of eight bytes side by side, without padding.
unsafe impl Stored for Contract {
    const OWNS: bool = true;
}

const PAGES: u32 = 48;

fn bytes<S: Space>(space: S, content: &[u8]) -> Result<Bytes, S::Error> {
    let mut bytes = Bytes::new();
    // SAFETY: the string is new.
    unsafe { bytes.set_in(space, content) }?;
    Ok(bytes)
}

/// One operation on each container.
fn operate(contract: &mut Contract, space: Watched<'_>, kind: u64, key: u64) -> Result<(), Stop> {
    let text = vec![key as u8; 1 + key as usize % 70];
    // SAFETY: the containers belong to the space; what is read is read at once.
    unsafe {
        match kind {
            0 => contract.map.or_zero_in(space, key)?.write(1),
            1 => (*(*contract.nested.or_zero_in(space, key as u32 % 8)?).or_zero_in(space, key as u32 % 5)?)
                .grow_in(space)?
                .write(5),
            2 => (*contract.sorted.or_zero_in(space, bytes(space, &text)?)?).extend_in(space, &text)?,
            3 => contract.numbers.or_zero_in(space, key)?.write(1),
            4 => (*contract.list.grow_in(space)?).set_in(space, &text)?,
            5 => {
                contract.map.get_in(space, &key)?;
                contract.nested.get_in(space, &(key as u32 % 8))?;
                contract.sorted.get_in(space, &text)?;
                contract.numbers.get_in(space, &key)?;
                contract.list.get_in(space, key as u32 % 64)?;
            }
            6 => {
                contract.map.take_in(space, &key)?;
                contract.sorted.take_in(space, &text)?;
                contract.numbers.take_in(space, &key)?;
            }
            7 => {
                contract.list.pop_in(space)?;
                if let Some(mut map) = contract.nested.take_in(space, &(key as u32 % 8))? {
                    map.clear_in(space)?;
                }
            }
            8 => {
                let mut cursor = contract.numbers.seek_in(space, &key)?;
                while cursor.next_in(space)?.is_some() {}
                let mut cursor = contract.sorted.end_in(space)?;
                while cursor.previous_in(space)?.is_some() {}
            }
            9 => contract.map.clear_in(space)?,
            10 => contract.nested.clear_in(space)?,
            11 => contract.sorted.clear_in(space)?,
            12 => contract.numbers.clear_in(space)?,
            _ => contract.list.clear_in(space)?,
        }
    }
    Ok(())
}

/// Returns a memory with few or many entries in its containers.
fn filled(size: usize) -> Memory {
    static IMAGES: LazyLock<[Vec<u8>; 3]> = LazyLock::new(|| {
        [1, 6, if cfg!(miri) { 10 } else { 60 }].map(|entries| {
            let mut memory = Memory::new(PAGES);
            memory.with(|_: &mut Contract| ());
            let mut random = Random(5);
            for _ in 0..entries {
                for kind in 0..5 {
                    let key = random.below(300) << random.below(50);
                    attempt(&mut memory, u64::MAX, |contract, space| operate(contract, space, kind, key)).unwrap();
                }
            }
            memory.bytes().to_vec()
        })
    });
    let mut memory = Memory::new(PAGES);
    memory.bytes_mut().copy_from_slice(&IMAGES[size]);
    memory
}

/// A place for damage, by preference where it hurts, and what to write there.
fn damage() -> impl Strategy<Value = (u32, u64, u8)> {
    let place = prop_oneof![
        0..64_u32,                                                                   // head, containers
        64..160_u32,                                                                 // control block
        4_096..4_200_u32,                                                            // descriptor
        (2..30_u32, 0..64_u32).prop_map(|(page, within)| page * 4_096 + within * 8), // slabs, nodes
        0..PAGES * 4_096 - 8,
    ];
    let value = prop_oneof![
        any::<u64>(),
        (0..PAGES * 256, 0..16_u32, 0..PAGES * 256, 0..16_u32)
            .prop_map(|(a, b, c, d)| u64::from(a * 16 + b) | u64::from(c * 16 + d) << 32), // links
        0..20_u64,
        Just(0),
        Just(u64::MAX),
    ];
    (place, value, prop_oneof![Just(1), Just(2), Just(4), Just(8)])
}

proptest! {
    #![proptest_config(cases(if cfg!(miri) { 2 } else { 3_000 }))]

    #[test]
    fn every_operation_on_a_damaged_space_ends(
        size in 0..3_usize,
        damages in vec(damage(), 1..8),
        steps in vec((0..14_u64, 0..300_u64, 0..50_u32), 1..40),
    ) {
        let mut memory = filled(size);
        for &(at, value, length) in &damages {
            let at = at as usize;
            memory.bytes_mut()[at..at + usize::from(length)].copy_from_slice(&value.to_le_bytes()[..usize::from(length)]);
        }
        for &(kind, key, shift) in &steps {
            let result = attempt(&mut memory, u64::MAX, |contract, space| operate(contract, space, kind, key << shift));
            prop_assert_ne!(result, Err(Stop::Interrupted));
        }
    }
}

#[test]
fn a_heap_head_of_another_struct_or_version_is_refused() {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    let mut memory = filled(1);
    memory.bytes_mut()[1] = 2;
    let refused = catch_unwind(AssertUnwindSafe(|| memory.with(|_: &mut Contract| ())));
    assert_eq!(*refused.unwrap_err().downcast::<String>().unwrap(), Failure::HeapDamaged.message());
    memory.bytes_mut()[1] = 1;
    let refused = catch_unwind(AssertUnwindSafe(|| memory.with(|_: &mut Map<u64, u64>| ())));
    assert_eq!(*refused.unwrap_err().downcast::<String>().unwrap(), Failure::HeapDamaged.message());
    memory.with(|_: &mut Contract| ());
}

#[test]
fn a_list_that_holds_itself_is_cleared() {
    #[repr(transparent)]
    struct Tree(List<Tree>);
    // SAFETY: laid out as its list.
    unsafe impl Stored for Tree {
        const OWNS: bool = true;

        unsafe fn release<S: Space>(this: *mut Self, space: S) -> Result<(), S::Error> {
            // SAFETY: the caller's part is the same.
            unsafe { List::release(this.cast::<List<Tree>>(), space) }
        }
    }
    let mut memory = Memory::new(8);
    memory.with(|tree: &mut Tree| {
        for _ in 0..3 {
            tree.0.push(Tree(List::new())).0.push(Tree(List::new()));
        }
    });
    // The first element becomes the list itself.
    let head: [u8; 8] = memory.bytes()[16..24].try_into().unwrap();
    let chunk = u32::from_le_bytes(head[..4].try_into().unwrap()) as usize;
    memory.bytes_mut()[chunk..chunk + 8].copy_from_slice(&head);
    let result = attempt(&mut memory, u64::MAX, |tree: &mut Tree, space| {
        // SAFETY: the tree belongs to the space.
        unsafe { Tree::release(tree, space) }
    });
    assert_eq!(result, Err(Stop::Failed(Failure::HeapDamaged)));
}
