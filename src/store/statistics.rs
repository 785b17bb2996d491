//! What the store's work takes, in counts.

use std::cell::Cell;

/// What was hashed and written. All are counts, and none depends on a clock or a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct StoreStatistics {
    /// Chunks of pages that were hashed; one that is all zero is not.
    pub chunks_hashed: u64,
    /// Nodes of state trees that were hashed, those over the chunks of a page among them.
    pub nodes_hashed: u64,
    /// Accounts and nodes of the world tree that were hashed.
    pub world_hashed: u64,
    /// Records that were written.
    pub records_written: u64,
    /// Records that were deleted.
    pub records_deleted: u64,
    /// Bytes of the keys and values of the records that were written.
    pub bytes_written: u64,
}

thread_local! {
    static DONE: Cell<StoreStatistics> = const { Cell::new(StoreStatistics::NONE) };
}

impl StoreStatistics {
    const NONE: Self = Self {
        chunks_hashed: 0,
        nodes_hashed: 0,
        world_hashed: 0,
        records_written: 0,
        records_deleted: 0,
        bytes_written: 0,
    };

    /// What this thread has done since it began. A transaction runs on one thread from its beginning to its end, so that
    /// what it did is the difference of two of these, and nothing has to be handed to whoever hashes or writes.
    pub(crate) fn of_this_thread() -> Self {
        DONE.get()
    }

    /// Counts something more.
    #[inline]
    pub(super) fn count(more: impl FnOnce(&mut Self)) {
        let mut done = DONE.get();
        more(&mut done);
        DONE.set(done);
    }

    /// What was done after `earlier`.
    pub(crate) fn since(self, earlier: Self) -> Self {
        Self {
            chunks_hashed: self.chunks_hashed - earlier.chunks_hashed,
            nodes_hashed: self.nodes_hashed - earlier.nodes_hashed,
            world_hashed: self.world_hashed - earlier.world_hashed,
            records_written: self.records_written - earlier.records_written,
            records_deleted: self.records_deleted - earlier.records_deleted,
            bytes_written: self.bytes_written - earlier.bytes_written,
        }
    }
}
