//! What a transaction is executed in, and what of it is told to the model beforehand.

use super::callee::Callee;
use super::outcome::{Outcome, REFUSED};
use super::own_memory::OwnMemory;
use super::world::World;
use crate::fuzzing::script::{ACCOUNTS, CONTRACTS, Nested};
use crate::receipt::HaltKind;
use crate::units::{Address, Gas};

/// A call that was made, as far as the model has to be told: it counts no gas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::fuzzing) struct Made {
    pub(in crate::fuzzing) depth: u32,
    /// Whether it ran out of gas.
    pub(in crate::fuzzing) starved: bool,
    pub(in crate::fuzzing) gas_given: Gas,
    pub(in crate::fuzzing) gas_used: Gas,
}

/// What calls met.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::fuzzing) struct Met {
    /// Calls of a contract that was running and had written what was not committed.
    pub(in crate::fuzzing) reentered_after_writing: u64,
    /// Calls that failed after they, or calls inside them, had written.
    pub(in crate::fuzzing) failed_after_writing: u64,
    /// Calls that were given more gas than was asked for.
    pub(in crate::fuzzing) given_too_much: u64,
    /// Calls that never began.
    pub(in crate::fuzzing) not_begun: u64,
    /// Calls that never began and used gas, and calls that halted and did not use all that they were given.
    pub(in crate::fuzzing) used_otherwise: u64,
}

/// What a transaction is executed in.
#[derive(Debug)]
pub(super) struct Scene<'a> {
    /// The world before it.
    pub(super) before: World,
    pub(super) met: Met,
    /// Own memory of calls that have ended, cleared.
    pub(super) idle: &'a mut Vec<OwnMemory>,
    pub(super) accounts: &'a [Address; ACCOUNTS],
    /// The calls that were made, in order.
    pub(super) made: std::iter::Peekable<std::slice::Iter<'a, Made>>,
    /// How many calls run in each contract.
    pub(super) running: [u32; CONTRACTS],
}

/// One call.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    /// The contract whose storage it works on.
    pub(super) here: usize,
    pub(super) caller: usize,
    pub(super) value: u32,
    pub(super) read_only: bool,
    pub(super) depth: u32,
}

/// Moves money; whether that can be done.
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
    /// Begins a call that a script makes; how it ends, if it does so before its own script.
    pub(super) fn begin(
        &mut self,
        caller: Frame,
        callee: Callee,
        call: &Nested,
        made: Option<&Made>,
        world: &mut World,
    ) -> Result<Frame, Outcome> {
        let depth = caller.depth + 1;
        let too_much = made.is_some_and(|made| call.gas > 0 && made.gas_given > Gas(call.gas.into()));
        self.met.given_too_much += u64::from(too_much);
        if made.is_some_and(|made| made.starved) {
            while self.made.next_if(|made| made.depth > depth).is_some() {}
            return Err(Outcome::Halted(HaltKind::OutOfGas));
        }
        let here = call.contract as usize;
        let locked = here == CONTRACTS - 1 && self.running[here] > 0;
        let value = if call.read_only { 0 } else { call.value };
        if here >= CONTRACTS || locked || !callee.can_begin() || !transfer(world, caller.here, here, value) {
            self.met.not_begun += 1;
            self.met.used_otherwise += u64::from(made.is_some_and(|made| made.gas_used != Gas(0)));
            return Err(REFUSED);
        }
        let met = self.running[here] > 0 && world.was_written_since(&self.before, here);
        self.met.reentered_after_writing += u64::from(met);
        let read_only = caller.read_only || call.read_only;
        Ok(Frame { here, caller: caller.here, value, read_only, depth })
    }

    /// A call that began has ended.
    pub(super) fn end(&mut self, made: Option<&Made>, outcome: &Outcome) {
        if matches!(outcome, Outcome::Halted(_)) {
            self.met.used_otherwise += u64::from(made.is_some_and(|made| made.gas_used != made.gas_given));
        }
    }
}
