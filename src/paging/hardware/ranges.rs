//! Counts the ranges of different rights that all regions together have.
//!
//! The kernel keeps at most vm.max_map_count ranges for a process. At that limit it refuses every further one: to a region,
//! but also to a new thread or an allocation. So the pager keeps its own count well below the limit.

use std::fs;
use std::ops::Range;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::super::frames::FrameTable;
use crate::units::PageIndex;

/// Number of ranges of all regions, not counting the first range of each.
static USED: AtomicUsize = AtomicUsize::new(0);

/// The kernel's default limit, for a host that does not report one.
const DEFAULT_LIMIT: usize = 65_530;

/// The ranges of one region. One thread at a time changes them.
#[derive(Debug)]
pub(super) struct Ranges {
    used: AtomicUsize,
    /// Maximum for all regions together.
    budget: usize,
}

impl Ranges {
    /// Returns the count for a region that is one range.
    pub(super) fn new() -> Self {
        Self { used: AtomicUsize::new(0), budget: budget() }
    }

    /// Counts the ranges after the rights of pages have changed from `before`. Returns false if all regions together are
    /// over the budget.
    pub(super) fn note(&self, frames: &FrameTable, pages: &Range<u32>, before: Rights) -> bool {
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
        // A negative change wraps around, so adding it subtracts.
        USED.fetch_add(change, Ordering::Relaxed).wrapping_add(change) <= self.budget
    }

    /// Counts all ranges again. Pages outside `touched` have no rights.
    pub(super) fn recount(&self, frames: &FrameTable, touched: Range<u32>) {
        self.reset();
        let rights = touched.map(|page| Rights::of(frames, page)).chain([Rights::None]);
        let mut before = Rights::None;
        let changes = rights.filter(|rights| std::mem::replace(&mut before, *rights) != *rights).count();
        self.change(changes as isize);
    }

    /// Counts one range again.
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
    /// Returns the rights of a page in a region that is not open.
    pub(super) fn of(frames: &FrameTable, page: u32) -> Self {
        match PageIndex(page) {
            page if frames.dirty.contains(page) => Self::ReadWrite,
            page if frames.present.contains(page) => Self::Read,
            _ => Self::None,
        }
    }
}

/// Returns half of the kernel's limit.
fn budget() -> usize {
    static BUDGET: OnceLock<usize> = OnceLock::new();
    *BUDGET.get_or_init(|| {
        let limit = fs::read_to_string("/proc/sys/vm/max_map_count");
        limit.ok().and_then(|limit| limit.trim().parse().ok()).unwrap_or(DEFAULT_LIMIT) / 2
    })
}
