//! Scenarios made from a fuzzer's bytes.

use arbitrary::{Arbitrary, Result, Unstructured};

use super::numbers::{address, in_window, length, number, slice, window};
use super::{
    ACCOUNTS, BUFFER, CONTRACTS, FUNCTIONS, LONGEST_SCRIPT, Nested, Scenario, Step, Transaction, script_bytes,
};
use crate::paging::PagerKind;

/// What scenarios are made of: how much of everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taste {
    /// Transactions at most.
    transactions: usize,
    /// Steps of a transaction at most, and of a call inside it.
    steps: [usize; 2],
    /// Calls inside calls at most.
    depth: u32,
    /// One step of so many is a call.
    call_every: u8,
    /// Kinds that never occur.
    without: u16,
}

impl Taste {
    /// Something of everything.
    pub const ANYTHING: Self = Self { transactions: 8, steps: [24, 12], depth: 4, call_every: 8, without: 0 };

    /// Calls inside calls inside calls.
    pub const REENTRY: Self = Self { transactions: 8, steps: [10, 6], depth: 12, call_every: 4, without: 0 };

    /// What can be said with slices as well: no windows, no input that tells scripts apart, and gas for all.
    pub const MAPPED: Self =
        Self { transactions: 6, steps: [16, 8], without: WINDOWS | SCRIPT_BYTES | GAS, ..Self::ANYTHING };

    /// A scenario of this taste.
    pub fn scenario(self, u: &mut Unstructured<'_>) -> Result<Scenario> {
        // Half of the scenarios go without some kinds, so that long runs of the others occur.
        let off = if u.ratio(1, 2)? { u.arbitrary::<u16>()? & u.arbitrary::<u16>()? } else { 0 };
        let taste = Self { without: self.without | off, ..self };
        let count = u.int_in_range(0..=taste.transactions)?;
        let mut transactions = Vec::new();
        while transactions.len() < count && !u.is_empty() {
            transactions.push(taste.transaction(u)?);
        }
        Ok(Scenario { transactions })
    }

    /// Where data come from: the script, or what was read last.
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

    /// Up to so many steps, with calls inside them up to a depth.
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
        // Failures at the end are those that have something to undo.
        if self.has(FAILURES) && u.ratio(1, 6)? {
            steps.push(if u.arbitrary()? { Step::Trap {} } else { Step::Revert { from: 0, length: 0 } });
        }
        Ok(Nested { contract, read_only, value, gas, steps })
    }

    /// Money: mostly none, mostly little.
    fn value(self, u: &mut Unstructured<'_>) -> Result<u32> {
        match u.int_in_range(0..=15)? {
            0..=2 if self.has(MONEY) => u.int_in_range(1..=300),
            3 if self.has(MONEY) => u.int_in_range(0..=2_000),
            _ => Ok(0),
        }
    }

    /// A step of a kind that occurs.
    fn step(self, u: &mut Unstructured<'_>) -> Result<Step> {
        let mut at = u.int_in_range(0..=TOTAL - 1)?;
        let mut chosen = MENU.iter().find(|(weight, ..)| match at.checked_sub(*weight) {
            Some(left) => {
                at = left;
                false
            }
            None => true,
        });
        // Where a kind does not occur, the next one does; something always occurs.
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
const MONEY: u16 = 1 << 7;
const EVENTS: u16 = 1 << 8;
const FAILURES: u16 = 1 << 9;
const GAS: u16 = 1 << 10;
const CONTEXT: u16 = 1 << 11;
const ARGUMENTS: u16 = 1 << 12;
/// Bytes of scripts as data.
const SCRIPT_BYTES: u16 = 1 << 15;

type Make = fn(Taste, &mut Unstructured<'_>) -> Result<Step>;

/// How often each kind occurs, and which kinds it belongs to.
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
    (8, SLICES, |taste, u| {
        let from = taste.data();
        slice(u, 4_096, |page, offset, length| Step::SliceWrite { page, offset, length, from })
    }),
    (6, REGISTERS, |_, u| slice(u, 64, |page, offset, length| Step::RegisterRead { page, offset, length })),
    (6, REGISTERS, |_, u| slice(u, 64, |page, offset, length| Step::RegisterWrite { page, offset, length })),
    (10, WINDOWS, |_, u| window(u)),
    (6, WINDOWS, |_, u| Ok(Step::LoadWindow { at: in_window(u)? })),
    (12, WINDOWS, |_, u| Ok(Step::StoreWindow { at: in_window(u)?, value: number(u)? })),
    (4, EVENTS, |taste, u| {
        let topics = u.int_in_range(0..=19)? / 4;
        Ok(Step::Emit { from: taste.data(), topics, length: u.int_in_range(0..=60)?, expires: u.int_in_range(0..=2)? })
    }),
    (4, MONEY, |_, u| Ok(Step::Balance { of: u.int_in_range(0..=ACCOUNTS as u32 - 1)? })),
    (1, MONEY, |_, _| Ok(Step::Value {})),
    (1, CONTEXT, |_, _| Ok(Step::Caller {})),
    (1, FAILURES, |_, u| Ok(Step::Return { from: 0, length: u.int_in_range(0..=20)? })),
    (1, FAILURES, |_, u| Ok(Step::Revert { from: 0, length: u.int_in_range(0..=20)? })),
    (1, FAILURES, |_, _| Ok(Step::Trap {})),
    (1, FAILURES, |_, u| Ok(Step::Panic { from: 0, length: u.int_in_range(0..=300)? })),
];

/// Mostly a function that takes arguments, and mostly all of them are there.
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
        Taste::ANYTHING.scenario(u)
    }
}
