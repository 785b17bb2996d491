//! Proofs against a model that computes every root from all pages and accounts.

mod altered;
mod forms;
mod pages;
mod ranges;
mod sizes;
mod world;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::format::{FORMAT, Kind, MAGIC};
use super::*;
use crate::store::hash::{self, ZERO_PAGE};
use crate::store::tests::{Model, Pages, deploy, write};
use crate::store::world::WorldTree;
use crate::store::{Account, Batch, MemoryStore, PageStore};
use crate::units::{Address, ByteOffset, PAGE_SIZE, PageIndex, StateRoot, WorldRoot};

/// A world of accounts, and of contracts with pages, in a store and in a model.
#[derive(Debug, Default)]
struct World {
    store: Arc<MemoryStore>,
    pages: BTreeMap<Address, Pages>,
}

impl World {
    fn contract(&mut self, address: Address, pages: Pages) {
        deploy(&*self.store, address);
        let writes: Vec<_> = pages.iter().map(|(index, bytes)| (*index, *bytes)).collect();
        write(&*self.store, address, &writes).unwrap();
        self.pages.insert(address, pages);
    }

    fn sender(&mut self, address: Address, balance: u64) {
        let account = Account { balance, ..Account::default() };
        let accounts = vec![(address, None, account)];
        self.store.commit(&Batch { accounts, ..Batch::default() }).unwrap();
    }

    fn state(&self, address: &Address) -> StateRoot {
        Model::root(address, &self.pages[address])
    }

    fn accounts(&self) -> Vec<(Address, Account)> {
        let snapshot = self.store.snapshot().unwrap();
        let account = |address: Address| (address, snapshot.account(&address).unwrap().unwrap());
        snapshot.addresses().unwrap().into_iter().map(account).collect()
    }

    fn world_root(&self) -> WorldRoot {
        WorldRoot(hash::world_root(&self.accounts()))
    }

    fn prove(&self, address: Address, asked: &Selection) -> Proof {
        prove_storage(&*self.store.snapshot().unwrap(), &address, asked).unwrap()
    }

    fn prove_in_world(&self, address: Address, asked: &Selection) -> Proof {
        let snapshot = self.store.snapshot().unwrap();
        prove_in_world(&*snapshot, &WorldTree::of(&*snapshot).unwrap(), &address, asked).unwrap()
    }

    fn bytes(&self, address: &Address, range: Range<u64>) -> Vec<u8> {
        let pages = &self.pages[address];
        let byte = |offset: u64| {
            let page = pages.get(&((offset / PAGE_SIZE as u64) as u32));
            page.map_or(0, |page| page[offset as usize % PAGE_SIZE])
        };
        range.map(byte).collect()
    }

    /// Compares what a proof says with what is there, and the proof with the one that says the same.
    #[track_caller]
    fn assert_true(&self, bytes: &[u8], proven: &Proven<'_>) {
        let address = proven.address;
        for page in &proven.pages {
            let content = self.pages[&address].get(&page.index.0).unwrap_or(&ZERO_PAGE);
            assert!(page.content() == *content, "page {}", page.index);
            assert_eq!(page.is_zero(), *content == ZERO_PAGE);
        }
        for range in &proven.ranges {
            let content = self.bytes(&address, range.offset.0..range.offset.0 + range.length);
            assert!(range.content() == content, "bytes {} to {} + {}", range.offset, range.offset, range.length);
            assert_eq!(range.is_zero(), content.iter().all(|byte| *byte == 0));
        }
        let asked = proven.pages.iter().fold(Selection::new(), |asked, page| asked.page(page.index));
        let asked = &proven.ranges.iter().fold(asked, |asked, range| asked.bytes(range.offset, range.length));
        let again = match proven.root {
            Root::State(state) => {
                assert_eq!((state, proven.state, proven.account), (self.state(&address), Some(state), None));
                self.prove(address, asked)
            }
            Root::World(world) => {
                assert_eq!(world, self.world_root());
                let account = self.store.snapshot().unwrap().account(&address).unwrap();
                assert_eq!(proven.account, account.as_ref().map(ProvenAccount::from));
                assert_eq!(proven.state, account.map(|account| account.state));
                self.prove_in_world(address, asked)
            }
        };
        assert!(again.bytes == bytes, "one thing has one proof");
    }
}

fn pages(indices: &[u32]) -> Selection {
    indices.iter().fold(Selection::new(), |asked, index| asked.page(PageIndex(*index)))
}

fn bytes(range: Range<u64>) -> Selection {
    Selection::new().bytes(ByteOffset(range.start), range.end - range.start)
}

fn ranges(all: &[Range<u64>]) -> Selection {
    let add = |asked: Selection, range: &Range<u64>| asked.bytes(ByteOffset(range.start), range.end - range.start);
    all.iter().fold(Selection::new(), add)
}

/// Seals an altered proof with a right checksum, as an attacker would.
fn seal(body: &[u8]) -> Vec<u8> {
    crate::store::codec::Writer::new().raw(body).seal(MAGIC)
}

/// A proof without its checksum.
fn body(proof: &Proof) -> &[u8] {
    &proof.bytes[..proof.bytes.len() - 8]
}
