//! The exports that are asked whether all is well.

use std::fmt;

use super::cast::{Moment, Subject};
use super::error::SearchError;
use super::sequence::{Exports, Who};
use super::world::World;
use crate::receipt::{Call, CallTrace, Detail, Status, Trace, Value};

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
    pub(super) fn verdict(&self, trace: &Trace, now: Moment) -> Result<Option<Broken>, SearchError> {
        match self.inside(trace) {
            Some(judge) => Ok(Some(Broken { judge: judge.clone(), verdict: Verdict::Inside })),
            None => self.judge(&self.invariants, now),
        }
    }

    /// The first view that has not given 1 to the attacker, in a call that lasts: what is undone has never been.
    fn inside(&self, trace: &Trace) -> Option<&Judge> {
        let mut lasts: Vec<bool> = Vec::new();
        trace.calls.iter().find_map(|call| {
            lasts.truncate(call.depth as usize);
            lasts.push(call.status == Status::Returned && lasts.last().is_none_or(|outer| *outer));
            let asked = self.view_of(call).filter(|_| lasts.last() == Some(&true))?;
            let mut word = [0; 8];
            word.get_mut(..call.output.len())?.copy_from_slice(&call.output);
            (u64::from_le_bytes(word) != 1).then_some(asked)
        })
    }

    /// The view that the attacker asks by a call.
    pub(super) fn view_of(&self, call: &CallTrace) -> Option<&Judge> {
        let (Some(Who::Contract(contract)), Some(Who::Actor(0))) = (self.who(&call.contract), self.who(&call.caller))
        else {
            return None;
        };
        let is_asked = |judge: &&Judge| judge.contract == contract && judge.name == call.function;
        self.views.iter().find(is_asked).filter(|_| call.read_only)
    }

    /// Asks judges one after another, up to the first that does not say that all is well.
    pub(super) fn judge(&self, judges: &[Judge], now: Moment) -> Result<Option<Broken>, SearchError> {
        for judge in judges {
            let call = Call::new(self.subjects[judge.contract].address, &judge.name)
                .gas(self.gas)
                .block_number(now.block)
                .timestamp(now.timestamp);
            let (receipt, trace) = self.vm.run(&call).trace(Detail::Calls).dry()?;
            let changes =
                |what: &str| Err(SearchError::Changes { invariant: self.judge_name(judge), what: what.to_owned() });
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
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gave(Value::I32(number)) => write!(f, "gives {number}"),
            Self::Gave(Value::I64(number)) => write!(f, "gives {number}"),
            Self::Failed(Status::Halted(halt)) => write!(f, "halts, {}: {}", halt.kind.name(), halt.message),
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
