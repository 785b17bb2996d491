//! A transaction from its checks to what it would leave.

use std::sync::Arc;
use std::time::Instant;

use super::checks::{check_arguments, check_sender};
use super::error::TransactionError;
use super::ledger::Ledger;
use super::lookup::contract_account;
use super::settle::{Effects, settle};
use super::shared::Shared;
use super::state::{Failure, Transaction};
use super::stopwatch::Stopwatch;
use super::tracer::{self, Tracer};
use crate::contract::Compiled;
use crate::limits::CALL_DEPTH;
use crate::machine::{Ended, Entry, Held};
use crate::paging::SharedSnapshot;
use crate::receipt::{Call, Detail, Phase, Receipt, Trace};
use crate::units::Address;

/// How a call is run, and what is told of it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Intent {
    pub(crate) detail: Option<Detail>,
    /// Whether others follow before there is a commit.
    pub(crate) in_block: bool,
    /// When it began, if somebody wants to know where its time goes.
    pub(crate) begun: Option<Instant>,
}

/// A transaction that has ended, and what it would leave. It has to be committed, left to the calls after it, or undone.
#[must_use = "its frames are lost unless it is committed, left or undone"]
pub(crate) struct Settled {
    pub(super) transaction: Held<Transaction>,
    pub(super) effects: Vec<(Address, Effects)>,
    pub(super) receipt: Receipt,
    pub(super) trace: Option<Box<Trace>>,
    pub(super) sender: Address,
}

impl Settled {
    /// Whether the call returned, and so would leave something.
    pub(crate) fn is_returned(&self) -> bool {
        self.receipt.is_returned()
    }
}

/// Runs a call on a moment of the store: on the newest, if it is to be committed.
pub(crate) fn execute(
    shared: &Arc<Shared<Transaction>>,
    snapshot: SharedSnapshot,
    call: &Call,
    intent: Intent,
) -> Result<Settled, TransactionError> {
    let (transaction, compiled) = begin(shared, snapshot, call, intent)?;
    let mut held = Held::new(transaction);
    let ended = run(&mut held, call, &compiled)?;
    if let Transaction { tracer: Some(tracer), pager, .. } = &mut *held {
        tracer.end(call.gas, &ended, *pager);
    }
    held.was(Phase::Receipt);
    let (effects, receipt) = settle(&mut held, ended, call.gas, intent.in_block)?;
    let tracer = held.tracer.take();
    let trace = intent.detail.map(|_| {
        let calls = tracer.map_or_else(Trace::default, |tracer| tracer.into_trace());
        Box::new(Trace { undo: held.journal.statistics(), ..calls })
    });
    held.was(Phase::Receipt);
    Ok(Settled { transaction: held, effects, receipt, trace, sender: call.sender })
}

/// Checks a call, moves its money and comes to its contract.
fn begin(
    shared: &Arc<Shared<Transaction>>,
    snapshot: SharedSnapshot,
    call: &Call,
    intent: Intent,
) -> Result<(Box<Transaction>, Arc<Compiled>), TransactionError> {
    let unavailable = |reason| TransactionError::PagerUnavailable { pager: call.pager, reason };
    let pager = call.pager.pager().map_err(unavailable)?;
    let (account, code) = contract_account(&*snapshot, &call.contract)?;
    check_sender(&*snapshot, call)?;
    let mut ledger = Ledger::default();
    ledger.transfer(&*snapshot, call.sender, call.contract, call.value)?;
    let compiled = shared.compiled(&*snapshot, &call.contract, &code.hash, pager.checks())?;
    check_arguments(call, &compiled.metadata.exports)?;
    let here = shared.visit(&*snapshot, call.contract, (account, code), (call.pager, pager))?;
    let mut transaction = Box::new(Transaction::new(shared, snapshot, call, pager, here, ledger));
    transaction.tracer = Tracer::new(intent.detail);
    transaction.stopwatch = intent.begun.map(|begun| Box::new(Stopwatch::started(begun)));
    transaction.was(Phase::Start);
    transaction.enter()?;
    transaction.was(Phase::Faults);
    Ok((transaction, compiled))
}

/// Runs the call that a transaction begins with.
fn run(held: &mut Held<Transaction>, call: &Call, compiled: &Arc<Compiled>) -> Result<Ended, TransactionError> {
    let machine = held.machine(compiled, false)?;
    if let Some(tracer) = &mut held.tracer {
        tracer.begin(tracer::first(call));
    }
    let entry = Entry {
        function: &call.function,
        arguments: &call.arguments,
        input: &call.input,
        caller: call.sender,
        value: call.value,
        gas: call.gas,
        depth: CALL_DEPTH,
        read_only: false,
        nesting: 0,
    };
    held.was(Phase::Start);
    let ended = Transaction::run(held, machine, &entry)?;
    match held.failure.take().map(|failure| *failure) {
        Some(Failure::Error(error)) => Err(error),
        Some(Failure::Halt(halt)) => Ok(Ended::halted(halt)),
        None => Ok(ended),
    }
}
