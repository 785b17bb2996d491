//! A process of its own for what may end a process: this test binary again, running the one test below, which does what
//! its environment says.

use std::os::unix::process::ExitStatusExt;
use std::process::Command;

use rustix::process::{Resource, Rlimit, setrlimit};

use super::{applications, exhaustion, signals};
use crate::paging::PagerKind;
use crate::receipt::{Call, Receipt, Value};
use crate::store::MemoryStore;
use crate::units::{Address, Gas, PageCount};
use crate::vm::{Deployment, Vm};

const TASK: &str = "VELLUM_TEST_TASK";

/// How a process ended.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) code: Option<i32>,
    pub(super) signal: Option<i32>,
    pub(super) output: String,
}

/// Runs a task in another process, to its end.
pub(super) fn run(task: &str) -> Ended {
    let test = concat!(module_path!(), "::second_process").split_once("::").unwrap().1;
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--ignored", "--exact", test, "--nocapture"]).env(TASK, task);
    let output = command.output().unwrap();
    let text = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
    Ended { code: output.status.code(), signal: output.status.signal(), output: text }
}

/// Runs a task that must come to its end.
pub(super) fn succeed(task: &str) {
    let ended = run(task);
    assert_eq!(ended.code, Some(0), "{task}: {ended:?}");
}

/// Runs a task that must be ended by a signal, after it has said that it is ready.
pub(super) fn die(task: &str, signal: libc::c_int) {
    let ended = run(task);
    assert_eq!(ended.signal, Some(signal), "{task}: {ended:?}");
    assert!(ended.output.contains(READY), "{task}: {ended:?}");
}

const READY: &str = "ready to die";

/// What follows is meant to end the process.
pub(super) fn ready() {
    println!("{READY}");
}

#[test]
#[ignore = "the second process of the tests that need one"]
fn second_process() {
    // No files for deaths that are meant.
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) }).unwrap();
    let name = std::env::var(TASK).expect("run by other tests");
    let tasks = [signals::TASKS, applications::TASKS, exhaustion::TASKS].concat();
    let (_, task) = tasks.into_iter().find(|(known, _)| *known == name).expect("a task that there is");
    task();
}

/// Something to do by name.
pub(super) type Task = (&'static str, fn());

/// Counts up a variable of each of some pages, some pages apart.
const COUNTER: &str = r#"(module
  (import "storage" "memory" (memory 1))
  (func (export "count") (param $pages i32) (param $apart i32) (result i64) (local $at i32)
    (loop
      (i64.store (local.get $at) (i64.add (i64.load (local.get $at)) (i64.const 1)))
      (local.set $at (i32.add (local.get $at) (i32.mul (local.get $apart) (i32.const 4096))))
      (br_if 0 (local.tee $pages (i32.sub (local.get $pages) (i32.const 1)))))
    (i64.load (i32.const 0))))"#;

/// A virtual machine, and calls that say whether it works.
pub(super) struct Machine {
    pub(super) vm: Vm,
    pub(super) contract: Address,
    calls: i64,
}

impl Machine {
    pub(super) fn new() -> Self {
        let vm = Vm::builder(MemoryStore::new()).module_cache_dir(None).build().unwrap();
        let contract = deploy(&vm, 0);
        Self { vm, contract, calls: 0 }
    }

    /// A call under each pager; the regions of all are kept afterwards.
    pub(super) fn call_all(&mut self) {
        for pager in PagerKind::available() {
            self.calls += 1;
            let receipt = self.vm.run(&count(self.contract, 20, 2).pager(pager)).commit().unwrap();
            assert_eq!(receipt.results, [Value::I64(self.calls)], "{pager}: {receipt:?}");
        }
    }

    /// A dry run that touches pages apart.
    pub(super) fn dry_run(&self, pager: PagerKind, pages: i32, apart: i32) -> Receipt {
        let receipt = self.vm.run(&count(self.contract, pages, apart).pager(pager)).dry().unwrap();
        if receipt.results.len() == 1 {
            assert_eq!(receipt.results, [Value::I64(self.calls + 1)], "{pager}: {receipt:?}");
        }
        receipt
    }
}

/// The contract above once more, with 64 MiB of storage.
pub(super) fn deploy(vm: &Vm, nonce: u64) -> Address {
    let deployment = Deployment { nonce, max_pages: Some(PageCount(1 << 14)), ..Deployment::default() };
    vm.deploy(COUNTER.as_bytes(), &deployment).unwrap().address
}

pub(super) fn count(contract: Address, pages: i32, apart: i32) -> Call {
    Call::new(contract, "count").args([Value::I32(pages), Value::I32(apart)]).gas(Gas(1 << 40))
}
