//! What presenting pages took.

use std::sync::atomic::{AtomicU64, Ordering};

/// What the pager did in one transaction for one contract, from entry to the commit or undoing at the end. All are
/// counts.
///
/// What is counted is the work of the mechanism, so it differs between pagers as results never do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct FrameStatistics {
    /// Times that an access to be read found its page not ready. A hardware pager may make several ready at once.
    pub read_faults: u64,
    /// Times that an access to be written found its page not ready.
    pub write_faults: u64,
    /// How many of these faults came as signals. The others are calls of a fault function, or of a host function that
    /// touched the page itself.
    pub signals: u64,
    /// Pages read from the store into frames, those put back at an undoing included.
    pub pages_loaded: u64,
    /// Pages copied once more within memory: `uffd` fills a frame from a buffer.
    pub pages_copied: u64,
    /// Pages compared with their committed bytes at the end.
    pub pages_compared: u64,
    /// System calls of the pager: `mprotect`, `madvise`, `ioctl`, and those that read `/proc`.
    pub system_calls: u64,
}

/// A count that a fault handler may raise; by one thread at a time.
#[derive(Debug, Default)]
pub(super) struct Counter(AtomicU64);

impl Counter {
    #[inline]
    pub(super) fn add(&self, more: u64) {
        self.0.store(self.0.load(Ordering::Relaxed) + more, Ordering::Relaxed);
    }
}

/// The counts of the transaction that goes on.
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
    /// The counts so far, which begin anew.
    pub(super) fn take(&self) -> FrameStatistics {
        // As in `add`: a thread at a time, so that no dearer exchange is needed.
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
