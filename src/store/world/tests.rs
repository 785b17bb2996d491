//! The world tree compared with the definition of the world root.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::store::codec::DecodeError;
use crate::store::hash::{self, ZERO_NODE, world_root};
use crate::store::tests::{address, deploy, write};
use crate::store::{Account, FaultyStore, MemoryStore, PageStore, Record, StoreError};
use crate::units::{Address, WorldRoot};

fn leaf(address: &Address, balance: u64) -> [u8; 32] {
    hash::account_leaf(address, &account(balance))
}

fn account(balance: u64) -> Account {
    Account { balance, ..Account::default() }
}

fn root_by_definition(accounts: &BTreeMap<Address, u64>) -> WorldRoot {
    let accounts: Vec<_> = accounts.iter().map(|(address, balance)| (*address, account(*balance))).collect();
    WorldRoot(world_root(&accounts))
}

/// Addresses that differ in early bits, in late bits, and in random bits.
fn addresses() -> impl Strategy<Value = Address> {
    prop_oneof![
        any::<[u8; 20]>().prop_map(Address),
        (0..=19_usize, 0..8_u32).prop_map(|(byte, bit)| {
            let mut address = Address([0x55; 20]);
            address.0[byte] ^= 1 << bit;
            address
        }),
        any::<u8>().prop_map(|last| {
            let mut address = Address([0; 20]);
            address.0[19] = last;
            address
        }),
    ]
}

/// Computes the world root from a path.
fn fold(path: &WorldPath, address: &Address) -> [u8; 32] {
    let mut hash = path.end.hash();
    for (depth, sibling) in path.siblings.iter().enumerate().rev() {
        let right = address.0[depth / 8] >> (7 - depth % 8) & 1 == 1;
        hash = if right { hash::world_node(sibling, &hash) } else { hash::world_node(&hash, sibling) };
    }
    hash
}

/// Asserts that every block equals its decoded record, and that the tree has a block for each node in a slot.
fn assert_well_formed(tree: &WorldTree) {
    for (id, block) in &tree.blocks {
        assert_eq!(WorldBlock::decode(*id, &block.encode()).as_ref(), Ok(block));
        assert!(block.encode().len() <= 844);
    }
    let nodes = tree.blocks.values().flat_map(|block| *block.slots()).filter(|slot| matches!(slot, Subtree::Node(_)));
    assert_eq!(nodes.count(), tree.blocks.len().saturating_sub(1));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_changes_end_in_the_root_and_the_blocks_of_what_is_there(
        steps in prop::collection::vec(prop::collection::btree_map(addresses(), any::<Option<u64>>(), 0..30), 1..6),
    ) {
        let (mut tree, mut accounts) = (WorldTree::default(), BTreeMap::new());
        for step in steps {
            let change = |(address, balance): (&Address, &Option<u64>)| {
                (*address, balance.map(|balance| leaf(address, balance)))
            };
            let changes: Vec<_> = step.iter().map(change).collect();
            let root = tree.change(&changes).unwrap();
            for (address, balance) in &step {
                match balance {
                    Some(balance) => accounts.insert(*address, *balance),
                    None => accounts.remove(address),
                };
            }
            prop_assert_eq!(root, root_by_definition(&accounts));
            prop_assert_eq!(tree.change(&[]).unwrap(), root);
            let mut rebuilt = WorldTree::default();
            let all: Vec<_> = accounts.iter().map(|(address, balance)| (*address, Some(leaf(address, *balance)))).collect();
            rebuilt.change(&all).unwrap();
            prop_assert_eq!(&rebuilt.blocks, &tree.blocks);
            assert_well_formed(&tree);
            for address in step.keys() {
                let path = path(&tree, address).unwrap();
                let expected = accounts.get(address).map(|balance| Subtree::Account(*address, leaf(address, *balance)));
                let found = matches!(path.end, Subtree::Account(at, _) if at == *address).then_some(path.end);
                prop_assert_eq!(found, expected);
                prop_assert_eq!((path.root, fold(&path, address)), (root, root.0));
            }
        }
    }

    #[test]
    fn any_bytes_decode_without_a_panic_and_only_in_one_form(
        held: u32,
        body in prop::collection::vec(any::<u8>(), 0..900),
        inside: bool,
    ) {
        let id = if inside { WorldBlockId::TOP.child(3).child(0) } else { WorldBlockId::TOP };
        let record = crate::store::codec::Writer::new().raw(&held.to_le_bytes()).raw(&body).seal(&id.key());
        if let Ok(block) = WorldBlock::decode(id, &record) {
            prop_assert_eq!(block.encode(), record);
        }
    }
}

#[test]
fn a_change_among_many_reads_and_writes_the_blocks_of_its_path_alone() {
    let spread = |n: u32| Address(hash::code_hash(&n.to_be_bytes()).0[..20].try_into().unwrap());
    let mut all: Vec<_> = (0..5_000).map(|n| (spread(n), Some([1; 32]))).collect();
    all.sort();
    let mut tree = WorldTree::default();
    tree.change(&all).unwrap();
    let update = update(&tree, &[(spread(77), Some([2; 32]))]).unwrap();
    // 16^3 < 5,000 < 16^4: three full levels, and a fourth or fifth where other addresses share the digits.
    assert!((4..=5).contains(&update.blocks.len()), "{}", update.blocks.len());
}

#[test]
fn a_lost_block_is_an_error_that_names_it() {
    let [a, b] = [[0x30; 20], [0x3f; 20]].map(Address);
    let mut tree = WorldTree::default();
    tree.change(&[(a, Some([1; 32])), (b, Some([2; 32]))]).unwrap();
    let below = WorldBlockId::TOP.child(3);
    tree.blocks.remove(&below).unwrap();
    for error in [path(&tree, &a).unwrap_err(), tree.change(&[(a, None)]).unwrap_err()] {
        let StoreError::Damaged { record: Record::WorldBlock(id), problem: DecodeError::Missing } = error else {
            panic!("{error}")
        };
        assert_eq!(id, below);
        assert!(error.to_string().contains("0x3…"), "{error}");
    }
}

#[test]
fn the_tree_of_a_store_has_the_root_of_its_accounts() {
    let store = FaultyStore::new(MemoryStore::new());
    let root = || WorldTree::of(&*store.snapshot()?)?.change(&[]);
    assert_eq!(root().unwrap(), WorldRoot(ZERO_NODE));
    for n in [9, 1, 8] {
        deploy(&*store, address(n));
    }
    let deployed = root().unwrap();
    write(&*store, address(8), &[(5, [7; 4096])]).unwrap();
    assert_ne!(root().unwrap(), deployed);
    let snapshot = store.snapshot().unwrap();
    let accounts = snapshot.addresses().unwrap();
    assert_eq!(accounts, [1, 8, 9].map(address));
    let accounts: Vec<_> =
        accounts.into_iter().map(|address| (address, snapshot.account(&address).unwrap().unwrap())).collect();
    assert_eq!(root().unwrap(), WorldRoot(world_root(&accounts)));
}
