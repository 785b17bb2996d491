//! What the host does with a region's memory during a transaction does not change results.

use std::fs::File;
use std::os::unix::fs::FileExt;

use super::child::CounterVm;
use super::run::Run;
use super::*;
use crate::paging::PagerKind;

/// Eight huge pages.
const PAGES: PageCount = PageCount(4_096);

/// `MADV_COLLAPSE` of linux/mman.h: merges small pages into huge pages at once.
const COLLAPSE: libc::c_int = 25;

/// Returns a transaction that has read some pages and written others: single pages, adjacent pages and whole huge pages.
fn started(kind: PagerKind, limit: PageCount) -> Run {
    let mut run = Run::new(kind, limit, MapSource::with(&[(0, 9), (5, 1), (700, 2), (1_030, 3), (4_000, 4)]));
    (0..20).chain([700, 702, 4_000]).for_each(|page| run.read(page));
    (3..7).chain([701, 703, 2_047]).chain(1_024..1_536).for_each(|page| run.write(page, 100, page as u8 | 1));
    run
}

/// Continues the transaction after the intervention of the host, and runs others after it.
fn go_on(mut run: Run) {
    run.check();
    (0..20).chain([700, 702, 1_030, 1_535, 4_000]).for_each(|page| run.read(page));
    [0, 4, 701, 1_024, 1_026, 3_000].iter().for_each(|page| run.write(*page, 4_095, 77));
    run.end(true);
    (0..20).chain([701, 703, 1_024, 2_047, 3_000, 3_001]).for_each(|page| run.read(page));
    run.write(1_100, 1, 1);
    run.end(false);
    run.read(1_100);
}

/// Gives the host advice about the whole region. Returns true if the host accepts it.
fn advise(run: &Run, advice: libc::c_int) -> bool {
    let memory = run.region.memory();
    // SAFETY: none of the advice given here changes the bytes, and no reference to them exists.
    unsafe { libc::madvise(memory.start().as_ptr().cast(), memory.accessible(), advice) == 0 }
}

/// Returns the number of a region's pages that are swapped out.
fn swapped(run: &Run) -> usize {
    const SWAPPED: u64 = 1 << 62;
    let memory = run.region.memory();
    let mut entries = vec![0; memory.accessible() / PAGE_SIZE * 8];
    let first = memory.start().addr().get() / PAGE_SIZE * 8;
    File::open("/proc/self/pagemap").unwrap().read_exact_at(&mut entries, first as u64).unwrap();
    entries.as_chunks::<8>().0.iter().filter(|entry| u64::from_ne_bytes(**entry) & SWAPPED != 0).count()
}

#[test]
fn written_pages_that_the_host_is_told_to_page_out_are_found() {
    for kind in PagerKind::available() {
        let run = started(kind, PAGES);
        assert!(advise(&run, libc::MADV_PAGEOUT));
        go_on(run);
    }
}

#[test]
#[ignore = "needs swap space, which .ci/run makes as root"]
fn written_pages_that_are_swapped_out_are_found() {
    for kind in PagerKind::available() {
        let run = started(kind, PAGES);
        advise(&run, libc::MADV_PAGEOUT);
        assert!(swapped(&run) > 500, "{kind}: only {} pages are swapped out", swapped(&run));
        go_on(run);
    }
}

#[test]
fn huge_pages_change_nothing() {
    for kind in PagerKind::available() {
        let mut run = Run::new(kind, PAGES, MapSource::with(&[(1, 1), (600, 6)]));
        if !advise(&run, libc::MADV_HUGEPAGE) {
            return;
        }
        // One huge page is written as a whole; of another, every other page is read; the rest stays empty.
        (512..1_024).for_each(|page| run.write(page, 8, 1 + (page % 200) as u8));
        (1_024..1_536).step_by(2).for_each(|page| run.read(page));
        run.write(1_100, 8, 5);
        run.check();
        // The host may refuse: pages with different rights or missing pages cannot be merged.
        advise(&run, COLLAPSE);
        (500..1_600).for_each(|page| run.read(page));
        run.write(600, 9, 9);
        run.end(true);
        (0..1_600).step_by(7).for_each(|page| run.read(page));
        run.write(2_000, 0, 1);
        advise(&run, COLLAPSE);
        run.end(false);
        (512..2_048).step_by(3).for_each(|page| run.read(page));
        go_on(started(kind, PAGES));
    }
}

/// Forks a child that checks that the region is not mapped, and that ends without running Rust's cleanup.
fn fork_without_region(region: &Region, exec: bool) {
    let start = region.memory().start().as_ptr();
    // SAFETY: the child calls only functions that are allowed after a fork of a process with threads.
    let child = unsafe {
        let child = libc::fork();
        if child == 0 {
            let mut there = 0;
            if libc::mincore(start.cast(), PAGE_SIZE, &raw mut there) == 0 {
                libc::_exit(42);
            }
            if exec {
                let arguments = [c"/bin/true".as_ptr(), std::ptr::null()];
                libc::execv(arguments[0], arguments.as_ptr());
            }
            libc::_exit(0);
        }
        child
    };
    let mut status = 0;
    // SAFETY: the pointer refers to the local status.
    assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
    assert_eq!((libc::WIFEXITED(status), libc::WEXITSTATUS(status)), (true, 0), "42: the child has the region");
}

#[test]
fn a_child_process_has_no_region_and_the_parent_is_not_affected() {
    for kind in PagerKind::available() {
        let mut run = started(kind, PAGES);
        fork_without_region(&run.region, false);
        run.write(9, 9, 9);
        fork_without_region(&run.region, true);
        go_on(run);
    }
}

#[test]
fn calls_go_on_while_another_thread_forks() {
    let mut counter = CounterVm::new();
    let region = &Region::new(PAGES.into(), StateRoot::ZERO).unwrap();
    std::thread::scope(|scope| {
        let forking = scope.spawn(|| (0..40).for_each(|number| fork_without_region(region, number % 8 == 0)));
        while !forking.is_finished() {
            counter.call_all();
        }
    });
    counter.call_all();
}

/// Returns enough separate pages that one range each would exceed the limit of the process. `None` if the limit is too
/// large for a test.
pub(super) fn pages_apart() -> Option<Vec<u32>> {
    PagerKind::Sigsegv.availability().ok()?;
    let said = std::fs::read_to_string("/proc/sys/vm/max_map_count").ok()?;
    let ranges: u32 = said.trim().parse().ok()?;
    Some((0..ranges / 2 - 1_000).map(|page| page * 2).collect()).filter(|_| ranges < 1 << 20)
}

#[test]
fn all_regions_together_use_at_most_half_of_the_ranges() {
    let Some(pages) = pages_apart() else { return };
    let limit = PageCount(pages.len() as u32 * 2);
    let ranges = || std::fs::read_to_string("/proc/self/maps").unwrap().lines().count();
    for regions in [1, 3] {
        let mut runs: Vec<Run> =
            (0..regions).map(|_| Run::new(PagerKind::Sigsegv, limit, MapSource::with(&[(0, 9), (4, 1)]))).collect();
        let before = ranges();
        for (number, page) in pages.iter().enumerate() {
            runs[number % regions].read(*page);
        }
        let more = ranges().saturating_sub(before);
        assert!(more < pages.len() + 2_000, "{more} more ranges, for {} pages", pages.len());
        for run in &mut runs {
            run.write(8, 1, 1);
            run.write(9, 1, 1);
            run.end(regions == 1);
        }
        let more = ranges().saturating_sub(before);
        assert!(more < 2_000, "{more} more ranges are left");
        // A second transaction, which must find no trace of the first.
        for run in &mut runs {
            pages.iter().for_each(|page| run.read(*page));
            run.read(9);
            run.write(10, 1, 1);
            run.end(false);
        }
    }
}

#[test]
fn a_region_opens_although_an_untouched_page_is_damaged() {
    let Some(pages) = pages_apart() else { return };
    let limit = PageCount(pages.len() as u32 * 2);
    let mut source = MapSource::with(&[(0, 9), (4, 1)]);
    source.damaged = vec![PageIndex(limit.0 - 1), PageIndex(5)];
    let mut run = Run::new(PagerKind::Sigsegv, limit, source);
    pages.iter().for_each(|page| run.read(*page));
    run.write(6, 6, 6);
    let error = run.try_read(5).unwrap_err();
    assert!(error.to_string().contains("injected"), "{error}");
    run.source.damaged.clear();
    run.read(5);
    run.write(5, 5, 5);
    run.end(true);
    run.read(5);
}
