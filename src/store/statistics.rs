//! Counts of the store's work.

use std::cell::Cell;

/// Counts of hashes and of written records. They depend on neither clock nor host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct StoreStatistics {
    /// Chunks of pages that were hashed, without those that are zero.
    pub chunks_hashed: u64,
    /// Nodes of state trees that were hashed, including those over the chunks of a page.
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

    /// Returns the counts of this thread since it started. A transaction runs on one thread, so its own counts are the difference
    /// of two such values, and no counter has to be passed to the functions that hash or write.
    pub(crate) fn of_this_thread() -> Self {
        DONE.get()
    }

    /// Updates the counts of this thread.
    #[inline]
    pub(super) fn count(more: impl FnOnce(&mut Self)) {
        let mut done = DONE.get();
        more(&mut done);
        DONE.set(done);
    }

    /// Returns the difference from an `earlier` value.
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
