//! Coverage signals: what a transaction reached, as hashes. The search continues from a sequence with a new signal.
//!
//! | signal | stands for |
//! |---|---|
//! | call | caller, callee, function, depth, whether the call re-enters, and how it ended |
//! | path | the gas of a call without its nested calls. Gas is a function of the executed instructions, so it distinguishes branches |
//! | page | a page that a function read or wrote, separately for calls that re-enter |
//! | write | a written place, separately for writes before and after the writer's nested calls |
//! | magnitude | the number of bits of the number at a place |
//! | clash | a page that a re-entering call wrote, and that the interrupted call had read or writes afterwards |
//! | order | the functions of two consecutive transactions |
//! | transfer | sender and receiver of value, and the number of its bits |

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use super::sequence::{Action, Party, Step, Target};
use super::world::World;
use crate::receipt::{CallTrace, Status, StorageWrite, Trace};
use crate::units::Gas;

/// All signals that the search has seen.
#[derive(Debug, Default)]
pub(super) struct SeenSignals {
    signals: HashSet<u64>,
    /// The number of signals in each group with a limit.
    groups: HashMap<u64, u32>,
}

/// The new signals of a transaction.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct NewSignals {
    /// The number of new signals.
    pub(super) signals: u32,
    /// The number of clashes among them.
    pub(super) clashes: u32,
}

/// Limits of groups: paths of one function and end, places of one function, and magnitudes of one place. Without them, numbers
/// that only count up would give new signals without end.
const MOST_PATHS: u32 = 32;
const MOST_PLACES: u32 = 64;
const MOST_MAGNITUDES: u32 = 4;

impl SeenSignals {
    /// Returns the number of signals.
    pub(super) fn len(&self) -> usize {
        self.signals.len()
    }

    /// Adds a signal. Returns true if it is new.
    fn note(&mut self, signal: impl Hash) -> bool {
        self.signals.insert(hash(signal))
    }

    /// Adds a signal to a group of at most `most` signals. Returns true if it is new.
    fn note_of(&mut self, group: impl Hash + Copy, most: u32, signal: impl Hash) -> bool {
        let signal = hash((hash(group), signal));
        if self.signals.contains(&signal) {
            return false;
        }
        let count = self.groups.entry(hash(group)).or_default();
        if *count >= most {
            return false;
        }
        *count += 1;
        self.signals.insert(signal)
    }

    /// Adds all signals of a transaction.
    pub(super) fn transaction(
        &mut self,
        world: &World,
        step: &Step,
        before: Option<&Step>,
        trace: &Trace,
    ) -> NewSignals {
        let mut new = NewSignals::default();
        let returned = trace.calls.first().is_some_and(|call| call.status == Status::Returned);
        let order = ("order", before.and_then(first_target), first_target(step), returned);
        new.signals += u32::from(self.note(order));
        let mut running: Vec<usize> = Vec::new();
        for (at, call) in trace.calls.iter().enumerate() {
            running.truncate(call.depth as usize);
            let interrupted = running.iter().rev().find(|outer| trace.calls[**outer].contract == call.contract);
            let caller = world.party_of(&call.caller);
            let context =
                CallContext { call, callee: world.party_of(&call.contract), caller, reenters: interrupted.is_some() };
            new.signals += self.call(world, &context, path(trace, at));
            if let Some(outer) = interrupted.filter(|_| matches!(context.callee, Some(Party::Contract(_)))) {
                let clashes = self.clash(&trace.calls[*outer], call);
                new.clashes += clashes;
                new.signals += clashes;
            }
            running.push(at);
        }
        new
    }

    fn call(&mut self, world: &World, context: &CallContext<'_>, path: Gas) -> u32 {
        let CallContext { call, callee, caller, reenters } = *context;
        let status = std::mem::discriminant(&call.status);
        // Only exported names count: invented names would give new signals without end.
        let exported = match callee {
            Some(Party::Contract(contract)) => world.exports()[contract].find(&call.function).is_some(),
            Some(Party::Actor(_)) => call.status == Status::Returned,
            _ => false,
        };
        let function = (callee, if exported { call.function.as_str() } else { "" }, reenters);
        let mut new = u32::from(self.note(("call", function, caller, call.read_only, call.depth.min(3), status)));
        if call.value > 0 {
            new += u32::from(self.note(("transfer", caller, callee, call.value.ilog2(), status)));
        }
        // The search itself decides what an actor does.
        if !matches!(callee, Some(Party::Contract(_))) {
            return new;
        }
        new += u32::from(self.note_of(("path", function, status), MOST_PATHS, path.0));
        for (access, pages) in [(0, &call.pages_read), (1, &call.pages_written)] {
            for page in pages.iter().flatten() {
                new += u32::from(self.note_of(("page", function, access), MOST_PLACES, page.0));
            }
        }
        for write in &call.writes {
            let place = (write.page.0, write.offset / 8, write.calls_before > 0);
            new += u32::from(self.note_of(("write", function), MOST_PLACES, place));
            let magnitude = ("magnitude", callee, write.page.0, write.offset / 8);
            new += u32::from(self.note_of(magnitude, MOST_MAGNITUDES, magnitude_of(&write.after)));
        }
        new
    }

    /// Adds the clashes of a re-entering call, `inner`, with the call that it interrupts, `outer`. Returns the number of new ones.
    fn clash(&mut self, outer: &CallTrace, inner: &CallTrace) -> u32 {
        let functions = (outer.function.as_str(), inner.function.as_str(), inner.status == Status::Returned);
        let mut new = 0;
        for page in inner.pages_written.iter().flatten() {
            if outer.pages_read.iter().flatten().any(|read| read == page) {
                new += u32::from(self.note(("clash: read before", inner.contract, functions, page.0)));
            }
        }
        for write in &inner.writes {
            let overwrites = |later: &&StorageWrite| {
                later.calls_before > 0 && later.page == write.page && later.offset / 8 == write.offset / 8
            };
            if outer.writes.iter().any(|later| overwrites(&later)) {
                let place = (write.page.0, write.offset / 8);
                new += u32::from(self.note(("clash: written after", inner.contract, functions, place)));
            }
        }
        new
    }
}

#[derive(Clone, Copy)]
struct CallContext<'a> {
    call: &'a CallTrace,
    callee: Option<Party>,
    caller: Option<Party>,
    reenters: bool,
}

fn hash(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// Returns the gas of a call without that of its nested calls.
fn path(trace: &Trace, at: usize) -> Gas {
    let call = &trace.calls[at];
    let inside = trace.calls[at + 1..].iter().take_while(|inner| inner.depth > call.depth);
    let inside: u64 = inside.filter(|inner| inner.depth == call.depth + 1).map(|inner| inner.gas_used.0).sum();
    Gas(call.gas_used.0.saturating_sub(inside))
}

/// Returns the number of bits of the integer in the first eight bytes.
fn magnitude_of(bytes: &[u8]) -> u32 {
    let mut word = [0; 8];
    let length = bytes.len().min(8);
    word[..length].copy_from_slice(&bytes[..length]);
    64 - u64::from_le_bytes(word).leading_zeros()
}

/// The function that a step calls first.
fn first_target(step: &Step) -> Option<Target> {
    match &step.action {
        Action::Direct { target, .. } => Some(*target),
        Action::Act { requests, .. } => requests.first().map(|request| request.target),
    }
}
