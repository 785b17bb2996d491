//! The storage of all visited contracts, as the journal sees it.

use crate::paging::{Pager, Region};
use crate::store::Snapshot;
use crate::units::{Address, PageIndex};

/// A page of a contract.
pub(super) type Place = (Address, PageIndex);

/// The storage of a transaction: its visited contracts, over the committed bytes.
pub(super) struct Storage<'a> {
    pub(super) pager: &'a dyn Pager,
    pub(super) snapshot: &'a dyn Snapshot,
    pub(super) regions: Vec<(Address, &'a mut Region)>,
}

impl Storage<'_> {
    /// The region of a visited contract. Entries of one contract follow each other mostly, so the last hit is tried first.
    pub(super) fn region(&mut self, contract: &Address) -> Option<&mut Region> {
        if self.regions.last().is_none_or(|(address, _)| address != contract) {
            let at = self.regions.iter().position(|(address, _)| address == contract)?;
            let last = self.regions.len() - 1;
            self.regions.swap(at, last);
        }
        self.regions.last_mut().map(|(_, region)| &mut **region)
    }
}
