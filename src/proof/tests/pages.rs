//! Proofs of pages against a state root.

use proptest::prelude::*;

use super::*;
use crate::store::hash::CHUNK_SIZE;
use crate::store::tests::{address, page_with};
use crate::store::{FaultyStore, StoreError};

fn index() -> impl Strategy<Value = u32> {
    prop_oneof![0..40u32, 0..1u32 << 20, (1u32 << 20) - 40..1 << 20, (1u32 << 19) - 20..(1 << 19) + 20]
}

fn content() -> impl Strategy<Value = [u8; PAGE_SIZE]> {
    let content = |(offset, byte, is_full)| if is_full { [byte; PAGE_SIZE] } else { page_with(offset, byte) };
    (0..PAGE_SIZE, 1..=255u8, any::<bool>()).prop_map(content)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn pages_are_proven_as_they_are(
        stored in prop::collection::btree_map(index(), content(), 0..60),
        asked in prop::collection::vec(index(), 1..20),
        of_those_there in prop::collection::vec(any::<prop::sample::Index>(), 0..20),
    ) {
        let mut world = World::default();
        let there: Vec<_> = stored.keys().copied().collect();
        world.contract(address(1), stored);
        let mut asked = asked;
        asked.extend(of_those_there.iter().filter(|_| !there.is_empty()).map(|index| *index.get(&there)));
        let proof = world.prove(address(1), &pages(&asked));
        let state = world.state(&address(1));
        prop_assert_eq!((proof.root, proof.state), (Root::State(state), state));
        let proven = Verifier::new().root(state).contract(address(1)).verify(&proof.bytes).unwrap();
        asked.sort();
        asked.dedup();
        prop_assert_eq!(proven.pages.iter().map(|page| page.index.0).collect::<Vec<_>>(), asked);
        world.assert_true(&proof.bytes, &proven);
    }
}

#[test]
fn a_proof_of_an_empty_contract_is_of_one_bit() {
    let mut world = World::default();
    deploy(&*world.store, address(1));
    world.pages.insert(address(1), Pages::new());
    let proof = world.prove(address(1), &pages(&[3, (1 << 20) - 1]));
    let proven = Verifier::new().root(StateRoot::ZERO).verify(&proof.bytes).unwrap();
    assert!(proven.pages.iter().all(ProvenPage::is_zero) && proven.pages.len() == 2);
    // Magic, format, kind, address; the count and two indices; no ranges; the depth; the bit; the checksum.
    assert_eq!(proof.bytes.len(), 12 + 1 + 1 + 20 + (1 + 1 + 3) + 1 + 1 + 1 + 8);
}

#[test]
fn a_proof_of_another_contract_or_root_is_refused() {
    let mut world = World::default();
    let stored = Pages::from([(0, page_with(0, 7)), (9, page_with(0, 7))]);
    world.contract(address(1), stored.clone());
    world.contract(address(2), stored);
    let [one, two] = [1, 2].map(|n| world.prove(address(n), &pages(&[0, 5])));
    assert_ne!(one.state, two.state);
    let wrong_root = Verifier::new().root(two.state).verify(&one.bytes).unwrap_err();
    assert_eq!(wrong_root, ProofError::Root { expected: two.state.0, found: one.root });
    assert!(wrong_root.to_string().contains(&two.state.to_string()), "{wrong_root}");
    let wrong_contract = Verifier::new().root(one.state).contract(address(2)).verify(&one.bytes).unwrap_err();
    assert_eq!(wrong_contract, ProofError::Contract { expected: address(2), found: address(1) });

    // The pages of one contract under the name of the other lead nowhere.
    let mut renamed = body(&one).to_vec();
    renamed[14..34].copy_from_slice(address(2).as_bytes());
    let renamed = seal(&renamed);
    for state in [one.state, two.state] {
        assert!(matches!(Verifier::new().root(state).verify(&renamed), Err(ProofError::Root { .. })));
    }
}

#[test]
fn pages_that_change_places_are_refused() {
    let mut world = World::default();
    world.contract(address(1), Pages::from([(4, [1; PAGE_SIZE]), (5, [2; PAGE_SIZE])]));
    let proof = world.prove(address(1), &pages(&[4, 5]));
    let mut swapped = body(&proof).to_vec();
    // Each chunk is a length and what it holds.
    let places = [1, 2].map(|byte| {
        let is_chunk = |at: &usize| swapped[*at..][..CHUNK_SIZE] == [byte; CHUNK_SIZE];
        (0..=swapped.len() - CHUNK_SIZE).filter(is_chunk).collect::<Vec<_>>()
    });
    for (places, byte) in places.iter().zip([2, 1]) {
        assert_eq!(places.len(), 8);
        places.iter().for_each(|at| swapped[*at..][..CHUNK_SIZE].fill(byte));
    }
    let result = Verifier::new().root(proof.state).verify(&seal(&swapped)).map(|_| ());
    assert!(matches!(result, Err(ProofError::Root { .. })), "{result:?}");
}

#[test]
fn making_a_proof_reads_the_account_the_pages_and_the_tree_once_and_passes_on_their_failures() {
    let mut world = World::default();
    world.contract(address(1), Pages::from([(0, page_with(0, 1)), (70_000, page_with(0, 2))]));
    let store = FaultyStore::new(world.store.clone());
    let asked = pages(&[70_000, 0, 1]).bytes(ByteOffset(8_000), 8).bytes(ByteOffset(9), 8);
    let prove = || prove_storage(&*store.snapshot()?, &address(1), &asked);
    store.fail_operation(0);
    let proof = prove().unwrap();
    assert_eq!(store.operations(), 1 + 1 + 3 + 1);
    for operation in 1..=6 {
        store.fail_operation(operation);
        assert!(matches!(prove(), Err(ProveError::Store(StoreError::Injected { .. }))));
    }
    store.fail_operation(0);
    assert_eq!(prove().unwrap(), proof);
}

#[test]
fn what_cannot_be_proven_is_refused() {
    let mut world = World::default();
    world.contract(address(1), Pages::new());
    let snapshot = world.store.snapshot().unwrap();
    let prove = |n, asked: &Selection| prove_storage(&*snapshot, &address(n), asked).unwrap_err();
    assert!(matches!(prove(1, &Selection::new()), ProveError::NothingSelected));
    assert!(matches!(prove(1, &pages(&[0, 1 << 20])), ProveError::PageIndex(PageIndex(0x10_0000))));
    assert!(matches!(prove(2, &pages(&[0])), ProveError::NoAccount(at) if at == address(2)));
    let tree = WorldTree::of(&*snapshot).unwrap();
    let in_world = prove_in_world(&*snapshot, &tree, &address(2), &pages(&[0])).unwrap_err();
    assert!(matches!(in_world, ProveError::NoAccount(at) if at == address(2)));
}
