//! Times commits of a piecrust contract that writes much memory densely: as vellum's example `dense_commit`, with the same loop.
//! Arguments: how many MiB, and how many commits.

use std::error::Error;
use std::time::Instant;

use piecrust::{ContractData, SessionData, VM};
use tempfile::TempDir;

/// The argument buffer holds 64 KiB from address 1024 on, so the contract writes from 1 MiB on.
const CONTRACT: &str = r#"(module
  (memory (export "memory") PAGES)
  (global (export "A") i32 (i32.const 1024))
  (func (export "fill") (param i32) (result i32)
    (local $at i32) (local $value i64) (local $end i32)
    (local.set $value (i64.load (i32.const 1024)))
    (local.set $at (i32.const 1048576))
    (local.set $end (i32.add (local.get $at) (i32.wrap_i64 (i64.load (i32.const 1032)))))
    (loop
      (i64.store (local.get $at) (local.get $value))
      (local.set $value
        (i64.add (i64.mul (local.get $value) (i64.const 6364136223846793005)) (i64.const 1442695040888963407)))
      (br_if 0 (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 8))) (local.get $end))))
    (i32.const 0)))"#;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mib: u64 = arguments.next().map_or(Ok(1), |text| text.parse())?;
    let commits: u64 = arguments.next().map_or(Ok(2), |text| text.parse())?;
    let directory = TempDir::new()?;
    let vm = VM::new(directory.path())?;
    let mut session = vm.session(SessionData::builder())?;
    // The argument buffer's MiB, and what is written.
    let code = wat::parse_str(CONTRACT.replace("PAGES", &(16 + 16 * mib).to_string()))?;
    let (contract, _) = session.deploy::<_, (), _>(&code, ContractData::builder().owner([0; 32]), u64::MAX)?;
    let mut root = session.commit()?;
    for number in 1..=commits {
        let argument = [number.to_le_bytes(), (mib << 20).to_le_bytes()].concat();
        let start = Instant::now();
        let mut session = vm.session(SessionData::builder().base(root))?;
        session.call_raw(contract, "fill", argument, u64::MAX)?;
        let next = session.commit()?;
        println!("{mib} MiB: {:.0?}", start.elapsed());
        // Frees the space of the commit before; after an error it stays.
        let _ = vm.delete_commit(root);
        root = next;
    }
    Ok(())
}
