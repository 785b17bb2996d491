//! The state of a transaction in the model, and the facts of its calls that the model takes from the VM.

use super::callee::Callee;
use super::outcome::{Outcome, REFUSED};
use super::own_memory::OwnMemory;
use super::world::World;
use crate::fuzzing::script::{ACCOUNTS, CONTRACTS, Nested};
use crate::receipt::HaltKind;
use crate::units::{Address, Gas};

/// Facts of a call that the VM made. The model counts no gas, so it takes them from the trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::fuzzing) struct TracedCall {
    pub(in crate::fuzzing) depth: u32,
    /// True if the call ran out of gas.
    pub(in crate::fuzzing) starved: bool,
    pub(in crate::fuzzing) gas_given: Gas,
    pub(in crate::fuzzing) gas_used: Gas,
}

/// How often calls of a transaction reached a situation that only the model sees.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::fuzzing) struct ModelCounts {
    /// Re-entries of a contract with uncommitted writes.
    pub(in crate::fuzzing) reentered_after_writing: u64,
    /// Calls that failed after they, or calls nested in them, had written.
    pub(in crate::fuzzing) failed_after_writing: u64,
    /// Calls that got more gas than their caller offered.
    pub(in crate::fuzzing) too_much_gas: u64,
    /// Calls that did not start.
    pub(in crate::fuzzing) not_started: u64,
    /// Calls with an impossible use of gas: some gas for a call that did not start, or not all gas for one that halted.
    pub(in crate::fuzzing) impossible_gas: u64,
}

/// State of one transaction.
#[derive(Debug)]
pub(super) struct Scene<'a> {
    /// The world before the transaction.
    pub(super) before: World,
    pub(super) counts: ModelCounts,
    /// Cleared own memories of calls that have ended.
    pub(super) idle: &'a mut Vec<OwnMemory>,
    pub(super) accounts: &'a [Address; ACCOUNTS],
    /// The calls that the VM made and the model has not reached yet, in order.
    pub(super) traced: std::iter::Peekable<std::slice::Iter<'a, TracedCall>>,
    /// The number of running calls of each contract.
    pub(super) running: [u32; CONTRACTS],
}

/// State of one call that its steps do not change.
#[derive(Debug, Clone, Copy)]
pub(super) struct CallFrame {
    /// The number of the contract.
    pub(super) contract: usize,
    pub(super) caller: usize,
    pub(super) value: u32,
    pub(super) read_only: bool,
    pub(super) depth: u32,
    /// The number of events in the transaction at which the call can emit no more.
    pub(super) events: usize,
}

/// Transfers value between two accounts. Returns false, and changes nothing, if a balance would overflow or fall below zero.
pub(super) fn transfer(world: &mut World, from: usize, to: usize, value: u32) -> bool {
    let (Some(left), true) = (world.balances[from].checked_sub(value.into()), value > 0) else { return value == 0 };
    let mut balances = world.balances;
    balances[from] = left;
    let Some(sum) = balances[to].checked_add(value.into()) else { return false };
    balances[to] = sum;
    world.balances = balances;
    true
}

impl Scene<'_> {
    /// Starts a nested call. Returns its outcome as the error if it ends before its script.
    pub(super) fn begin(
        &mut self,
        caller: CallFrame,
        callee: Callee,
        call: &Nested,
        traced: Option<&TracedCall>,
        world: &mut World,
    ) -> Result<CallFrame, Outcome> {
        let depth = caller.depth + 1;
        let too_much = traced.is_some_and(|traced| call.gas > 0 && traced.gas_given > Gas(call.gas.into()));
        self.counts.too_much_gas += u64::from(too_much);
        if traced.is_some_and(|traced| traced.starved) {
            while self.traced.next_if(|inner| inner.depth > depth).is_some() {}
            return Err(Outcome::Halted(HaltKind::OutOfGas));
        }
        let contract = call.contract as usize;
        let locked = contract == CONTRACTS - 1 && self.running[contract] > 0;
        let value = if call.read_only { 0 } else { call.value };
        if contract >= CONTRACTS || locked || !callee.can_begin() || !transfer(world, caller.contract, contract, value)
        {
            self.counts.not_started += 1;
            self.counts.impossible_gas += u64::from(traced.is_some_and(|traced| traced.gas_used != Gas(0)));
            return Err(REFUSED);
        }
        let dirty = self.running[contract] > 0 && world.was_written_since(&self.before, contract);
        self.counts.reentered_after_writing += u64::from(dirty);
        let read_only = caller.read_only || call.read_only;
        // A callee gets 63/64 of what its caller has left, rounded down.
        let emitted = world.events.len();
        let events = emitted + (caller.events - emitted) * 63 / 64;
        Ok(CallFrame { contract, caller: caller.contract, value, read_only, depth, events })
    }

    /// Counts the end of a call that started.
    pub(super) fn end(&mut self, traced: Option<&TracedCall>, outcome: &Outcome) {
        if matches!(outcome, Outcome::Halted(_)) {
            self.counts.impossible_gas += u64::from(traced.is_some_and(|traced| traced.gas_used != traced.gas_given));
        }
    }
}
