//! Checks the world tree.

use std::collections::BTreeMap;

use super::checker::Checker;
use super::history::History;
use crate::store::codec::DecodeError;
use crate::store::scan::{Found, Scan, Table};
use crate::store::world::{Subtree, WorldBlock, WorldBlockId, WorldTree};
use crate::store::{Account, Moment, Record, hash};
use crate::units::Address;

/// The stored world tree, and the accounts at its moment.
#[derive(Debug, Default)]
pub(super) struct World {
    moment: Moment,
    blocks: BTreeMap<WorldBlockId, WorldBlock>,
    /// True if all its records are readable.
    is_whole: bool,
    leaves: BTreeMap<Address, [u8; 32]>,
}

impl World {
    /// Adds an account. The accounts of an address must come in ascending order of moments.
    pub(super) fn account(&mut self, address: &Address, moment: Moment, account: &Account) {
        if moment <= self.moment {
            self.leaves.insert(*address, hash::account_leaf(address, account));
        }
    }
}

impl<S: Scan> Checker<'_, S> {
    /// Reads the stored world tree, before the accounts are read.
    pub(super) fn read_world(&mut self) -> World {
        let mut world = World::default();
        world.is_whole = self.scan(Table::World, None, |_, found| match found {
            Found::WorldMark(moment) => world.moment = moment,
            Found::WorldBlock(block) => _ = world.blocks.insert(block.id(), *block),
            _ => {}
        });
        if world.moment > self.head {
            self.problem(
                Record::WorldMark,
                format!("it names {}, and the newest moment is {}", world.moment, self.head),
            );
        }
        world
    }

    /// Checks rule 8.
    pub(super) fn world(&mut self, world: World, history: &History) {
        let World { moment, blocks, is_whole, mut leaves } = world;
        if !is_whole {
            return;
        }
        // An account pruned beyond the tree's moment is known to the tree only. The next block reads its newest record.
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
                None => self.problem(Record::WorldBlock(*id), "it should not exist: no accounts lie below it"),
                Some(expected) if expected != *block => {
                    self.problem(Record::WorldBlock(*id), "its hashes do not match the accounts");
                }
                Some(_) => {}
            }
        }
        for id in expected.blocks.keys() {
            self.problem(Record::WorldBlock(*id), DecodeError::Missing.to_string());
        }
    }
}
