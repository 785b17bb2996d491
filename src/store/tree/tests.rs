//! The tree compared with a root that is computed from scratch.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::store::codec::DecodeError;
use crate::store::hash::{self, NodeHash, ZERO_NODE};
use crate::store::model::root_from_scratch;
use crate::store::{Record, StoreError};
use crate::units::{Address, PageIndex, StateRoot};

/// Blocks as records of a store.
#[derive(Default)]
struct Blocks {
    records: RefCell<BTreeMap<BlockId, Vec<u8>>>,
    depth: Cell<u32>,
    reads: Cell<u32>,
}

impl BlockReader for Blocks {
    fn depth(&self) -> u32 {
        self.depth.get()
    }

    fn read_block(&self, block: &mut Block) -> Result<(), StoreError> {
        self.reads.set(self.reads.get() + 1);
        match self.records.borrow().get(&block.id) {
            Some(record) => block.decode(b"key", record).map_err(|problem| self.damaged(block.id, problem)),
            None => Ok(()),
        }
    }

    fn damaged(&self, id: BlockId, problem: DecodeError) -> StoreError {
        Record::TreeBlock(Address::ZERO, id).damaged(problem)
    }
}

impl Blocks {
    fn write(&self, leaves: &[(u32, NodeHash)]) -> StateRoot {
        let leaves = leaves.iter().map(|&(index, hash)| Leaf::page(index, hash)).collect();
        let update = update(self, TreeUpdate::default(), leaves).unwrap();
        let root = update.root();
        self.depth.set(update.depth());
        for block in update.blocks() {
            if block.is_empty() {
                self.records.borrow_mut().remove(&block.id);
            } else {
                self.records.borrow_mut().insert(block.id, block.encode(b"key"));
            }
        }
        root
    }
}

#[test]
fn states_have_the_roots_that_are_specified() {
    let address = "0102030405060708090a0b0c0d0e0f1011121314".parse().unwrap();
    let mut content = hash::ZERO_PAGE;
    content[0] = 7;
    let mut last = hash::ZERO_PAGE;
    last[4_095] = 9;
    let hash = |index, content| (index, hash::page_hash(&address, PageIndex(index), content).0);
    let page = |index| hash(index, &content);
    for (pages, depth, root) in [
        (vec![], 0, "0000000000000000000000000000000000000000000000000000000000000000"),
        (vec![page(0)], 0, "e13e6cc4d567f0f9d95a13834dbdbc0afc6406119dadceca834f751d44cdeae9"),
        (vec![page(1)], 1, "4dbec2ec4bf9eb2246f2fd469d4428b07c9a56c3c056fbebe9196d6fac4c5214"),
        (vec![page(0), page(1)], 1, "c1285839b4dc3338a8f0f35456762f79e110c303f43ebea1ef75021c08a50795"),
        (vec![page(0), hash(2, &last)], 2, "fa9b0a386c9047c4d432d276377a10c25c0e5169b71bf59462aa4fa99cac035a"),
        (vec![page((1 << 20) - 1)], 20, "ce880ac0358098f88c82d462d61f39adcdfa6e163946b7ab84c5bd0f804f25b3"),
    ] {
        let blocks = Blocks::default();
        assert_eq!(blocks.write(&pages), root.parse().unwrap());
        assert_eq!(blocks.depth.get(), depth);
    }
}

#[test]
fn a_changed_page_costs_five_blocks_and_writing_zeros_leaves_none() {
    let blocks = Blocks::default();
    blocks.write(&[(0, [1; 32]), (1 << 19, [2; 32]), ((1 << 20) - 1, [3; 32])]);
    blocks.reads.set(0);
    blocks.write(&[(1 << 19, [4; 32])]);
    assert_eq!(blocks.reads.get(), 5);
    assert_eq!(blocks.write(&[(0, ZERO_NODE), (1 << 19, ZERO_NODE), ((1 << 20) - 1, ZERO_NODE)]), StateRoot::ZERO);
    assert!(blocks.records.borrow().is_empty());
}

#[test]
fn a_tree_is_as_deep_as_its_last_page_needs_and_has_no_blocks_above_its_top() {
    let blocks = Blocks::default();
    let has = |levels: &[u8]| {
        let records = blocks.records.borrow();
        let leftmost: Vec<_> = records.keys().filter(|id| id.index == 0).map(|id| id.level).collect();
        (leftmost == levels).then_some(records.len())
    };
    let written = |pages: &[(u32, NodeHash)]| {
        blocks.reads.set(0);
        blocks.write(pages);
        (blocks.depth.get(), blocks.reads.get())
    };
    assert_eq!(written(&[(15, [1; 32])]).0, 4);
    assert_eq!(has(&[4]), Some(1));
    assert_eq!(written(&[(14, [1; 32])]), (4, 1), "one block");
    assert_eq!(written(&[(16, [1; 32])]).0, 5);
    assert_eq!(has(&[3, 4]), Some(3));
    assert_eq!(written(&[((1 << 20) - 1, [1; 32])]).0, 20);
    assert_eq!(has(&[0, 1, 2, 3, 4]), Some(10));
    assert_eq!(written(&[((1 << 20) - 1, ZERO_NODE)]).0, 5);
    assert_eq!(has(&[3, 4]), Some(3));
    assert_eq!(written(&[(16, ZERO_NODE), (1 << 19, ZERO_NODE)]).0, 4);
    assert_eq!(has(&[4]), Some(1));
}

#[test]
fn several_changed_pages_read_every_block_on_their_paths_once() {
    let blocks = Blocks::default();
    let pages: Vec<_> = (0..1_024).map(|page| (page, [1; 32])).collect();
    blocks.write(&pages);
    assert_eq!(blocks.depth.get(), 10);
    let changes: Vec<_> = (0..100).map(|page| Leaf::page(page * 7, [2; 32])).collect();
    blocks.reads.set(0);
    update(&blocks, TreeUpdate::default(), changes).unwrap();
    // Pages 0 to 693, in blocks of 16, 256 and more pages.
    assert_eq!(blocks.reads.get(), 44 + 3 + 1);
}

#[test]
fn a_lost_block_is_noticed_by_its_parent() {
    let blocks = Blocks::default();
    blocks.write(&[(0, [1; 32]), ((1 << 20) - 1, [1; 32])]);
    for level in 1..LEVELS {
        let id = BlockId { level, index: 0 };
        let kept = blocks.records.borrow_mut().remove(&id).unwrap();
        let error = update(&blocks, TreeUpdate::default(), vec![Leaf::page(1, [2; 32])]).unwrap_err();
        assert!(
            matches!(error, StoreError::Damaged { record: Record::TreeBlock(_, damaged), problem: DecodeError::Missing } if damaged == id),
            "{error}"
        );
        blocks.records.borrow_mut().insert(id, kept);
    }
}

#[test]
fn every_block_has_a_number_of_its_own() {
    let mut expected = 0;
    for level in 0..LEVELS {
        for index in [0, (1 << (4 * level)) - 1] {
            assert_eq!(BlockId::new(level, index).unwrap().ordinal(), expected + index);
        }
        expected += 1 << (4 * level);
    }
    assert_eq!((BlockId::new(5, 0), BlockId::new(2, 256)), (None, None));
}

fn changes() -> impl Strategy<Value = BTreeMap<u32, NodeHash>> {
    let index = prop_oneof![0..64u32, 0..1u32 << 20, (1u32 << 20) - 20..1 << 20];
    let hash = prop_oneof![Just(ZERO_NODE), (1..=255u8).prop_map(|byte| [byte; 32])];
    prop::collection::btree_map(index, hash, 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_changes_end_in_the_root_of_what_is_there(steps in prop::collection::vec(changes(), 1..6)) {
        let blocks = Blocks::default();
        let mut pages = BTreeMap::new();
        for step in steps {
            let leaves: Vec<_> = step.into_iter().collect();
            pages.extend(leaves.iter().copied());
            pages.retain(|_, hash| *hash != ZERO_NODE);
            prop_assert_eq!(blocks.write(&leaves), root_from_scratch(&pages));
            prop_assert_eq!(blocks.write(&[]), root_from_scratch(&pages));
        }
    }

    #[test]
    fn any_bytes_decode_without_a_panic(body in prop::collection::vec(any::<u8>(), 0..1000)) {
        let record = crate::store::codec::Writer::new().raw(&body).seal(b"key");
        let mut block = Block::empty(BlockId::of_group(0));
        if block.decode(b"key", &record).is_ok() {
            prop_assert_eq!(block.encode(b"key"), record);
        }
    }
}
