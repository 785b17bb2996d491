//! What a search has found, as a scenario that does it again, and as a story.

use std::path::PathBuf;

use serde::Serialize;
use vellum::fuzzing::search::{ACTORS, FUNDS, Finding, Moment, PEOPLE, Step, Verdict, Who, World};
use vellum::receipt::{Receipt, Value};
use vellum::units::{Address, Gas};
use vellum::vm::Vm;

use super::words::{describe, name};
use crate::cli::error::CliError;
use crate::cli::integer::Decimal;
use crate::cli::scenario::{Scenario, Telling};
use crate::cli::table::hex;

/// The line that deploys an actor of the search.
#[derive(Debug, Serialize)]
struct ActorLine<'a> {
    wat: &'a str,
    #[serde(rename = "as")]
    name: &'a str,
    author: Address,
    nonce: Decimal,
    balance: Decimal,
    quiet: bool,
}

/// The line that gives a person money.
#[derive(Debug, Serialize)]
struct PersonLine<'a> {
    fund: Address,
    amount: Decimal,
    #[serde(rename = "as")]
    name: &'a str,
}

/// The line of a transaction.
#[derive(Debug, Serialize)]
struct TransactionLine<'a> {
    note: String,
    call: String,
    function: &'a str,
    args: &'a [Value],
    input: String,
    sender: String,
    value: Decimal,
    gas: Gas,
    block: Decimal,
    timestamp: Decimal,
    expect: Expected<'a>,
}

/// The line that asks the invariant in the end.
#[derive(Debug, Serialize)]
struct JudgeLine<'a> {
    note: String,
    call: String,
    function: &'a str,
    gas: Gas,
    block: Decimal,
    timestamp: Decimal,
    dry_run: bool,
    expect: Expected<'a>,
}

#[derive(Debug, Serialize)]
struct Expected<'a> {
    status: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    results: Option<[Value; 1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gas_used: Option<Gas>,
}

/// The lines of a scenario that follow on those which deploy and set up the contracts.
pub fn lines(world: &World, finding: &Finding, receipts: &[Receipt]) -> Result<Vec<String>, CliError> {
    let mut lines = Vec::new();
    for (actor, name) in ACTORS.iter().enumerate() {
        let deployment = world.actor_deployment(actor);
        let (nonce, balance) = (Decimal(deployment.nonce), Decimal(deployment.balance));
        let (wat, author) = (world.actor_code(), deployment.author);
        lines.push(serde_json::to_string(&ActorLine { wat: &wat, name, author, nonce, balance, quiet: true })?);
    }
    for (person, name) in PEOPLE.iter().enumerate() {
        let fund = world.address(Who::Person(person));
        lines.push(serde_json::to_string(&PersonLine { fund, amount: Decimal(FUNDS), name })?);
    }
    for (at, (step, receipt)) in finding.steps.iter().zip(receipts).enumerate() {
        lines.push(transaction(world, step, world.moment(&finding.steps[..=at]), receipt)?);
    }
    let expect = match &finding.broken.verdict {
        Verdict::Gave(value) => Expected { status: "returned", results: Some([*value]), gas_used: None },
        Verdict::Failed(failed) => Expected { status: failed.name(), results: None, gas_used: None },
        Verdict::Inside => return Ok(lines),
    };
    let (judge, now) = (&finding.broken.judge, world.moment(&finding.steps));
    lines.push(serde_json::to_string(&JudgeLine {
        note: format!("the invariant {} {}", world.judge_name(judge), finding.broken.verdict),
        call: format!("${}", world.subjects()[judge.contract].name),
        function: &judge.name,
        gas: world.gas(),
        block: Decimal(now.block),
        timestamp: Decimal(now.timestamp),
        dry_run: true,
        expect,
    })?);
    Ok(lines)
}

fn transaction(world: &World, step: &Step, now: Moment, receipt: &Receipt) -> Result<String, CliError> {
    let call = world.call(step, now);
    let line = TransactionLine {
        note: describe(world, step),
        call: name(world, world.who(&call.contract)),
        function: &call.function,
        args: &call.arguments,
        input: hex(&call.input),
        sender: name(world, world.who(&call.sender)),
        value: Decimal(call.value),
        gas: call.gas,
        block: Decimal(call.block_number),
        timestamp: Decimal(call.timestamp),
        // Gas is a function of what was executed: with the same gas the same has happened.
        expect: Expected { status: receipt.status.name(), results: None, gas_used: Some(receipt.gas_used) },
    };
    Ok(serde_json::to_string(&line)?)
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
