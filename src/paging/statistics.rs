//! Counts of the work of pagers.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counts of what the pager did for one contract in one transaction, up to its commit or undo.
///
/// They measure the mechanism, so they differ between pagers. Results never do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct FrameStatistics {
    /// Faults of reads. A hardware pager may load several pages in one fault.
    pub read_faults: u64,
    /// Faults of writes.
    pub write_faults: u64,
    /// How many of these faults were signals. The others are calls of a fault function, or accesses by a host function.
    pub signals: u64,
    /// Pages read from the store into frames, including dirty pages that an undo reads again.
    pub pages_loaded: u64,
    /// Pages copied a second time, within memory: `uffd` fills a frame from a buffer.
    pub pages_copied: u64,
    /// Pages compared with their committed bytes at the end.
    pub pages_compared: u64,
    /// System calls of the pager: `mprotect`, `madvise`, `ioctl`, and those that read `/proc`.
    pub system_calls: u64,
}

/// A count that a fault handler may raise. One thread at a time changes it.
#[derive(Debug, Default)]
pub(super) struct Counter(AtomicU64);

impl Counter {
    #[inline]
    pub(super) fn add(&self, more: u64) {
        self.0.store(self.0.load(Ordering::Relaxed) + more, Ordering::Relaxed);
    }
}

/// The counts of the current transaction.
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) read_faults: Counter,
    pub(super) write_faults: Counter,
    pub(super) signals: Counter,
    pub(super) pages_loaded: Counter,
    pub(super) pages_copied: Counter,
    pub(super) pages_compared: Counter,
    pub(super) system_calls: Counter,
}

impl Counters {
    /// Returns the counts and resets them to zero.
    pub(super) fn take(&self) -> FrameStatistics {
        // As in `add`, one thread at a time: no atomic exchange is needed, which would be more expensive.
        let take = |counter: &Counter| {
            let count = counter.0.load(Ordering::Relaxed);
            counter.0.store(0, Ordering::Relaxed);
            count
        };
        FrameStatistics {
            read_faults: take(&self.read_faults),
            write_faults: take(&self.write_faults),
            signals: take(&self.signals),
            pages_loaded: take(&self.pages_loaded),
            pages_copied: take(&self.pages_copied),
            pages_compared: take(&self.pages_compared),
            system_calls: take(&self.system_calls),
        }
    }
}
