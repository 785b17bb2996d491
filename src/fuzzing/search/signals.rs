//! What a transaction reached, as numbers: a sequence that reaches one for the first time is worth going on from.
//!
//! | signal | stands for |
//! |---|---|
//! | call | who called what, from where, whether the contract ran already, how it ended |
//! | path | the gas of a call without the calls inside it: gas is a function of the instructions executed, so it tells branches apart |
//! | page | a page read or written by a function, apart for calls that re-enter |
//! | write | a place written, apart for before and after the calls that the writer makes |
//! | value | how large a number a place holds |
//! | clash | a page that a re-entering call wrote and the call it interrupts has read, or writes afterwards |
//! | order | which function's call followed on which |
//! | money | how much moved from whom to whom |

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use super::sequence::{Deed, Step, Target, Who};
use super::world::World;
use crate::receipt::{CallTrace, Status, StorageWrite, Trace};
use crate::units::Gas;

/// The signals that were ever seen.
#[derive(Debug, Default)]
pub(super) struct Seen {
    signals: HashSet<u64>,
    /// How many there are of one thing, where that could be many.
    groups: HashMap<u64, u32>,
}

/// New signals of a sequence.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct News {
    /// All of them.
    pub(super) signals: u32,
    /// Clashes among them.
    pub(super) clashes: u32,
}

/// Paths told apart of one function in one situation, places of one function, and magnitudes of one place.
const MOST_PATHS: u32 = 32;
const MOST_PLACES: u32 = 64;
const MOST_MAGNITUDES: u32 = 4;

impl Seen {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.signals.len()
    }

    /// Takes note of a signal. Whether it is new.
    fn note(&mut self, signal: impl Hash) -> bool {
        self.signals.insert(hash(signal))
    }

    /// Takes note of a signal of a group that has at most so many.
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

    /// Takes note of everything that a transaction reached.
    pub(super) fn transaction(&mut self, world: &World, step: &Step, before: Option<&Step>, trace: &Trace) -> News {
        let mut news = News::default();
        let returned = trace.calls.first().is_some_and(|call| call.status == Status::Returned);
        let order = ("order", before.and_then(first_target), first_target(step), returned);
        news.signals += u32::from(self.note(order));
        let mut running: Vec<usize> = Vec::new();
        for (at, call) in trace.calls.iter().enumerate() {
            running.truncate(call.depth as usize);
            let interrupted = running.iter().rev().find(|outer| trace.calls[**outer].contract == call.contract);
            let caller = world.who(&call.caller);
            let found = Found { call, who: world.who(&call.contract), caller, reenters: interrupted.is_some() };
            news.signals += self.call(world, &found, path(trace, at));
            if let Some(outer) = interrupted.filter(|_| matches!(found.who, Some(Who::Contract(_)))) {
                let clashes = self.clash(&trace.calls[*outer], call);
                news.clashes += clashes;
                news.signals += clashes;
            }
            running.push(at);
        }
        news
    }

    fn call(&mut self, world: &World, found: &Found<'_>, path: Gas) -> u32 {
        let Found { call, who, caller, reenters } = *found;
        let status = std::mem::discriminant(&call.status);
        // Names that are made up would be signals without end.
        let exported = match who {
            Some(Who::Contract(contract)) => world.exports()[contract].find(&call.function).is_some(),
            Some(Who::Actor(_)) => call.status == Status::Returned,
            _ => false,
        };
        let function = (who, if exported { call.function.as_str() } else { "" }, reenters);
        let mut new = u32::from(self.note(("call", function, caller, call.read_only, call.depth.min(3), status)));
        if call.value > 0 {
            new += u32::from(self.note(("money", caller, who, call.value.ilog2(), status)));
        }
        // What an actor does is up to the search.
        if !matches!(who, Some(Who::Contract(_))) {
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
            let magnitude = ("value", who, write.page.0, write.offset / 8);
            new += u32::from(self.note_of(magnitude, MOST_MAGNITUDES, magnitude_of(&write.after)));
        }
        new
    }

    /// What a re-entering call did to what the call that it interrupts relies on.
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
struct Found<'a> {
    call: &'a CallTrace,
    who: Option<Who>,
    caller: Option<Who>,
    reenters: bool,
}

fn hash(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// The gas of a call without that of the calls inside it.
fn path(trace: &Trace, at: usize) -> Gas {
    let call = &trace.calls[at];
    let inside = trace.calls[at + 1..].iter().take_while(|inner| inner.depth > call.depth);
    let inside: u64 = inside.filter(|inner| inner.depth == call.depth + 1).map(|inner| inner.gas_used.0).sum();
    Gas(call.gas_used.0.saturating_sub(inside))
}

/// How many bits the number takes that the first eight bytes are.
fn magnitude_of(bytes: &[u8]) -> u32 {
    let mut word = [0; 8];
    let length = bytes.len().min(8);
    word[..length].copy_from_slice(&bytes[..length]);
    64 - u64::from_le_bytes(word).leading_zeros()
}

/// The function that a step calls first.
fn first_target(step: &Step) -> Option<Target> {
    match &step.deed {
        Deed::Direct { target, .. } => Some(*target),
        Deed::Act { requests, .. } => requests.first().map(|request| request.target),
    }
}
