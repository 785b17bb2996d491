//! Tasks that may end their process run in a second process: the same test binary, which runs only `second_process`. An
//! environment variable names the task.

use std::os::unix::process::ExitStatusExt;
use std::process::Command;

use rustix::process::{Resource, Rlimit, setrlimit};

use super::{applications, exhaustion, forks, own_memory, signals};
use crate::paging::PagerKind;
use crate::receipt::{Call, Receipt, Value};
use crate::store::MemoryStore;
use crate::units::{Address, Gas, PageCount};
use crate::vm::{Deployment, Vm};

const TASK: &str = "VELLUM_TEST_TASK";

/// How a process ended, and its output.
#[derive(Debug)]
pub(super) struct ProcessResult {
    pub(super) code: Option<i32>,
    pub(super) signal: Option<i32>,
    pub(super) output: String,
}

/// Runs a task in another process and waits for its end.
pub(super) fn run(task: &str) -> ProcessResult {
    let test = concat!(module_path!(), "::second_process").split_once("::").unwrap().1;
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--ignored", "--exact", test, "--nocapture"]).env(TASK, task);
    let output = command.output().unwrap();
    let text = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
    ProcessResult { code: output.status.code(), signal: output.status.signal(), output: text }
}

/// Runs a task that must succeed.
pub(super) fn succeed(task: &str) {
    let result = run(task);
    assert_eq!(result.code, Some(0), "{task}: {result:?}");
}

/// Runs a task that a signal must end after the task has called `ready`.
pub(super) fn die(task: &str, signal: libc::c_int) {
    let result = run(task);
    assert_eq!(result.signal, Some(signal), "{task}: {result:?}");
    assert!(result.output.contains(READY), "{task}: {result:?}");
}

const READY: &str = "ready to die";

/// Announces that the process is about to be ended by a signal.
pub(super) fn ready() {
    println!("{READY}");
}

#[test]
#[ignore = "the second process of the tests that need one"]
fn second_process() {
    // The deaths are intended, so no core files.
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) }).unwrap();
    let name = std::env::var(TASK).expect("other tests run this one and name a task");
    let tasks = [signals::TASKS, applications::TASKS, exhaustion::TASKS, forks::TASKS, own_memory::TASKS].concat();
    let (_, task) = tasks.into_iter().find(|(known, _)| *known == name).expect("a known task");
    task();
}

/// A task and its name.
pub(super) type Task = (&'static str, fn());

/// Increments a variable in each of `$pages` pages that lie `$apart` pages apart.
const COUNTER: &str = r#"(module
  (import "storage" "memory" (memory 1))
  (func (export "count") (param $pages i32) (param $apart i32) (result i64) (local $at i32)
    (loop
      (i64.store (local.get $at) (i64.add (i64.load (local.get $at)) (i64.const 1)))
      (local.set $at (i32.add (local.get $at) (i32.mul (local.get $apart) (i32.const 4096))))
      (br_if 0 (local.tee $pages (i32.sub (local.get $pages) (i32.const 1)))))
    (i64.load (i32.const 0))))"#;

/// A VM with a contract that counts, to check that calls still work.
pub(super) struct CounterVm {
    pub(super) vm: Vm,
    pub(super) contract: Address,
    calls: i64,
}

impl CounterVm {
    pub(super) fn new() -> Self {
        let vm = Vm::builder(MemoryStore::new()).module_cache_dir(None).build().unwrap();
        let contract = deploy(&vm, 0);
        Self { vm, contract, calls: 0 }
    }

    /// Commits a call under each pager. The pool keeps their regions.
    pub(super) fn call_all(&mut self) {
        for pager in PagerKind::available() {
            self.calls += 1;
            let receipt = self.vm.run(&count(self.contract, 20, 2).pager(pager)).commit().unwrap();
            assert_eq!(receipt.results, [Value::I64(self.calls)], "{pager}: {receipt:?}");
        }
    }

    /// Makes a dry run that touches `pages` pages, `apart` pages apart.
    pub(super) fn dry_run(&self, pager: PagerKind, pages: i32, apart: i32) -> Receipt {
        let receipt = self.vm.run(&count(self.contract, pages, apart).pager(pager)).dry().unwrap();
        if receipt.results.len() == 1 {
            assert_eq!(receipt.results, [Value::I64(self.calls + 1)], "{pager}: {receipt:?}");
        }
        receipt
    }
}

/// Deploys the counting contract, with 64 MiB of storage.
pub(super) fn deploy(vm: &Vm, nonce: u64) -> Address {
    let deployment = Deployment { nonce, max_pages: Some(PageCount(1 << 14)), ..Deployment::default() };
    vm.deploy(COUNTER.as_bytes(), &deployment).unwrap().address
}

pub(super) fn count(contract: Address, pages: i32, apart: i32) -> Call {
    Call::new(contract, "count").args([Value::I32(pages), Value::I32(apart)]).gas(Gas(1 << 40))
}
