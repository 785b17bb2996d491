//! A custom host function: it gives a contract the prices of items, which are part of the program.
//!
//!     cargo run --example host_function

use vellum::receipt::{Call, HaltKind, Receipt, Value};
use vellum::store::MemoryStore;
use vellum::units::{ByteOffset, Gas};
use vellum::vm::{Deployment, Error, HostCall, Refusal, Vm};

/// Adds up the prices of the items that were sold.
const SHOP: &str = r#"(module
    (import "storage" "memory" (memory $storage 1))
    (import "market" "price" (func $price (param i32) (result i64)))
    (func (export "sell") (param $item i32) (result i64)
        (i64.store $storage (i32.const 0)
            (i64.add (i64.load $storage (i32.const 0)) (call $price (local.get $item))))
        (i64.load $storage (i32.const 0))))"#;

/// Returns the price of an item at the time of the transaction. The result may depend only on the arguments and the call; a
/// list that is part of the program is the same on every host.
fn price(call: &mut HostCall<'_>, item: u32) -> Result<i64, Refusal> {
    const PRICES: [i64; 3] = [120, 45, 300];
    let price =
        PRICES.get(item as usize).ok_or_else(|| Refusal::new(format!("unknown item {item}: it must be 0 to 2")))?;
    call.log(&format!("price of item {item}"))?;
    Ok(if call.timestamp() < 1_000 { *price } else { price * 2 })
}

fn print(receipt: &Receipt) {
    let Receipt { status, results, gas_used, logs, .. } = receipt;
    println!("{}: results {results:?}, gas {gas_used}, logs {logs:?}", status.name());
    if let Some(halt) = status.halt() {
        println!("  {}: {}", halt.kind.name(), halt.message);
    }
}

fn main() -> Result<(), Error> {
    let vm = Vm::builder(MemoryStore::new()).import("market", "price", Gas(100), price).build()?;
    let shop = vm.deploy(SHOP.as_bytes(), &Deployment::default())?.address;
    let sell = |item, time| vm.run(&Call::new(shop, "sell").args([Value::I32(item)]).timestamp(time)).commit();

    let early = sell(1, 10)?;
    print(&early);
    let late = sell(2, 2_000)?;
    print(&late);
    assert_eq!([early.results, late.results], [[Value::I64(45)], [Value::I64(45 + 600)]]);

    let refused = sell(7, 10)?;
    print(&refused);
    let halt = refused.status.halt().expect("item 7 is unknown");
    assert_eq!((halt.kind, &*halt.message), (HaltKind::Vmcall, "market.price: unknown item 7: it must be 0 to 2"));
    assert_eq!(vm.now()?.read(&shop, ByteOffset(0), 8)?, 645_u64.to_le_bytes());

    let unknown = SHOP.replace(r#""price""#, r#""prize""#);
    let error = vm.deploy(unknown.as_bytes(), &Deployment::default()).expect_err("market.prize is unknown");
    println!("not deployed: {error}");
    Ok(())
}
