//! A finding of the search, as a scenario that repeats it and as text call by call.

use std::path::PathBuf;

use serde::Serialize;
use vellum::fuzzing::search::{ACTORS, Finding, INITIAL_BALANCE, Moment, Party, Step, USERS, Verdict, World};
use vellum::receipt::{Receipt, Value};
use vellum::units::{Address, Gas};
use vellum::vm::Vm;

use super::description::{describe, name};
use crate::cli::error::CliError;
use crate::cli::integer::Decimal;
use crate::cli::scenario::{Scenario, Verbosity};
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

/// The line that funds a user.
#[derive(Debug, Serialize)]
struct UserLine<'a> {
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

/// The last line, which calls the broken invariant.
#[derive(Debug, Serialize)]
struct InvariantLine<'a> {
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

/// Returns the scenario lines of a finding: the actors, the users, the transactions and the broken invariant. They follow the
/// lines that deploy and set up the contracts.
pub fn lines(world: &World, finding: &Finding, receipts: &[Receipt]) -> Result<Vec<String>, CliError> {
    let mut lines = Vec::new();
    for (actor, name) in ACTORS.iter().enumerate() {
        let deployment = world.actor_deployment(actor);
        let (nonce, balance) = (Decimal(deployment.nonce), Decimal(deployment.balance));
        let (wat, author) = (world.actor_code(), deployment.author);
        lines.push(serde_json::to_string(&ActorLine { wat: &wat, name, author, nonce, balance, quiet: true })?);
    }
    for (user, name) in USERS.iter().enumerate() {
        let fund = world.address(Party::User(user));
        lines.push(serde_json::to_string(&UserLine { fund, amount: Decimal(INITIAL_BALANCE), name })?);
    }
    for (at, (step, receipt)) in finding.steps.iter().zip(receipts).enumerate() {
        lines.push(transaction(world, step, world.moment(&finding.steps[..=at]), receipt)?);
    }
    let expect = match &finding.broken.verdict {
        Verdict::Gave(value) => Expected { status: "returned", results: Some([*value]), gas_used: None },
        Verdict::Failed(failed) => Expected { status: failed.name(), results: None, gas_used: None },
        Verdict::Inside => return Ok(lines),
    };
    let (invariant, now) = (&finding.broken.export, world.moment(&finding.steps));
    lines.push(serde_json::to_string(&InvariantLine {
        note: format!("the invariant {} {}", world.export_name(invariant), finding.broken.verdict),
        call: format!("${}", world.subjects()[invariant.contract].name),
        function: &invariant.name,
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
        call: name(world, world.party_of(&call.contract)),
        function: &call.function,
        args: &call.arguments,
        input: hex(&call.input),
        sender: name(world, world.party_of(&call.sender)),
        value: Decimal(call.value),
        gas: call.gas,
        block: Decimal(call.block_number),
        timestamp: Decimal(call.timestamp),
        // Gas is a function of the executed instructions, so the same gas means the same execution.
        expect: Expected { status: receipt.status.name(), results: None, gas_used: Some(receipt.gas_used) },
    };
    Ok(serde_json::to_string(&line)?)
}

/// Runs a finding in a new VM and returns the text of its calls, without the setup.
pub fn call_trees(fresh: &Vm, setup: &[String], end: &[String]) -> Result<String, CliError> {
    let mut scenario = Scenario::new(fresh, PathBuf::new(), Verbosity::CallTree);
    let mut text = String::new();
    for line in setup {
        scenario.step(line)?;
    }
    for line in end {
        let step = scenario.step(line)?;
        step.check()?;
        // The lines that deploy actors and fund users are left out.
        if step.is_call {
            text = text + &step.text + "\n";
        }
    }
    Ok(text)
}
