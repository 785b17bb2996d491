//! What a search has come to: a search that calls little, or enters nothing again, shows little.

use std::collections::BTreeMap;

use super::sequence::Who;
use super::world::World;
use crate::receipt::{Status, Trace};

/// What a search has done so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reach {
    /// Sequences of transactions that were tried.
    pub sequences: u64,
    /// Their transactions.
    pub transactions: u64,
    /// Of those, the ones that returned.
    pub returned: u64,
    /// Calls inside them, of contracts under test.
    pub nested: u64,
    /// Calls that entered a contract under test which was running already.
    pub reentered: u64,
    /// Times that the attacker was called and did something.
    pub attacked: u64,
    /// Times that a view was asked in the middle of a call, and answered.
    pub asked: u64,
    /// Calls of functions that the contracts under test do not export.
    pub missed: u64,
    /// Calls inside calls at most.
    pub deepest: u32,
    /// Sequences that are worth going on from.
    pub kept: usize,
    /// Different things that were seen to happen.
    pub signals: usize,
    /// The functions of the contracts under test, by contract and name.
    pub functions: BTreeMap<(usize, String), FunctionReach>,
}

/// How often a function was called.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FunctionReach {
    /// Calls.
    pub calls: u64,
    /// Of those, the ones that returned.
    pub returned: u64,
    /// And the ones that entered a contract which was running already.
    pub reentered: u64,
}

impl Reach {
    /// Counts a transaction.
    pub(super) fn count(&mut self, world: &World, trace: &Trace) {
        self.transactions += 1;
        self.returned += u64::from(trace.calls.first().is_some_and(|call| call.status == Status::Returned));
        let mut running = Vec::new();
        for call in &trace.calls {
            running.truncate(call.depth as usize);
            self.deepest = self.deepest.max(call.depth);
            match world.who(&call.contract) {
                Some(Who::Contract(contract)) if world.exports()[contract].find(&call.function).is_none() => {
                    self.missed += 1;
                }
                Some(Who::Contract(_)) if world.view_of(call).is_some() => {
                    self.asked += u64::from(call.status == Status::Returned);
                }
                Some(Who::Contract(contract)) => {
                    let function = self.functions.entry((contract, call.function.clone())).or_default();
                    let reenters = running.contains(&call.contract);
                    function.calls += 1;
                    function.returned += u64::from(call.status == Status::Returned);
                    function.reentered += u64::from(reenters);
                    self.reentered += u64::from(reenters);
                    self.nested += u64::from(call.depth > 0);
                }
                Some(Who::Actor(0)) if call.depth > 0 => self.attacked += 1,
                _ => {}
            }
            running.push(call.contract);
        }
    }
}
