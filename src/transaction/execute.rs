//! Running a transaction, from its checks to its effects and receipt.

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
use crate::machine::{CallResult, EnvironmentSlot, IncomingCall, instance_price, too_little, visit_price};
use crate::paging::SharedSnapshot;
use crate::receipt::{Call, Detail, Phase, Receipt, Trace};
use crate::units::{Address, Gas};

/// How to run a call, and what to record of it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Intent {
    /// The detail of the trace, if one is requested.
    pub(crate) detail: Option<Detail>,
    /// True for a call of a block: the commit comes after the last call.
    pub(crate) in_block: bool,
    /// The start of the transaction, if its phases are timed.
    pub(crate) begun: Option<Instant>,
}

/// A transaction that has ended, with its effects. It must be committed, handed over to the next call of its block, or undone.
#[must_use = "its frames are lost unless it is committed, handed over or undone"]
pub(crate) struct SettledTransaction {
    pub(super) transaction: EnvironmentSlot<Transaction>,
    pub(super) effects: Vec<(Address, Effects)>,
    pub(super) receipt: Receipt,
    pub(super) trace: Option<Box<Trace>>,
    pub(super) sender: Address,
}

impl SettledTransaction {
    /// Returns true if the call returned. Only then does it have effects.
    pub(crate) fn is_returned(&self) -> bool {
        self.receipt.is_returned()
    }
}

/// Runs a call on a snapshot. A call that will be committed needs the snapshot of the newest moment.
pub(crate) fn execute(
    shared: &Arc<Shared<Transaction>>,
    snapshot: SharedSnapshot,
    call: &Call,
    intent: Intent,
) -> Result<SettledTransaction, TransactionError> {
    let (transaction, compiled) = begin(shared, snapshot, call, intent)?;
    let mut slot = EnvironmentSlot::new(transaction);
    let result = run(&mut slot, call, &compiled)?;
    if let Transaction { tracer: Some(tracer), pager, .. } = &mut *slot {
        tracer.end(call.gas, &result, *pager);
    }
    slot.lap(Phase::Receipt);
    let (effects, receipt) = settle(&mut slot, result, call.gas, intent.in_block)?;
    let tracer = slot.tracer.take();
    let trace = intent.detail.map(|_| {
        let trace = tracer.map_or_else(Trace::default, |tracer| tracer.into_trace());
        Box::new(Trace { undo: slot.journal.statistics(), ..trace })
    });
    slot.lap(Phase::Receipt);
    Ok(SettledTransaction { transaction: slot, effects, receipt, trace, sender: call.sender })
}

/// Checks a call, transfers its value and visits its contract.
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
    let current = shared.visit(&*snapshot, call.contract, account, code, call.pager, pager)?;
    let mut transaction = Box::new(Transaction::new(shared, snapshot, call, pager, current, ledger));
    transaction.tracer = Tracer::new(intent.detail);
    transaction.stopwatch = intent.begun.map(|begun| Box::new(Stopwatch::started(begun)));
    transaction.lap(Phase::Start);
    transaction.enter()?;
    transaction.lap(Phase::Faults);
    Ok((transaction, compiled))
}

/// Runs the top-level call.
fn run(
    slot: &mut EnvironmentSlot<Transaction>,
    call: &Call,
    compiled: &Arc<Compiled>,
) -> Result<CallResult, TransactionError> {
    if let Some(tracer) = &mut slot.tracer {
        tracer.begin(tracer::top_level(call));
    }
    if let Err(halt) = slot.take_call(compiled, &call.input) {
        return Ok(CallResult::halted(halt));
    }
    let price = Gas(visit_price(compiled.code_bytes).0 + instance_price(&compiled.metadata).0);
    let Some(gas) = call.gas.0.checked_sub(price.0).map(Gas) else {
        return Ok(CallResult::halted(too_little(price)));
    };
    let machine = slot.machine(compiled, false)?;
    let incoming = IncomingCall {
        function: &call.function,
        arguments: &call.arguments,
        input: &call.input,
        caller: call.sender,
        value: call.value,
        gas,
        depth: CALL_DEPTH,
        read_only: false,
        nesting: 0,
    };
    slot.lap(Phase::Start);
    let result = Transaction::run(slot, machine, &incoming)?;
    match slot.failure.take().map(|failure| *failure) {
        Some(Failure::Error(error)) => Err(error),
        Some(Failure::Halt(halt)) => Ok(CallResult::halted(halt)),
        None => Ok(result),
    }
}
