//! Compiled code of machines with other functions in one directory.

use std::fs;

use super::*;

const CODE: &str = r#"(module (import "own" "f" (func $f)) (func (export "run") (call $f)))"#;

#[test]
fn machines_with_other_prices_share_a_store_and_a_cache_and_each_charges_its_own() {
    let (store, directory) = (MemoryStore::new(), tempfile::tempdir().unwrap());
    let vm = |price| {
        let builder = Vm::builder(store.clone()).module_cache_dir(directory.path().to_owned());
        builder.import("own", "f", Gas(price), |_: &mut HostCall<'_>| ()).build().unwrap()
    };
    let contract = deploy(&vm(10), CODE, 0);
    let gas = |vm: &Vm| vm.run(&Call::new(contract, "run")).dry().unwrap().gas_used.0;
    let first = gas(&vm(10));
    // Each is compiled the first time, and read from the directory the second.
    for _ in 0..2 {
        for price in [10, 11, 64, 65, 1_000] {
            assert_eq!(gas(&vm(price)), first + price - 10, "at {price}");
        }
    }
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 5);
}

#[test]
fn a_file_of_a_machine_with_the_function_is_of_no_use_to_one_without() {
    let (store, directory) = (MemoryStore::new(), tempfile::tempdir().unwrap());
    let builder = || Vm::builder(store.clone()).module_cache_dir(directory.path().to_owned());
    let with = builder().import("own", "f", Gas(1), |_: &mut HostCall<'_>| ()).build().unwrap();
    let contract = deploy(&with, CODE, 0);
    assert!(fs::read_dir(directory.path()).unwrap().count() > 0);
    let refused = builder().build().unwrap().run(&Call::new(contract, "run")).dry();
    assert!(matches!(refused, Err(Error::Contract(_))), "{refused:?}");
}
