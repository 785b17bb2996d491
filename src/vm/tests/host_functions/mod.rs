//! Custom host functions.

mod cached;
mod context;
mod gas;
mod names;
mod nested;
mod panics;
mod types;

use super::*;

/// Returns a VM whose contracts can import `own.f`, and a contract.
fn vm_importing<P, R>(price: u64, function: impl HostClosure<P, R>, code: &str) -> (Vm, Address) {
    let vm = Vm::builder(MemoryStore::new()).import("own", "f", Gas(price), function).build().unwrap();
    let contract = deploy(&vm, code, 0);
    (vm, contract)
}

/// Returns the kind and the message of a halt.
fn halted(receipt: &Receipt) -> (HaltKind, &str) {
    let halt = receipt.status.halt().unwrap_or_else(|| panic!("{receipt:?}"));
    (halt.kind, &halt.message)
}
