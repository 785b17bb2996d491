//! How long proofs are.

use super::*;
use crate::store::tests::address;
use crate::units::PAGE_SIZE;

#[test]
fn a_proof_in_a_contract_of_16384_pages_is_short() {
    let mut world = World::default();
    // No page of them is shorter in a proof than it is.
    let pages: Pages = (0..16_384).map(|index| (index, [index as u8 | 1; PAGE_SIZE])).collect();
    world.contract(address(1), pages);
    let beside = |asked: &[u32]| world.prove(address(1), asked).bytes.len() - asked.len() * PAGE_SIZE;
    for page in [0, 1, 8_191, 8_192, 16_383] {
        assert_eq!(beside(&[page]), 12 + 1 + 1 + 20 + beside_page(page) + 14 * 32 + 6 + 2 + 8);
        assert!(beside(&[page]) < 600);
    }
    // Spread as evenly as can be, which shares the least; at random; one after another.
    let even: Vec<_> = (0..100).map(|n| n * 16_384 / 100).collect();
    let mut random: Vec<_> = (0..100_u32).map(|n| n.wrapping_mul(2_654_435_761) >> 18).collect();
    random.sort();
    random.dedup();
    let dense: Vec<_> = (5_000..5_100).collect();
    let sizes = [&even, &random, &dense].map(|asked| beside(asked));
    assert!(sizes.iter().all(|size| *size < 25_000), "{sizes:?}");
    assert!(sizes[0] > sizes[1] && sizes[2] < 1_500, "{sizes:?}");

    let absent = world.prove(address(1), &[16_384, 500_000]).bytes.len();
    assert!(absent < 600 && absent < beside(&[0]), "{absent}");
    let in_world = world.prove_in_world(address(1), &[0]).bytes.len() - PAGE_SIZE;
    assert!(in_world < 700, "{in_world}");
}

/// The count of pages, and the index of the one.
fn beside_page(page: u32) -> usize {
    1 + if page < 128 { 1 } else { 2 }
}

#[test]
fn the_memory_of_a_verified_proof_is_in_proportion_to_its_length() {
    let mut world = World::default();
    world.contract(address(1), Pages::new());
    let all: Vec<_> = (0..100_000).collect();
    let proof = world.prove(address(1), &all);
    let proven = Verifier::new().verify(&proof.bytes).unwrap();
    let memory = proven.pages.capacity() * size_of::<ProvenPage<'_>>();
    // A page that is zero takes one byte of the proof, and twice what it needs while the list grows.
    assert!(memory <= 2 * 24 * proof.bytes.len(), "{memory} for {}", proof.bytes.len());

    // A number of pages that is not there is not believed.
    let mut body = body(&proof)[..34].to_vec();
    body.extend([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 0, 0]);
    assert!(matches!(Verifier::new().verify(&seal(&body)), Err(ProofError::Malformed(Problem::Bytes(_)))));
}
