//! The handle on a virtual machine.

use std::sync::Arc;

use crate::store::PageStore;
use crate::transaction::{Shared, Transaction};
use crate::units::Address;

/// A virtual machine over a store. It is shared between threads, and so are its clones: many readers and dry runs at once,
/// commits one after another.
#[derive(Debug, Clone)]
pub struct Vm {
    pub(super) shared: Arc<Shared<Transaction>>,
}

impl Vm {
    /// The store.
    pub fn store(&self) -> &Arc<dyn PageStore> {
        &self.shared.store
    }

    /// Has every page of a contract read from the store again at its next touch, as if no call had kept its frame. Calls
    /// that are running are left alone.
    ///
    /// Results do not depend on it: it is for measuring what a cold page costs. Memory and compiled code are kept.
    pub fn forget_frames(&self, contract: &Address) {
        self.shared.pool.forget(*contract);
    }

    /// What is kept while no transaction runs.
    #[cfg(any(test, feature = "fuzzing"))]
    pub(crate) fn idle(&self) -> crate::transaction::Idle {
        self.shared.pool.idle()
    }
}
