//! Sources of committed pages.

use std::ops::Deref;
use std::rc::Rc;

use crate::store::{Snapshot, StoreError};
use crate::units::{Address, PageBytes, PageIndex};

/// The committed pages of one contract at one moment.
pub(crate) trait PageSource {
    /// Copies a page into `into`, zeros if the page is not stored. Returns true if it is stored.
    fn read(&self, page: PageIndex, into: &mut PageBytes) -> Result<bool, StoreError>;

    /// Returns the stored pages, in ascending order.
    fn stored(&self) -> Result<Vec<PageIndex>, StoreError>;
}

/// A snapshot with several owners on one thread: a view, the transactions that run on it one after another, and the fault
/// handler of their thread.
#[derive(Debug)]
pub(crate) struct SharedSnapshot(Rc<Box<dyn Snapshot>>);

// SAFETY: the snapshot itself is `Send`. Two threads must never use it, or its reference count, at once. Only `share` makes
// further owners, in two places. A `Watch` cannot leave its thread, and it ends before the machine returns its transaction. A
// transaction on a `View` runs within one call on the borrowed view, which is not `Sync`: it is undone or dropped before that
// call returns, and nothing that outlives it holds its snapshot.
unsafe impl Send for SharedSnapshot {}

impl SharedSnapshot {
    pub(crate) fn new(snapshot: Box<dyn Snapshot>) -> Self {
        Self(Rc::new(snapshot))
    }

    /// Returns another owner. It must stay on this thread, and be dropped before the snapshot can leave the thread.
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
    /// The snapshot of the store.
    pub snapshot: &'a dyn Snapshot,
    /// The address of the contract.
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
