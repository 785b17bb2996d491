//! A host that has nothing left: ranges of memory, address space, memory that may be written.

use std::ptr;

use rustix::process::{Resource, Rlimit, setrlimit};

use super::child::{self, Machine, Task, count, deploy};
use super::memory::pages_apart;
use super::run::Run;
use super::*;
use crate::paging::PagerKind;
use crate::paging::hardware::Hardware;
use crate::receipt::{HaltKind, Status};
use crate::vm::{Error, TransactionError};

pub(super) const TASKS: &[Task] = &[
    ("forty ranges left", || ranges_left(40)),
    ("no range left", || ranges_left(0)),
    ("many transactions", many_transactions),
    ("no address space left", no_address_space_left),
    ("no memory to write left", no_memory_to_write_left),
    ("use the pagers in a child", use_the_pagers_in_a_child),
];

/// Maps every other page with other rights, until the kernel keeps no more ranges but so many.
fn ranges_left(spare: usize) {
    let mut machine = Machine::new();
    machine.call_all();
    let expected = machine.dry_run(PagerKind::Soft, 200, 3).contracts[0].state_after;
    let length = 1 << 32;
    let kind = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
    // SAFETY: a new mapping, which nobody touches.
    let start = unsafe { libc::mmap(ptr::null_mut(), length, libc::PROT_NONE, kind, -1, 0) };
    assert_ne!(start, libc::MAP_FAILED);
    let protect = |page: usize, rights| {
        let address = start.wrapping_byte_add(page * PAGE_SIZE);
        // SAFETY: the page lies in the mapping above.
        unsafe { libc::mprotect(address, PAGE_SIZE, rights) == 0 }
    };
    let Some(full) = (1..length / PAGE_SIZE / 2).map(|n| n * 2).find(|page| !protect(*page, libc::PROT_READ)) else {
        // vm.max_map_count is so large that nobody gets there.
        return;
    };
    (1..=spare / 2).for_each(|back| assert!(protect(full - back * 2, libc::PROT_NONE)));
    let receipt = machine.dry_run(PagerKind::Sigsegv, 200, 3);
    let again = machine.dry_run(PagerKind::Sigsegv, 200, 3);
    // SAFETY: the mapping above, of which nothing is used any more.
    unsafe { libc::munmap(start, length) };
    assert_eq!((receipt.status, receipt.contracts[0].state_after), (Status::Returned, expected));
    assert_eq!(again.contracts[0].state_after, expected);
    machine.call_all();
}

/// Together they touch more pages than there are ranges, but none of them more than a few.
fn many_transactions() {
    const APART: u32 = 200;
    let Some(pages) = pages_apart() else { return };
    let mut run = Run::new(PagerKind::Sigsegv, PageCount(APART * 2), MapSource::default());
    for number in 0..pages.len() as u32 / APART {
        (0..APART).for_each(|page| run.read(page * 2));
        run.end(number % 2 == 0);
        assert_eq!(run.region.take_statistics().pages_loaded, u64::from(APART), "it opened in transaction {number}");
    }
}

/// What the process uses of a limited kind of memory, as /proc/self/status names it.
fn used(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() << 10
}

fn limit(resource: Resource, bytes: Option<u64>) {
    setrlimit(resource, Rlimit { current: bytes, maximum: None }).unwrap();
}

fn no_address_space_left() {
    let mut machine = Machine::new();
    machine.call_all();
    let other = deploy(&machine.vm, 1);
    limit(Resource::As, Some(used("VmSize") + (64 << 20)));
    for pager in PagerKind::available() {
        let error = machine.vm.run(&count(other, 20, 2).pager(pager)).commit().unwrap_err();
        assert!(matches!(error, Error::Transaction(TransactionError::Memory { .. })), "{pager}: {error}");
    }
    machine.call_all();
    limit(Resource::As, None);
    for pager in PagerKind::available() {
        assert_eq!(machine.vm.run(&count(other, 20, 2).pager(pager)).commit().unwrap().status, Status::Returned);
    }
}

fn no_memory_to_write_left() {
    let mut machine = Machine::new();
    machine.call_all();
    let _ = machine.dry_run(PagerKind::Soft, 8_000, 1);
    limit(Resource::Data, Some(used("VmData") + (16 << 20)));
    for pager in PagerKind::available() {
        let receipt = machine.dry_run(pager, 8_000, 1);
        match &receipt.status {
            Status::Halted(halt) => assert_eq!((pager, halt.kind), (PagerKind::Sigsegv, HaltKind::Limit)),
            status => assert_eq!((pager != PagerKind::Sigsegv, status), (true, &Status::Returned), "{pager}"),
        }
    }
    machine.call_all();
}

/// A child process shares no region with its parent; the pagers it may use are its own, and the others say so.
fn use_the_pagers_in_a_child() {
    let mut machine = Machine::new();
    machine.call_all();
    // SAFETY: the child uses what a child may where the parent's other thread, the test runner's, only waits.
    let child = unsafe { libc::fork() };
    if child == 0 {
        let refused = Hardware::uffd().unwrap_err();
        let says_so = refused.reason.contains("was forked");
        // SAFETY: ends the child.
        unsafe { libc::_exit(if says_so { 7 } else { 8 }) };
    }
    let mut status = 0;
    // SAFETY: the status is ours.
    assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
    assert!(libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 7, "{status:x}");
    machine.call_all();
}

#[test]
fn where_others_have_left_few_ranges_or_none_a_region_does_with_one() {
    if PagerKind::Sigsegv.availability().is_ok() {
        child::succeed("forty ranges left");
        child::succeed("no range left");
    }
}

#[test]
fn the_ranges_of_a_transaction_are_given_back_at_its_end() {
    child::succeed("many transactions");
}

#[test]
fn a_region_that_the_host_has_no_room_for_is_an_error_and_others_go_on() {
    child::succeed("no address space left");
}

#[test]
fn pages_that_the_host_lets_nobody_write_halt_the_call_by_a_limit() {
    child::succeed("no memory to write left");
}

#[test]
fn a_child_process_does_not_reach_into_its_parent() {
    if PagerKind::Uffd.availability().is_ok() {
        child::succeed("use the pagers in a child");
    }
}
