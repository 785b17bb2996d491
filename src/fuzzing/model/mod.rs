//! The model: the interpreter, storage, balances and events in plain Rust. A call works on a copy of the world. If the call
//! returns, the copy replaces the original.

mod bytes;
mod callee;
mod outcome;
mod own_memory;
mod run;
mod scene;
mod windows;
mod world;

pub(super) use outcome::Outcome;
pub(super) use own_memory::OwnMemory;
pub(super) use scene::{ModelCounts, TracedCall};
pub(super) use world::World;

use super::script::{ACCOUNTS, CONTRACTS, LONGEST_SCRIPT, SENDER, Transaction};
use crate::limits::MAX_EVENTS;
use crate::receipt::HaltKind;
use crate::units::Address;
use callee::Callee;
use run::execute;
use scene::{CallFrame, Scene, transfer};

const _: () = assert!(LONGEST_SCRIPT + super::script::HEADER < 0x3fc0, "the input ends before the scratch memory");

/// Executes a transaction in the first contract. The caller drops `world` unless the transaction returned.
///
/// Returns `None` if the transaction cannot start: the value exceeds the sender's balance, or overflows the contract's.
///
/// `idle` holds own memories that this run takes and returns. `traced` are the calls as the VM made them.
pub(super) fn run(
    accounts: &[Address; ACCOUNTS],
    transaction: &Transaction,
    traced: &[TracedCall],
    world: &mut World,
    idle: &mut Vec<OwnMemory>,
) -> Option<(Outcome, ModelCounts)> {
    world.events.clear();
    transfer(world, SENDER, 0, transaction.value).then(|| {
        // The first call is the top-level call.
        let mut calls = traced.iter().peekable();
        if calls.next().is_some_and(|first| first.starved) {
            return (Outcome::Halted(HaltKind::OutOfGas), ModelCounts::default());
        }
        let (before, counts) = (world.clone(), ModelCounts::default());
        let mut scene = Scene { before, counts, idle, accounts, traced: calls, running: [0; CONTRACTS] };
        let (caller, value) = (SENDER, transaction.value);
        let frame = CallFrame { contract: 0, caller, value, read_only: false, depth: 0, events: MAX_EVENTS };
        (execute(&mut scene, frame, Callee::default(), &transaction.steps, world), scene.counts)
    })
}
