//! How many ranges of different rights all regions together may make.
//!
//! The kernel keeps at most vm.max_map_count ranges for a process and then refuses whoever asks for one more: another
//! region, but also a new thread or an allocation. So the pager stays well below, on its own account.

use std::fs;
use std::ops::Range;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::super::frames::Frames;
use crate::units::PageIndex;

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

    /// Notes that pages have got other rights. Returns whether all regions together are within their budget.
    pub(super) fn note(&self, frames: &Frames, pages: &Range<u32>, before: Rights) -> bool {
        let beside = [
            pages.start.checked_sub(1).map_or(Rights::None, |page| Rights::of(frames, page)),
            if pages.end < frames.limit.0 { Rights::of(frames, pages.end) } else { Rights::None },
        ];
        let now = Rights::of(frames, pages.start);
        let more = beside.map(|beside| isize::from(beside != now) - isize::from(beside != before));
        self.change(more[0] + more[1])
    }

    fn change(&self, by: isize) -> bool {
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

/// The rights of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rights {
    None,
    Read,
    ReadWrite,
}

impl Rights {
    /// Of a page of a region that is not open.
    pub(super) fn of(frames: &Frames, page: u32) -> Self {
        match PageIndex(page) {
            page if frames.written.contains(page) => Self::ReadWrite,
            page if frames.present.contains(page) => Self::Read,
            _ => Self::None,
        }
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
