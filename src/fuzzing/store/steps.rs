//! Steps, at random.

use arbitrary::{Result, Unstructured};

use crate::store::hash::ZERO_PAGE;
use crate::store::model::{MAX_PAGES, address, page_with};
use crate::units::{Address, PAGE_SIZE, PageBytes};

/// How many contracts there are.
pub(super) const CONTRACTS: u8 = 3;

/// What happens to a store, one thing after another.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StoreSteps(pub(super) Vec<Step>);

/// One thing that is done to both stores.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) deed: Deed,
    /// The operation of the store that fails at first; 0 for none.
    pub(super) failing: u8,
    pub(super) then: Then,
}

/// What is done. A version is chosen among those that are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Deed {
    Write(Vec<Write>),
    Fund { contract: u8, amount: u8 },
    RollBack { contract: u8, to: u8 },
    Prune { contract: u8, to: u8 },
}

/// A page that is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Write {
    pub(super) contract: u8,
    pub(super) page: u32,
    pub(super) content: Content,
    pub(super) byte: u8,
    /// Where the byte is, in a page that has only one.
    pub(super) at: u16,
}

/// What a page holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    Zeros,
    /// One byte.
    Byte,
    /// No zeros.
    Full,
    /// Zeros but for the bytes that are in its key.
    Tail,
}

/// What happens to the store on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Then {
    GoOn,
    /// It is closed and opened again.
    Reopen,
    /// Its process dies right after the step.
    Kill,
    /// Another one dies in the middle of the step; the bits say what is written.
    Tear(u64),
    /// A snapshot is kept.
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
    /// As many steps as there are bytes for.
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

    /// Takes away what is not needed for it to fail, until nothing more can be.
    pub(in crate::fuzzing) fn shrink(&self, fails: impl Fn(&Self) -> bool) -> Self {
        let mut small = self.clone();
        while let Some(smaller) = small.smaller().into_iter().find(&fails) {
            small = smaller;
        }
        small
    }

    /// The same with a little less, each in one way: without a step, or with a simpler one.
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

/// A step with a little less in it, in every way.
fn simpler(step: &Step) -> Vec<Step> {
    let mut all = vec![Step { failing: 0, ..step.clone() }, Step { then: Then::GoOn, ..step.clone() }];
    let deeds = match step.deed.clone() {
        Deed::Write(writes) => (0..writes.len())
            .map(|gone| {
                let left = writes.iter().enumerate().filter(|(at, _)| *at != gone);
                Deed::Write(left.map(|(_, write)| *write).collect())
            })
            .collect(),
        Deed::Fund { contract, .. } => vec![Deed::Fund { contract, amount: 1 }],
        Deed::RollBack { contract, to } => (0..to.min(3)).map(|to| Deed::RollBack { contract, to }).collect(),
        Deed::Prune { contract, to } => (0..to.min(3)).map(|to| Deed::Prune { contract, to }).collect(),
    };
    all.extend(deeds.into_iter().map(|deed| Step { deed, ..step.clone() }));
    all.retain(|simpler| simpler != step);
    all
}

fn step(u: &mut Unstructured<'_>) -> Result<Step> {
    let deed = match u.int_in_range(0..=9)? {
        0 => Deed::Fund { contract: contract(u)?, amount: u.arbitrary()? },
        1 | 2 => Deed::RollBack { contract: contract(u)?, to: u.arbitrary()? },
        3 => Deed::Prune { contract: contract(u)?, to: u.arbitrary()? },
        _ => Deed::Write(writes(u)?),
    };
    let failing = if u.ratio(1, 3)? { u.int_in_range(1..=40)? } else { 0 };
    let then = match u.int_in_range(0..=19)? {
        0 => Then::Reopen,
        1 => Then::Kill,
        2 | 3 => Then::Tear(u.arbitrary()?),
        4 => Then::Hold,
        _ => Then::GoOn,
    };
    Ok(Step { deed, failing, then })
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
