//! Converts scenarios: every access of mapped storage becomes slices of the same bytes, or accesses of windows.

use std::collections::BTreeMap;

use super::{
    ACCOUNTS, BUFFER, HEADER, LIMIT, LONGEST_SCRIPT, Nested, OWN_BYTES, SPARE, Scenario, Step, Transaction,
    script_bytes,
};
use crate::units::PAGE_SIZE;

/// The number of windows that fit into own memory.
const MOST_WINDOWS: u32 = 6;

const PAGE: u32 = PAGE_SIZE as u32;
const SIZE: u32 = LIMIT.0 * PAGE;

/// True if [`by_slices`] keeps the meaning of a scenario: no step uses bytes of a script as data, or bytes of own memory that
/// the slices will use, and gas is unlimited.
pub(in crate::fuzzing) fn can_be_sliced(scenario: &Scenario) -> bool {
    fn of(step: &Step) -> bool {
        let no_script = |from: u32, length: u32| {
            let (from, end) = (from as usize, from as usize + length as usize);
            end <= HEADER || from == BUFFER && end <= SPARE
        };
        match *step {
            Step::Window { .. } | Step::LoadWindow { .. } | Step::StoreWindow { .. } => false,
            Step::SliceTo { .. } | Step::OwnCopy { .. } | Step::OwnFill { .. } => false,
            Step::OwnStore { .. } | Step::OwnLoad { .. } => false,
            Step::SliceWrite { from, length, .. } | Step::CopyIn { from, length, .. } => no_script(from, length),
            Step::Return { from, length } | Step::Revert { from, length } => no_script(from, length),
            Step::Emit { from, topics, length, .. } => no_script(from, length.max(topics.saturating_mul(32))),
            Step::Balance { of } => (of as usize) < ACCOUNTS,
            Step::Call(ref call) => call.gas == 0 && call.steps.iter().all(of),
            _ => true,
        }
    }
    let suits = |transaction: &Transaction| !transaction.short_of_gas && transaction.steps.iter().all(of);
    scenario.transactions.iter().all(suits)
}

/// Converts a scenario to slices. With `windows`, each call maps a window for each of the first pages that it touches, and uses
/// slices for the others.
///
/// Also returns the number of transactions that stay as they are because their scripts would be too long.
pub(in crate::fuzzing) fn by_slices(scenario: &Scenario, windows: bool) -> (Scenario, u64) {
    let mut unconverted = 0;
    let transactions = scenario.transactions.iter().map(|transaction| {
        let steps = script(&transaction.steps, windows, false);
        if script_bytes(&steps) > LONGEST_SCRIPT {
            unconverted += 1;
            return transaction.clone();
        }
        Transaction { steps, ..transaction.clone() }
    });
    (Scenario { transactions: transactions.collect() }, unconverted)
}

fn script(steps: &[Step], windows: bool, read_only: bool) -> Vec<Step> {
    let mut writer = Writer { windows: BTreeMap::new(), steps: Vec::new() };
    // In a static call a store halts at once, but a written window only when it is synchronised.
    if windows && !read_only {
        writer.map(steps);
    }
    for step in steps {
        match step {
            Step::Call(call) => {
                let read_only = read_only || call.read_only;
                let steps = script(&call.steps, windows, read_only);
                writer.steps.push(Step::Call(Nested { steps, ..call.clone() }));
            }
            step => writer.step(step),
        }
    }
    writer.steps
}

/// Returns the ranges of mapped storage that a step touches, each as start and length. A step touches at most two.
fn touched(step: &Step) -> [(u32, u32); 2] {
    const EMPTY: (u32, u32) = (0, 0);
    match *step {
        Step::Load8 { at } | Step::Store8 { at, .. } => [(at, 1), EMPTY],
        Step::Load16 { at } => [(at.saturating_add(1), 2), EMPTY],
        Step::Load32 { at } => [(at.saturating_add(4_093), 4), EMPTY],
        Step::Load64 { at } | Step::Store64 { at, .. } => [(at, 8), EMPTY],
        Step::Load128 { at } | Step::Store128 { at, .. } => [(at, 16), EMPTY],
        Step::Store16 { at, .. } => [(at.saturating_add(3), 2), EMPTY],
        Step::Store32 { at, .. } => [(at.saturating_add(8_191), 4), EMPTY],
        Step::StoreLane { at, .. } => [(at, 4), EMPTY],
        Step::Fill { at, length, .. } => [(at, length), EMPTY],
        Step::Copy { to, from, length } => [(to, length), (from, length)],
        Step::CopyIn { to, length, .. } | Step::Init { to, length, .. } => [(to, length), EMPTY],
        Step::CopyOut { from, length } => [(from, length), EMPTY],
        _ => [EMPTY; 2],
    }
}

struct Writer {
    /// The number of each page's window.
    windows: BTreeMap<u32, u32>,
    steps: Vec<Step>,
}

impl Writer {
    /// Maps windows for the first pages that the call touches, except pages that a slice of the same call touches.
    fn map(&mut self, steps: &[Step]) {
        let sliced = |page: u32| {
            steps.iter().any(|step| match *step {
                Step::SliceRead { page: other, .. }
                | Step::SliceWrite { page: other, .. }
                | Step::RegisterRead { page: other, .. }
                | Step::RegisterWrite { page: other, .. } => page == other,
                Step::Init { to, length, .. } => (to / PAGE..=to.saturating_add(length) / PAGE).contains(&page),
                _ => false,
            })
        };
        for (start, length) in steps.iter().flat_map(touched).filter(|(_, length)| *length > 0) {
            let pages = start / PAGE..=start.saturating_add(length - 1).min(SIZE - 1) / PAGE;
            for page in pages.filter(|page| *page < LIMIT.0) {
                let number = self.windows.len() as u32;
                if number < MOST_WINDOWS && !self.windows.contains_key(&page) && !sliced(page) {
                    self.windows.insert(page, number);
                    self.steps.push(Step::Window { memory: number * PAGE, storage: page * PAGE, length: PAGE });
                }
            }
        }
    }

    fn step(&mut self, step: &Step) {
        let spare = SPARE as u32;
        let beyond = |(start, length): (u32, u32)| u64::from(start) + u64::from(length) > u64::from(SIZE);
        if touched(step).into_iter().any(beyond) {
            return self.steps.push(Step::Trap {});
        }
        let ((at, length), _) = touched(step).into();
        match *step {
            Step::Load8 { .. } | Step::Load16 { .. } | Step::Load32 { .. } | Step::Load64 { .. } => {
                self.read(at, length, spare);
                self.steps.push(Step::OwnLoad { from: spare, width: length.ilog2() });
            }
            Step::Load128 { .. } => {
                self.read(at, length, spare);
                self.steps.extend([0, 8].map(|half| Step::OwnLoad { from: spare + half, width: 3 }));
            }
            Step::Store8 { value, .. } | Step::Store16 { value, .. } | Step::Store32 { value, .. } => {
                self.write_words(at, length, &[value]);
            }
            Step::StoreLane { value, .. } => self.write_words(at, length, &[value]),
            Step::Store64 { low, high, .. } => self.write_words(at, length, &[low, high]),
            Step::Store128 { value, .. } => self.write_words(at, length, &[value; 4]),
            Step::Fill { value, .. } => {
                self.steps.push(Step::OwnFill { to: spare, value, length: length.min(PAGE) });
                self.parts(at, length, |writer, at, length, _| writer.write(at, length, spare));
            }
            Step::Copy { to, from, .. } => self.copy(to, from, length),
            Step::CopyIn { from, .. } => self.write(at, length, from),
            Step::CopyOut { .. } if length as usize > OWN_BYTES - BUFFER => self.steps.push(Step::Trap {}),
            // The script reads only the first eight bytes, and windows may lie behind the first page.
            Step::CopyOut { .. } => {
                self.read(at, length.min(PAGE), BUFFER as u32);
                self.steps.push(Step::OwnLoad { from: BUFFER as u32, width: 3 });
            }
            // `init` copies from a data segment, which slices cannot reach.
            ref other => self.steps.push(other.clone()),
        }
    }

    fn write_words(&mut self, at: u32, length: u32, words: &[u32]) {
        let places = (SPARE as u32..).step_by(4);
        self.steps.extend(places.zip(words).map(|(to, value)| Step::OwnStore { to, value: *value }));
        self.write(at, length, SPARE as u32);
    }

    /// Copies within storage by way of own memory, in the order that does not overwrite bytes still to be copied.
    fn copy(&mut self, to: u32, from: u32, length: u32) {
        let mut parts: Vec<(u32, u32)> =
            (0..length).step_by(PAGE_SIZE).map(|done| (done, PAGE.min(length - done))).collect();
        if to > from {
            parts.reverse();
        }
        for (done, length) in parts {
            self.read(from + done, length, SPARE as u32);
            self.write(to + done, length, SPARE as u32);
        }
    }

    fn read(&mut self, at: u32, length: u32, to: u32) {
        self.parts(at, length, |writer, at, length, done| {
            let (page, offset, to) = (at / PAGE, at % PAGE, to + done);
            writer.steps.push(match writer.windows.get(&page) {
                Some(window) => Step::OwnCopy { to, from: offset_of(*window) + offset, length },
                None => Step::SliceTo { page, offset, length, to },
            });
        });
    }

    fn write(&mut self, at: u32, length: u32, from: u32) {
        self.parts(at, length, |writer, at, length, done| {
            let (page, offset, from) = (at / PAGE, at % PAGE, from + done);
            writer.steps.push(match writer.windows.get(&page) {
                Some(window) => Step::OwnCopy { to: offset_of(*window) + offset, from, length },
                None => Step::SliceWrite { page, offset, length, from },
            });
        });
    }

    /// Calls `part` for the part of a range on each page: with its start, its length and the bytes before it.
    fn parts(&mut self, at: u32, length: u32, mut part: impl FnMut(&mut Self, u32, u32, u32)) {
        let mut done = 0;
        while done < length {
            let on_page = (PAGE - (at + done) % PAGE).min(length - done);
            part(self, at + done, on_page, done);
            done += on_page;
        }
    }
}

/// Returns the offset of a window in own memory.
fn offset_of(window: u32) -> u32 {
    super::WINDOWS as u32 + window * PAGE
}
