//! The interpreter, storage, money and events in plain Rust. A call works on a copy of the world, which takes the place
//! of the original if the call returns.

mod bytes;
mod own_memory;
mod run;
mod windows;
mod world;

pub(super) use own_memory::OwnMemory;
pub(super) use world::World;

use super::script::{ACCOUNTS, CONTRACTS, LONGEST_SCRIPT, Nested, SENDER, Step, Transaction, encode};
use crate::receipt::HaltKind;
use crate::units::{Address, Gas};

const _: () = assert!(LONGEST_SCRIPT + super::script::HEADER < 0x3fc0, "the input ends before what is worked with");

/// How a script ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// With the accumulator as its result, or with output.
    Returned(Option<i64>, Vec<u8>),
    /// With output.
    Reverted(Vec<u8>),
    Halted(HaltKind),
}

/// A call that was made, as far as the model has to be told: it counts no gas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Made {
    pub(super) depth: u32,
    /// Whether it ran out of gas.
    pub(super) starved: bool,
    pub(super) gas_given: Gas,
}

/// What calls met.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Met {
    /// Calls of a contract that was running and had written what was not committed.
    pub(super) reentered_after_writing: u64,
    /// Calls that failed after they, or calls inside them, had written.
    pub(super) failed_after_writing: u64,
    /// Calls that were given more gas than was asked for.
    pub(super) given_too_much: u64,
}

/// What a transaction is executed in.
#[derive(Debug)]
struct Scene<'a> {
    /// The world before it.
    before: World,
    met: Met,
    /// Own memory of calls that have ended, cleared.
    idle: &'a mut Vec<OwnMemory>,
    accounts: &'a [Address; ACCOUNTS],
    /// The calls that were made, in order.
    made: std::iter::Peekable<std::slice::Iter<'a, Made>>,
    /// How many calls run in each contract.
    running: [u32; CONTRACTS],
}

/// One call.
#[derive(Debug, Clone, Copy)]
struct Frame {
    /// The contract whose storage it works on.
    here: usize,
    caller: usize,
    value: u32,
    read_only: bool,
    depth: u32,
}

/// Executes a transaction in the first contract. What it leaves in the world counts only if it returned. Nothing: it
/// cannot begin, because the sender has not the money or the contract cannot take it.
///
/// `idle` is memory to be used and left.
pub(super) fn run(
    accounts: &[Address; ACCOUNTS],
    transaction: &Transaction,
    made: &[Made],
    world: &mut World,
    idle: &mut Vec<OwnMemory>,
) -> Option<(Outcome, Met)> {
    world.events.clear();
    transfer(world, SENDER, 0, transaction.value).then(|| {
        // The first call that was made is the transaction's own.
        let mut calls = made.iter().peekable();
        if calls.next().is_some_and(|first| first.starved) {
            return (Outcome::Halted(HaltKind::OutOfGas), Met::default());
        }
        let (before, met) = (world.clone(), Met::default());
        let mut scene = Scene { before, met, idle, accounts, made: calls, running: [0; CONTRACTS] };
        let frame = Frame { here: 0, caller: SENDER, value: transaction.value, read_only: false, depth: 0 };
        (scene.execute(frame, &transaction.steps, world), scene.met)
    })
}

/// Moves money; whether that can be done.
fn transfer(world: &mut World, from: usize, to: usize, value: u32) -> bool {
    let (Some(left), true) = (world.balances[from].checked_sub(value.into()), value > 0) else { return value == 0 };
    let mut balances = world.balances;
    balances[from] = left;
    let Some(sum) = balances[to].checked_add(value.into()) else { return false };
    balances[to] = sum;
    world.balances = balances;
    true
}

impl Scene<'_> {
    fn execute(&mut self, frame: Frame, steps: &[Step], world: &mut World) -> Outcome {
        self.running[frame.here] += 1;
        // Getting new memory from the system for each call takes longer than the call.
        let own = self.idle.pop().unwrap_or_default();
        let mut run = run::Run::new(frame, &encode(self.accounts, steps), own, world);
        let outcome = run.steps(self, steps);
        let mut own = run.own;
        own.clear();
        self.idle.push(own);
        self.running[frame.here] -= 1;
        outcome
    }

    /// Makes a call; what it leaves in the world counts only if it returned.
    fn call(&mut self, caller: Frame, call: &Nested, world: &mut World) -> Outcome {
        let depth = caller.depth + 1;
        let made = self.made.next();
        let too_much = made.is_some_and(|made| call.gas > 0 && made.gas_given > Gas(call.gas.into()));
        self.met.given_too_much += u64::from(too_much);
        if made.is_some_and(|made| made.starved) {
            while self.made.next_if(|made| made.depth > depth).is_some() {}
            return Outcome::Halted(HaltKind::OutOfGas);
        }
        let here = call.contract as usize;
        let locked = here == CONTRACTS - 1 && self.running[here] > 0;
        let value = if call.read_only { 0 } else { call.value };
        if here >= CONTRACTS || locked || !transfer(world, caller.here, here, value) {
            return Outcome::Halted(HaltKind::Vmcall);
        }
        let met = self.running[here] > 0 && world.was_written_since(&self.before, here);
        self.met.reentered_after_writing += u64::from(met);
        let read_only = caller.read_only || call.read_only;
        self.execute(Frame { here, caller: caller.here, value, read_only, depth }, &call.steps, world)
    }
}
