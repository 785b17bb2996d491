//! Host features that may be forbidden: a second process forbids them to itself.

use std::process::Command;

use crate::paging::PagerKind;
use crate::receipt::Call;
use crate::store::MemoryStore;
use crate::vm::{Deployment, Error, TransactionError, Vm};

const TASK: &str = "VELLUM_TEST_TASK";
const WITHOUT_CALL: &str = "without the system call";
const WITHOUT_DEVICE: &str = "without the system call and the device";

/// Runs the second process on a task. Returns what it prints after "said: ".
fn output_of_process(task: &str) -> String {
    let test = concat!(module_path!(), "::second_process").split_once("::").unwrap().1;
    let mut command = Command::new(std::env::current_exe().unwrap());
    let output = command.args(["--ignored", "--exact", test, "--nocapture"]).env(TASK, task).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let said = text.split_once("said: ").unwrap_or_else(|| panic!("{text} {:?}", output.status)).1;
    said.lines().next().unwrap().to_owned()
}

/// Makes the kernel refuse the system call with "not permitted", as in many containers.
fn forbid_user_fault_descriptors() {
    const LOAD_NUMBER: libc::sock_filter = libc::sock_filter { code: 0x20, jt: 0, jf: 0, k: 0 };
    let forbidden = libc::sock_filter { code: 0x15, jt: 0, jf: 1, k: libc::SYS_userfaultfd as u32 };
    let answer = |k| libc::sock_filter { code: 0x06, jt: 0, jf: 0, k };
    let refuse = answer(libc::SECCOMP_RET_ERRNO | libc::EPERM as u32);
    let mut filter = [LOAD_NUMBER, forbidden, refuse, answer(libc::SECCOMP_RET_ALLOW)];
    let program = libc::sock_fprog { len: filter.len() as u16, filter: filter.as_mut_ptr() };
    // SAFETY: the filter outlives the calls. It only restricts the system calls of this process.
    let done = unsafe {
        libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
            && libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &raw const program) == 0
    };
    assert!(done, "this kernel has no seccomp filters: {}", std::io::Error::last_os_error());
}

#[test]
#[ignore = "the second process of the tests that need one"]
fn second_process() {
    forbid_user_fault_descriptors();
    if std::env::var(TASK).unwrap() == WITHOUT_DEVICE && rustix::process::geteuid().is_root() {
        // SAFETY: changes only the user of this process.
        assert_eq!(unsafe { libc::setuid(65_534) }, 0);
    }
    let vm = Vm::builder(MemoryStore::new()).module_cache_dir(None).build().unwrap();
    let contract = r#"(module (import "storage" "memory" (memory 1)) (func (export "f")
        (i32.store8 (i32.const 9) (i32.const 1))))"#;
    let contract = vm.deploy(contract.as_bytes(), &Deployment::default()).unwrap().address;
    match vm.run(&Call::new(contract, "f").pager(PagerKind::Uffd)).commit() {
        Ok(receipt) => println!("said: {} page", receipt.contracts[0].pages_changed),
        Err(Error::Transaction(TransactionError::PagerUnavailable { pager, reason })) => {
            println!("said: {pager}: {reason}")
        }
        Err(other) => println!("said: {other:?}"),
    }
}

#[test]
fn a_process_that_may_not_use_userfaultfd_gets_the_reason_and_a_remedy() {
    let said = output_of_process(WITHOUT_DEVICE);
    for word in ["uffd: ", "Operation not permitted", "/dev/userfaultfd", "what would enable it: ", "setfacl"] {
        assert!(said.contains(word), "{said}");
    }
}

#[test]
fn the_device_is_used_if_the_system_call_is_forbidden() {
    let device = std::fs::File::options().read(true).write(true).open("/dev/userfaultfd");
    let said = output_of_process(WITHOUT_CALL);
    if device.is_ok() && PagerKind::Uffd.availability().is_ok() {
        assert_eq!(said, "1 page");
    } else {
        assert!(said.starts_with("uffd: "), "{said}");
    }
}
