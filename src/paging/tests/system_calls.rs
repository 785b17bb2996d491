//! A warm call makes no system call; the kernel enforces it in these tests.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use crate::receipt::{Call, Status, Value};
use crate::store::{LmdbStore, OpenOptions};
use crate::vm::{Deployment, Vm};

const CALLS: u32 = 1_000;

/// Longer than any call takes.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Writes, reads by slice and by load, uses its own memory and two pages of storage.
const CONTRACT: &str = r#"(module
  (import "storage" "memory" (memory $storage 1))
  (import "svm" "storage_read_to_mem" (func $read (param i32 i32 i32 i32 i32)))
  (memory $own (export "memory") 1)
  (global $calls (mut i32) (i32.const 0))
  (func (export "run") (result i64)
    (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
    (i64.store $storage (i32.const 4092) (i64.add (i64.load $storage (i32.const 4092)) (i64.const 1)))
    (i64.store $own (i32.const 100) (i64.const 7))
    (call $read (i32.const 1) (i32.const 0) (i32.const 64) (i32.const 0) (i32.const 0))
    (i64.load $storage (i32.const 4092))))"#;

/// Enters strict mode: the kernel kills the thread at its first system call other than read, write and exit.
fn allow_no_system_calls() {
    // SAFETY: with these arguments prctl only restricts the calling thread.
    let done = unsafe { libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_STRICT) };
    assert_eq!(done, 0, "this kernel has no seccomp: {}", std::io::Error::last_os_error());
}

/// Ends the thread with a system call that is still allowed; the normal exit of a thread makes others.
fn exit_thread() -> ! {
    // SAFETY: no other thread uses the data of this one, which is leaked.
    unsafe { libc::syscall(libc::SYS_exit, 0) };
    unreachable!("exit does not return")
}

/// Returns how many calls returned before the kernel killed the thread.
fn calls_that_returned(between: fn()) -> u32 {
    let directory = tempfile::tempdir().unwrap();
    let store = LmdbStore::open(directory.path(), &OpenOptions::default()).unwrap();
    let vm = Vm::builder(store).module_cache_dir(None).build().unwrap();
    let contract = vm.deploy(CONTRACT.as_bytes(), &Deployment::default()).unwrap().address;
    let _ = vm.run(&Call::new(contract, "run")).commit().unwrap();
    let done = Arc::new(AtomicU32::new(0));
    let counter = done.clone();
    std::thread::spawn(move || {
        let run = || {
            let receipt = vm.run(&Call::new(contract, "run")).dry().unwrap();
            assert_eq!((receipt.status, receipt.results), (Status::Returned, vec![Value::I64(2)]));
            assert_eq!(receipt.contracts[0].pages_changed, 1);
        };
        (0..100).for_each(|_| run());
        allow_no_system_calls();
        for _ in 0..CALLS {
            run();
            between();
            counter.fetch_add(1, Ordering::SeqCst);
        }
        exit_thread();
    });
    // Rust never sees a thread as finished that the kernel has killed: it only stops making progress.
    let mut before = None;
    loop {
        let now = done.load(Ordering::SeqCst);
        if now == CALLS || before == Some(now) {
            return now;
        }
        before = Some(now);
        std::thread::sleep(TIMEOUT);
    }
}

#[test]
fn a_call_on_warm_frames_makes_no_system_call() {
    assert_eq!(calls_that_returned(|| {}), CALLS);
}

#[test]
fn a_single_system_call_is_detected() {
    let first_only = || {
        static CALLED: AtomicU32 = AtomicU32::new(0);
        if CALLED.fetch_add(1, Ordering::SeqCst) > 0 {
            std::thread::yield_now();
        }
    };
    assert_eq!(calls_that_returned(first_only), 1);
}
