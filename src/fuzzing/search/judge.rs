//! The exports that are asked whether all is well.

use std::fmt;

use super::actor::BROKEN_VIEW;
use super::error::SearchError;
use super::sequence::Exports;
use super::world::{BLOCK_SECONDS, Subject, World};
use crate::exec::{Call, Receipt, Status, Value};

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

impl World {
    /// What is wrong after a transaction that returned, the first of it.
    pub(super) fn verdict(&self, receipt: &Receipt, block: u64) -> Result<Option<Broken>, SearchError> {
        let number = |log: &String| log.strip_prefix(BROKEN_VIEW).and_then(|number| number.bytes().next());
        let view = receipt.logs.iter().filter_map(number).next();
        let view = view.and_then(|number| self.views.get(usize::from(number.wrapping_sub(b'0'))));
        match view {
            Some(judge) => Ok(Some(Broken { judge: judge.clone(), verdict: Verdict::Inside })),
            None => self.judge(block),
        }
    }

    /// Asks every invariant.
    pub(super) fn judge(&self, block: u64) -> Result<Option<Broken>, SearchError> {
        for judge in &self.invariants {
            let call = Call::new(self.subjects[judge.contract].address, &judge.name)
                .gas(self.gas)
                .block_number(block)
                .timestamp(block.saturating_mul(BLOCK_SECONDS));
            let receipt = self.vm.dry_run(&call)?;
            let written =
                receipt.contracts.iter().any(|contract| contract.pages_written.is_some_and(|pages| pages > 0));
            if written || !receipt.events.is_empty() {
                let what = if written { "writes to storage" } else { "emits an event" };
                return Err(SearchError::Changes { invariant: self.judge_name(judge), what: what.to_owned() });
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
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gave(Value::I32(number)) => write!(f, "gives {number}"),
            Self::Gave(Value::I64(number)) => write!(f, "gives {number}"),
            Self::Failed(Status::Halted(halt)) => write!(f, "halts, {}: {}", halt.kind.name(), halt.message),
            Self::Failed(_) => f.write_str("reverts"),
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
        let known: Vec<&str> =
            exports.iter().flat_map(|exports| &exports.functions).map(|(name, _)| name.as_str()).collect();
        let known = if known.is_empty() { "nothing".to_owned() } else { known.join(", ") };
        return Err(SearchError::NoInvariant { name: name.to_owned(), known });
    }
    Ok(found)
}
