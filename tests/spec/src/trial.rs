//! Runs the actions on one module in one placement of its memories: all in one transaction, and each as its own.

use vellum::contract::ContractError;
use vellum::receipt::{Call, HaltKind, Receipt, Status, Value};
use vellum::units::Address;
use vellum::vm::Error;

use crate::contract::{Contract, INIT, UP_TO, contract};
use crate::counts::Counts;
use crate::host::{Host, call};
use crate::module::Module;
use crate::placement::Placement;
use crate::script::{Action, Outcome, Subject};
use crate::skip::Unusable;

/// One module in one placement.
pub struct Trial<'a> {
    pub host: &'a Host,
    pub subject: &'a Subject,
    pub module: &'a Module<'a>,
    pub placement: Placement,
    /// The actions on the module that can be run in this placement.
    pub actions: Vec<Action>,
}

impl Trial<'_> {
    /// Runs the trial. Adds what was run to the counts, and returns what went wrong.
    pub fn run(&self, script: &str, counts: &mut Counts) -> Vec<String> {
        let mut failures = Vec::new();
        let name = self.placement.name();
        let actions = self.actions.len();
        match self.prepare() {
            Ok(None) => counts.add(script, format!("{name}: instantiations that trap"), 1),
            Ok(Some((contract, address))) => {
                self.in_one_transaction(&contract, address, &mut failures);
                counts.add(script, format!("{name}: instances"), 1);
                counts.add(script, format!("{name}: actions in one transaction"), actions);
                match self.as_transactions(&contract, address, &mut failures) {
                    Ok(true) => counts.add(script, format!("{name}: actions as transactions"), actions),
                    Ok(false) => counts.add(
                        script,
                        format!("{name}: skipped: actions as transactions, which would lose state outside storage"),
                        actions,
                    ),
                    Err(failure) => failures.push(failure),
                }
            }
            Err(Unusable::Skip(skip)) => counts.skip(script, self.placement, &skip, 1 + actions),
            Err(Unusable::Failure(failure)) => failures.push(format!("line {}: {failure}", self.subject.line)),
        }
        failures.into_iter().map(|failure| format!("{script}: {name}: {failure}")).collect()
    }

    /// Deploys the contract; `None` if its instantiation traps as it must.
    fn prepare(&self) -> Result<Option<(Contract, Address)>, Unusable> {
        let contract = contract(self.module, self.placement, &self.actions)?;
        let address = match (self.host.deploy(&contract.wasm, contract.max_pages, self.nonce()), &self.subject.trap) {
            (Ok(address), _) => address,
            (Err(Error::Contract(error)), trap) => {
                // An instance that could never be made is refused at deployment.
                let can_never_be = matches!(*error, ContractError::SegmentOutOfBounds { .. });
                return if can_never_be && trap.is_some() { Ok(None) } else { Err((*error).into()) };
            }
            (Err(error), _) => return Err(Unusable::Failure(error.to_string())),
        };
        let Some(message) = &self.subject.trap else { return Ok(Some((contract, address))) };
        let failed = Unusable::Failure;
        let ran = self.host.dry(&self.up_to(address, 0)).map_err(failed)?;
        check(&ran.receipt, &Outcome::Traps(message.clone())).map_err(failed)?;
        Ok(None)
    }

    /// Runs all actions that return on one instance, and then each other action after those before it.
    fn in_one_transaction(&self, contract: &Contract, address: Address, failures: &mut Vec<String>) {
        let actions = &self.actions;
        for (number, action) in actions.iter().enumerate() {
            if !matches!(action.outcome, Outcome::Returns(_)) {
                let ran = self
                    .host
                    .dry(&self.up_to(address, number + 1))
                    .and_then(|ran| check(&ran.receipt, &action.outcome));
                failures.extend(ran.err().map(|failure| self.of_action(action, &failure)));
            }
        }
        // With one more than there are, none of them is the last.
        match self.host.commit(&self.up_to(address, actions.len() + 1)) {
            Ok(ran) if ran.receipt.is_returned() => {
                let found = match self.placement.has_results_memory() {
                    true => ran.receipt.output.as_chunks().0.iter().map(|bytes| u64::from_le_bytes(*bytes)).collect(),
                    false => ran.handed_over,
                };
                self.compare_results(contract, &found, failures);
            }
            Ok(ran) => failures.push(self.first_end(address, &ran.receipt)),
            Err(failure) => failures.push(format!("line {}: {failure}", self.subject.line)),
        }
    }

    fn up_to(&self, address: Address, number: usize) -> Call {
        call(address, UP_TO, &[Value::I32(number as i32)])
    }

    /// A nonce that no other trial of the script has, and neither has the number after it: contracts may be the same.
    fn nonce(&self) -> u64 {
        (self.subject.line as u64) << 8 | (self.placement as u64) << 1
    }

    /// Finds the action at which a transaction of all of them ends.
    fn first_end(&self, address: Address, receipt: &Receipt) -> String {
        let ends =
            |number: &usize| self.host.dry(&self.up_to(address, *number)).is_ok_and(|ran| !ran.receipt.is_returned());
        let first = (0..=self.actions.len()).find(ends).unwrap_or_default();
        let line = first.checked_sub(1).map_or(self.subject.line, |action| self.actions[action].line);
        format!("line {line}: ends the transaction: {:?}", receipt.status)
    }

    fn compare_results(&self, contract: &Contract, mut found: &[u64], failures: &mut Vec<String>) {
        for (action, width) in self.actions.iter().zip(&contract.widths) {
            let Some((results, rest)) = found.split_at_checked(*width) else {
                failures.push(self.of_action(action, "has no results"));
                return;
            };
            found = rest;
            failures.extend(compare(&action.outcome, results).err().map(|failure| self.of_action(action, &failure)));
        }
        if !found.is_empty() {
            failures.push(format!("line {}: {} results too many", self.subject.line, found.len()));
        }
    }

    /// Commits each action as a transaction of its own, on another contract of the same code. At the end its storage must be that
    /// of the contract at `other`, which has run all of them in one transaction. Returns false if the instance would lose state
    /// between two transactions.
    fn as_transactions(&self, contract: &Contract, other: Address, failures: &mut Vec<String>) -> Result<bool, String> {
        if self.host.loses_state(&contract.wasm, self.placement.ignores_own_memory())? {
            return Ok(false);
        }
        let line = self.subject.line;
        let address = self
            .host
            .deploy(&contract.wasm, contract.max_pages, 1 + self.nonce())
            .map_err(|error| error.to_string())?;
        if contract.has_init {
            let ran = self.host.commit(&call(address, INIT, &[])).map_err(|error| format!("line {line}: {error}"))?;
            check(&ran.receipt, &Outcome::Returns(None)).map_err(|error| format!("line {line}: {error}"))?;
        }
        for action in &self.actions {
            let ran = self.host.commit(&call(address, &action.target.export(), &action.arguments));
            let outcome = ran.and_then(|ran| {
                check(&ran.receipt, &action.outcome)?;
                compare(&action.outcome, &ran.receipt.results.iter().map(bits).collect::<Vec<_>>())
            });
            failures.extend(outcome.err().map(|failure| self.of_action(action, &failure)));
        }
        let storage = |address| self.host.storage(address).map_err(|error| format!("line {line}: {error}"));
        if storage(address)? != storage(other)? {
            failures.push(format!("line {line}: storage differs if each action is its own transaction"));
        }
        Ok(true)
    }

    fn of_action(&self, action: &Action, failure: &str) -> String {
        format!("line {}: {} {:?}: {failure}", action.line, action.target.export(), action.arguments)
    }
}

fn bits(value: &Value) -> u64 {
    match value {
        Value::I32(number) => u64::from(*number as u32),
        Value::I64(number) => *number as u64,
    }
}

/// Checks how a call has ended.
fn check(receipt: &Receipt, outcome: &Outcome) -> Result<(), String> {
    let is_met = match (&receipt.status, outcome) {
        (Status::Returned, Outcome::Returns(_)) => true,
        (Status::Halted(halt), Outcome::Traps(message)) => halt.kind == HaltKind::Trap && says(&halt.message, message),
        (Status::Halted(halt), Outcome::Exhausts) => halt.kind == HaltKind::CallDepth,
        _ => false,
    };
    if is_met { Ok(()) } else { Err(format!("expected {outcome:?}, found {:?}", receipt.status)) }
}

/// Returns true if a halt says what a script expects.
fn says(found: &str, expected: &str) -> bool {
    // Scripts name the element.
    let expected = if expected.starts_with("uninitialized element") { "uninitialized element" } else { expected };
    found.contains(expected)
}

/// Compares results with those that a script expects.
fn compare(outcome: &Outcome, found: &[u64]) -> Result<(), String> {
    let Outcome::Returns(Some(expected)) = outcome else { return Ok(()) };
    let mut rest = found;
    let are_met = expected.iter().all(|expected| match rest.split_at_checked(expected.width()) {
        Some((found, others)) => {
            rest = others;
            expected.is_met_by(found)
        }
        None => false,
    });
    if are_met && rest.is_empty() { Ok(()) } else { Err(format!("expected {expected:x?}, found {found:x?}")) }
}
