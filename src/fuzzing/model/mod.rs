//! The interpreter, storage, money and events in plain Rust. A call works on a copy of the world, which takes the place
//! of the original if the call returns.

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
pub(super) use scene::{Made, Met};
pub(super) use world::World;

use super::script::{ACCOUNTS, CONTRACTS, LONGEST_SCRIPT, SENDER, Transaction};
use crate::receipt::HaltKind;
use crate::units::Address;
use callee::Callee;
use run::execute;
use scene::{Frame, Scene, transfer};

const _: () = assert!(LONGEST_SCRIPT + super::script::HEADER < 0x3fc0, "the input ends before what is worked with");

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
        (execute(&mut scene, frame, Callee::default(), &transaction.steps, world), scene.met)
    })
}
