//! VMs with different custom functions that share a directory of compiled code.

use std::fs;

use super::*;

const CODE: &str = r#"(module (import "own" "f" (func $f)) (func (export "run") (call $f)))"#;

#[test]
fn vms_with_other_prices_share_a_store_and_a_directory_and_charge_their_own_prices() {
    let (store, directory) = (MemoryStore::new(), tempfile::tempdir().unwrap());
    let vm = |price| {
        let builder = Vm::builder(store.clone()).module_cache_dir(directory.path().to_owned());
        builder.import("own", "f", Gas(price), |_: &mut HostCall<'_>| ()).build().unwrap()
    };
    let contract = deploy(&vm(10), CODE, 0);
    let gas = |vm: &Vm| vm.run(&Call::new(contract, "run")).dry().unwrap().gas_used.0;
    let first = gas(&vm(10));
    // The first round compiles each contract, the second loads it from the directory.
    for _ in 0..2 {
        for price in [10, 11, 64, 65, 1_000] {
            assert_eq!(gas(&vm(price)), first + price - 10, "at {price}");
        }
    }
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 5);
}

#[test]
fn a_vm_without_the_function_does_not_use_the_file_of_a_vm_with_it() {
    let (store, directory) = (MemoryStore::new(), tempfile::tempdir().unwrap());
    let builder = || Vm::builder(store.clone()).module_cache_dir(directory.path().to_owned());
    let with = builder().import("own", "f", Gas(1), |_: &mut HostCall<'_>| ()).build().unwrap();
    let contract = deploy(&with, CODE, 0);
    assert!(fs::read_dir(directory.path()).unwrap().count() > 0);
    let refused = builder().build().unwrap().run(&Call::new(contract, "run")).dry();
    assert!(matches!(refused, Err(Error::Contract(_))), "{refused:?}");
}
