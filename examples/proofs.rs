//! Proves the content of a contract's storage to a verifier without a store: `cargo run --example proofs`.

use std::error::Error;

use vellum::proof::{Selection, Verifier};
use vellum::receipt::{Call, Value};
use vellum::store::MemoryStore;
use vellum::units::{ByteOffset, PageIndex};
use vellum::vm::{Deployment, Vm};

const LEDGER: &str = r#"(module
  (import "storage" "memory" (memory 1))
  (func (export "set") (param $account i32) (param $balance i64)
    (i64.store (i32.mul (local.get $account) (i32.const 4096)) (local.get $balance))))"#;

fn main() -> Result<(), Box<dyn Error>> {
    let vm = Vm::new(MemoryStore::new())?;
    let ledger = vm.deploy(LEDGER.as_bytes(), &Deployment::default())?.address;
    let set = Call::new(ledger, "set").args([Value::from(7), Value::from(1_000_i64)]);
    let receipt = vm.run(&set).commit()?.into_result()?;

    // The balance of account 7 was written, page 8 was not. One proof shows both under the state root of the receipt.
    let selection = Selection::new().bytes(ByteOffset(7 * 4096), 8).page(PageIndex(8));
    let proof = vm.now()?.prove(&ledger, selection)?;
    println!("a proof of a balance and of a page in {} bytes", proof.bytes.len());

    let state = receipt.contracts[0].state_after.ok_or("a receipt outside a block has a state root")?;
    let proven = Verifier::new().root(state).contract(ledger).verify(&proof.bytes)?;
    assert_eq!(proven.ranges[0].content(), 1_000_u64.to_le_bytes());
    assert!(proven.pages[0].is_zero());

    // The verifier refuses a proof with a changed bit.
    let mut altered = proof.bytes;
    *altered.last_mut().ok_or("a proof has bytes")? ^= 1;
    println!("altered: {}", Verifier::new().root(state).verify(&altered).err().ok_or("it should be refused")?);
    Ok(())
}
