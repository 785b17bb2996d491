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
use crate::vmcalls::check_output;

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

/// A call that can begin.
struct Ready<'a> {
    machine: Machine<Transaction>,
    /// Taken off the front of the input.
    arguments: Vec<Value>,
    /// What is left of it.
    input: &'a [u8],
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
    let outcome = prepare(held, outgoing, caller).and_then(|ready| run(held, ready, outgoing, caller));
    held.come_back(from);
    if !matches!(outcome, Ok(Ended { how: How::Returned(_), .. })) {
        held.undo(checkpoint).map_err(failed_at(contract))?;
    }
    outcome
}

/// Checks what can be checked before the call, takes its arguments off the input, moves its money and finds a machine for it.
fn prepare<'a>(transaction: &mut Transaction, outgoing: &Outgoing<'a>, caller: Address) -> Result<Ready<'a>, Obstacle> {
    let Request { contract, function, input, value, .. } = outgoing.request;
    let here = &transaction.here;
    if here.running > 0 && here.code.refuses_reentry {
        return Err(refuse(format!("the contract at {contract} refuses to be entered while a call of it runs")));
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
    transaction.ledger.transfer(&*transaction.snapshot, caller, *contract, *value)?;
    if let Some(tracer) = &mut transaction.tracer {
        tracer.note_arguments(&arguments, input);
    }
    let machine = transaction.machine(&compiled, outgoing.read_only)?;
    Ok(Ready { machine, arguments, input })
}

fn run(
    held: &mut Held<Transaction>,
    Ready { machine, arguments, input }: Ready<'_>,
    outgoing: &Outgoing<'_>,
    caller: Address,
) -> Result<Ended, Obstacle> {
    let entry = Entry {
        function: &outgoing.request.function,
        arguments: &arguments,
        input,
        caller,
        value: outgoing.request.value,
        gas: outgoing.gas,
        depth: outgoing.depth - DEPTH,
        read_only: outgoing.read_only,
        nesting: held.depth,
    };
    let mut ended = Transaction::run(held, machine, &entry).map_err(Obstacle::Failed)?;
    match &ended.how {
        How::Returned(results) => {
            results.iter().for_each(|result| result.append_to(&mut ended.output));
            if let Err(Stop::Halt(halt)) = check_output("a call's output and results", ended.output.len()) {
                return Ok(Ended::halted(*halt));
            }
        }
        How::Reverted => {}
        How::Halted(_) => ended.output.clear(),
    }
    Ok(ended)
}
