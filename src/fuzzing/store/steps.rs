//! The steps of a store, and their random generation.

use arbitrary::{Result, Unstructured};

use crate::store::hash::ZERO_PAGE;
use crate::store::model::{MAX_PAGES, address, page_with};
use crate::units::{Address, PAGE_SIZE, PageBytes};

/// The number of contracts.
pub(super) const CONTRACTS: u8 = 3;

/// A list of steps.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StoreSteps(pub(super) Vec<Step>);

/// One operation on both stores, and the incident after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) operation: Operation,
    /// The number of the store operation that fails at the first attempt, from 1; 0 for none.
    pub(super) failing: u8,
    pub(super) incident: StoreIncident,
}

/// An operation. `to` chooses one of the versions that were not pruned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Operation {
    Write(Vec<Write>),
    Fund { contract: u8, amount: u8 },
    RollBack { contract: u8, to: u8 },
    Prune { contract: u8, to: u8 },
}

/// A write of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Write {
    pub(super) contract: u8,
    pub(super) page: u32,
    pub(super) content: Content,
    pub(super) byte: u8,
    /// The offset of the byte of [`Content::Byte`].
    pub(super) at: u16,
}

/// The content of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    Zeros,
    /// Zeros but for one byte.
    Byte,
    /// No zero bytes.
    Full,
    /// Zeros but for the last 16 bytes.
    Tail,
}

/// An incident of the store on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StoreIncident {
    None,
    /// The store is closed and reopened.
    Reopen,
    /// The process is killed right after the step.
    Kill,
    /// A process is killed during the step. The bits select the database pages that it has written.
    Tear(u64),
    /// A snapshot of both stores stays open.
    Hold,
}

impl Write {
    pub(super) fn address(&self) -> Address {
        address(self.contract)
    }

    pub(super) fn bytes(&self) -> PageBytes {
        match self.content {
            Content::Zeros => ZERO_PAGE,
            Content::Byte => page_with(self.at.into(), self.byte),
            Content::Full => std::array::from_fn(|at| (at % 250) as u8 ^ self.byte | 1),
            Content::Tail => std::array::from_fn(|at| if at >= 4_080 { self.byte } else { 0 }),
        }
    }
}

impl StoreSteps {
    /// Generates steps until the bytes run out, at most 24.
    pub fn of_bytes(bytes: &[u8]) -> Self {
        let mut u = Unstructured::new(bytes);
        let mut steps = Vec::new();
        while !u.is_empty()
            && steps.len() < 24
            && let Ok(step) = step(&mut u)
        {
            steps.push(step);
        }
        Self(steps)
    }

    /// Shrinks failing steps as long as they still fail.
    pub(in crate::fuzzing) fn shrink(&self, fails: impl Fn(&Self) -> bool) -> Self {
        let mut small = self.clone();
        while let Some(smaller) = small.smaller().into_iter().find(&fails) {
            small = smaller;
        }
        small
    }

    /// Returns all lists with one step removed, and all with one step simplified.
    fn smaller(&self) -> Vec<Self> {
        let with = |at: usize, steps: Vec<Step>| {
            let mut smaller = self.clone();
            smaller.0.splice(at..=at, steps);
            smaller
        };
        let without = (0..self.0.len()).map(|at| with(at, Vec::new()));
        let simpler =
            (0..self.0.len()).flat_map(|at| simpler(&self.0[at]).into_iter().map(move |it| with(at, vec![it])));
        without.chain(simpler).collect()
    }
}

/// Returns the step with one part simplified, for each part.
fn simpler(step: &Step) -> Vec<Step> {
    let mut all = vec![Step { failing: 0, ..step.clone() }, Step { incident: StoreIncident::None, ..step.clone() }];
    let operations = match step.operation.clone() {
        Operation::Write(writes) => (0..writes.len())
            .map(|gone| {
                let others = writes.iter().enumerate().filter(|(at, _)| *at != gone);
                Operation::Write(others.map(|(_, write)| *write).collect())
            })
            .collect(),
        Operation::Fund { contract, .. } => vec![Operation::Fund { contract, amount: 1 }],
        Operation::RollBack { contract, to } => (0..to.min(3)).map(|to| Operation::RollBack { contract, to }).collect(),
        Operation::Prune { contract, to } => (0..to.min(3)).map(|to| Operation::Prune { contract, to }).collect(),
    };
    all.extend(operations.into_iter().map(|operation| Step { operation, ..step.clone() }));
    all.retain(|simpler| simpler != step);
    all
}

fn step(u: &mut Unstructured<'_>) -> Result<Step> {
    let operation = match u.int_in_range(0..=9)? {
        0 => Operation::Fund { contract: contract(u)?, amount: u.arbitrary()? },
        1 | 2 => Operation::RollBack { contract: contract(u)?, to: u.arbitrary()? },
        3 => Operation::Prune { contract: contract(u)?, to: u.arbitrary()? },
        _ => Operation::Write(writes(u)?),
    };
    let failing = if u.ratio(1, 3)? { u.int_in_range(1..=40)? } else { 0 };
    let incident = match u.int_in_range(0..=19)? {
        0 => StoreIncident::Reopen,
        1 => StoreIncident::Kill,
        2 | 3 => StoreIncident::Tear(u.arbitrary()?),
        4 => StoreIncident::Hold,
        _ => StoreIncident::None,
    };
    Ok(Step { operation, failing, incident })
}

fn contract(u: &mut Unstructured<'_>) -> Result<u8> {
    u.int_in_range(0..=CONTRACTS - 1)
}

fn writes(u: &mut Unstructured<'_>) -> Result<Vec<Write>> {
    let mut writes = Vec::new();
    for _ in 0..u.int_in_range(0..=12)? {
        let pages = if u.ratio(4, 5)? { 40 } else { MAX_PAGES.0 };
        let (contract, page) = (contract(u)?, u.int_in_range(0..=pages - 1)?);
        let byte = u.arbitrary()?;
        let last = PAGE_SIZE as u16 - 1;
        let (content, at) = match u.int_in_range(0..=4)? {
            0 => (Content::Zeros, 0),
            1 => (Content::Byte, u.int_in_range(0..=last)?),
            2 => (Content::Byte, u.int_in_range(4_070..=last)?),
            3 => (Content::Full, 0),
            _ => (Content::Tail, 0),
        };
        writes.push(Write { contract, page, content, byte, at });
    }
    Ok(writes)
}
