//! Steps from random bytes.

use std::collections::BTreeMap;
use std::fmt;

use arbitrary::{Result, Unstructured};

use super::CONTRACTS;
use crate::store::hash::ZERO_PAGE;
use crate::store::model::{MAX_PAGES, Pages, address, page_with};
use crate::units::{Address, PAGE_SIZE, PageBytes};

/// One thing that is done to both stores.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) deed: Deed,
    /// The operation of the store that fails at first; 0 for none.
    pub(super) failing: u8,
    pub(super) then: Then,
}

/// What is done.
pub(super) enum Deed {
    Write(Vec<(Address, Pages)>),
    Fund(Address, u64),
    RollBack(Address, u8),
    Prune(Address, u8),
}

/// What happens to the store on disk.
#[derive(Debug)]
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

impl fmt::Debug for Deed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Write(contracts) => {
                let told = |(address, pages): &(Address, Pages)| (*address, pages.keys().copied().collect::<Vec<_>>());
                write!(f, "Write({:?})", contracts.iter().map(told).collect::<Vec<_>>())
            }
            Self::Fund(contract, amount) => write!(f, "Fund({contract}, {amount})"),
            Self::RollBack(contract, to) => write!(f, "RollBack({contract}, {to})"),
            Self::Prune(contract, to) => write!(f, "Prune({contract}, {to})"),
        }
    }
}

/// As many steps as there are bytes for.
pub(super) fn steps(u: &mut Unstructured<'_>) -> Vec<Step> {
    let mut steps = Vec::new();
    while !u.is_empty()
        && steps.len() < 24
        && let Ok(step) = step(u)
    {
        steps.push(step);
    }
    steps
}

fn step(u: &mut Unstructured<'_>) -> Result<Step> {
    let deed = match u.int_in_range(0..=9)? {
        0 => Deed::Fund(contract(u)?, u.arbitrary::<u8>()?.into()),
        1 | 2 => Deed::RollBack(contract(u)?, u.arbitrary()?),
        3 => Deed::Prune(contract(u)?, u.arbitrary()?),
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

fn contract(u: &mut Unstructured<'_>) -> Result<Address> {
    Ok(address(u.int_in_range(0..=CONTRACTS - 1)?))
}

fn writes(u: &mut Unstructured<'_>) -> Result<Vec<(Address, Pages)>> {
    let mut contracts: BTreeMap<Address, Pages> = BTreeMap::new();
    for _ in 0..u.int_in_range(0..=12)? {
        let pages = if u.ratio(4, 5)? { 40 } else { MAX_PAGES.0 };
        let (contract, page) = (contract(u)?, u.int_in_range(0..=pages - 1)?);
        contracts.entry(contract).or_default().insert(page, content(u)?);
    }
    Ok(contracts.into_iter().collect())
}

fn content(u: &mut Unstructured<'_>) -> Result<PageBytes> {
    let byte: u8 = u.arbitrary()?;
    Ok(match u.int_in_range(0..=4)? {
        0 => ZERO_PAGE,
        1 => page_with(u.int_in_range(0..=PAGE_SIZE - 1)?, byte),
        2 => page_with(u.int_in_range(4_070..=PAGE_SIZE - 1)?, byte),
        3 => std::array::from_fn(|at| (at % 250) as u8 ^ byte | 1),
        _ => std::array::from_fn(|at| if at >= 4_080 { byte } else { 0 }),
    })
}
