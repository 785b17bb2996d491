//! How many ranges of different rights all regions together may make.
//!
//! The kernel keeps at most vm.max_map_count ranges for a process and then refuses whoever asks for one more: another
//! region, but also a new thread or an allocation. So the pager stays well below, on its own account.

use std::fs;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Ranges in use by all regions beyond one for each.
static USED: AtomicUsize = AtomicUsize::new(0);

/// What the kernel allows if it does not say.
const USUAL_LIMIT: usize = 65_530;

/// The ranges of one region. Changed by one thread at a time.
#[derive(Debug)]
pub(super) struct Ranges {
    used: AtomicUsize,
    /// For all regions together.
    budget: usize,
}

impl Ranges {
    /// Of a region of one range.
    pub(super) fn new() -> Self {
        Self { used: AtomicUsize::new(0), budget: budget() }
    }

    /// Notes that there are so many more, or fewer. Returns whether all regions together are within their budget.
    pub(super) fn change(&self, by: isize) -> bool {
        let used = self.used.load(Ordering::Relaxed);
        self.used.store(used.saturating_add_signed(by), Ordering::Relaxed);
        let change = self.used.load(Ordering::Relaxed).wrapping_sub(used);
        // Adding what wraps around takes away.
        USED.fetch_add(change, Ordering::Relaxed).wrapping_add(change) <= self.budget
    }

    /// Notes that there is one range again.
    pub(super) fn reset(&self) {
        USED.fetch_sub(self.used.swap(0, Ordering::Relaxed), Ordering::Relaxed);
    }
}

impl Drop for Ranges {
    fn drop(&mut self) {
        self.reset();
    }
}

/// Half of what the kernel allows.
fn budget() -> usize {
    static BUDGET: OnceLock<usize> = OnceLock::new();
    *BUDGET.get_or_init(|| {
        let said = fs::read_to_string("/proc/sys/vm/max_map_count");
        said.ok().and_then(|said| said.trim().parse().ok()).unwrap_or(USUAL_LIMIT) / 2
    })
}
