//! Times commits of a contract that writes much storage densely. Arguments: how many MiB, and how many commits.
//!
//! ```sh
//! cargo run --release --example dense_commit -- 128 5
//! ```

use std::error::Error;
use std::time::Instant;

use tempfile::TempDir;
use vellum::receipt::{Call, Value};
use vellum::store::{Durability, LmdbStore, OpenOptions};
use vellum::units::Gas;
use vellum::vm::{Deployment, Vm};

const CONTRACT: &str = r#"(module
  (import "storage" "memory" (memory 1))
  (func (export "fill") (param $value i64) (param $end i32)
    (local $at i32)
    (loop
      (i64.store (local.get $at) (local.get $value))
      (local.set $value
        (i64.add (i64.mul (local.get $value) (i64.const 6364136223846793005)) (i64.const 1442695040888963407)))
      (br_if 0 (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 8))) (local.get $end))))))"#;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mib: i32 = arguments.next().map_or(Ok(1), |text| text.parse())?;
    let commits: i64 = arguments.next().map_or(Ok(2), |text| text.parse())?;
    let directory = TempDir::new()?;
    let options = OpenOptions { durability: Durability::Async, ..OpenOptions::default() };
    let vm = Vm::new(LmdbStore::open(directory.path(), &options)?)?;
    let contract = vm.deploy(CONTRACT.as_bytes(), &Deployment::default())?.address;
    for number in 1..=commits {
        let arguments = [Value::I64(number), Value::I32(mib << 20)];
        let call = Call::new(contract, "fill").args(arguments).gas(Gas(1 << 40));
        let start = Instant::now();
        let receipt = vm.run(&call).commit()?;
        let took = start.elapsed();
        assert!(receipt.is_returned(), "{receipt:?}");
        assert_eq!(receipt.contracts[0].pages_changed, (mib as u32) << 8);
        println!("{mib} MiB: {took:.0?}");
    }
    Ok(())
}
