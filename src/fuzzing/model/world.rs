//! The world of a scenario in the model.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use crate::fuzzing::script::{ACCOUNTS, CONTRACTS, LIMIT};
use crate::receipt::Event;
use crate::store::hash::ZERO_PAGE;
use crate::units::{PAGE_SIZE, PageBytes};

/// Storage, balances and events. A clone shares the pages that neither world writes afterwards.
#[derive(Debug, Clone, Default)]
pub(in crate::fuzzing) struct World {
    /// The pages that were ever written, by contract and index.
    pages: BTreeMap<(usize, usize), Arc<PageBytes>>,
    pub(in crate::fuzzing) balances: [u64; ACCOUNTS],
    pub(in crate::fuzzing) events: Vec<Event>,
}

/// The size of each contract's storage in bytes.
pub(super) const SIZE: usize = LIMIT.0 as usize * PAGE_SIZE;

/// A page that was never written equals a page of zeros.
impl PartialEq for World {
    fn eq(&self, other: &Self) -> bool {
        let same = |contract| self.changed(other, contract).next().is_none();
        self.balances == other.balances && self.events == other.events && (0..CONTRACTS).all(same)
    }
}

impl World {
    /// Creates a world with these balances and empty storage.
    pub(in crate::fuzzing) fn new(balances: [u64; ACCOUNTS]) -> Self {
        Self { balances, ..Self::default() }
    }

    pub(in crate::fuzzing) fn page(&self, contract: usize, page: usize) -> &PageBytes {
        self.pages.get(&(contract, page)).map_or(&ZERO_PAGE, |page| page)
    }

    /// Returns the pages that are not zero.
    pub(in crate::fuzzing) fn filled(&self, contract: usize) -> impl Iterator<Item = usize> {
        let pages = self.pages.range((contract, 0)..(contract + 1, 0));
        pages.filter(|(_, bytes)| ***bytes != ZERO_PAGE).map(|((_, page), _)| *page)
    }

    /// Returns the pages of a contract that differ between two worlds.
    pub(in crate::fuzzing) fn changed<'a>(
        &'a self,
        other: &'a Self,
        contract: usize,
    ) -> impl Iterator<Item = usize> + 'a {
        let differs = move |page: &usize| {
            let (a, b) = (self.page(contract, *page), other.page(contract, *page));
            // Most pages are shared.
            !std::ptr::eq(a, b) && a != b
        };
        (0..LIMIT.0 as usize).filter(differs)
    }

    /// True if a page of the contract was written since this world was cloned from `other`.
    pub(super) fn was_written_since(&self, other: &Self, contract: usize) -> bool {
        let range = (contract, 0)..(contract + 1, 0);
        let same = |key| other.pages.get(key);
        self.pages.range(range).any(|(key, page)| same(key).is_none_or(|before| !Arc::ptr_eq(before, page)))
    }

    /// Reads bytes of storage.
    pub(super) fn read(&self, contract: usize, range: Range<usize>) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(range.len());
        for (page, part) in parts(range) {
            bytes.extend_from_slice(&self.page(contract, page)[part]);
        }
        bytes
    }

    /// Writes bytes to storage.
    pub(super) fn write(&mut self, contract: usize, start: usize, bytes: &[u8]) {
        let mut rest = bytes;
        for (page, part) in parts(start..start + bytes.len()) {
            let (current, later) = rest.split_at(part.len());
            let page = self.pages.entry((contract, page)).or_insert_with(|| Arc::new(ZERO_PAGE));
            Arc::make_mut(page)[part].copy_from_slice(current);
            rest = later;
        }
    }
}

/// Splits a range of storage into pages, each with the range of its bytes.
fn parts(range: Range<usize>) -> impl Iterator<Item = (usize, Range<usize>)> {
    let mut at = range.start;
    std::iter::from_fn(move || {
        let (page, start) = (at / PAGE_SIZE, at % PAGE_SIZE);
        let end = (start + range.end - at).min(PAGE_SIZE);
        (at < range.end).then(|| {
            at += end - start;
            (page, start..end)
        })
    })
}
