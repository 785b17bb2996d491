//! How long proofs are.

use super::proven::Shown;
use super::*;
use crate::store::tests::address;

/// A contract in which no page and no chunk is shorter in a proof than it is.
fn dense() -> World {
    let mut world = World::default();
    let pages: Pages = (0..16_384).map(|index| (index, [index as u8 | 1; PAGE_SIZE])).collect();
    world.contract(address(1), pages);
    world
}

/// Bytes of a varint.
fn varint(number: u64) -> usize {
    (64 - (number | 1).leading_zeros() as usize).div_ceil(7)
}

/// The head, the checksum, the counts of pages and ranges, and the depth.
const AROUND: usize = (12 + 1 + 1 + 20) + 8 + 1 + 1 + 1;

#[test]
fn a_proof_in_a_contract_of_16384_pages_is_short() {
    let world = dense();
    let beside = |asked: &[u32]| world.prove(address(1), &pages(asked)).bytes.len() - asked.len() * PAGE_SIZE;
    for page in [0, 1, 8_191, 8_192, 16_383] {
        // Fourteen nodes beside its path; 29 bits down to the page, and 14 within; the lengths of eight chunks.
        let expected = AROUND + varint(page.into()) + 14 * 32 + 43_usize.div_ceil(8) + 8 * 2;
        assert_eq!(beside(&[page]), expected);
        assert!(beside(&[page]) < 550);
    }
    // Spread as evenly as can be, which shares the least; at random; one after another.
    let even: Vec<_> = (0..100).map(|n| n * 16_384 / 100).collect();
    let mut random: Vec<_> = (0..100_u32).map(|n| n.wrapping_mul(2_654_435_761) >> 18).collect();
    random.sort();
    random.dedup();
    let dense: Vec<_> = (5_000..5_100).collect();
    let sizes = [&even, &random, &dense].map(|asked| beside(asked));
    assert_eq!((beside(&[8_191]), sizes), (517, [25_522, 25_350, 2_269]));

    // The top alone.
    let absent = world.prove(address(1), &pages(&[16_384, 500_000])).bytes.len();
    assert_eq!(absent, AROUND + varint(16_384) + varint(500_000 - 16_385) + 1 + 32);
    let in_world = world.prove_in_world(address(1), &pages(&[0])).bytes.len() - PAGE_SIZE;
    assert!(in_world < 640, "{in_world}");
}

#[test]
fn a_proof_of_a_variable_in_a_contract_of_16384_pages_shows_one_chunk() {
    let world = dense();
    let length = |asked: &Selection| world.prove(address(1), asked).bytes.len();
    for offset in [0, 8_191 * 4_096 + 520, 16_384 * 4_096 - 8] {
        // Seventeen nodes beside its path, 35 bits, and a chunk.
        let expected = AROUND + varint(offset) + 1 + 17 * 32 + 35_usize.div_ceil(8) + 2 + 512;
        assert_eq!(length(&bytes(offset..offset + 8)), expected);
    }
    let in_world = world.prove_in_world(address(1), &bytes(8_191 * 4_096 + 520..8_191 * 4_096 + 528));
    // The account's end, record and depth.
    assert_eq!(in_world.bytes.len(), 1_113 + 1 + 88 + 1);
    assert!(in_world.bytes.len() < 1_300);
    Verifier::new().root(world.world_root()).verify(&in_world.bytes).unwrap();
}

#[test]
fn the_memory_of_a_verified_proof_is_in_proportion_to_its_length() {
    let mut world = World::default();
    world.contract(address(1), Pages::from([(0, [7; PAGE_SIZE])]));
    let memory = |asked: &Selection| {
        let proof = world.prove(address(1), asked);
        let proven = Verifier::new().verify(&proof.bytes).unwrap();
        let pages = proven.pages.capacity() * size_of::<ProvenPage<'_>>();
        let ranges = proven.ranges.capacity() * size_of::<ProvenRange<'_>>();
        let shown = proven.pages.iter().map(|page| page.shown.capacity());
        let shown = shown.chain(proven.ranges.iter().map(|range| range.shown.capacity())).sum::<usize>();
        (pages + ranges + shown * size_of::<Shown<'_>>(), proof.bytes.len())
    };
    // A page that is zero takes one byte of the proof.
    let all: Vec<_> = (0..100_000).collect();
    let (taken, length) = memory(&pages(&all));
    assert!(taken <= 40 * length, "{taken} for {length}");
    // A range takes two, and refers to one chunk here.
    let every_second: Vec<_> = (0..2_000).map(|n| 2 * n..2 * n + 1).collect();
    let (taken, length) = memory(&ranges(&every_second));
    assert!(taken <= 40 * length, "{taken} for {length}");
    // A range of zeros is as long as can be.
    let (taken, length) = memory(&bytes(1 << 20..2 << 20));
    assert!(taken <= 40 * length, "{taken} for {length}");

    // Numbers of pages and of ranges that are not there are not believed.
    let body = body(&world.prove(address(1), &Selection::new().page(PageIndex(0))))[..34].to_vec();
    let huge = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f];
    for counts in [&[&huge[..], &[0, 0]].concat(), &[&[0], &huge[..], &[0, 0]].concat()] {
        let proof = seal(&[&body, &counts[..]].concat());
        assert!(matches!(Verifier::new().verify(&proof), Err(ProofError::Malformed(Problem::Bytes(_)))));
    }
}
