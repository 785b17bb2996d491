//! Scenarios, made from a fuzzer's bytes.

use arbitrary::{Arbitrary, Result, Unstructured};

use crate::paging::PagerKind;
use crate::units::{Address, PAGE_SIZE, PageCount};

/// The page limit of the interpreter in scenarios.
pub(super) const LIMIT: PageCount = PageCount(48);

/// What one scenario does, in order.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// Its transactions.
    pub transactions: Vec<Transaction>,
}

impl<'a> Arbitrary<'a> for Scenario {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        Ok(Self { transactions: many(u, 8)? })
    }
}

/// One transaction.
#[derive(Debug, Clone)]
pub struct Transaction {
    /// What the interpreter does.
    pub steps: Vec<Step>,
    /// The pager that commits it, `soft` where the host cannot run it; all others run it dry first.
    pub pager: PagerKind,
    /// Whether it is committed, or dry for all.
    pub commit: bool,
    /// Whether it gets too little gas for most scripts.
    pub short_of_gas: bool,
}

impl<'a> Arbitrary<'a> for Transaction {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        Ok(Self {
            pager: *u.choose(&PagerKind::ALL)?,
            commit: u.ratio(3, 4)?,
            short_of_gas: u.ratio(1, 16)?,
            steps: steps(u, 24, 0)?,
        })
    }
}

/// A step of a script; its number is its place in this list, and its words are its fields in order.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the instructions and host functions that the steps execute")]
pub enum Step {
    Load8 {
        at: u32,
    },
    Load16 {
        at: u32,
    },
    Load32 {
        at: u32,
    },
    Load64 {
        at: u32,
    },
    Store8 {
        at: u32,
        value: u32,
    },
    Store16 {
        at: u32,
        value: u32,
    },
    Store32 {
        at: u32,
        value: u32,
    },
    Store64 {
        at: u32,
        low: u32,
        high: u32,
    },
    Load128 {
        at: u32,
    },
    Store128 {
        at: u32,
        value: u32,
    },
    StoreLane {
        at: u32,
        value: u32,
    },
    Fill {
        at: u32,
        value: u32,
        length: u32,
    },
    Copy {
        to: u32,
        from: u32,
        length: u32,
    },
    CopyIn {
        to: u32,
        from: u32,
        length: u32,
    },
    CopyOut {
        from: u32,
        length: u32,
    },
    Init {
        to: u32,
        from: u32,
        length: u32,
    },
    Size {
        grow: u32,
    },
    SliceRead {
        page: u32,
        offset: u32,
        length: u32,
    },
    SliceWrite {
        page: u32,
        offset: u32,
        length: u32,
        from: u32,
    },
    RegisterRead {
        page: u32,
        offset: u32,
        length: u32,
    },
    RegisterWrite {
        page: u32,
        offset: u32,
        length: u32,
    },
    Revert,
    Trap,
    /// A call of one of the two contracts, which executes a script of its own.
    Call {
        contract: u32,
        read_only: bool,
        steps: Vec<Step>,
    },
}

/// Calls inside calls, at most.
const DEEPEST: u32 = 4;

/// Bytes of a script at most, those of the scripts inside it included.
const LONGEST_SCRIPT: usize = 16_384;

impl Step {
    /// The words of the step in a script.
    fn words(&self) -> [u32; 5] {
        match *self {
            Self::Load8 { at } => [0, at, 0, 0, 0],
            Self::Load16 { at } => [1, at, 0, 0, 0],
            Self::Load32 { at } => [2, at, 0, 0, 0],
            Self::Load64 { at } => [3, at, 0, 0, 0],
            Self::Store8 { at, value } => [4, at, value, 0, 0],
            Self::Store16 { at, value } => [5, at, value, 0, 0],
            Self::Store32 { at, value } => [6, at, value, 0, 0],
            Self::Store64 { at, low, high } => [7, at, low, high, 0],
            Self::Load128 { at } => [8, at, 0, 0, 0],
            Self::Store128 { at, value } => [9, at, value, 0, 0],
            Self::StoreLane { at, value } => [10, at, value, 0, 0],
            Self::Fill { at, value, length } => [11, at, value, length, 0],
            Self::Copy { to, from, length } => [12, to, from, length, 0],
            Self::CopyIn { to, from, length } => [13, to, from, length, 0],
            Self::CopyOut { from, length } => [14, from, 0, length, 0],
            Self::Init { to, from, length } => [15, to, from, length, 0],
            Self::Size { grow } => [16, grow, 0, 0, 0],
            Self::SliceRead { page, offset, length } => [17, page, offset, length, 0],
            Self::SliceWrite { page, offset, length, from } => [18, page, offset, length, from],
            Self::RegisterRead { page, offset, length } => [19, page, offset, length, 0],
            Self::RegisterWrite { page, offset, length } => [20, page, offset, length, 0],
            Self::Revert => [21, 0, 0, 0, 0],
            Self::Trap => [22, 0, 0, 0, 0],
            Self::Call { contract, read_only, ref steps } => {
                [23, contract, read_only.into(), script(steps).len() as u32, 0]
            }
        }
    }
}

/// Steps as the interpreter reads them: five words each, and after a call those of its own script.
pub(super) fn script(steps: &[Step]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for step in steps {
        bytes.extend(step.words().into_iter().flat_map(u32::to_le_bytes));
        if let Step::Call { steps, .. } = step {
            bytes.extend(script(steps));
        }
    }
    bytes
}

/// The input that makes the interpreter execute these steps, in a world of two contracts.
pub(super) fn encode(contracts: &[Address; 2], steps: &[Step]) -> Vec<u8> {
    let mut input = contracts.map(|contract| contract.0).concat();
    input.extend(script(steps));
    input
}

/// Up to so many steps, with calls inside them up to a depth.
fn steps(u: &mut Unstructured<'_>, most: usize, depth: u32) -> Result<Vec<Step>> {
    let count = u.int_in_range(0..=most)?;
    let mut items = Vec::new();
    while items.len() < count && !u.is_empty() {
        if depth < DEEPEST && u.ratio(1, 8)? {
            let (contract, read_only) = (u.int_in_range(0..=1)?, u.ratio(1, 6)?);
            let steps = steps(u, 12, depth + 1)?;
            items.push(Step::Call { contract, read_only, steps });
        } else {
            items.push(Step::arbitrary(u)?);
        }
    }
    while script(&items).len() > LONGEST_SCRIPT {
        items.pop();
    }
    Ok(items)
}

impl<'a> Arbitrary<'a> for Step {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        Ok(match u.int_in_range(0..=63)? {
            0..=3 => Self::Load8 { at: address(u)? },
            4..=6 => Self::Load16 { at: address(u)? },
            7..=9 => Self::Load32 { at: address(u)? },
            10..=13 => Self::Load64 { at: address(u)? },
            14..=17 => Self::Store8 { at: address(u)?, value: value(u)? },
            18..=20 => Self::Store16 { at: address(u)?, value: value(u)? },
            21..=23 => Self::Store32 { at: address(u)?, value: value(u)? },
            24..=28 => Self::Store64 { at: address(u)?, low: value(u)?, high: value(u)? },
            29..=30 => Self::Load128 { at: address(u)? },
            31..=32 => Self::Store128 { at: address(u)?, value: value(u)? },
            33..=34 => Self::StoreLane { at: address(u)?, value: value(u)? },
            35..=37 => Self::Fill { at: address(u)?, value: value(u)?, length: length(u)? },
            38..=41 => Self::Copy { to: address(u)?, from: address(u)?, length: length(u)? },
            42..=43 => Self::CopyIn { to: address(u)?, from: 0, length: u.int_in_range(0..=40)? },
            44..=45 => Self::CopyOut { from: address(u)?, length: u.int_in_range(0..=65_536)? },
            46..=47 => Self::Init { to: address(u)?, from: u.int_in_range(0..=70)?, length: u.int_in_range(0..=16)? },
            48 => Self::Size { grow: u.int_in_range(0..=2)? },
            49..=51 => slice(u, 4_096, |page, offset, length| Self::SliceRead { page, offset, length })?,
            52..=55 => slice(u, 4_096, |page, offset, length| Self::SliceWrite { page, offset, length, from: 0 })?,
            56..=58 => slice(u, 64, |page, offset, length| Self::RegisterRead { page, offset, length })?,
            59..=61 => slice(u, 64, |page, offset, length| Self::RegisterWrite { page, offset, length })?,
            62 => match u.int_in_range(0..=3)? {
                0 => Self::Revert,
                _ => Self::Load8 { at: address(u)? },
            },
            _ => match u.int_in_range(0..=3)? {
                0 => Self::Trap,
                _ => Self::Store8 { at: address(u)?, value: value(u)? },
            },
        })
    }
}

/// Up to `most` of something, and nothing from bytes that have run out.
fn many<'a, T: Arbitrary<'a>>(u: &mut Unstructured<'a>, most: usize) -> Result<Vec<T>> {
    let count = u.int_in_range(0..=most)?;
    let mut items = Vec::new();
    while items.len() < count && !u.is_empty() {
        items.push(T::arbitrary(u)?);
    }
    Ok(items)
}

/// Mostly at the ends of pages, where accesses straddle; seldom beyond the limit.
fn address(u: &mut Unstructured<'_>) -> Result<u32> {
    let size = LIMIT.bytes() as u32;
    Ok(match u.int_in_range(0..=31)? {
        0..=15 => {
            let page_end = u.int_in_range(1..=LIMIT.0 - 1)? * PAGE_SIZE as u32;
            page_end.saturating_add_signed(u.int_in_range(-20..=20)?)
        }
        16..=29 => u.int_in_range(0..=size - 16_384)?,
        30 => size.saturating_add_signed(u.int_in_range(-9_000..=16)?),
        _ => u.arbitrary()?,
    })
}

/// Often zero: writing zeros over zeros is no change.
fn value(u: &mut Unstructured<'_>) -> Result<u32> {
    if u.ratio(1, 3)? { Ok(0) } else { u.arbitrary() }
}

fn length(u: &mut Unstructured<'_>) -> Result<u32> {
    Ok(match u.int_in_range(0..=7)? {
        0 => 0,
        1..=4 => u.int_in_range(1..=64)?,
        5..=6 => u.int_in_range(1..=3 * PAGE_SIZE as u32)?,
        _ => u.int_in_range(0..=LIMIT.bytes() as u32 + 1)?,
    })
}

fn slice(u: &mut Unstructured<'_>, longest: u32, make: impl FnOnce(u32, u32, u32) -> Step) -> Result<Step> {
    if u.ratio(1, 40)? {
        return Ok(make(u.int_in_range(0..=LIMIT.0)?, u.int_in_range(0..=4_096)?, u.int_in_range(0..=longest + 1)?));
    }
    let offset = u.int_in_range(0..=PAGE_SIZE as u32 - 1)?;
    let longest = longest.min(PAGE_SIZE as u32 - offset);
    Ok(make(u.int_in_range(0..=LIMIT.0 - 1)?, offset, u.int_in_range(1..=longest)?))
}
