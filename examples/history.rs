//! Reads, runs on, compares and restores old versions of a contract: `cargo run --example history`.

use std::error::Error;

use vellum::receipt::{Call, Value};
use vellum::store::MemoryStore;
use vellum::units::Version;
use vellum::vm::{Deployment, Vm};

const NOTE: &str = r#"(module
  (import "storage" "memory" (memory 1))
  (func (export "put") (param $at i32) (param $value i64) (i64.store (local.get $at) (local.get $value)))
  (func (export "get") (param $at i32) (result i64) (i64.load (local.get $at))))"#;

fn main() -> Result<(), Box<dyn Error>> {
    let vm = Vm::new(MemoryStore::new())?;
    let note = vm.deploy(NOTE.as_bytes(), &Deployment::default())?.address;
    for (at, value) in [(0, 1), (5_000, 2), (0, 3)] {
        let put = Call::new(note, "put").args([Value::from(at), Value::from(i64::from(value))]);
        assert!(vm.run(&put).commit()?.is_returned());
    }
    for entry in vm.history(&note)? {
        println!("version {} has the state root {}", entry.version, entry.state);
    }

    // A view shows one moment: here the world right after the commit that made version 1.
    let first = vm.at((note, Version(1)))?;
    let get = |at: i32| Call::new(note, "get").args([Value::from(at)]);
    assert_eq!(first.run(&get(0)).dry()?.results, [Value::from(1_i64)]);
    assert_eq!(first.run(&get(5_000)).dry()?.results, [Value::from(0_i64)]);

    for page in vm.diff(&note, Version(1), Version(3))? {
        for run in page.runs {
            println!("page {} at {}: {:?} became {:?}", page.page, run.offset, run.old, run.new);
        }
    }

    let rollback = vm.rollback(&note, Version(1))?;
    println!("version {} has the storage of version 1", rollback.version);
    assert_eq!(vm.run(&get(0)).dry()?.results, [Value::from(1_i64)]);
    Ok(())
}
