//! Where committed pages come from.

use crate::store::{Snapshot, StoreError};
use crate::units::{Address, PageBytes, PageIndex};

/// The committed pages of one contract, at one moment.
pub(crate) trait PageSource {
    /// Copies a page; one that is not stored reads as zeros.
    fn read(&self, page: PageIndex, into: &mut PageBytes) -> Result<bool, StoreError>;

    /// The pages that are stored, in ascending order.
    fn stored(&self) -> Result<Vec<PageIndex>, StoreError>;
}

/// A contract's pages in a snapshot of a store.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ContractPages<'a> {
    /// The moment.
    pub snapshot: &'a dyn Snapshot,
    /// The contract.
    pub address: &'a Address,
}

impl PageSource for ContractPages<'_> {
    fn read(&self, page: PageIndex, into: &mut PageBytes) -> Result<bool, StoreError> {
        self.snapshot.read_page(self.address, page, into)
    }

    fn stored(&self) -> Result<Vec<PageIndex>, StoreError> {
        self.snapshot.stored_pages(self.address)
    }
}
