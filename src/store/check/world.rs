//! The check of the tree over all accounts.

use std::collections::BTreeMap;

use super::checker::Checker;
use super::history::History;
use crate::store::codec::DecodeError;
use crate::store::scan::{Found, Scan, Table};
use crate::store::world::{Subtree, WorldBlock, WorldBlockId, WorldTree};
use crate::store::{Account, Moment, Record, hash};
use crate::units::Address;

/// The world tree as it is kept, and the accounts that it should be of.
#[derive(Debug, Default)]
pub(super) struct World {
    moment: Moment,
    blocks: BTreeMap<WorldBlockId, WorldBlock>,
    /// Whether all of it could be read.
    whole: bool,
    leaves: BTreeMap<Address, [u8; 32]>,
}

impl World {
    /// Takes note of an account as of a moment; they come in ascending order of moments.
    pub(super) fn account(&mut self, address: &Address, moment: Moment, account: &Account) {
        if moment <= self.moment {
            self.leaves.insert(*address, hash::account_leaf(address, account));
        }
    }
}

impl<S: Scan> Checker<'_, S> {
    /// Reads the world tree; what it should be is known when the accounts are.
    pub(super) fn read_world(&mut self) -> World {
        let mut world = World::default();
        world.whole = self.scan(Table::World, None, |_, found| match found {
            Found::WorldMark(moment) => world.moment = moment,
            Found::WorldBlock(block) => _ = world.blocks.insert(block.id(), *block),
            _ => {}
        });
        if world.moment > self.head {
            self.problem(Record::WorldMark, format!("it is of {}; the last is {}", world.moment, self.head));
        }
        world
    }

    /// Rule 8.
    pub(super) fn world(&mut self, world: World, history: &History) {
        let World { moment, blocks, whole, mut leaves } = world;
        if !whole {
            return;
        }
        // Of an account whose history begins later only the tree knows what it was; the next block reads it anew.
        for slot in blocks.values().flat_map(WorldBlock::slots) {
            if let Subtree::Account(address, leaf) = slot
                && history.begins_after(address, moment)
            {
                leaves.entry(*address).or_insert(*leaf);
            }
        }
        let mut expected = WorldTree::default();
        let changes: Vec<_> = leaves.into_iter().map(|(address, leaf)| (address, Some(leaf))).collect();
        if let Err(error) = expected.change(&changes) {
            return self.error(Table::World, error);
        }
        for (id, block) in &blocks {
            match expected.blocks.remove(id) {
                None => self.problem(Record::WorldBlock(*id), "no accounts lie below it"),
                Some(expected) if expected != *block => {
                    self.problem(Record::WorldBlock(*id), "it is not what the accounts hash to");
                }
                Some(_) => {}
            }
        }
        for id in expected.blocks.keys() {
            self.problem(Record::WorldBlock(*id), DecodeError::Missing.to_string());
        }
    }
}
