//! Encodes orders and plans for actors: the calls to make, and how to answer calls.

use super::sequence::{End, Part, Reaction, Request, Target};
use super::world::World;
use crate::units::Address;

/// The greatest length of a plan and orders in bytes: an actor's storage and own memory have no room for more.
pub(super) const MAX_INPUT: usize = 60_000;

/// Encodes the input of [`DO`](super::DO): a plan, and the orders.
pub(super) fn orders(world: &World, requests: &[Request], reactions: &[Reaction], standing: &[Part]) -> Vec<u8> {
    let last = Reaction { requests: Vec::new(), end: End::Return(standing.to_vec()) };
    let answers: Vec<Vec<u8>> = reactions.iter().chain([&last]).map(|reaction| answer(world, reaction)).collect();
    let head = 8 + 4 * answers.len();
    let starts = answers.iter().scan(head, |end, answer| {
        let start = *end;
        *end += answer.len();
        Some(start as u32)
    });
    let length = head + answers.iter().map(Vec::len).sum::<usize>();
    let mut input = Vec::with_capacity(length + 128);
    input.extend([length as u32, answers.len() as u32].into_iter().chain(starts).flat_map(u32::to_le_bytes));
    input.extend(answers.concat());
    requests.iter().for_each(|request| order(world, request, &mut input));
    input.extend(0_u32.to_le_bytes());
    input
}

fn answer(world: &World, reaction: &Reaction) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (address, name) in world.views_to_ask() {
        bytes.extend([5, name.len() as u32].into_iter().flat_map(u32::to_le_bytes));
        bytes.extend(address);
        bytes.extend(name.as_bytes());
    }
    reaction.requests.iter().for_each(|request| order(world, request, &mut bytes));
    match &reaction.end {
        End::Return(parts) => {
            let output = world.bytes(parts);
            bytes.extend([2, output.len() as u32].into_iter().flat_map(u32::to_le_bytes));
            bytes.extend(output);
        }
        End::Revert => bytes.extend(3_u32.to_le_bytes()),
        End::Trap => bytes.extend(4_u32.to_le_bytes()),
    }
    bytes
}

fn order(world: &World, request: &Request, into: &mut Vec<u8>) {
    let (address, name) = world.target(request.target);
    let mut input = Vec::new();
    world.arguments(request.target, &request.arguments).iter().for_each(|argument| argument.append_to(&mut input));
    input.extend(world.bytes(&request.input));
    into.extend([1, u32::from(request.read_only)].into_iter().flat_map(u32::to_le_bytes));
    into.extend([request.value, request.gas].into_iter().flat_map(u64::to_le_bytes));
    into.extend([name.len() as u32, input.len() as u32].into_iter().flat_map(u32::to_le_bytes));
    into.extend(address.0);
    into.extend(name.as_bytes());
    into.extend(input);
}

impl World {
    /// Returns the address of the contract and the name of the function.
    pub(super) fn target(&self, target: Target) -> (Address, &str) {
        (self.subjects[target.contract].address, &self.exports[target.contract].functions[target.export].0)
    }

    /// Encodes the parts of an input.
    pub(super) fn bytes(&self, parts: &[Part]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for part in parts {
            match part {
                Part::I32(number) => bytes.extend(number.to_le_bytes()),
                Part::I64(number) => bytes.extend(number.to_le_bytes()),
                Part::Address(party) => bytes.extend(self.address(*party).0),
                Part::Bytes(these) => bytes.extend(these),
            }
        }
        bytes
    }

    /// Returns the address and the name of each view.
    pub(super) fn views_to_ask(&self) -> impl Iterator<Item = ([u8; 20], &str)> {
        self.views.iter().map(|export| (self.subjects[export.contract].address.0, export.name.as_str()))
    }
}
