//! The handle of a VM.

use std::sync::Arc;

use crate::store::PageStore;
use crate::transaction::{Shared, Transaction};
use crate::units::Address;

/// A virtual machine over a store. Clones share one VM, and any thread may use them. Reads and dry runs run concurrently,
/// commits one after another.
#[derive(Debug, Clone)]
pub struct Vm {
    pub(super) shared: Arc<Shared<Transaction>>,
}

impl Vm {
    /// Returns the store.
    pub fn store(&self) -> &Arc<dyn PageStore> {
        &self.shared.store
    }

    /// Marks all kept frames of a contract absent: the next touch of a page loads it from the store again. Running calls are
    /// not affected.
    ///
    /// Results do not change. The method is for measuring the cost of cold pages. Memory and compiled code are kept.
    pub fn forget_frames(&self, contract: &Address) {
        self.shared.pool.forget(*contract);
    }

    /// Returns counts of the pool.
    #[cfg(any(test, feature = "fuzzing"))]
    pub(crate) fn idle(&self) -> crate::transaction::Idle {
        self.shared.pool.idle()
    }
}
