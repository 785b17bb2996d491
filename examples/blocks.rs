//! Commits several calls as one block, with events that expire: `cargo run --example blocks`.

use std::error::Error;

use vellum::receipt::{Call, Value};
use vellum::store::MemoryStore;
use vellum::units::Address;
use vellum::vm::{Deployment, Vm};

const AUCTION: &str = r#"(module
  (import "storage" "memory" (memory $storage 1))
  (import "vellum" "emit" (func $emit (param i32 i32 i32 i32 i64)))
  (import "vellum" "revert" (func $revert (param i32 i32)))
  (memory $own (export "memory") 1)
  (func (export "bid") (param $amount i64)
    (if (i64.le_u (local.get $amount) (i64.load $storage (i32.const 0)))
      (then (call $revert (i32.const 0) (i32.const 0))))
    (i64.store $storage (i32.const 0) (local.get $amount))
    (i64.store $own (i32.const 0) (local.get $amount))
    (call $emit (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 8) (i64.const 2))))"#;

fn main() -> Result<(), Box<dyn Error>> {
    let vm = Vm::new(MemoryStore::new())?;
    let auction = vm.deploy(AUCTION.as_bytes(), &Deployment::default())?.address;
    let bid =
        |sender: u8, amount: i64| Call::new(auction, "bid").args([Value::from(amount)]).sender(Address([sender; 20]));

    // Each call sees the effects of those before it. The second call reverts: it is recorded, but has no effects.
    let block = vm.execute_block(1, 1_700_000_000, &[bid(1, 50), bid(2, 40), bid(3, 60)])?;
    for receipt in &block.receipts {
        println!("{}: {} gas, {} events", receipt.status.name(), receipt.gas_used, receipt.events.len());
    }
    println!("block {} is commit {} with world root {}", block.number, block.commit, block.world_root);
    assert_eq!(block.receipts.iter().filter(|receipt| receipt.is_returned()).count(), 2);

    // These events expire after two blocks. The receipts keep them for ever.
    assert_eq!(vm.events(Some(&auction), None)?.len(), 2);
    vm.execute_block(3, 1_700_000_020, &[])?;
    assert_eq!(vm.events(Some(&auction), None)?.len(), 0);
    assert_eq!(vm.block(1)?.as_ref(), Some(&block));
    Ok(())
}
