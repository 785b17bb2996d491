//! Nested calls: checks, value transfer, execution, and undo if they fail.

use std::thread;

use super::allowance::Use;
use super::error::TransactionError;
use super::settle::out_of_gas;
use super::state::{Checkpoint, Failure, Transaction};
use super::tracer;
use crate::limits::MAX_CALL_NESTING;
use crate::machine::{
    CallEnd, CallResult, EnvironmentSlot, IncomingCall, Machine, OutgoingCall, PAGE_OF_CALL, Request, RuntimeError,
    Stop, instance_price, too_little,
};
use crate::paging::{PagingError, SetAside};
use crate::receipt::{Halt, HaltKind, Value};
use crate::store::StoreError;
use crate::units::{Address, Gas};
use crate::vmcalls::check_output;

/// Units of call depth that a nested call takes from its caller.
const DEPTH: u32 = 1;

/// A nested call that did not run to its end.
enum CallFailure {
    /// It did not begin, and uses no gas.
    Refused(Halt),
    /// It may not use what it needs to begin.
    Halted(Halt),
    /// The host or the store failed.
    Failed(TransactionError),
}

impl From<Halt> for CallFailure {
    fn from(halt: Halt) -> Self {
        Self::Halted(halt)
    }
}

impl From<TransactionError> for CallFailure {
    fn from(error: TransactionError) -> Self {
        let is_refusal = match &error {
            TransactionError::Store(error) => {
                matches!(**error, StoreError::NoAccount(_) | StoreError::NoContract(_))
            }
            TransactionError::Balance { .. } | TransactionError::BalanceOverflow { .. } => true,
            _ => false,
        };
        if is_refusal { refuse(error.to_string()) } else { Self::Failed(error) }
    }
}

fn refuse(message: String) -> CallFailure {
    CallFailure::Refused(Halt { kind: HaltKind::Vmcall, message })
}

/// Aborts the transaction if a panic unwinds through a nested call. A custom host function may catch the panic, but the
/// unfinished call is not undone.
struct Unwinding<'a>(&'a mut EnvironmentSlot<Transaction>);

impl Drop for Unwinding<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            let error = RuntimeError { attempt: "running a nested call".to_owned(), message: PANICKED.to_owned() };
            self.0.failure.get_or_insert_with(|| Box::new(Failure::Error(error.into())));
        }
    }
}

/// A call that has passed its checks.
struct PreparedCall<'a> {
    machine: Machine<Transaction>,
    /// What a waiting call of the contract has written to own memory in front of storage.
    aside: Option<SetAside>,
    /// Read from the front of the input.
    arguments: Vec<Value>,
    /// The input behind the arguments.
    input: &'a [u8],
    /// The gas that is left for the call.
    gas: Gas,
}

const PANICKED: &str = "a host function panicked, so that nothing of the transaction can be kept";

/// Runs a nested call. If it fails, its effects are undone to the checkpoint before it.
pub(super) fn call(slot: &mut EnvironmentSlot<Transaction>, outgoing: &OutgoingCall<'_>) -> Result<CallResult, Stop> {
    let unwinding = Unwinding(slot);
    let slot = &mut *unwinding.0;
    let checkpoint = begin(slot)?;
    slot.depth += 1;
    let (depth, caller) = (slot.depth, slot.current.address);
    if let Some(tracer) = &mut slot.tracer {
        tracer.begin(tracer::nested(depth, caller, outgoing));
    }
    let (caller_allowance, caller_memory) = (slot.allowance, slot.memory);
    (slot.allowance, slot.memory) = (caller_allowance.of_callee(slot.used()), caller_memory.of_callee());
    let result = attempt(slot, outgoing, checkpoint).unwrap_or_else(|failure| {
        let halt = match failure {
            CallFailure::Refused(halt) => halt,
            CallFailure::Halted(halt) => return CallResult::halted(halt),
            CallFailure::Failed(error) => {
                let halt = Halt { kind: HaltKind::Limit, message: error.to_string() };
                slot.failure.get_or_insert_with(|| Box::new(Failure::Error(error)));
                halt
            }
        };
        CallResult { end: CallEnd::Halted(halt), output: Vec::new(), gas_left: outgoing.gas }
    });
    (slot.allowance, slot.memory) = (caller_allowance, caller_memory.with_returned(result.output.len()));
    let Transaction { tracer, pager, depth, failure, .. } = &mut **slot;
    if let Some(tracer) = tracer {
        tracer.end(outgoing.gas, &result, *pager);
    }
    *depth -= 1;
    match failure {
        None => Ok(result),
        Some(_) => Err(could_not_go_on()),
    }
}

fn could_not_go_on() -> Stop {
    Stop::halt(HaltKind::Limit, "a nested call could not go on")
}

/// Takes the checkpoint before a nested call. Halts the caller if it has changed more pages than it may.
fn begin(slot: &mut EnvironmentSlot<Transaction>) -> Result<Checkpoint, Stop> {
    let checkpoint = slot.checkpoint().map_err(|error| fail(slot, error))?;
    if slot.changes_too_much(0).map_err(|error| fail(slot, error))? {
        slot.keep(checkpoint);
        return Err(slot.too_many_pages().into());
    }
    slot.make_room().map_err(|error| fail(slot, error))?;
    Ok(checkpoint)
}

/// Aborts the transaction.
fn fail(transaction: &mut Transaction, error: PagingError) -> Stop {
    give_up(transaction, TransactionError::paging(transaction.current.address, error))
}

/// Aborts the transaction.
#[cold]
pub(super) fn give_up(transaction: &mut Transaction, error: TransactionError) -> Stop {
    transaction.failure.get_or_insert_with(|| Box::new(Failure::Error(error)));
    could_not_go_on()
}

/// Runs a nested call after its checkpoint. If it fails, it is undone.
fn attempt(
    slot: &mut EnvironmentSlot<Transaction>,
    outgoing: &OutgoingCall<'_>,
    checkpoint: Checkpoint,
) -> Result<CallResult, CallFailure> {
    let contract = outgoing.request.contract;
    let caller = slot.current.address;
    let from = match enter(slot, outgoing) {
        Ok(from) => from,
        Err(failure) => {
            slot.keep(checkpoint);
            return Err(failure);
        }
    };
    let outcome = prepare(slot, outgoing, caller).and_then(|prepared| run(slot, prepared, outgoing, caller));
    slot.switch_back(from);
    if matches!(outcome, Ok(CallResult { end: CallEnd::Returned(_), .. })) {
        slot.keep(checkpoint);
    } else {
        slot.undo(checkpoint).map_err(|error| CallFailure::Failed(TransactionError::paging(contract, error)))?;
    }
    outcome
}

/// Makes the callee's contract the current one. Returns the argument for [`Transaction::switch_back`].
fn enter(slot: &mut EnvironmentSlot<Transaction>, outgoing: &OutgoingCall<'_>) -> Result<Option<usize>, CallFailure> {
    if slot.depth > MAX_CALL_NESTING || outgoing.depth <= DEPTH {
        let message = format!("nested calls are more than {MAX_CALL_NESTING} deep, or functions are nested too deep");
        return Err(CallFailure::Refused(Halt { kind: HaltKind::CallDepth, message }));
    }
    let contract = outgoing.request.contract;
    slot.allow_visit(contract)?;
    Ok(slot.switch_to(contract)?)
}

/// Checks a call, reads its arguments from its input, transfers its value and gets a machine for it.
fn prepare<'a>(
    transaction: &mut Transaction,
    outgoing: &OutgoingCall<'a>,
    caller: Address,
) -> Result<PreparedCall<'a>, CallFailure> {
    let Request { contract, function, input, value, .. } = outgoing.request;
    let current = &transaction.current;
    if current.running > 0 && current.code.refuses_reentry {
        return Err(refuse(format!("the contract at {contract} refuses re-entry while a call of it runs")));
    }
    let compiled = transaction.compiled(outgoing.read_only)?;
    let Some(signature) = compiled.metadata.exports.get(function) else {
        return Err(refuse(format!("the contract at {contract} exports no function {function:?}")));
    };
    let Some((arguments, input)) = Value::take_from(input, &signature.params) else {
        return Err(refuse(format!(
            "the function {function:?} of the contract at {contract} takes {signature}, for which an input of {} bytes is too short",
            input.len()
        )));
    };
    transaction.take_call(&compiled, outgoing.request.input.as_slice())?;
    transaction.ledger.transfer(&*transaction.snapshot, caller, *contract, *value)?;
    let price = Gas(instance_price(&compiled.metadata).0 + transaction.price_of_setting_aside(&compiled).0);
    let Some(gas) = outgoing.gas.0.checked_sub(price.0).map(Gas) else { return Err(too_little(price).into()) };
    if let Some(tracer) = &mut transaction.tracer {
        tracer.set_arguments(&arguments, input);
    }
    let aside = transaction.set_aside(&compiled)?;
    match transaction.machine(&compiled, outgoing.read_only) {
        Ok(machine) => Ok(PreparedCall { machine, aside, arguments, input, gas }),
        Err(error) => {
            transaction.restore_aside(aside)?;
            Err(error.into())
        }
    }
}

fn run(
    slot: &mut EnvironmentSlot<Transaction>,
    PreparedCall { machine, aside, arguments, input, gas }: PreparedCall<'_>,
    outgoing: &OutgoingCall<'_>,
    caller: Address,
) -> Result<CallResult, CallFailure> {
    let incoming = IncomingCall {
        function: &outgoing.request.function,
        arguments: &arguments,
        input,
        caller,
        value: outgoing.request.value,
        gas,
        depth: outgoing.depth - DEPTH,
        read_only: outgoing.read_only,
        nesting: slot.depth,
    };
    let result = Transaction::run(slot, machine, &incoming);
    slot.restore_aside(aside)?;
    let mut result = result.map_err(CallFailure::Failed)?;
    if let Err(halt) = charge_pages(slot, &mut result)? {
        return Ok(CallResult::halted(halt));
    }
    match &result.end {
        CallEnd::Returned(results) => {
            results.iter().for_each(|value| value.append_to(&mut result.output));
            if let Err(Stop::Halt(halt)) = check_output("a call's output and results", result.output.len()) {
                return Ok(CallResult::halted(*halt));
            }
            if let Err(halt) = check_use(slot, outgoing, &result)? {
                return Ok(CallResult::halted(halt));
            }
        }
        CallEnd::Reverted => {}
        CallEnd::Halted(_) => result.output.clear(),
    }
    Ok(result)
}

/// Charges a call that has not halted for the pages that it has changed.
fn charge_pages(slot: &mut Transaction, result: &mut CallResult) -> Result<Result<(), Halt>, CallFailure> {
    if matches!(result.end, CallEnd::Halted(_)) {
        return Ok(Ok(()));
    }
    let pages = slot.changed_by_call().map_err(|error| TransactionError::paging(slot.current.address, error))?;
    match result.gas_left.0.checked_sub(pages as u64 * PAGE_OF_CALL.0) {
        Some(left) => result.gas_left = Gas(left),
        None => return Ok(Err(out_of_gas(pages, PAGE_OF_CALL))),
    }
    Ok(Ok(()))
}

/// Checks what a call that returns leaves to its caller: the pages that it has changed, and its output.
fn check_use(
    slot: &mut Transaction,
    outgoing: &OutgoingCall<'_>,
    result: &CallResult,
) -> Result<Result<(), Halt>, CallFailure> {
    // No instruction or host function writes more than two pages for one unit of gas.
    let written = 2 * (outgoing.gas.0 - result.gas_left.0);
    let exceeds = slot.changes_too_much(written);
    if exceeds.map_err(|error| TransactionError::paging(slot.current.address, error))? {
        return Ok(Err(slot.too_many_pages()));
    }
    let memory_bytes = slot.memory.after_output(result.output.len());
    Ok(slot.allow("a call's output", Use { memory_bytes, ..slot.used() }))
}
