//! Generates scenarios from a fuzzer's bytes.

use arbitrary::{Arbitrary, Result, Unstructured};

use super::numbers::{address, in_window, length, number, slice, window};
use super::{
    ACCOUNTS, BUFFER, CONTRACTS, FUNCTIONS, LONGEST_SCRIPT, Nested, Scenario, Step, Transaction, script_bytes,
};
use crate::paging::PagerKind;

/// The weights from which scenarios are generated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Profile {
    /// The greatest number of transactions.
    transactions: usize,
    /// The greatest number of steps of a top-level call, and of a nested call.
    steps: [usize; 2],
    /// The greatest depth of nested calls.
    depth: u32,
    /// One step in `call_every` is a call.
    call_every: u8,
    /// A set of kinds of steps that never occur.
    without: u16,
}

impl Profile {
    /// Steps of every kind.
    pub const ANYTHING: Self = Self { transactions: 8, steps: [24, 12], depth: 4, call_every: 8, without: 0 };

    /// Deeply nested calls.
    pub const REENTRY: Self = Self { transactions: 8, steps: [10, 6], depth: 12, call_every: 4, without: 0 };

    /// Scripts that have the same meaning with slices: no windows, no bytes of the script as data, and unlimited gas.
    pub const MAPPED: Self =
        Self { transactions: 6, steps: [16, 8], without: WINDOWS | SCRIPT_BYTES | GAS, ..Self::ANYTHING };

    /// Generates a scenario.
    pub fn scenario(self, u: &mut Unstructured<'_>) -> Result<Scenario> {
        // Half of the scenarios leave out some kinds, so that long runs of the other kinds occur.
        let off = if u.ratio(1, 2)? { u.arbitrary::<u16>()? & u.arbitrary::<u16>()? } else { 0 };
        let profile = Self { without: self.without | off, ..self };
        let count = u.int_in_range(0..=profile.transactions)?;
        let mut transactions = Vec::new();
        while transactions.len() < count && !u.is_empty() {
            transactions.push(profile.transaction(u)?);
        }
        Ok(Scenario { transactions })
    }

    /// Returns the offset in own memory of data to write: the script, or the bytes that were read last.
    fn data(self) -> u32 {
        if self.has(SCRIPT_BYTES) { 0 } else { BUFFER as u32 }
    }

    fn has(self, kinds: u16) -> bool {
        self.without & kinds == 0
    }

    fn transaction(self, u: &mut Unstructured<'_>) -> Result<Transaction> {
        Ok(Transaction {
            pager: *u.choose(&PagerKind::ALL)?,
            commit: u.ratio(3, 4)?,
            short_of_gas: u.ratio(1, 16)? && self.has(GAS),
            value: self.value(u)?,
            steps: self.steps(u, 0)?,
        })
    }

    /// Generates the steps of a call at a depth, with nested calls among them.
    fn steps(self, u: &mut Unstructured<'_>, depth: u32) -> Result<Vec<Step>> {
        let count = u.int_in_range(0..=self.steps[usize::from(depth > 0)])?;
        let mut items = Vec::new();
        for _ in 0..count {
            if u.is_empty() {
                break;
            }
            if depth < self.depth && u.ratio(1, self.call_every)? {
                if self.has(ARGUMENTS) && u.ratio(1, 3)? {
                    items.push(with(u)?);
                }
                items.push(Step::Call(self.call(u, depth)?));
            } else {
                items.push(self.step(u)?);
            }
        }
        while script_bytes(&items) > LONGEST_SCRIPT {
            items.pop();
        }
        Ok(items)
    }

    fn call(self, u: &mut Unstructured<'_>, depth: u32) -> Result<Nested> {
        let contract = match u.int_in_range(0..=15)? {
            0..=6 => 0,
            7..=12 => 1,
            13..=14 => CONTRACTS as u32 - 1,
            _ => u.int_in_range(0..=ACCOUNTS as u32 - 1)?,
        };
        let read_only = u.ratio(1, 6)?;
        let value = if read_only { 0 } else { self.value(u)? };
        let gas = if self.has(GAS) && u.ratio(1, 8)? { u.int_in_range(1..=30_000)? } else { 0 };
        let mut steps = self.steps(u, depth + 1)?;
        // A failure at the end has something to undo.
        if self.has(FAILURES) && u.ratio(1, 6)? {
            steps.push(if u.arbitrary()? { Step::Trap {} } else { Step::Revert { from: 0, length: 0 } });
        }
        Ok(Nested { contract, read_only, value, gas, steps })
    }

    /// Chooses a value to transfer: mostly none, and otherwise mostly little.
    fn value(self, u: &mut Unstructured<'_>) -> Result<u32> {
        match u.int_in_range(0..=15)? {
            0..=2 if self.has(VALUE) => u.int_in_range(1..=300),
            3 if self.has(VALUE) => u.int_in_range(0..=2_000),
            _ => Ok(0),
        }
    }

    /// Generates a step of a kind that the profile has.
    fn step(self, u: &mut Unstructured<'_>) -> Result<Step> {
        let mut at = u.int_in_range(0..=TOTAL - 1)?;
        let mut chosen = MENU.iter().find(|(weight, ..)| match at.checked_sub(*weight) {
            Some(rest) => {
                at = rest;
                false
            }
            None => true,
        });
        // If the profile leaves out this kind, choose among the others. Every profile has some.
        if chosen.is_some_and(|(_, kinds, _)| !self.has(*kinds)) {
            let allowed: Vec<_> = MENU.iter().filter(|(_, kinds, _)| self.has(*kinds)).collect();
            chosen = Some(*u.choose(&allowed)?);
        }
        let (_, _, make) = chosen.unwrap_or(&MENU[0]);
        make(self, u)
    }
}

const LOADS: u16 = 1;
const STORES: u16 = 1 << 1;
const VECTORS: u16 = 1 << 2;
const BULK: u16 = 1 << 3;
const SLICES: u16 = 1 << 4;
const REGISTERS: u16 = 1 << 5;
const WINDOWS: u16 = 1 << 6;
const VALUE: u16 = 1 << 7;
const EVENTS: u16 = 1 << 8;
const FAILURES: u16 = 1 << 9;
const GAS: u16 = 1 << 10;
const CONTEXT: u16 = 1 << 11;
const ARGUMENTS: u16 = 1 << 12;
/// Steps that use bytes of the script as data.
const SCRIPT_BYTES: u16 = 1 << 15;

type Make = fn(Profile, &mut Unstructured<'_>) -> Result<Step>;

/// The steps to choose from: the weight of each, and the kinds to which it belongs.
const MENU: &[(u32, u16, Make)] = &[
    (2, CONTEXT, |_, _| Ok(Step::Size { grow: 1 })),
    (8, LOADS, |_, u| Ok(Step::Load8 { at: address(u)? })),
    (6, LOADS, |_, u| Ok(Step::Load16 { at: address(u)? })),
    (6, LOADS, |_, u| Ok(Step::Load32 { at: address(u)? })),
    (8, LOADS, |_, u| Ok(Step::Load64 { at: address(u)? })),
    (8, STORES, |_, u| Ok(Step::Store8 { at: address(u)?, value: number(u)? })),
    (6, STORES, |_, u| Ok(Step::Store16 { at: address(u)?, value: number(u)? })),
    (6, STORES, |_, u| Ok(Step::Store32 { at: address(u)?, value: number(u)? })),
    (10, STORES, |_, u| Ok(Step::Store64 { at: address(u)?, low: number(u)?, high: number(u)? })),
    (4, LOADS | VECTORS, |_, u| Ok(Step::Load128 { at: address(u)? })),
    (4, STORES | VECTORS, |_, u| Ok(Step::Store128 { at: address(u)?, value: number(u)? })),
    (4, STORES | VECTORS, |_, u| Ok(Step::StoreLane { at: address(u)?, value: number(u)? })),
    (6, BULK, |_, u| Ok(Step::Fill { at: address(u)?, value: number(u)?, length: length(u)? })),
    (8, BULK, |_, u| Ok(Step::Copy { to: address(u)?, from: address(u)?, length: length(u)? })),
    (4, BULK, |_, u| Ok(Step::CopyIn { to: address(u)?, from: 0, length: u.int_in_range(0..=60)? })),
    (4, BULK, |_, u| Ok(Step::CopyOut { from: address(u)?, length: u.int_in_range(0..=34_000)? })),
    (4, BULK, |_, u| {
        Ok(Step::Init { to: address(u)?, from: u.int_in_range(0..=70)?, length: u.int_in_range(0..=16)? })
    }),
    (6, SLICES, |_, u| slice(u, 4_096, |page, offset, length| Step::SliceRead { page, offset, length })),
    (8, SLICES, |profile, u| {
        let from = profile.data();
        slice(u, 4_096, |page, offset, length| Step::SliceWrite { page, offset, length, from })
    }),
    (6, REGISTERS, |_, u| slice(u, 64, |page, offset, length| Step::RegisterRead { page, offset, length })),
    (6, REGISTERS, |_, u| slice(u, 64, |page, offset, length| Step::RegisterWrite { page, offset, length })),
    (10, WINDOWS, |_, u| window(u)),
    (6, WINDOWS, |_, u| Ok(Step::LoadWindow { at: in_window(u)? })),
    (12, WINDOWS, |_, u| Ok(Step::StoreWindow { at: in_window(u)?, value: number(u)? })),
    (4, EVENTS, |profile, u| {
        let topics = u.int_in_range(0..=19)? / 4;
        Ok(Step::Emit {
            from: profile.data(),
            topics,
            length: u.int_in_range(0..=60)?,
            expires: u.int_in_range(0..=2)?,
        })
    }),
    (4, VALUE, |_, u| Ok(Step::Balance { of: u.int_in_range(0..=ACCOUNTS as u32 - 1)? })),
    (1, VALUE, |_, _| Ok(Step::Value {})),
    (1, CONTEXT, |_, _| Ok(Step::Caller {})),
    (1, FAILURES, |_, u| Ok(Step::Return { from: 0, length: u.int_in_range(0..=20)? })),
    (1, FAILURES, |_, u| Ok(Step::Revert { from: 0, length: u.int_in_range(0..=20)? })),
    (1, FAILURES, |_, _| Ok(Step::Trap {})),
    (1, FAILURES, |_, u| Ok(Step::Panic { from: 0, length: u.int_in_range(0..=300)? })),
];

/// Generates a `with` step: mostly for a function with parameters, and mostly with all arguments.
fn with(u: &mut Unstructured<'_>) -> Result<Step> {
    let function = match u.int_in_range(0..=15)? {
        0..=6 => 1,
        7..=13 => 2,
        _ => u.int_in_range(0..=FUNCTIONS - 1)?,
    };
    let lacking = if u.ratio(1, 12)? { u.int_in_range(1..=13)? } else { 0 };
    Ok(Step::With { function, first: number(u)?, second: number(u)?, lacking })
}

const TOTAL: u32 = {
    let (mut total, mut at) = (0, 0);
    while at < MENU.len() {
        total += MENU[at].0;
        at += 1;
    }
    total
};

impl<'a> Arbitrary<'a> for Scenario {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        Profile::ANYTHING.scenario(u)
    }
}
