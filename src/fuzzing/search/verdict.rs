//! Evaluates the invariants after a transaction, and reads from its trace what views gave during it.

use super::cast::Moment;
use super::error::SearchError;
use super::invariant::{Broken, InvariantExport, Verdict, first_broken};
use super::sequence::Party;
use super::world::World;
use crate::receipt::{CallTrace, Status, Trace};

impl World {
    /// Returns the first invariant or view that a transaction broke. The transaction has returned.
    pub(super) fn verdict(&self, trace: &Trace, now: Moment) -> Result<Option<Broken>, SearchError> {
        match self.inside(trace) {
            Some(export) => Ok(Some(Broken { export: export.clone(), verdict: Verdict::Inside })),
            None => first_broken(&self.vm, &self.subjects, &self.invariants, self.gas, now),
        }
    }

    /// Returns the first view that gave another value than 1 to the attacker. Calls that were undone do not count.
    fn inside(&self, trace: &Trace) -> Option<&InvariantExport> {
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

    /// Returns the view that a call of the attacker evaluates.
    pub(super) fn view_of(&self, call: &CallTrace) -> Option<&InvariantExport> {
        let (Some(Party::Contract(contract)), Some(Party::Actor(0))) =
            (self.party_of(&call.contract), self.party_of(&call.caller))
        else {
            return None;
        };
        let is_asked = |export: &&InvariantExport| export.contract == contract && export.name == call.function;
        self.views.iter().find(is_asked).filter(|_| call.read_only)
    }
}
