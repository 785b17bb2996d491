//! Many separate pages, and many transactions at once.

use std::thread;

use super::*;

/// Returns a number of separate pages that need more ranges of rights than the kernel allows a process: each needs two. `None`
/// if no contract can have that many pages.
fn more_isolated_pages_than_ranges() -> Option<u32> {
    PagerKind::Sigsegv.availability().ok()?;
    let limit = std::fs::read_to_string("/proc/sys/vm/max_map_count").ok()?;
    let ranges: u32 = limit.trim().parse().ok()?;
    Some(ranges / 2 + 1_000).filter(|pages| pages * 2 <= 1 << 20)
}

#[test]
fn a_call_may_touch_more_separate_pages_than_the_kernel_allows_ranges() {
    let Some(pages) = more_isolated_pages_than_ranges() else { return };
    for window in [PageCount(1), PageCount(128)] {
        let vm = Vm::builder(MemoryStore::new()).module_cache_dir(None).fault_window(window).build().unwrap();
        let contract = deploy_with(&vm, SWEEP, 0, (pages * 2).next_multiple_of(16));
        let other = deploy_with(&vm, SWEEP, 1, 64);
        let _ = vm.run(&sweep(contract, 0, 100, 40, 3)).commit().unwrap();
        let everywhere = sweep(contract, 0, pages, 2, 0);
        assert_eq!(result(&agreed(&vm, &everywhere)), 300);
        let write_a_few = sweep(contract, 3, 500, 80, 9).pager(PagerKind::Sigsegv);
        let _ = vm.run(&write_a_few).commit().unwrap();
        thread::scope(|scope| {
            let running = scope.spawn(|| result(&vm.run(&everywhere.clone().pager(PagerKind::Sigsegv)).dry().unwrap()));
            for _ in 0..20 {
                assert_eq!(result(&agreed(&vm, &sweep(other, 0, 64, 1, 0))), 0);
            }
            assert_eq!(running.join().unwrap(), result(&vm.run(&everywhere).dry().unwrap()));
        });
        assert_eq!(vm.store().check().unwrap().problems, []);
    }
}

#[test]
fn pages_written_after_the_limit_of_ranges_are_found() {
    let Some(pages) = more_isolated_pages_than_ranges() else { return };
    let vm = vm_on(MemoryStore::new());
    let contract = deploy_with(&vm, WRITE_AFTER, 0, (pages * 2).next_multiple_of(16));
    let call = Call::new(contract, "run").args([Value::I32(pages as i32)]).gas(Gas(1 << 40));
    for expected in 1..4 {
        let receipt = agreed(&vm, &call);
        assert_eq!((result(&receipt), receipt.contracts[0].pages_changed), (expected, 4));
        assert_eq!(
            vm.run(&call.clone().pager(PagerKind::Sigsegv)).commit().unwrap().contracts,
            [receipt.contracts[0].clone()]
        );
    }
}

/// Writes page 1, reads every other page, and then writes page 1 again, a page that was read, one that was not, and a word that
/// straddles two pages.
const WRITE_AFTER: &str = r#"(module
  (import "storage" "memory" (memory 1))
  (func $count (param i32) (i64.store (local.get 0) (i64.add (i64.load (local.get 0)) (i64.const 1))))
  (func (export "run") (param $pages i32) (result i64) (local $at i32) (local $sum i64)
    (i64.store (i32.const 4096) (i64.const 0x7777))
    (block (loop
      (br_if 1 (i32.eqz (local.get $pages)))
      (local.set $sum (i64.add (local.get $sum) (i64.load (local.get $at))))
      (local.set $at (i32.add (local.get $at) (i32.const 8192)))
      (local.set $pages (i32.sub (local.get $pages) (i32.const 1)))
      (br 0)))
    (i64.store (i32.const 4104) (i64.add (i64.load (i32.const 4104)) (i64.const 1)))
    (call $count (i32.const 0x20000))
    (call $count (i32.const 0x21000))
    (call $count (i32.const 0x22ffc))
    (i64.load (i32.const 4104))))"#;

#[test]
fn threads_run_transactions_under_every_pager_at_once() {
    const ROUNDS: i64 = 40;
    const PAGES: u32 = 48;
    let vm = vm_on(MemoryStore::new());
    let shared = deploy_with(&vm, SWEEP, 0, PAGES);
    let kinds: Vec<PagerKind> = PagerKind::available().chain(PagerKind::available()).collect();
    let own: Vec<Address> = (0..kinds.len()).map(|n| deploy_with(&vm, SWEEP, 1 + n as u64, PAGES)).collect();
    let vm = &vm;
    thread::scope(|scope| {
        for (pager, own) in kinds.iter().copied().zip(&own) {
            scope.spawn(move || {
                for round in 1..=ROUNDS {
                    let receipt = vm.run(&sweep(*own, 0, PAGES, 1, round).pager(pager)).commit().unwrap();
                    assert_eq!(
                        result(&receipt),
                        (round - 1) * i64::from(PAGES),
                        "{pager}: the value of the last round"
                    );
                    // One commit writes all pages, so all pages of a moment have the same value.
                    let sum = result(&vm.run(&sweep(shared, 0, PAGES, 1, -5).pager(pager)).dry().unwrap());
                    assert_eq!(sum % i64::from(PAGES), 0, "{pager}: a moment between two commits");
                    let receipt = vm.run(&sweep(shared, 0, PAGES, 1, round).pager(pager)).commit().unwrap();
                    assert_eq!(receipt.status, Status::Returned);
                }
            });
        }
    });
    assert_eq!(result(&agreed(vm, &sweep(shared, 0, PAGES, 1, 0))), ROUNDS * i64::from(PAGES));
    assert_eq!(vm.store().check().unwrap().problems, []);
}
