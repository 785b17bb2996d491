//! What a search has found, as a scenario that does it again, and as a story.

use std::path::PathBuf;

use serde_json::{Value as Json, json};
use vellum::fuzzing::search::{
    ACTORS, Deed, End, FUNDS, Finding, Moment, PEOPLE, Part, Reaction, Request, Step, Target, Verdict, Who, World,
};
use vellum::receipt::{Receipt, Value};
use vellum::vm::Vm;

use crate::cli::error::CliError;
use crate::cli::json::{hex, status};
use crate::cli::scenario::{Scenario, Telling};

/// The lines of a scenario that follow on those which deploy and set up the contracts.
pub fn lines(world: &World, finding: &Finding, receipts: &[Receipt]) -> Result<Vec<String>, CliError> {
    let mut lines: Vec<Json> = Vec::new();
    for (actor, name) in ACTORS.iter().enumerate() {
        let deployment = world.actor_deployment(actor);
        lines.push(json!({
            "wat": world.actor_code(),
            "as": name,
            "author": deployment.author.to_string(),
            "nonce": deployment.nonce,
            "balance": deployment.balance,
            "quiet": true,
        }));
    }
    for (person, name) in PEOPLE.iter().enumerate() {
        lines.push(json!({ "fund": world.address(Who::Person(person)).to_string(), "amount": FUNDS, "as": name }));
    }
    for (at, (step, receipt)) in finding.steps.iter().zip(receipts).enumerate() {
        lines.push(transaction(world, step, world.moment(&finding.steps[..=at]), receipt));
    }
    let judge = &finding.broken.judge;
    let results = match &finding.broken.verdict {
        Verdict::Gave(Value::I32(number)) => Some(i64::from(*number)),
        Verdict::Gave(Value::I64(number)) => Some(*number),
        Verdict::Failed(_) | Verdict::Inside => None,
    };
    let expected = match (&finding.broken.verdict, results) {
        (Verdict::Failed(failed), _) => Some(json!({ "status": status(failed) })),
        (_, Some(number)) => Some(json!({ "status": "returned", "results": [number] })),
        _ => None,
    };
    if let Some(expected) = expected {
        let now = world.moment(&finding.steps);
        lines.push(json!({
            "note": format!("the invariant {} {}", world.judge_name(judge), finding.broken.verdict),
            "call": format!("${}", world.subjects()[judge.contract].name),
            "function": judge.name,
            "gas": world.gas().0,
            "block": now.block,
            "timestamp": now.timestamp,
            "dry_run": true,
            "expect": expected,
        }));
    }
    Ok(lines.iter().map(Json::to_string).collect())
}

fn transaction(world: &World, step: &Step, now: Moment, receipt: &Receipt) -> Json {
    let call = world.call(step, now);
    let integer = |value: &Value| match *value {
        Value::I32(number) => i64::from(number),
        Value::I64(number) => number,
    };
    json!({
        "note": describe(world, step),
        "call": name(world, world.who(&call.contract)),
        "function": call.function,
        "args": call.arguments.iter().map(integer).collect::<Vec<_>>(),
        "input": hex(&call.input),
        "sender": name(world, world.who(&call.sender)),
        "value": call.value,
        "gas": call.gas.0,
        "block": call.block_number,
        "timestamp": call.timestamp,
        // Gas is a function of what was executed: with the same gas the same has happened.
        "expect": { "status": status(&receipt.status), "gas_used": receipt.gas_used.0 },
    })
}

/// Tells what the lines at the end do, those that set the scene aside, by a virtual machine that has run nothing.
pub fn story(fresh: &Vm, beginning: &[String], end: &[String]) -> Result<String, CliError> {
    let mut scenario = Scenario::new(fresh, PathBuf::new(), Telling::Story);
    let mut story = String::new();
    for line in beginning {
        scenario.step(line)?;
    }
    for line in end {
        let step = scenario.step(line)?;
        step.check()?;
        // Who the actors are is told by what they do.
        if step.is_call {
            story = story + &step.text + "\n";
        }
    }
    Ok(story)
}

/// What a step does, in words.
fn describe(world: &World, step: &Step) -> String {
    let later = match step.blocks {
        0 => String::new(),
        1 => "one block later, ".to_owned(),
        blocks => format!("{blocks} blocks later, "),
    };
    match &step.deed {
        Deed::Direct { person, target, arguments, input, value } => {
            let (contract, function) = names(world, *target);
            let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
            let with = with(world, *value, input);
            format!("{later}{} calls {contract}.{function}({}){with}", PEOPLE[*person], arguments.join(", "))
        }
        Deed::Act { actor, requests, reactions, standing } => {
            let mut text = format!("{later}{} {}", ACTORS[*actor], list(world, requests, "does nothing"));
            for (at, reaction) in reactions.iter().enumerate() {
                let time = ["when it is called", "when it is called again"][at.min(1)];
                text += &format!("; {time} it {}", react(world, reaction));
            }
            if !standing.is_empty() {
                text += &format!("; later, and to calls that may only read, it returns {}", show(world, standing));
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
    match reaction.requests.is_empty() {
        true => end,
        false => format!("{}, and {end}", list(world, &reaction.requests, "")),
    }
}

fn list(world: &World, requests: &[Request], nothing: &str) -> String {
    let calls = requests.iter().map(|request| {
        let (contract, function) = names(world, request.target);
        let read_only = if request.read_only { " statically" } else { "" };
        let gas = if request.gas > 0 { format!(" and gas {}", request.gas) } else { String::new() };
        format!("calls {contract}.{function}{read_only}{}{gas}", with(world, request.value, &request.input))
    });
    let calls: Vec<String> = calls.collect();
    if calls.is_empty() { nothing.to_owned() } else { calls.join(", then ") }
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
        Part::Address(who) => name(world, Some(*who)),
        Part::Bytes(bytes) => hex(bytes),
    };
    format!("[{}]", parts.iter().map(show).collect::<Vec<_>>().join(", "))
}

fn names(world: &World, target: Target) -> (String, String) {
    let function = &world.exports()[target.contract].functions[target.export].0;
    (world.subjects()[target.contract].name.clone(), function.escape_debug().to_string())
}

/// The name of somebody in a scenario.
fn name(world: &World, who: Option<Who>) -> String {
    match who {
        Some(Who::Contract(contract)) => format!("${}", world.subjects()[contract].name),
        Some(Who::Actor(actor)) => format!("${}", ACTORS[actor]),
        Some(Who::Person(person)) => format!("${}", PEOPLE[person]),
        None => String::new(),
    }
}
