//! Real bugs are reported as without us while our handlers are installed.

use std::fs::File;
use std::hint::black_box;
use std::ptr;

use memmap2::Mmap;

use super::child::{self, CounterVm, Task, ready};
use super::run::Run;
use super::*;
use crate::paging::PagerKind;

pub(super) const TASKS: &[Task] = &[
    ("write to nowhere", || with_handlers(write_to_nowhere)),
    ("read a truncated file", || with_handlers(read_a_truncated_file)),
    ("recurse without end", || with_handlers(recurse_without_end)),
    ("send SIGSEGV", || with_handlers(|| send(libc::SIGSEGV))),
    ("send SIGBUS", || with_handlers(|| send(libc::SIGBUS))),
    ("touch a region without a transaction", touch_a_region_without_a_transaction),
    ("touch a missing page without a transaction", touch_a_missing_page_without_a_transaction),
];

/// Runs `work` with the handlers of all pagers installed and used.
fn with_handlers(work: fn()) {
    let mut counter = CounterVm::new();
    counter.call_all();
    ready();
    work();
    counter.call_all();
}

pub(super) fn write_to_nowhere() {
    // SAFETY: none: this is the bug that must be reported.
    unsafe { black_box(ptr::without_provenance_mut::<u8>(8)).write_volatile(1) };
}

fn read_a_truncated_file() {
    let file = tempfile::tempfile().unwrap();
    file.set_len(PAGE_SIZE as u64).unwrap();
    // SAFETY: none, as the file is about to be truncated: this is the bug that must be reported.
    let map = unsafe { Mmap::map(&file).unwrap() };
    File::set_len(&file, 0).unwrap();
    black_box(map[0]);
}

fn recurse_without_end() {
    fn deeper(n: u64) -> u64 {
        let frame = black_box([n; 512]);
        if n == u64::MAX { 0 } else { black_box(deeper(n + 1)) + frame[7] }
    }
    _ = std::thread::spawn(|| black_box(deeper(0))).join();
}

/// Sends a signal twice: Rust's own handler resets itself at the first, and the second ends the process.
fn send(signal: libc::c_int) {
    for _ in 0..2 {
        // SAFETY: sends a signal.
        unsafe { libc::raise(signal) };
    }
}

/// Only wasm that a transaction runs may fault; an access by other code is a bug.
fn touch_a_region_without_a_transaction() {
    let run = Run::new(PagerKind::Sigsegv, LIMIT, MapSource::default());
    ready();
    black_box(run.region.page(PageIndex(3))[5]);
}

fn touch_a_missing_page_without_a_transaction() {
    let run = Run::new(PagerKind::Uffd, LIMIT, MapSource::default());
    ready();
    black_box(run.region.page(PageIndex(3))[5]);
}

#[test]
fn a_write_to_nowhere_is_a_segmentation_fault() {
    child::die("write to nowhere", libc::SIGSEGV);
}

#[test]
fn a_truncated_file_is_a_bus_error() {
    child::die("read a truncated file", libc::SIGBUS);
}

#[test]
fn a_stack_overflow_is_reported_by_rust() {
    let result = child::run("recurse without end");
    assert_eq!(result.signal, Some(libc::SIGABRT), "{result:?}");
    assert!(result.output.contains("has overflowed its stack"), "{result:?}");
}

#[test]
fn signals_that_are_sent_end_the_process() {
    child::die("send SIGSEGV", libc::SIGSEGV);
    child::die("send SIGBUS", libc::SIGBUS);
}

#[test]
fn an_access_to_a_region_outside_a_transaction_is_reported() {
    if PagerKind::Sigsegv.availability().is_ok() {
        child::die("touch a region without a transaction", libc::SIGSEGV);
    }
    if PagerKind::Uffd.availability().is_ok() {
        child::die("touch a missing page without a transaction", libc::SIGBUS);
    }
}

#[test]
fn threads_make_and_drop_regions_while_others_take_faults() {
    let mut counter = CounterVm::new();
    counter.call_all();
    let counter = &counter;
    let kinds = || PagerKind::available().filter(|kind| matches!(kind, PagerKind::Sigsegv | PagerKind::Uffd));
    std::thread::scope(|scope| {
        for kind in kinds().chain(kinds()) {
            scope.spawn(move || {
                for round in 0..150 {
                    let mut run = Run::new(kind, LIMIT, MapSource::with(&[(1, 1)]));
                    run.read(1);
                    run.write(round % LIMIT.0, 0, 9);
                    run.end(round % 2 == 0);
                }
            });
            scope.spawn(move || (0..100).for_each(|_| _ = counter.dry_run(kind, 30, 3)));
        }
    });
}
