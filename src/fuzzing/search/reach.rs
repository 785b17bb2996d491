//! Counts of a search. A search that calls few functions or never re-enters shows little.

use std::collections::BTreeMap;

use super::sequence::Party;
use super::world::World;
use crate::receipt::{Status, Trace};

/// Counts of a search.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reach {
    /// Sequences that were tried.
    pub sequences: u64,
    /// Their transactions.
    pub transactions: u64,
    /// Transactions that returned.
    pub returned: u64,
    /// Nested calls of contracts under test.
    pub nested: u64,
    /// Re-entries of contracts under test.
    pub reentered: u64,
    /// Calls of the attacker.
    pub attacked: u64,
    /// How often a view returned during another call.
    pub asked: u64,
    /// Calls of functions that the contracts under test do not export.
    pub missed: u64,
    /// The greatest depth of nested calls.
    pub deepest: u32,
    /// Sequences in the corpus.
    pub kept: usize,
    /// Different coverage signals.
    pub signals: usize,
    /// Counts of each function, by the number of its contract and its name.
    pub functions: BTreeMap<(usize, String), FunctionReach>,
}

/// Counts of one function.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FunctionReach {
    /// Calls.
    pub calls: u64,
    /// Calls that returned.
    pub returned: u64,
    /// Calls that re-entered the contract.
    pub reentered: u64,
}

impl Reach {
    /// Counts the calls of a transaction.
    pub(super) fn count(&mut self, world: &World, trace: &Trace) {
        self.transactions += 1;
        self.returned += u64::from(trace.calls.first().is_some_and(|call| call.status == Status::Returned));
        let mut running = Vec::new();
        for call in &trace.calls {
            running.truncate(call.depth as usize);
            self.deepest = self.deepest.max(call.depth);
            match world.party_of(&call.contract) {
                Some(Party::Contract(contract)) if world.exports()[contract].find(&call.function).is_none() => {
                    self.missed += 1;
                }
                Some(Party::Contract(_)) if world.view_of(call).is_some() => {
                    self.asked += u64::from(call.status == Status::Returned);
                }
                Some(Party::Contract(contract)) => {
                    let function = self.functions.entry((contract, call.function.clone())).or_default();
                    let reenters = running.contains(&call.contract);
                    function.calls += 1;
                    function.returned += u64::from(call.status == Status::Returned);
                    function.reentered += u64::from(reenters);
                    self.reentered += u64::from(reenters);
                    self.nested += u64::from(call.depth > 0);
                }
                Some(Party::Actor(0)) if call.depth > 0 => self.attacked += 1,
                _ => {}
            }
            running.push(call.contract);
        }
    }
}
