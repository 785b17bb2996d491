//! The exports that are asked whether all is well.

use std::fmt;

use super::cast::{Moment, Subject};
use super::error::SearchError;
use super::sequence::Exports;
use crate::receipt::{Call, Detail, Status, Value};
use crate::units::Gas;
use crate::vm::Vm;

/// An export that is asked whether all is well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judge {
    /// The contract, by its number.
    pub contract: usize,
    /// The export.
    pub name: String,
}

/// A judge that says that something is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Which judge.
    pub judge: Judge,
    /// What it said.
    pub verdict: Verdict,
}

/// What a judge said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// This, after a transaction.
    Gave(Value),
    /// It could not be asked after a transaction.
    Failed(Status),
    /// Something else than 1 in the middle of a call.
    Inside,
}

impl Judge {
    /// As a person writes it.
    pub(super) fn name_among(&self, subjects: &[Subject]) -> String {
        format!("{}.{}", subjects[self.contract].name, self.name.escape_debug())
    }
}

/// Asks judges one after another, up to the first that does not say that all is well: with this gas, at this moment.
pub(super) fn first_broken(
    vm: &Vm,
    subjects: &[Subject],
    judges: &[Judge],
    (gas, now): (Gas, Moment),
) -> Result<Option<Broken>, SearchError> {
    for judge in judges {
        let call = Call::new(subjects[judge.contract].address, &judge.name)
            .gas(gas)
            .block_number(now.block)
            .timestamp(now.timestamp);
        let (receipt, trace) = vm.run(&call).trace(Detail::Calls).dry()?;
        let changes =
            |what: &str| Err(SearchError::Changes { invariant: judge.name_among(subjects), what: what.to_owned() });
        if trace.frames.iter().any(|frames| frames.pages_written.is_some_and(|pages| pages > 0)) {
            return changes("writes to storage");
        }
        if !receipt.events.is_empty() {
            return changes("emits an event");
        }
        if trace.calls.iter().any(|call| call.value > 0) {
            return changes("sends money");
        }
        let verdict = match (&receipt.status, &receipt.results[..]) {
            (Status::Returned, [Value::I32(1) | Value::I64(1)]) => continue,
            (Status::Returned, [value]) => Verdict::Gave(*value),
            (status, _) => Verdict::Failed(status.clone()),
        };
        return Ok(Some(Broken { judge: judge.clone(), verdict }));
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
            Self::Failed(Status::Returned) => f.write_str("ends without its result"),
            Self::Inside => f.write_str("gives something else than 1 in the middle of a call"),
        }
    }
}

/// Every contract that exports an invariant of this name.
pub(super) fn judges(name: &str, subjects: &[Subject], exports: &[Exports]) -> Result<Vec<Judge>, SearchError> {
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
        found.push(Judge { contract, name: name.to_owned() });
    }
    if found.is_empty() {
        let names = exports.iter().flat_map(|exports| &exports.functions);
        let known: Vec<String> = names.map(|(name, _)| name.escape_debug().to_string()).collect();
        let known = if known.is_empty() { "nothing".to_owned() } else { known.join(", ") };
        return Err(SearchError::NoInvariant { name: name.to_owned(), known });
    }
    Ok(found)
}
