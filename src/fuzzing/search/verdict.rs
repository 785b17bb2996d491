//! What is wrong after a transaction, or was in the middle of it.

use super::cast::Moment;
use super::error::SearchError;
use super::judge::{Broken, Judge, Verdict, first_broken};
use super::sequence::Who;
use super::world::World;
use crate::receipt::{CallTrace, Status, Trace};

impl World {
    /// What is wrong after a transaction that returned, the first of it.
    pub(super) fn verdict(&self, trace: &Trace, now: Moment) -> Result<Option<Broken>, SearchError> {
        match self.inside(trace) {
            Some(judge) => Ok(Some(Broken { judge: judge.clone(), verdict: Verdict::Inside })),
            None => first_broken(&self.vm, &self.subjects, &self.invariants, (self.gas, now)),
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
}
