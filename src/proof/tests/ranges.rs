//! Proofs of ranges of bytes.

use proptest::prelude::*;

use super::*;
use crate::limits::MAX_PROOF_RANGE_BYTES;
use crate::store::hash::CHUNK_SIZE;
use crate::store::tests::{address, page_with};

const END: u64 = 1 << 32;

fn offset() -> impl Strategy<Value = u64> {
    let near = |at: u64, width: u64| at.saturating_sub(width)..(at + width).min(END);
    prop_oneof![
        3 => 0..40_000_u64,
        1 => 0..END,
        1 => near(END, 9_000),
        1 => near(END / 2, 9_000),
        // Beside the borders of chunks and pages.
        2 => (0..80_u64, 0..4_u64).prop_map(|(chunk, by)| (512 * chunk + by).saturating_sub(2)),
    ]
}

fn range() -> impl Strategy<Value = Range<u64>> {
    let length = prop_oneof![1..20_u64, 500..1_100_u64, 1..40_000_u64];
    (offset(), length).prop_map(|(start, length)| start..(start + length).min(END))
}

/// Bytes here and there.
fn stored() -> impl Strategy<Value = Pages> {
    prop::collection::vec((offset(), 1..=255_u8, 1..700_u64), 0..40).prop_map(|writes| {
        let mut pages = Pages::new();
        for (start, byte, length) in writes {
            for at in start..(start + length).min(END) {
                let page = pages.entry((at / PAGE_SIZE as u64) as u32).or_insert(ZERO_PAGE);
                page[at as usize % PAGE_SIZE] = byte;
            }
        }
        pages
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn bytes_are_proven_as_they_are(
        stored in stored(),
        asked in prop::collection::vec(range(), 1..12),
        whole in prop::collection::vec(prop_oneof![0..12_u32, 0..1_u32 << 20], 0..4),
    ) {
        let mut world = World::default();
        world.contract(address(1), stored);
        let selection = whole.iter().fold(ranges(&asked), |selection, page| selection.page(PageIndex(*page)));
        let proof = world.prove(address(1), &selection);
        let state = world.state(&address(1));
        prop_assert_eq!((proof.root, proof.state), (Root::State(state), state));
        let proven = Verifier::new().root(state).contract(address(1)).verify(&proof.bytes).unwrap();
        world.assert_true(&proof.bytes, &proven);

        // Exactly what was asked for, and apart from each other.
        let ranges: Vec<_> = proven.ranges.iter().map(|range| range.offset.0..range.offset.0 + range.length).collect();
        prop_assert!(ranges.windows(2).all(|two| two[0].end < two[1].start));
        for range in &asked {
            prop_assert!(ranges.iter().any(|proven| proven.start <= range.start && range.end <= proven.end));
        }
        for range in &ranges {
            let is_asked = |at: u64| asked.iter().any(|asked| asked.contains(&at));
            prop_assert!(is_asked(range.start) && is_asked(range.end - 1));
            prop_assert!(asked.iter().all(|asked| asked.end >= range.end || asked.end < range.start || is_asked(asked.end)));
        }
        whole.iter().for_each(|page| assert!(proven.pages.iter().any(|proven| proven.index.0 == *page)));

        let in_world = world.prove_in_world(address(1), &selection);
        let proven = Verifier::new().root(world.world_root()).verify(&in_world.bytes).unwrap();
        world.assert_true(&in_world.bytes, &proven);
    }
}

/// What is proven of ranges that are asked for.
#[track_caller]
fn proven(world: &World, asked: &Selection) -> Vec<(u64, Vec<u8>, bool)> {
    let proof = world.prove(address(1), asked);
    let proven = Verifier::new().root(world.state(&address(1))).verify(&proof.bytes).unwrap();
    world.assert_true(&proof.bytes, &proven);
    proven.ranges.iter().map(|range| (range.offset.0, range.content(), range.is_zero())).collect()
}

/// A contract with 1 to 4 on both sides of a border of chunks, and of one of pages, and 9 at the end of its storage.
fn bordered() -> World {
    let mut first = page_with(510, 1);
    first[511..514].copy_from_slice(&[2, 3, 4]);
    first[4_094..].copy_from_slice(&[1, 2]);
    let mut second = ZERO_PAGE;
    second[..2].copy_from_slice(&[3, 4]);
    let mut world = World::default();
    world.contract(address(1), Pages::from([(0, first), (1, second), ((1 << 20) - 1, page_with(4_095, 9))]));
    world
}

#[test]
fn a_range_may_lie_across_chunks_and_pages_and_end_with_the_storage() {
    let world = bordered();
    let asked = ranges(&[509..515, 4_093..4_099, END - 2..END]);
    let expected =
        [(509, vec![0, 1, 2, 3, 4, 0], false), (4_093, vec![0, 1, 2, 3, 4, 0], false), (END - 2, vec![0, 9], false)];
    assert_eq!(proven(&world, &asked), expected);
}

#[test]
fn bytes_that_are_zero_in_a_chunk_that_is_not_are_proven_to_be_zero() {
    let world = bordered();
    assert_eq!(proven(&world, &ranges(&[0..4, 514..600])), [(0, vec![0; 4], true), (514, vec![0; 86], true)]);
    // Only the second chunk of the first page is shown.
    let proof = world.prove(address(1), &bytes(514..600));
    assert!(!proof.bytes.windows(2).any(|two| two == [1, 2]));
    assert!(proof.bytes.windows(3).any(|three| three == [2, 3, 4]));
}

#[test]
fn ranges_that_touch_or_overlap_are_one_and_others_stay_apart() {
    let world = bordered();
    let starts = |asked: &[Range<u64>]| -> Vec<_> {
        proven(&world, &ranges(asked)).iter().map(|(offset, content, _)| (*offset, content.len())).collect()
    };
    assert_eq!(starts(&[8..16, 0..8]), [(0, 16)]);
    assert_eq!(starts(&[0..100, 50..60, 99..120, 300..301]), [(0, 120), (300, 1)]);
    assert_eq!(starts(&[0..1, 2..3, 4..5]), [(0, 1), (2, 1), (4, 1)]);
    let apart = world.prove(address(1), &ranges(&[16..24, 0..8]));
    assert_eq!(apart, world.prove(address(1), &ranges(&[0..8, 16..20, 18..24])));
}

#[test]
fn a_page_and_a_range_of_it_are_both_told_and_shown_once() {
    let world = bordered();
    let alone = world.prove(address(1), &pages(&[0]));
    let both = world.prove(address(1), &pages(&[0]).bytes(ByteOffset(510), 4));
    // The gap takes two bytes, the length one.
    assert_eq!(both.bytes.len(), alone.bytes.len() + 3);
    assert_eq!(proven(&world, &pages(&[0]).bytes(ByteOffset(510), 4)), [(510, vec![1, 2, 3, 4], false)]);
}

#[test]
fn what_is_beyond_the_pages_of_a_tree_is_zero_by_its_depth() {
    let mut world = World::default();
    world.contract(address(1), Pages::from([(2, page_with(0, 7))]));
    // Depth 2: four pages.
    let beyond = world.prove(address(1), &ranges(&[4 * 4_096..5 * 4_096, END - 1..END]));
    let proven = Verifier::new().root(world.state(&address(1))).verify(&beyond.bytes).unwrap();
    assert!(proven.ranges.iter().all(ProvenRange::is_zero) && proven.ranges.len() == 2);
    world.assert_true(&beyond.bytes, &proven);
    // The counts; gaps of 3 and 5 bytes, lengths of 2 and 1; the depth, the bit and the hash of the top.
    assert_eq!(body(&beyond).len(), 34 + 2 + (3 + 2) + (5 + 1) + 1 + 1 + 32);
    let across = world.prove(address(1), &bytes(4 * 4_096 - 8..4 * 4_096 + 8));
    world.assert_true(&across.bytes, &Verifier::new().verify(&across.bytes).unwrap());
}

#[test]
fn the_zero_root_proves_that_all_bytes_are_zero() {
    let mut world = World::default();
    world.contract(address(1), Pages::new());
    let proof = world.prove(address(1), &ranges(&[7..9, END - MAX_PROOF_RANGE_BYTES + 2..END]).page(PageIndex(3)));
    let proven = Verifier::new().root(StateRoot::ZERO).verify(&proof.bytes).unwrap();
    assert!(proven.ranges.iter().all(ProvenRange::is_zero) && proven.pages[0].is_zero());
    assert_eq!(proven.ranges[1].content(), vec![0; MAX_PROOF_RANGE_BYTES as usize - 2]);
    assert_eq!(body(&proof).len(), 34 + 2 + (1 + 1 + 1) + (5 + 3) + 1 + 1);
}

#[test]
fn ranges_that_cannot_be_are_refused_by_name() {
    let mut world = World::default();
    world.contract(address(1), Pages::new());
    let snapshot = world.store.snapshot().unwrap();
    let prove = |asked: &Selection| prove_storage(&*snapshot, &address(1), asked);
    let refused = |asked: &Selection| prove(asked).unwrap_err();
    let from = |offset, length| Selection::new().bytes(ByteOffset(offset), length);
    assert!(matches!(refused(&from(5, 0)), ProveError::EmptyRange(ByteOffset(5))));
    for (offset, length) in [(END, 1), (END - 1, 2), (u64::MAX, 1), (1, u64::MAX), (0, END + 1)] {
        let error = refused(&from(offset, length));
        assert!(matches!(error, ProveError::Range { .. }), "{error}");
        assert!(error.to_string().contains("4294967295"), "{error}");
    }
    assert!(prove(&from(3, MAX_PROOF_RANGE_BYTES)).is_ok());
    assert!(prove(&from(3, MAX_PROOF_RANGE_BYTES).bytes(ByteOffset(9), 7)).is_ok());
    let error = refused(&from(3, MAX_PROOF_RANGE_BYTES).bytes(ByteOffset(0), 1));
    assert!(matches!(error, ProveError::RangeBytes(bytes) if bytes == MAX_PROOF_RANGE_BYTES + 1), "{error}");
    assert!(error.to_string().contains("1048577 bytes together") && error.to_string().contains("1048576"), "{error}");
    assert!(matches!(refused(&from(0, END)), ProveError::RangeBytes(END)));
}

#[test]
fn only_the_chunks_that_hold_a_range_are_shown() {
    let mut world = World::default();
    let page: Vec<_> = (0..PAGE_SIZE).map(|at| 1 + (at / CHUNK_SIZE) as u8).collect();
    world.contract(address(1), Pages::from([(5, page.try_into().unwrap())]));
    let start = 5 * PAGE_SIZE as u64;
    for (range, chunks) in [(0..1, 0..1), (511..512, 0..1), (511..513, 0..2), (512..1_024, 1..2), (1_500..3_000, 2..6)]
    {
        let proof = world.prove(address(1), &bytes(start + range.start..start + range.end));
        for chunk in 0..8 {
            let is_shown = proof.bytes.windows(CHUNK_SIZE).any(|window| window == [1 + chunk; CHUNK_SIZE]);
            assert_eq!(is_shown, chunks.contains(&chunk), "chunk {chunk} of {range:?}");
        }
    }
}
