//! Proofs against a world root.

use proptest::prelude::*;

use super::*;
use crate::store::Code;
use crate::store::tests::{address, page_with};
use crate::units::{PageCount, Version};

/// Two accounts and a page as the design's check values have them.
fn specified() -> (Address, Account, Address, Account) {
    let contract = Account {
        code: Some(Code {
            hash: hash::code_hash(b"\0asm\x01\0\0\0"),
            max_pages: PageCount(16),
            refuses_reentry: false,
        }),
        balance: 5,
        nonce: 1,
        state: "e13e6cc4d567f0f9d95a13834dbdbc0afc6406119dadceca834f751d44cdeae9".parse().unwrap(),
        version: Version(1),
    };
    let address = "0102030405060708090a0b0c0d0e0f1011121314".parse().unwrap();
    let other = "0102030000000000000000000000000000000000".parse().unwrap();
    (address, contract, other, Account { balance: 7, ..Account::default() })
}

fn accounts(count: std::ops::Range<usize>) -> impl Strategy<Value = BTreeMap<[u8; 20], u64>> {
    let near = (0..20usize, 0..8u32).prop_map(|(byte, bit)| {
        let mut address = [0x33; 20];
        address[byte] ^= 1 << bit;
        address
    });
    prop::collection::btree_map(prop_oneof![any::<[u8; 20]>(), near], any::<u64>(), count)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn accounts_are_proven_as_they_are_and_absent_ones_to_be_absent(there in accounts(0..40), asked in accounts(1..10)) {
        let mut world = World::default();
        for (address, balance) in &there {
            world.sender(Address(*address), *balance);
        }
        let root = world.world_root();
        for address in there.keys().chain(asked.keys()).copied().map(Address) {
            let proof = world.prove_in_world(address, &Selection::new());
            prop_assert_eq!((proof.root, proof.state), (Root::World(root), StateRoot::ZERO));
            let proven = Verifier::new().root(root).contract(address).verify(&proof.bytes).unwrap();
            prop_assert_eq!(proven.account.map(|account| account.balance), there.get(&address.0).copied());
            prop_assert!(proven.pages.is_empty() && proven.ranges.is_empty());
            world.assert_true(&proof.bytes, &proven);
        }
    }
}

#[test]
fn the_roots_are_those_that_are_specified() {
    let (address, contract, other_address, other) = specified();
    let prove = |accounts: &[(Address, Account)]| {
        let mut tree = WorldTree::default();
        let leaves: Vec<_> =
            accounts.iter().map(|(address, account)| (*address, Some(hash::account_leaf(address, account)))).collect();
        tree.change(&leaves).unwrap();
        let path = crate::store::world::path(&tree, &address).unwrap();
        account::encode(&address, &path, &hash::account_record(&contract))
    };
    let alone = [(address, contract.clone())];
    let both = [(other_address, other), (address, contract.clone())];
    for (accounts, root) in [
        (&alone[..], "f7c94b8bef74b63cb6f6a931094875e5075c0752b821fb19f7efc9b4b0d7ced1"),
        (&both[..], "74d18a906bed7ccccc44809f3be649849750bd0ced89a457874a45ecb2d34d67"),
    ] {
        let body = [&MAGIC[..], &[FORMAT, Kind::Account as u8], address.as_bytes(), &prove(accounts)].concat();
        let root: WorldRoot = root.parse().unwrap();
        let proof = seal(&body);
        let proven = Verifier::new().root(root).verify(&proof).unwrap();
        assert_eq!(proven.account, Some(ProvenAccount::from(&contract)));
    }
}

#[test]
fn a_page_and_bytes_are_proven_from_the_world_root_alone() {
    let mut world = World::default();
    world.contract(address(1), Pages::from([(3, page_with(100, 7)), (4, page_with(0, 1))]));
    world.contract(address(2), Pages::from([(3, page_with(100, 7))]));
    world.sender(address(3), 9);
    let proof = world.prove_in_world(address(1), &pages(&[3, 9]).bytes(ByteOffset(3 * 4_096 + 98), 4));
    let root = world.world_root();
    assert_eq!((proof.root, proof.state), (Root::World(root), world.state(&address(1))));
    let proven = Verifier::new().root(root).contract(address(1)).verify(&proof.bytes).unwrap();
    world.assert_true(&proof.bytes, &proven);
    assert_eq!(proven.pages[0].content(), page_with(100, 7));
    assert_eq!(proven.ranges[0].content(), [0, 0, 7, 0]);

    // A state root is not a world root, and a world without a change is another.
    assert!(Verifier::new().root(proof.state).verify(&proof.bytes).is_err());
    world.sender(address(4), 1);
    assert!(Verifier::new().root(world.world_root()).verify(&proof.bytes).is_err());
}
