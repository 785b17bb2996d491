//! A host that has run out of ranges of memory, address space or writable memory.

use std::ptr;

use rustix::process::{Resource, Rlimit, setrlimit};

use super::child::{self, CounterVm, Task, count, deploy};
use super::memory::pages_apart;
use super::run::Run;
use super::*;
use crate::paging::PagerKind;
use crate::receipt::{HaltKind, Status};
use crate::vm::{Error, TransactionError};

pub(super) const TASKS: &[Task] = &[
    ("forty ranges left", || ranges_left(40)),
    ("no range left", || ranges_left(0)),
    ("many transactions", many_transactions),
    ("no address space left", no_address_space_left),
    ("no memory to write left", no_memory_to_write_left),
];

/// Changes the rights of every other page of a mapping until the kernel allows only `spare` more ranges.
fn ranges_left(spare: usize) {
    let mut counter = CounterVm::new();
    counter.call_all();
    let expected = counter.dry_run(PagerKind::Soft, 200, 3).contracts[0].state_after;
    let length = 1 << 32;
    let kind = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
    // SAFETY: a new mapping that is never accessed.
    let start = unsafe { libc::mmap(ptr::null_mut(), length, libc::PROT_NONE, kind, -1, 0) };
    assert_ne!(start, libc::MAP_FAILED);
    let protect = |page: usize, rights| {
        let address = start.wrapping_byte_add(page * PAGE_SIZE);
        // SAFETY: the page lies in the mapping above.
        unsafe { libc::mprotect(address, PAGE_SIZE, rights) == 0 }
    };
    let Some(full) = (1..length / PAGE_SIZE / 2).map(|n| n * 2).find(|page| !protect(*page, libc::PROT_READ)) else {
        // vm.max_map_count is too large to be reached.
        return;
    };
    (1..=spare / 2).for_each(|back| assert!(protect(full - back * 2, libc::PROT_NONE)));
    let receipt = counter.dry_run(PagerKind::Sigsegv, 200, 3);
    let again = counter.dry_run(PagerKind::Sigsegv, 200, 3);
    // SAFETY: the mapping above, which is no longer used.
    unsafe { libc::munmap(start, length) };
    assert_eq!((receipt.status, receipt.contracts[0].state_after), (Status::Returned, expected));
    assert_eq!(again.contracts[0].state_after, expected);
    counter.call_all();
}

/// Each transaction touches few pages; all together touch more pages than there are ranges.
fn many_transactions() {
    const APART: u32 = 200;
    let Some(pages) = pages_apart() else { return };
    let mut run = Run::new(PagerKind::Sigsegv, PageCount(APART * 2), MapSource::default());
    for number in 0..pages.len() as u32 / APART {
        (0..APART).for_each(|page| run.read(page * 2));
        run.end(number % 2 == 0);
        assert_eq!(
            run.region.take_statistics().pages_loaded,
            u64::from(APART),
            "the region opened in transaction {number}"
        );
    }
}

/// Returns how much memory of a kind the process uses. The name is that of /proc/self/status.
fn used(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() << 10
}

fn limit(resource: Resource, bytes: Option<u64>) {
    setrlimit(resource, Rlimit { current: bytes, maximum: None }).unwrap();
}

fn no_address_space_left() {
    let mut counter = CounterVm::new();
    let other = deploy(&counter.vm, 1);
    limit(Resource::As, Some(used("VmSize") + (64 << 20)));
    for pager in PagerKind::available() {
        let error = counter.vm.run(&count(other, 20, 2).pager(pager)).commit().unwrap_err();
        assert!(matches!(error, Error::Transaction(TransactionError::Memory { .. })), "{pager}: {error}");
        let said = error.to_string();
        assert!(said.contains(": 4 GiB of address space were refused: this process is limited to "), "{said}");
    }
    limit(Resource::As, None);
    counter.call_all();
    limit(Resource::As, Some(used("VmSize") + (64 << 20)));
    // Kept regions give way.
    for pager in PagerKind::available() {
        assert_eq!(counter.vm.run(&count(other, 20, 2).pager(pager)).commit().unwrap().status, Status::Returned);
    }
    counter.call_all();
    limit(Resource::As, None);
    for pager in PagerKind::available() {
        assert_eq!(counter.vm.run(&count(other, 20, 2).pager(pager)).commit().unwrap().status, Status::Returned);
    }
}

fn no_memory_to_write_left() {
    let mut counter = CounterVm::new();
    counter.call_all();
    let _ = counter.dry_run(PagerKind::Soft, 8_000, 1);
    limit(Resource::Data, Some(used("VmData") + (16 << 20)));
    for pager in PagerKind::available() {
        let receipt = counter.dry_run(pager, 8_000, 1);
        match &receipt.status {
            Status::Halted(halt) => assert_eq!((pager, halt.kind), (PagerKind::Sigsegv, HaltKind::Limit)),
            status => assert_eq!((pager != PagerKind::Sigsegv, status), (true, &Status::Returned), "{pager}"),
        }
    }
    counter.call_all();
}

#[test]
fn a_region_needs_only_one_range_if_few_or_none_are_left() {
    if PagerKind::Sigsegv.availability().is_ok() {
        child::succeed("forty ranges left");
        child::succeed("no range left");
    }
}

#[test]
fn the_ranges_of_a_transaction_are_free_again_at_its_end() {
    child::succeed("many transactions");
}

#[test]
fn a_region_without_address_space_is_an_error_and_other_regions_still_work() {
    child::succeed("no address space left");
}

#[test]
fn a_page_that_the_host_cannot_make_writable_halts_the_call_with_limit() {
    child::succeed("no memory to write left");
}
