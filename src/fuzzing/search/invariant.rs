//! Invariants and views, and the calls that evaluate them.

use std::fmt;

use super::cast::{Moment, Subject};
use super::error::SearchError;
use super::sequence::Exports;
use crate::receipt::{Call, Detail, Status, Value};
use crate::units::Gas;
use crate::vm::Vm;

/// An export that gives 1 while an invariant holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvariantExport {
    /// The number of the contract.
    pub contract: usize,
    /// The name of the export.
    pub name: String,
}

/// An invariant that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// The invariant or view.
    pub export: InvariantExport,
    /// How it failed.
    pub verdict: Verdict,
}

/// How an invariant or view failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// After a transaction it gave this value instead of 1.
    Gave(Value),
    /// After a transaction it did not return.
    Failed(Status),
    /// During a call it gave another value than 1.
    Inside,
}

impl InvariantExport {
    /// Returns the name of the contract and the export, with a dot between.
    pub(super) fn qualified_name(&self, subjects: &[Subject]) -> String {
        format!("{}.{}", subjects[self.contract].name, self.name.escape_debug())
    }
}

/// Evaluates invariants in order. Returns the first that does not hold.
///
/// # Errors
/// Returns an error if an invariant changes the state, or the VM fails.
pub(super) fn first_broken(
    vm: &Vm,
    subjects: &[Subject],
    invariants: &[InvariantExport],
    gas: Gas,
    now: Moment,
) -> Result<Option<Broken>, SearchError> {
    for export in invariants {
        let call = Call::new(subjects[export.contract].address, &export.name)
            .gas(gas)
            .block_number(now.block)
            .timestamp(now.timestamp);
        let (receipt, trace) = vm.run(&call).trace(Detail::Calls).dry()?;
        let changes = |what: &str| {
            Err(SearchError::Changes { invariant: export.qualified_name(subjects), what: what.to_owned() })
        };
        if trace.frames.iter().any(|frames| frames.pages_written.is_some_and(|pages| pages > 0)) {
            return changes("writes to storage");
        }
        if !receipt.events.is_empty() {
            return changes("emits an event");
        }
        if trace.calls.iter().any(|call| call.value > 0) {
            return changes("transfers value");
        }
        let verdict = match (&receipt.status, &receipt.results[..]) {
            (Status::Returned, [Value::I32(1) | Value::I64(1)]) => continue,
            (Status::Returned, [value]) => Verdict::Gave(*value),
            (status, _) => Verdict::Failed(status.clone()),
        };
        return Ok(Some(Broken { export: export.clone(), verdict }));
    }
    Ok(None)
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gave(Value::I32(number)) => write!(f, "gives {number}"),
            Self::Gave(Value::I64(number)) => write!(f, "gives {number}"),
            Self::Failed(Status::Halted(halt)) => write!(f, "halts, {halt}"),
            Self::Failed(Status::Reverted) => f.write_str("reverts"),
            Self::Failed(Status::Returned) => f.write_str("returns no result"),
            Self::Inside => f.write_str("gives another value than 1 during a call"),
        }
    }
}

/// Returns the exports of this name, one for each contract that has it.
///
/// # Errors
/// Returns an error if no contract has it, or if it has parameters or not exactly one result.
pub(super) fn exports_named(
    name: &str,
    subjects: &[Subject],
    exports: &[Exports],
) -> Result<Vec<InvariantExport>, SearchError> {
    let mut found = Vec::new();
    for (contract, exports) in exports.iter().enumerate() {
        let Some(export) = exports.find(name) else { continue };
        let signature = &exports.functions[export].1;
        if !signature.params.is_empty() || signature.results.len() != 1 {
            return Err(SearchError::Signature {
                contract: subjects[contract].name.clone(),
                name: name.to_owned(),
                signature: signature.to_string(),
            });
        }
        found.push(InvariantExport { contract, name: name.to_owned() });
    }
    if found.is_empty() {
        let names = exports.iter().flat_map(|exports| &exports.functions);
        let known: Vec<String> = names.map(|(name, _)| name.escape_debug().to_string()).collect();
        let known = if known.is_empty() { "nothing".to_owned() } else { known.join(", ") };
        return Err(SearchError::NoInvariant { name: name.to_owned(), known });
    }
    Ok(found)
}
