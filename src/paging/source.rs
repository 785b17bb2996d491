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

/// A snapshot that what uses it on one thread at a time can share: a view, the transactions that run on it one after another,
/// and the fault handler of the thread that they run on.
#[derive(Debug)]
pub(crate) struct SharedSnapshot(Rc<Box<dyn Snapshot>>);

// SAFETY: the snapshot itself may be sent. What must not happen is that two threads use it, or count its owners, at once.
// Other owners are made by `share` alone, in two places. A `Watch` cannot leave its thread, and ends before the machine gives
// its transaction back. A transaction on a `View` runs within a call on the borrowed view, which is not `Sync`: it begins and
// is undone, or dropped, before that call ends, and nothing that is kept of it holds its snapshot.
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
