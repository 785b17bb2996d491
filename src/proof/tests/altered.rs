//! Altered proofs.

use proptest::prelude::*;

use super::*;
use crate::store::tests::{address, page_with};

/// A small world, and a proof of every kind of it.
fn world() -> (World, Vec<Proof>) {
    let mut world = World::default();
    let stored: Pages =
        [0, 1, 5, 16, 300, 1 << 19].into_iter().map(|page| (page, page_with(page as usize % 7, 9))).collect();
    world.contract(address(0x10), stored);
    world.contract(address(0x11), Pages::from([(2, page_with(0, 1))]));
    world.sender(address(0x80), 7);
    world.sender(Address([0x11; 20].map(|byte| byte ^ 2)), 7);
    let contract = address(0x10);
    let proofs = vec![
        world.prove(contract, &pages(&[0])),
        world.prove(contract, &pages(&[2])),
        world.prove(contract, &pages(&[0, 1, 2, 5, 6, 300, 400_000])),
        world.prove(contract, &pages(&[700, 800_000])),
        world.prove(contract, &bytes(0..8)),
        world.prove(
            contract,
            &ranges(&[3..5, 510..514, 4_000..4_200, 300 * 4_096..300 * 4_096 + 9, 1 << 30..(1 << 30) + 7]),
        ),
        world.prove(contract, &ranges(&[4_096..4_104, (1 << 32) - 1..1 << 32]).page(PageIndex(1)).page(PageIndex(2))),
        world.prove_in_world(contract, &Selection::new()),
        world.prove_in_world(address(0x80), &Selection::new()),
        world.prove_in_world(address(0x12), &Selection::new()),
        world.prove_in_world(address(0xf0), &Selection::new()),
        world.prove_in_world(contract, &pages(&[0, 2])),
        world.prove_in_world(contract, &bytes(20_481..20_483).page(PageIndex(0))),
    ];
    (world, proofs)
}

#[test]
fn a_proof_with_any_bit_flipped_is_refused_also_without_a_root() {
    let (world, proofs) = world();
    for proof in &proofs {
        world.assert_true(&proof.bytes, &Verifier::new().verify(&proof.bytes).unwrap());
        for bit in 0..proof.bytes.len() * 8 {
            let mut altered = proof.bytes.clone();
            altered[bit / 8] ^= 1 << (bit % 8);
            assert!(Verifier::new().verify(&altered).is_err(), "bit {bit}");
        }
        for length in 0..proof.bytes.len() {
            assert!(Verifier::new().verify(&proof.bytes[..length]).is_err(), "{length} bytes");
        }
        assert!(Verifier::new().verify(&[&proof.bytes[..], &[0]].concat()).is_err());
    }
}

/// A verifier that has the root accepts no false statement, whatever the checksum says.
#[track_caller]
fn assert_refused_or_true(world: &World, original: &Proof, body: &[u8]) -> bool {
    let altered = seal(body);
    match Verifier::new().root(*original.root.as_bytes()).contract(address_of(original)).verify(&altered) {
        Ok(proven) => {
            world.assert_true(&altered, &proven);
            true
        }
        Err(error) => {
            assert!(!error.to_string().is_empty());
            false
        }
    }
}

fn address_of(proof: &Proof) -> Address {
    Verifier::new().verify(&proof.bytes).unwrap().address
}

#[test]
fn a_proof_altered_with_knowledge_of_its_layout_is_refused_or_still_true() {
    let (world, proofs) = world();
    let (mut refused, mut still_true) = (0, 0);
    for proof in &proofs {
        for bit in 0..body(proof).len() * 8 {
            let mut altered = body(proof).to_vec();
            altered[bit / 8] ^= 1 << (bit % 8);
            if assert_refused_or_true(&world, proof, &altered) {
                still_true += 1;
            } else {
                refused += 1;
            }
        }
    }
    // An absent page may become its neighbour, which is absent too, and leaves no other trace; a range may become longer or shorter
    // within the same chunks.
    assert!(still_true > 0 && still_true < refused / 100, "{still_true} of {refused}");
}

/// How bytes are altered.
#[derive(Debug, Clone)]
enum Edit {
    Set(prop::sample::Index, u8),
    Remove(prop::sample::Index, usize),
    Insert(prop::sample::Index, Vec<u8>),
    Copy(prop::sample::Index, prop::sample::Index, usize),
}

fn edit() -> impl Strategy<Value = Edit> {
    let at = any::<prop::sample::Index>;
    prop_oneof![
        (at(), any::<u8>()).prop_map(|(at, byte)| Edit::Set(at, byte)),
        (at(), prop_oneof![1..4_usize, Just(32)]).prop_map(|(at, length)| Edit::Remove(at, length)),
        (at(), prop::collection::vec(prop_oneof![Just(0), any::<u8>()], 1..40))
            .prop_map(|(at, bytes)| Edit::Insert(at, bytes)),
        (at(), at(), prop_oneof![1..4_usize, Just(32)]).prop_map(|(from, to, length)| Edit::Copy(from, to, length)),
    ]
}

fn apply(body: &mut Vec<u8>, edit: &Edit) {
    let end = |at: usize, length: usize| (at + length).min(body.len());
    match edit {
        Edit::Set(at, byte) => *at.get_mut(body) = *byte,
        Edit::Remove(at, length) => {
            let at = at.index(body.len());
            body.drain(at..end(at, *length));
        }
        Edit::Insert(at, bytes) => {
            let at = at.index(body.len());
            body.splice(at..at, bytes.iter().copied());
        }
        Edit::Copy(from, to, length) => {
            let from = from.index(body.len());
            let bytes = body[from..end(from, *length)].to_vec();
            let to = to.index(body.len());
            body.splice(to..to, bytes);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_proof_altered_at_random_is_refused_or_still_true(
        edits in prop::collection::vec((any::<prop::sample::Index>(), prop::collection::vec(edit(), 1..4)), 1..100),
    ) {
        let (world, proofs) = world();
        for (which, edits) in edits {
            let proof = which.get(&proofs);
            let mut altered = body(proof).to_vec();
            for edit in edits.iter() {
                // Nothing is left to alter of a body without bytes.
                if !altered.is_empty() {
                    apply(&mut altered, edit);
                }
            }
            assert_refused_or_true(&world, proof, &altered);
        }
    }

    #[test]
    fn any_bytes_are_verified_without_a_panic(kind in 0..5u8, rest in prop::collection::vec(any::<u8>(), 0..400), small: bool) {
        // Small numbers lead further into the form than others.
        let rest: Vec<_> = rest.iter().map(|byte| if small { byte & 3 } else { *byte }).collect();
        let _ = Verifier::new().verify(&rest);
        let body = [&MAGIC[..], &[FORMAT, kind], &rest].concat();
        let _ = Verifier::new().verify(&body);
        let _ = Verifier::new().verify(&seal(&body));
    }
}
