//! A call that a contract makes, on the side of the transaction.

use std::thread;

use super::error::TransactionError;
use super::state::{Failure, Transaction};
use super::tracer;
use crate::limits::MAX_CALL_NESTING;
use crate::machine::{Ended, Entry, Held, How, Machine, Outgoing, Request, RuntimeError, Stop};
use crate::receipt::{Halt, HaltKind, Value};
use crate::store::StoreError;
use crate::units::Address;

/// Units of call depth between a caller and what it calls.
const DEPTH: u32 = 1;

/// Why a call does not come to an end of its own.
enum Obstacle {
    /// It is not begun, and uses nothing.
    Refused(Halt),
    /// The host or the store has failed.
    Failed(TransactionError),
}

impl From<TransactionError> for Obstacle {
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

fn refuse(message: String) -> Obstacle {
    Obstacle::Refused(Halt { kind: HaltKind::Vmcall, message })
}

/// Ends the whole transaction if a call is left by a panic: a host function of an embedder's own may catch it, and what the
/// call was in the middle of is not undone.
struct Unwinding<'a>(&'a mut Held<Transaction>);

impl Drop for Unwinding<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            let error = RuntimeError { attempt: "running a nested call".to_owned(), message: PANICKED.to_owned() };
            self.0.failure.get_or_insert_with(|| Box::new(Failure::Error(error.into())));
        }
    }
}

const PANICKED: &str = "a host function panicked, so that nothing of the transaction can be kept";

/// Runs a call inside the running one, from a checkpoint to which everything is put back if the call fails.
pub(super) fn call(held: &mut Held<Transaction>, outgoing: &Outgoing<'_>) -> Result<Ended, Stop> {
    let unwinding = Unwinding(held);
    let held = &mut *unwinding.0;
    held.depth += 1;
    let (depth, caller) = (held.depth, held.here.address);
    if let Some(tracer) = &mut held.tracer {
        tracer.begin(tracer::nested(depth, caller, outgoing));
    }
    let ended = attempt(held, outgoing).unwrap_or_else(|obstacle| {
        let halt = match obstacle {
            Obstacle::Refused(halt) => halt,
            Obstacle::Failed(error) => {
                let halt = Halt { kind: HaltKind::Limit, message: error.to_string() };
                held.failure.get_or_insert_with(|| Box::new(Failure::Error(error)));
                halt
            }
        };
        Ended { how: How::Halted(halt), output: Vec::new(), gas_left: outgoing.gas }
    });
    let Transaction { tracer, pager, journal, depth, failure, .. } = &mut **held;
    if let Some(tracer) = tracer {
        tracer.end(outgoing.gas, &ended, *pager);
    }
    *depth -= 1;
    journal.keep(*depth);
    match failure {
        None => Ok(ended),
        Some(_) => Err(Stop::halt(HaltKind::Limit, "a call inside this one could not go on")),
    }
}

fn attempt(held: &mut Held<Transaction>, outgoing: &Outgoing<'_>) -> Result<Ended, Obstacle> {
    let contract = outgoing.request.contract;
    if held.depth > MAX_CALL_NESTING || outgoing.depth <= DEPTH {
        let message = format!("calls inside calls are more than {MAX_CALL_NESTING} deep, or functions too deep");
        return Err(Obstacle::Refused(Halt { kind: HaltKind::CallDepth, message }));
    }
    let caller = held.here.address;
    let failed_at = |contract| move |error| Obstacle::Failed(TransactionError::paging(contract, error));
    let checkpoint = held.checkpoint().map_err(failed_at(caller))?;
    let from = held.go_to(contract)?;
    let outcome = prepare(held, outgoing, caller).and_then(|machine| run(held, machine, outgoing, caller));
    held.come_back(from);
    if !matches!(outcome, Ok(Ended { how: How::Returned(_), .. })) {
        held.undo(checkpoint).map_err(failed_at(contract))?;
    }
    outcome
}

/// Checks what can be checked before the call, moves its money and finds a machine for it.
fn prepare(
    transaction: &mut Transaction,
    outgoing: &Outgoing<'_>,
    caller: Address,
) -> Result<Machine<Transaction>, Obstacle> {
    let Request { contract, function, value, .. } = outgoing.request;
    let here = &transaction.here;
    if here.running > 0 && here.code.refuses_reentry {
        return Err(refuse(format!("the contract at {contract} refuses to be entered while a call of it runs")));
    }
    let compiled = transaction.compiled(outgoing.read_only)?;
    match compiled.metadata.exports.get(function) {
        Some(signature) if signature.params.is_empty() => {}
        Some(signature) => {
            return Err(refuse(format!(
                "the function {function:?} of the contract at {contract} takes {signature}, and a contract can pass no arguments"
            )));
        }
        None => return Err(refuse(format!("the contract at {contract} exports no function {function:?}"))),
    }
    transaction.ledger.transfer(&*transaction.snapshot, caller, *contract, *value)?;
    Ok(transaction.machine(&compiled, outgoing.read_only)?)
}

fn run(
    held: &mut Held<Transaction>,
    machine: Machine<Transaction>,
    outgoing: &Outgoing<'_>,
    caller: Address,
) -> Result<Ended, Obstacle> {
    let entry = Entry {
        function: &outgoing.request.function,
        arguments: &[],
        input: &outgoing.request.input,
        caller,
        value: outgoing.request.value,
        gas: outgoing.gas,
        depth: outgoing.depth - DEPTH,
        read_only: outgoing.read_only,
        nesting: held.depth,
    };
    let mut ended = Transaction::run(held, machine, &entry).map_err(Obstacle::Failed)?;
    match &ended.how {
        How::Returned(values) => values.iter().for_each(|value| append(&mut ended.output, *value)),
        How::Reverted => {}
        How::Halted(_) => ended.output.clear(),
    }
    Ok(ended)
}

/// Adds a result to the output, in little-endian order and its own width.
fn append(output: &mut Vec<u8>, value: Value) {
    match value {
        Value::I32(value) => output.extend_from_slice(&value.to_le_bytes()),
        Value::I64(value) => output.extend_from_slice(&value.to_le_bytes()),
    }
}
