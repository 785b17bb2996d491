//! The fault window: how many pages one fault loads.

use std::ops::Range;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::units::{PageCount, PageIndex};

/// Default maximum number of pages that one fault loads.
pub(crate) const DEFAULT_WINDOW: PageCount = PageCount(128);

/// The pages around a fault that the same fault loads. The window starts with one page. It doubles, up to a limit, each time
/// a fault is adjacent to the last window, above or below it.
///
/// Reads and writes have separate windows: a loop that loads and then stores advances through both.
#[derive(Debug)]
pub(super) struct FaultWindow {
    limit: u32,
    start: AtomicU32,
    end: AtomicU32,
}

impl FaultWindow {
    /// Returns a window of at most `limit` pages. A limit of one switches it off.
    pub(super) fn new(limit: PageCount) -> Self {
        Self { limit: limit.0.max(1), start: AtomicU32::new(0), end: AtomicU32::new(0) }
    }

    /// Returns the pages for a fault: the page itself and adjacent pages within `bounds` for which `fits` returns true.
    pub(super) fn around(&self, page: PageIndex, bounds: Range<u32>, fits: impl Fn(PageIndex) -> bool) -> Range<u32> {
        let (page, start, end) = (page.0, self.start.load(Ordering::Relaxed), self.end.load(Ordering::Relaxed));
        let size = (end - start).saturating_mul(2).min(self.limit);
        let (mut first, mut last) = (page, page);
        if end > start && page == end {
            let most = bounds.end.min(page.saturating_add(size)) - 1;
            while last < most && fits(PageIndex(last + 1)) {
                last += 1;
            }
        } else if end > start && page.checked_add(1) == Some(start) {
            let least = bounds.start.max((page + 1).saturating_sub(size));
            while first > least && fits(PageIndex(first - 1)) {
                first -= 1;
            }
        }
        self.start.store(first, Ordering::Relaxed);
        self.end.store(last + 1, Ordering::Relaxed);
        first..last + 1
    }

    /// Forgets the last window.
    pub(super) fn reset(&self) {
        self.start.store(0, Ordering::Relaxed);
        self.end.store(0, Ordering::Relaxed);
    }
}

/// The smallest range that contains all pages that were added.
#[derive(Debug)]
pub(super) struct Hull {
    start: AtomicU32,
    end: AtomicU32,
}

impl Hull {
    /// Returns the hull of no pages.
    pub(super) fn new() -> Self {
        Self { start: AtomicU32::new(u32::MAX), end: AtomicU32::new(0) }
    }

    /// Adds pages.
    pub(super) fn add(&self, pages: &Range<u32>) {
        self.start.store(self.start.load(Ordering::Relaxed).min(pages.start), Ordering::Relaxed);
        self.end.store(self.end.load(Ordering::Relaxed).max(pages.end), Ordering::Relaxed);
    }

    /// Returns the range.
    pub(super) fn range(&self) -> Range<u32> {
        let end = self.end.load(Ordering::Relaxed);
        self.start.load(Ordering::Relaxed).min(end)..end
    }

    /// Removes all pages.
    pub(super) fn reset(&self) {
        self.start.store(u32::MAX, Ordering::Relaxed);
        self.end.store(0, Ordering::Relaxed);
    }
}

/// Loads the pages of a window: first the page that was touched, then outwards from it. Returns the loaded pages.
///
/// If an adjacent page cannot be loaded, the window ends before it. That is no failure, as no access needs the page.
///
/// # Errors
/// Returns an error if the page that was touched cannot be loaded.
pub(super) fn fill<E>(
    page: PageIndex,
    window: Range<u32>,
    mut load: impl FnMut(PageIndex) -> Result<(), E>,
) -> Result<Range<u32>, E> {
    load(page)?;
    let (mut start, mut end) = (page.0, page.0 + 1);
    while end < window.end && load(PageIndex(end)).is_ok() {
        end += 1;
    }
    while start > window.start && load(PageIndex(start - 1)).is_ok() {
        start -= 1;
    }
    Ok(start..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: Range<u32> = 0..1_000;

    fn faults(window: &FaultWindow, pages: &[u32]) -> Vec<Range<u32>> {
        pages.iter().map(|page| window.around(PageIndex(*page), BOUNDS, |_| true)).collect()
    }

    #[test]
    fn a_window_doubles_upwards_to_its_limit() {
        let window = FaultWindow::new(PageCount(8));
        assert_eq!(faults(&window, &[10, 11, 13, 17, 25, 33]), [10..11, 11..13, 13..17, 17..25, 25..33, 33..41]);
    }

    #[test]
    fn a_window_doubles_downwards_to_its_limit() {
        let window = FaultWindow::new(PageCount(4));
        assert_eq!(faults(&window, &[20, 19, 17, 13, 9]), [20..21, 18..20, 14..18, 10..14, 6..10]);
    }

    #[test]
    fn a_jump_starts_with_one_page() {
        let window = FaultWindow::new(PageCount(128));
        assert_eq!(faults(&window, &[10, 11, 50, 52, 51]), [10..11, 11..13, 50..51, 52..53, 50..52]);
    }

    #[test]
    fn a_window_stays_within_the_region_and_before_pages_that_do_not_fit() {
        let window = FaultWindow::new(PageCount(128));
        assert_eq!(faults(&window, &[997, 998]), [997..998, 998..1_000]);
        assert_eq!(faults(&window, &[1, 0]), [1..2, 0..1]);
        faults(&window, &[20, 21]);
        assert_eq!(window.around(PageIndex(23), BOUNDS, |page| page.0 < 25), 23..25);
    }

    #[test]
    fn a_window_with_limit_one_is_always_one_page() {
        let window = FaultWindow::new(PageCount(1));
        assert_eq!(faults(&window, &[5, 6, 7, 6]), [5..6, 6..7, 7..8, 6..7]);
    }

    #[test]
    fn a_page_that_cannot_be_loaded_ends_the_window_and_fails_if_it_was_touched() {
        let mut asked = Vec::new();
        let mut load = |page: PageIndex| {
            asked.push(page.0);
            if [3, 9].contains(&page.0) { Err(page) } else { Ok(()) }
        };
        assert_eq!(fill(PageIndex(5), 5..12, &mut load), Ok(5..9));
        assert_eq!(fill(PageIndex(5), 2..6, &mut load), Ok(4..6));
        assert_eq!(fill(PageIndex(3), 3..6, &mut load), Err(PageIndex(3)));
        assert_eq!(asked, [5, 6, 7, 8, 9, 5, 4, 3, 3]);
    }
}
