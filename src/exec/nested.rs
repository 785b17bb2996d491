//! A call that a contract makes.

use std::sync::Arc;

use wasmtime::{Caller, Val};

use super::error::Error;
use super::gas::{NESTED_CALL, left, take};
use super::host::{Host, no_transaction};
use super::machine::{Ended, Entry, How, Machine, Parts};
use super::outcome::Stop;
use super::receipt::{Halt, HaltKind, Value};
use super::trace::CallTrace;
use super::transaction::{Failure, Transaction};
use super::windows;
use super::wrong::{self, Wrong};
use crate::contract::{Checks, Compiled};
use crate::limits::MAX_CALL_NESTING;
use crate::paging::{Access, PageTable};
use crate::units::{Address, Gas};

/// What a contract asks for.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) contract: Address,
    pub(crate) function: String,
    pub(crate) input: Vec<u8>,
    pub(crate) value: u64,
    /// 0 for as much as can be given.
    pub(crate) gas: Gas,
    pub(crate) read_only: bool,
}

/// How a call ended, as its caller sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Returned,
    Reverted,
    Halted,
}

/// The share of its gas that a caller keeps whatever it gives: one of so many parts.
const KEPT_SHARE: u64 = 64;

/// Units of call depth between a caller and what it calls.
const DEPTH: u32 = 1;

/// Makes a call and comes back. An error ends the calling call, and if the host or the store has failed, all of them.
pub(crate) fn call(caller: &mut Caller<'_, Host>, request: &Request) -> wasmtime::Result<Outcome> {
    take(caller, NESTED_CALL.0)?;
    let (transaction, frame) = caller.data_mut().parts()?;
    if !wrong::is(Wrong::WindowNotGiven) {
        windows::give(transaction, frame)?;
    }
    transaction.trace_writes(&frame.table)?;
    let gas = given(caller, request.gas)?;
    let depth = depth_left(caller)?;
    let host = caller.data_mut();
    let inherited = host.frame.table.is_read_only() && !wrong::is(Wrong::StaticIsNotInherited);
    let read_only = request.read_only || inherited;
    assert!(!(read_only && wrong::is(Wrong::StaticCallPanics)), "a deliberate mistake");
    let transaction = host.transaction.take().ok_or_else(no_transaction)?;
    let (mut transaction, ended) = transaction.nested(&Plan { request, read_only, gas, depth });
    let failed = transaction.failure.is_some();
    transaction.journal.keep(transaction.depth);
    let host = caller.data_mut();
    host.transaction = Some(transaction);
    if failed {
        return Err(Stop::halt(HaltKind::Limit, "a call inside this one could not go on").into());
    }
    if !(ended.output.is_empty() && wrong::is(Wrong::OutputIsKept)) {
        host.frame.returned = ended.output;
    }
    take(caller, gas.0 - ended.gas_left.0)?;
    let (transaction, frame) = caller.data_mut().parts()?;
    if !wrong::is(Wrong::WindowNotTaken) {
        windows::take_all(transaction, frame)?;
    }
    Ok(match ended.how {
        How::Returned(_) => Outcome::Returned,
        How::Reverted => Outcome::Reverted,
        How::Halted(_) => Outcome::Halted,
    })
}

/// What the callee gets: what was asked for, but never the share that the caller keeps.
fn given(caller: &mut Caller<'_, Host>, asked: Gas) -> wasmtime::Result<Gas> {
    let left = left(caller)?;
    let most = left.0 - left.0 / KEPT_SHARE;
    let all = asked.0 == 0 || wrong::is(Wrong::GasIsNotLimited);
    Ok(Gas(if all { most } else { asked.0.min(most) }))
}

fn depth_left(caller: &mut Caller<'_, Host>) -> wasmtime::Result<u32> {
    let Some(global) = caller.data().depth else { return Ok(crate::limits::CALL_DEPTH) };
    match global.get(&mut *caller) {
        Val::I32(left) => Ok(u32::try_from(left).unwrap_or(0)),
        _ => Ok(0),
    }
}

/// A call that is about to be made.
struct Plan<'a> {
    request: &'a Request,
    read_only: bool,
    gas: Gas,
    depth: u32,
}

/// Why a call does not come to an end of its own.
enum Obstacle {
    /// It is not begun, and uses nothing.
    Refused(Halt),
    /// The host or the store has failed.
    Failed(Error),
}

impl From<Error> for Obstacle {
    fn from(error: Error) -> Self {
        match error {
            Error::NoAccount(_) | Error::NoContract(_) | Error::Balance { .. } | Error::BalanceOverflow { .. } => {
                refuse(error.to_string())
            }
            error => Self::Failed(error),
        }
    }
}

fn refuse(message: String) -> Obstacle {
    Obstacle::Refused(Halt { kind: HaltKind::Vmcall, message })
}

impl Transaction {
    /// Runs a call inside the running one, from a checkpoint to which everything is put back if the call fails.
    fn nested(mut self: Box<Self>, plan: &Plan<'_>) -> (Box<Self>, Ended) {
        self.depth += 1;
        let (depth, caller) = (self.depth, self.here.address);
        if let Some(tracer) = &mut self.tracer {
            tracer.begin(CallTrace::nested(depth, caller, plan.request, plan.read_only, plan.gas));
        }
        let (mut transaction, outcome) = self.attempt(plan);
        let ended = outcome.unwrap_or_else(|obstacle| {
            let halt = match obstacle {
                Obstacle::Refused(halt) => halt,
                Obstacle::Failed(error) => {
                    let halt = Halt { kind: HaltKind::Limit, message: error.to_string() };
                    transaction.failure.get_or_insert(Failure::Error(error));
                    halt
                }
            };
            Ended { how: How::Halted(halt), output: Vec::new(), gas_left: plan.gas }
        });
        let Transaction { tracer, pager, .. } = &mut *transaction;
        if let Some(tracer) = tracer {
            tracer.end(plan.gas, &ended, *pager);
        }
        transaction.depth -= 1;
        (transaction, ended)
    }

    fn attempt(mut self: Box<Self>, plan: &Plan<'_>) -> (Box<Self>, Result<Ended, Obstacle>) {
        let contract = plan.request.contract;
        if self.depth > MAX_CALL_NESTING || plan.depth <= DEPTH {
            let message = format!("calls inside calls are more than {MAX_CALL_NESTING} deep, or functions too deep");
            return (self, Err(Obstacle::Refused(Halt { kind: HaltKind::CallDepth, message })));
        }
        let caller = self.here.address;
        let checkpoint = match self.checkpoint() {
            Ok(checkpoint) => checkpoint,
            Err(error) => return (self, Err(Obstacle::Failed(Error::paging(caller, error)))),
        };
        let from = match self.go_to(contract) {
            Ok(from) => from,
            Err(error) => return (self, Err(error.into())),
        };
        let (mut transaction, outcome) = match self.prepare(plan, caller) {
            Ok(machine) => self.run_on(machine, plan, caller),
            Err(obstacle) => (self, Err(obstacle)),
        };
        transaction.come_back(from);
        let returned = matches!(&outcome, Ok(Ended { how: How::Returned(_), .. }));
        if !returned {
            if let Err(error) = transaction.undo(checkpoint) {
                return (transaction, Err(Obstacle::Failed(Error::paging(contract, error))));
            }
            let Transaction { tracer, here, others, .. } = &mut *transaction;
            if let Some(tracer) = tracer {
                tracer.note_undo([&*here].into_iter().chain(&*others));
            }
        }
        (transaction, outcome)
    }

    /// Checks what can be checked before the call, moves its money and finds a machine for it.
    fn prepare(&mut self, plan: &Plan<'_>, caller: Address) -> Result<Machine, Obstacle> {
        let Request { contract, function, value, .. } = plan.request;
        if self.here.running > 0 && self.here.code.refuses_reentry && !wrong::is(Wrong::LockIsIgnored) {
            return Err(refuse(format!("the contract at {contract} refuses to be entered while a call of it runs")));
        }
        let compiled = self.compiled(plan.read_only)?;
        match compiled.metadata.exports.get(function) {
            Some(signature) if signature.params.is_empty() => {}
            Some(signature) => {
                return Err(refuse(format!(
                    "the function {function:?} of the contract at {contract} takes {signature}, and a contract can pass no arguments"
                )));
            }
            None => return Err(refuse(format!("the contract at {contract} exports no function {function:?}"))),
        }
        self.ledger.transfer(&*self.snapshot, caller, *contract, *value)?;
        Ok(self.machine(&compiled, plan.read_only)?)
    }

    fn run_on(
        mut self: Box<Self>,
        mut machine: Machine,
        plan: &Plan<'_>,
        caller: Address,
    ) -> (Box<Self>, Result<Ended, Obstacle>) {
        let entry = Entry {
            function: &plan.request.function,
            arguments: &[],
            input: &plan.request.input,
            caller,
            value: plan.request.value,
            gas: plan.gas,
            depth: plan.depth - DEPTH,
            read_only: plan.read_only,
        };
        self.here.running += 1;
        let (mut transaction, ended) = machine.run(self, &entry);
        transaction.here.running -= 1;
        if machine.restore() {
            transaction.here.put_machine(machine);
        }
        let ended = ended.map(|mut ended| {
            match &ended.how {
                How::Returned(values) => values.iter().for_each(|value| append(&mut ended.output, *value)),
                How::Reverted => {}
                How::Halted(_) => ended.output.clear(),
            }
            ended
        });
        (transaction, ended.map_err(Obstacle::Failed))
    }

    /// The running contract's code, with the checks that a call of its kind needs.
    pub(super) fn compiled(&self, read_only: bool) -> Result<Arc<Compiled>, Error> {
        let checks = if self.is_checked(read_only) { Checks::All } else { self.pager.checks() };
        self.shared.compiled(&*self.snapshot, &self.here.address, &self.here.code.hash, checks)
    }

    /// Whether a call's own page table has to stop its writes, as nothing else would.
    fn is_checked(&self, read_only: bool) -> bool {
        read_only && !self.pager.knows(Access::Write)
    }

    /// A machine for a call of the running contract.
    pub(super) fn machine(&mut self, compiled: &Arc<Compiled>, read_only: bool) -> Result<Machine, Error> {
        let counted = self.tracer.as_ref().is_some_and(|tracer| tracer.counts());
        if !counted && let Some(machine) = self.here.take_machine(compiled) {
            return Ok(machine);
        }
        let (contract, limit) = (self.here.address, self.here.region.limit());
        let table = if self.is_checked(read_only) { PageTable::new() } else { self.pager.page_table(limit) };
        let table = table.map_err(|source| Error::Memory { contract, source })?;
        let storage_module = self.shared.storage_module(limit)?;
        let parts = Parts { linker: &self.shared.linker, storage_module: &storage_module, compiled, table, counted };
        Machine::new(parts, &self.here.region)
    }
}

/// Adds a result to the output, in little-endian order and its own width.
fn append(output: &mut Vec<u8>, value: Value) {
    match value {
        Value::I32(value) => output.extend_from_slice(&value.to_le_bytes()),
        Value::I64(value) => output.extend_from_slice(&value.to_le_bytes()),
    }
}
