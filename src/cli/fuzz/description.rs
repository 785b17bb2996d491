//! Steps of the search, in words.

use vellum::fuzzing::search::{ACTORS, Action, End, Part, Party, Reaction, Request, Step, Target, USERS, World};

use crate::cli::table::hex;
use crate::cli::untrusted;

/// Describes a step.
pub fn describe(world: &World, step: &Step) -> String {
    let later = match step.blocks {
        0 => String::new(),
        1 => "one block later, ".to_owned(),
        blocks => format!("{blocks} blocks later, "),
    };
    match &step.action {
        Action::Direct { user, target, arguments, input, value } => {
            let (contract, function) = names(world, *target);
            let arguments = list_arguments(world, *target, arguments);
            let with = with(world, *value, input);
            format!("{later}{} calls {contract}.{function}({arguments}){with}", USERS[*user])
        }
        Action::Act { actor, requests, reactions, standing } => {
            let mut text = format!("{later}{} {}", ACTORS[*actor], list(world, requests, "does nothing"));
            for (at, reaction) in reactions.iter().enumerate() {
                let time = ["when it is called", "when it is called again"][at.min(1)];
                text += &format!("; {time} it {}", react(world, reaction));
            }
            if !standing.is_empty() {
                text += &format!("; later, and to static calls, it returns {}", show(world, standing));
            }
            text
        }
    }
}

fn react(world: &World, reaction: &Reaction) -> String {
    let end = match &reaction.end {
        End::Return(parts) if parts.is_empty() => "returns".to_owned(),
        End::Return(parts) => format!("returns {}", show(world, parts)),
        End::Revert => "reverts".to_owned(),
        End::Trap => "traps".to_owned(),
    };
    if reaction.requests.is_empty() {
        return end;
    }
    format!("{}, and {end}", list(world, &reaction.requests, ""))
}

fn list(world: &World, requests: &[Request], nothing: &str) -> String {
    let calls = requests.iter().map(|request| {
        let (contract, function) = names(world, request.target);
        let arguments = list_arguments(world, request.target, &request.arguments);
        let arguments = if arguments.is_empty() { arguments } else { format!("({arguments})") };
        let read_only = if request.read_only { " statically" } else { "" };
        let gas = if request.gas > 0 { format!(" and gas {}", request.gas) } else { String::new() };
        format!("calls {contract}.{function}{arguments}{read_only}{}{gas}", with(world, request.value, &request.input))
    });
    let calls: Vec<String> = calls.collect();
    if calls.is_empty() { nothing.to_owned() } else { calls.join(", then ") }
}

fn list_arguments(world: &World, target: Target, arguments: &[i64]) -> String {
    let arguments = world.arguments(target, arguments);
    arguments.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn with(world: &World, value: u64, input: &[Part]) -> String {
    let input = (!input.is_empty()).then(|| format!("input {}", show(world, input)));
    let parts: Vec<String> = (value > 0).then(|| value.to_string()).into_iter().chain(input).collect();
    if parts.is_empty() { String::new() } else { format!(" with {}", parts.join(" and ")) }
}

fn show(world: &World, parts: &[Part]) -> String {
    let show = |part: &Part| match part {
        Part::I32(number) => format!("{number} (i32)"),
        Part::I64(number) => format!("{number} (i64)"),
        Part::Address(party) => name(world, Some(*party)),
        Part::Bytes(bytes) => hex(bytes),
    };
    format!("[{}]", parts.iter().map(show).collect::<Vec<_>>().join(", "))
}

fn names(world: &World, target: Target) -> (String, String) {
    let function = &world.exports()[target.contract].functions[target.export].0;
    (world.subjects()[target.contract].name.clone(), untrusted::line(function))
}

/// Returns the name of a party in a scenario, or an empty string for an unknown address.
pub fn name(world: &World, party: Option<Party>) -> String {
    match party {
        Some(Party::Contract(contract)) => format!("${}", world.subjects()[contract].name),
        Some(Party::Actor(actor)) => format!("${}", ACTORS[actor]),
        Some(Party::User(user)) => format!("${}", USERS[user]),
        None => String::new(),
    }
}
