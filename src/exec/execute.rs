//! One transaction from its checks to its receipt.

use std::time::Instant;

use super::call::Call;
use super::error::Error;
use super::ledger::Ledger;
use super::machine::{Ended, Entry, How};
use super::receipt::{Receipt, Status, Value};
use super::receipt_record;
use super::settle::{Effects, page_writes, settle};
use super::shared::contract_account;
use super::split::{Phase, Stopwatch, was};
use super::trace::{CallTrace, ContractFrames, Trace};
use super::tracer::{Detail, Tracer};
use super::transaction::{Failure, Transaction};
use super::visited::Visited;
use super::vm::Vm;
use crate::contract::{Signature, ValueType};
use crate::limits::{CALL_DEPTH, MAX_DATA_BYTES};
use crate::paging::{ContractPages, SharedSnapshot};
use crate::store::{Batch, ContractChange, Overlay, Snapshot, StoreStatistics};
use crate::units::{Address, CommitNumber, Gas, Version};

/// What is to become of a call that returns, and who wants to know how it went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Intent {
    pub(super) commit: bool,
    pub(super) detail: Detail,
    /// Whether others follow before there is a commit.
    pub(super) in_block: bool,
    /// When it began, if somebody wants to know where its time goes.
    pub(super) begun: Option<Instant>,
}

/// What came of a call.
pub(super) struct Done {
    pub(super) receipt: Receipt,
    pub(super) trace: Trace,
    /// What it leaves to the other calls of its block.
    pub(super) left: Option<Overlay>,
}

impl Vm {
    pub(super) fn execute(&self, call: &Call, intent: Intent) -> Result<(Receipt, Trace), Error> {
        let Done { receipt, trace, .. } = self.execute_on(self.shared.store.snapshot()?, call, intent)?;
        Ok((receipt, trace))
    }

    /// Runs a call on a moment of the store: on the newest, if it is to be committed.
    pub(super) fn execute_on(&self, snapshot: Box<dyn Snapshot>, call: &Call, intent: Intent) -> Result<Done, Error> {
        let before = (intent.detail == Detail::Counts).then(StoreStatistics::of_this_thread);
        let pager = call.pager.pager().map_err(|reason| Error::PagerUnavailable { pager: call.pager, reason })?;
        let (account, code) = contract_account(&*snapshot, &call.contract)?;
        check_sender(&*snapshot, call)?;
        let mut ledger = Ledger::default();
        ledger.transfer(&*snapshot, call.sender, call.contract, call.value)?;
        let compiled = self.shared.compiled(&*snapshot, &call.contract, &code.hash, pager.checks())?;
        check_arguments(call, &compiled.metadata.exports)?;
        let here = self.shared.visit(&*snapshot, call.contract, (account, code), (call.pager, pager))?;
        let snapshot = SharedSnapshot::new(snapshot);
        let mut transaction = Box::new(Transaction::new(&self.shared, snapshot, call, pager, here, ledger));
        transaction.tracer = Tracer::new(intent.detail);
        transaction.stopwatch = intent.begun.map(|begun| Box::new(Stopwatch::started(begun)));
        transaction.was(Phase::Start);
        transaction.enter()?;
        transaction.was(Phase::Faults);
        let mut machine = transaction.machine(&compiled, false)?;
        if let Some(tracer) = &mut transaction.tracer {
            tracer.begin(CallTrace::first(call));
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
        };
        transaction.here.running += 1;
        transaction.was(Phase::Start);
        let (mut transaction, ended) = machine.run(transaction, &entry);
        transaction.was(Phase::Execution);
        transaction.here.running -= 1;
        let mut ended = ended?;
        match transaction.failure.take() {
            Some(Failure::Error(error)) => return Err(error),
            Some(Failure::Halt(halt)) => ended = Ended { how: How::Halted(halt), output: Vec::new(), gas_left: Gas(0) },
            None => {}
        }
        if machine.restore() {
            transaction.here.put_machine(machine);
        }
        if let Some(tracer) = &mut transaction.tracer {
            tracer.end(call.gas, &ended, pager);
        }
        let mut done = self.finish(call, intent, transaction, ended)?;
        done.trace.store = before.map(|before| StoreStatistics::of_this_thread().since(before));
        Ok(done)
    }

    /// Settles, commits or undoes, and keeps the regions for the next transaction.
    fn finish(
        &self,
        call: &Call,
        intent: Intent,
        mut transaction: Box<Transaction>,
        ended: Ended,
    ) -> Result<Done, Error> {
        transaction.was(Phase::Receipt);
        let (effects, mut receipt) = settle(&mut transaction, ended, call.gas, intent.in_block)?;
        let mut trace = transaction.tracer.take().map_or_else(Trace::default, |tracer| tracer.into_trace());
        trace.undo = transaction.journal.statistics();
        transaction.was(Phase::Receipt);
        let mut left = None;
        match receipt.status == Status::Returned && intent.commit {
            true if intent.in_block => left = Some(self.leave(call.sender, *transaction, effects)?),
            true => self.commit(call, *transaction, effects, (&mut receipt, &mut trace))?,
            false => self.undo(*transaction, &mut trace)?,
        }
        Ok(Done { receipt, trace, left })
    }

    /// Writes everything in one step, and keeps what is now committed.
    fn commit(
        &self,
        call: &Call,
        transaction: Transaction,
        effects: Vec<(Address, Effects)>,
        (receipt, trace): (&mut Receipt, &mut Trace),
    ) -> Result<(), Error> {
        let Transaction { snapshot, here, others, order, pager, kind, mut ledger, mut stopwatch, .. } = transaction;
        let visited = in_order(here, others, &order);
        let commit = CommitNumber(snapshot.head()?.0 + 1);
        receipt.commit = Some(commit);
        ledger.change(&*snapshot, call.sender)?.nonce += 1;
        let mut states = Vec::with_capacity(visited.len());
        let mut contracts = Vec::new();
        for (visited, (address, effects)) in visited.iter().zip(effects) {
            let mut state = (visited.account.state, visited.account.version);
            if !effects.pages.is_empty() {
                let account = ledger.change(&*snapshot, address)?;
                state = (effects.state, Version(account.version.0 + 1));
                (account.state, account.version) = state;
                contracts.push(ContractChange {
                    address,
                    before: visited.account.state,
                    after: effects.state,
                    pages: page_writes(&visited.region, effects.pages),
                    tree: effects.tree,
                });
            }
            states.push(state);
        }
        // A store in memory would copy what the snapshot still holds.
        drop(snapshot);
        self.shared.store.commit(&Batch {
            commit: Some(commit),
            accounts: ledger.into_changes(),
            contracts,
            receipt: Some(receipt_record::encode(receipt)),
            ..Batch::default()
        })?;
        was(&mut stopwatch, Phase::Commit);
        for (mut visited, (state, version)) in visited.into_iter().zip(states) {
            let address = visited.address;
            // It is committed; a region that the host will not clean is not kept.
            let kept = pager.keep(&mut visited.region, state).is_ok();
            trace.frames.push(ContractFrames::of(kind, &mut visited));
            if kept {
                self.shared.pool.put(address, kind, visited.into_kept(version));
            }
        }
        was(&mut stopwatch, Phase::Receipt);
        trace.split = stopwatch.map(|stopwatch| stopwatch.split());
        Ok(())
    }

    /// Puts every contract back as it was, and keeps them.
    fn undo(&self, transaction: Transaction, trace: &mut Trace) -> Result<(), Error> {
        let Transaction { snapshot, here, others, order, pager, kind, mut stopwatch, .. } = transaction;
        for mut visited in in_order(here, others, &order) {
            let address = visited.address;
            let source = ContractPages { snapshot: &*snapshot, address: &address };
            pager.undo(&mut visited.region, &source).map_err(|error| Error::paging(address, error))?;
            trace.frames.push(ContractFrames::of(kind, &mut visited));
            let version = visited.version;
            // The past is seldom asked for twice; what is kept is for the newest moment.
            if !snapshot.is_past() {
                self.shared.pool.put(address, kind, visited.into_kept(version));
            }
        }
        was(&mut stopwatch, Phase::Receipt);
        trace.split = stopwatch.map(|stopwatch| stopwatch.split());
        Ok(())
    }
}

/// The contracts of a transaction in order of first touch.
pub(super) fn in_order(here: Visited, others: Vec<Visited>, order: &[Address]) -> Vec<Visited> {
    let mut all = others;
    all.push(here);
    all.sort_by_key(|visited| order.iter().position(|address| *address == visited.address));
    all
}

fn check_sender(snapshot: &dyn Snapshot, call: &Call) -> Result<(), Error> {
    if call.input.len() > MAX_DATA_BYTES {
        return Err(Error::InputLength { given: call.input.len(), limit: MAX_DATA_BYTES });
    }
    let Some(given) = call.nonce else { return Ok(()) };
    let recorded = snapshot.account(&call.sender)?.map_or(0, |account| account.nonce);
    if given == recorded { Ok(()) } else { Err(Error::Nonce { sender: call.sender, recorded, given }) }
}

fn check_arguments(call: &Call, exports: &std::collections::BTreeMap<String, Signature>) -> Result<(), Error> {
    let Some(signature) = exports.get(&call.function) else { return Err(no_export(call, exports)) };
    let of_type = |(value, ty): (&Value, &ValueType)| {
        matches!((value, ty), (Value::I32(_), ValueType::I32) | (Value::I64(_), ValueType::I64))
    };
    let fits =
        call.arguments.len() == signature.params.len() && call.arguments.iter().zip(&signature.params).all(of_type);
    if fits {
        return Ok(());
    }
    let given = call.arguments.iter().map(|value| match value {
        Value::I32(_) => ValueType::I32,
        Value::I64(_) => ValueType::I64,
    });
    Err(Error::Arguments {
        function: format!("the function {:?} of the contract at {}", call.function, call.contract),
        expected: list(signature.params.iter().copied()),
        given: list(given),
    })
}

fn list(types: impl Iterator<Item = ValueType>) -> String {
    let types: Vec<String> = types.map(|ty| ty.to_string()).collect();
    format!("({})", types.join(", "))
}

fn no_export(call: &Call, exports: &std::collections::BTreeMap<String, Signature>) -> Error {
    const SHOWN: usize = 20;
    let mut known: Vec<&str> = exports.keys().take(SHOWN).map(String::as_str).collect();
    if exports.len() > SHOWN {
        known.push("…");
    }
    let known = if known.is_empty() { "nothing".to_owned() } else { known.join(", ") };
    let contract: Address = call.contract;
    Error::NoExport { contract, function: call.function.clone(), known }
}
