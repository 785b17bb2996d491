//! Where committed pages come from.

use std::ops::Deref;
use std::rc::Rc;

use crate::store::{Snapshot, StoreError};
use crate::units::{Address, PageBytes, PageIndex};

/// The committed pages of one contract, at one moment.
pub(crate) trait PageSource {
    /// Copies a page; one that is not stored reads as zeros.
    fn read(&self, page: PageIndex, into: &mut PageBytes) -> Result<bool, StoreError>;

    /// The pages that are stored, in ascending order.
    fn stored(&self) -> Result<Vec<PageIndex>, StoreError>;
}

/// A transaction's snapshot, which it shares with the fault handler of the thread that it runs on.
#[derive(Debug)]
pub(crate) struct SharedSnapshot(Rc<Box<dyn Snapshot>>);

// SAFETY: the snapshot itself may be sent. What must not happen is that two threads use it, or count its owners, at
// once: the only other owner is made by `share` for a `Watch`, which cannot leave its thread, and which ends before the
// code that the transaction was lent to gives it back.
unsafe impl Send for SharedSnapshot {}

impl SharedSnapshot {
    pub(crate) fn new(snapshot: Box<dyn Snapshot>) -> Self {
        Self(Rc::new(snapshot))
    }

    /// For something else that is used on the same thread, and is gone before the snapshot can leave it.
    pub(crate) fn share(&self) -> Self {
        Self(self.0.clone())
    }
}

impl Deref for SharedSnapshot {
    type Target = dyn Snapshot;

    fn deref(&self) -> &Self::Target {
        &**self.0
    }
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
