//! Embeds the VM in a program, with a store on disk and a contract: `cargo run --example embed`.
//!
//! The contract keeps a counter in its storage, which is a wasm memory: to add to it takes a load, an add and a store.

use std::error::Error;

use vellum::receipt::{Call, Detail, Value};
use vellum::store::{LmdbStore, OpenOptions};
use vellum::units::ByteOffset;
use vellum::vm::{Deployment, Vm};

const COUNTER: &str = r#"(module
  (import "storage" "memory" (memory 1))
  (func (export "add") (param $amount i64) (result i64)
    (i64.store (i32.const 0) (i64.add (i64.load (i32.const 0)) (local.get $amount)))
    (i64.load (i32.const 0)))
  (func (export "fail") (i64.store (i32.const 0) (i64.const 0)) unreachable))"#;

fn main() -> Result<(), Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    let vm = Vm::new(LmdbStore::open(directory.path(), &OpenOptions::default())?)?;
    let counter = vm.deploy(COUNTER.as_bytes(), &Deployment::default())?.address;

    // A call that returns is committed. `into_result` turns a failure of the contract into an error.
    let add = |amount: i64| Call::new(counter, "add").args([Value::from(amount)]);
    let receipt = vm.run(&add(40)).commit()?.into_result()?;
    println!("commit {:?}: the counter is {}, for {} gas", receipt.commit, receipt.results[0], receipt.gas_used);

    // A dry run leaves no effects, and can return a trace.
    let (receipt, trace) = vm.run(&add(2)).trace(Detail::Writes).dry()?;
    let write = &trace.calls[0].writes[0];
    println!("a dry run returns {} and changes page {} at {}", receipt.results[0], write.page, write.offset);

    // A contract that fails has a receipt, too, and leaves no effects.
    let failed = vm.run(&Call::new(counter, "fail")).commit()?;
    assert!(!failed.is_returned());
    println!("{}", failed.into_result().unwrap_err());

    let bytes = vm.now()?.read(&counter, ByteOffset(0), 8)?;
    assert_eq!(bytes, 40_u64.to_le_bytes());
    Ok(())
}
