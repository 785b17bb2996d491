//! The faults of a thread are served only in the regions that it watches.

use super::child::{CounterVm, count, deploy};
use super::*;
use crate::paging::PagerKind;
use crate::paging::{SharedSnapshot, Watch};
use crate::units::Address;

const PAGES: PageCount = PageCount(1 << 10);

/// Loads the first number of a page as wasm would: the access may fault.
fn load(region: &Region, page: usize) -> u64 {
    let start = region.memory().start();
    // SAFETY: the page is below the limit, and a fault provides its rights: that is under test.
    unsafe { start.byte_add(page * PAGE_SIZE).cast::<u64>().read_volatile() }
}

fn begin(region: &Region, snapshot: &SharedSnapshot, contract: Address) -> Watch {
    region.watch(snapshot, contract).unwrap()
}

fn takes_faults() -> impl Iterator<Item = PagerKind> {
    PagerKind::available().filter(|kind| matches!(kind, PagerKind::Sigsegv | PagerKind::Uffd))
}

#[test]
fn nested_watches_each_serve_their_own_region() {
    // The calls give the thread wasmtime's large signal stack.
    let mut counter = CounterVm::new();
    counter.call_all();
    let (one, other) = (counter.contract, deploy(&counter.vm, 1));
    let _ = counter.vm.run(&count(other, 20, 2)).commit().unwrap();
    let calls = PagerKind::available().count() as u64;
    let snapshot = SharedSnapshot::new(counter.vm.store().snapshot().unwrap());
    for kind in takes_faults() {
        let region = || kind.pager().unwrap().region(PAGES.into(), StateRoot::ZERO, PageCount(1)).unwrap();
        let (first, second, again) = (region(), region(), region());
        let outer = begin(&first, &snapshot, one);
        assert_eq!(load(&first, 0), calls);
        let inner = begin(&second, &snapshot, other);
        assert_eq!([load(&second, 2), load(&first, 2), load(&second, 3)], [1, calls, 0], "{kind}");
        assert!(inner.end().is_none());
        let inner = begin(&again, &snapshot, other);
        assert_eq!([load(&first, 4), load(&again, 4)], [calls, 1], "{kind}");
        drop(inner);
        assert_eq!(load(&first, 6), calls, "{kind}");
        assert!(outer.end().is_none());
    }
}

#[test]
fn two_threads_each_watch_the_same_contract() {
    let mut counter = CounterVm::new();
    counter.call_all();
    let calls = PagerKind::available().count() as u64;
    let counter = &counter;
    std::thread::scope(|scope| {
        for kind in takes_faults().chain(takes_faults()) {
            scope.spawn(move || {
                let _ = counter.dry_run(kind, 3, 1);
                for _ in 0..50 {
                    let snapshot = SharedSnapshot::new(counter.vm.store().snapshot().unwrap());
                    let region = kind.pager().unwrap().region(PAGES.into(), StateRoot::ZERO, PageCount(8)).unwrap();
                    let watch = begin(&region, &snapshot, counter.contract);
                    (0..60).for_each(|page| {
                        assert_eq!(load(&region, page), calls * u64::from(page < 40 && page % 2 == 0))
                    });
                    assert!(watch.end().is_none());
                }
            });
        }
    });
}
