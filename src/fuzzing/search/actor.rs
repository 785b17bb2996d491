//! The search's own contracts: an actor calls what it is told to, and answers calls as it was told to beforehand.
//!
//! An actor exports every name by which a contract has called one, so it is there in every outgoing call that takes its
//! address from the caller, from the input or from storage.

use super::sequence::{End, Part, Reaction, Request};
use super::world::World;

/// The export that takes orders.
pub const DO: &str = "act on orders";

/// Bytes of a plan and orders at most: the actor's storage and memory have room for so many.
pub(super) const MAX_INPUT: usize = 60_000;

/// A name that actors answer to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answered {
    pub(super) name: String,
    /// Whether it is called by calls that may only read.
    pub(super) read_only: bool,
}

/// An actor's code in text form, with an export for each name.
pub(super) fn code(names: &[Answered]) -> String {
    let exports = |read_only| -> String {
        let names = names.iter().filter(|answered| answered.read_only == read_only);
        names.map(|answered| format!("(export {}) ", quoted(&answered.name))).collect()
    };
    let text = include_str!("actor.wat").replace("@ANSWERS@", &exports(false));
    text.replace("@STATIC_ANSWERS@", &exports(true))
}

/// A name as text format has it.
fn quoted(name: &str) -> String {
    let escaped = |byte: u8| match byte {
        b'"' | b'\\' => format!("\\{:02x}", byte),
        0x20..=0x7e => char::from(byte).to_string(),
        _ => format!("\\{byte:02x}"),
    };
    format!("\"{}\"", name.bytes().map(escaped).collect::<String>())
}

/// The input of [`DO`].
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
    let (address, name) = world.target(request);
    let input = world.bytes(&request.input);
    into.extend([1, u32::from(request.read_only)].into_iter().flat_map(u32::to_le_bytes));
    into.extend([request.value, request.gas].into_iter().flat_map(u64::to_le_bytes));
    into.extend([name.len() as u32, input.len() as u32].into_iter().flat_map(u32::to_le_bytes));
    into.extend(address);
    into.extend(name.as_bytes());
    into.extend(input);
}
