//! The context that a custom function sees, and the accesses that it is refused.

use super::*;
use crate::limits::MAX_DATA_BYTES;
use crate::receipt::Event;

/// Writes the context of the call to storage twice: from the VM's host functions to page 0, from a custom function to page 1.
const CONTEXT: &str = r#"(module
  (import "storage" "memory" (memory $s 1))
  (import "vellum" "caller" (func $caller (param i32)))
  (import "vellum" "origin" (func $origin (param i32)))
  (import "vellum" "self_address" (func $self (param i32)))
  (import "vellum" "value" (func $value (result i64)))
  (import "vellum" "block_number" (func $number (result i64)))
  (import "vellum" "timestamp" (func $timestamp (result i64)))
  (import "vellum" "balance_of" (func $balance (param i32) (result i64)))
  (import "vellum" "input_copy" (func $input (param i32 i32 i32)))
  (import "vellum" "input_len" (func $input_len (result i32)))
  (import "own" "f" (func $own))
  (memory $own (export "memory") 1)
  (func (export "run")
    (call $caller (i32.const 0))
    (call $origin (i32.const 20))
    (call $self (i32.const 40))
    (i64.store $own (i32.const 60) (call $value))
    (i64.store $own (i32.const 68) (call $number))
    (i64.store $own (i32.const 76) (call $timestamp))
    (i64.store $own (i32.const 84) (call $balance (i32.const 40)))
    (call $input (i32.const 92) (i32.const 0) (call $input_len))
    (memory.copy $s $own (i32.const 0) (i32.const 0) (i32.const 4096))
    (call $own)))"#;

fn write_context(call: &mut HostCall<'_>) -> Result<(), Refusal> {
    let mut bytes = [call.caller().0, call.origin().0, call.self_address().0].concat();
    let balance = call.balance_of(&call.self_address())?;
    for number in [call.value(), call.block_number(), call.timestamp(), balance] {
        bytes.extend_from_slice(&number.to_le_bytes());
    }
    bytes.extend_from_slice(&call.input()?);
    call.storage_write(PageIndex(1), 0, &bytes)
}

#[test]
fn a_custom_function_sees_the_same_context_as_the_vms_functions() {
    for pager in PagerKind::available() {
        let (vm, contract) = vm_importing(1, write_context, CONTEXT);
        let caller = deploy(&vm, actor::ACTOR, 0);
        let sender = Address([7; 20]);
        vm.fund(&sender, 100).unwrap();
        let page = |index| vm.now().unwrap().page(&contract, PageIndex(index)).unwrap().0;
        let direct = Call::new(contract, "run").sender(sender).value(11).input("some");
        let nested = Call::new(caller, "run").sender(sender).input(actor::script(&[contract], &["c", "0", "rest"]));
        for call in [direct, nested] {
            let call = call.block_number(3).timestamp(5).pager(pager);
            assert_eq!(vm.run(&call).commit().unwrap().status, Status::Returned, "{pager}");
            assert_eq!(page(0)[..96], page(1)[..96], "{pager}");
            assert_eq!(page(1)[20..40], sender.0);
        }
        assert_eq!(page(1)[..20], caller.0, "a contract made the last call");
        assert_eq!(page(1)[84..96], [&11_u64.to_le_bytes()[..], b"rest"].concat(), "{pager}");
    }
}

/// Passes its arguments to the function.
const ASKER: &str = r#"(module (import "own" "f" (func $f (param i32 i32 i32)))
  (import "storage" "memory" (memory $s 1)) (memory $own (export "memory") 1)
  (func (export "run") (param i32 i32 i32) (call $f (local.get 0) (local.get 1) (local.get 2))))"#;

fn access(call: &mut HostCall<'_>, what: u32, at: u32, length: u32) -> Result<(), Refusal> {
    let mut bytes = vec![1; length as usize];
    let (page, offset) = (PageIndex(at >> 16), at & 0xffff);
    match what {
        0 => call.memory_read(at, length).map(|_| ()),
        1 => call.memory_write(at, &bytes),
        2 => call.storage_read(page, offset, &mut bytes),
        3 => call.storage_write(page, offset, &bytes),
        _ => Err(Refusal::new("no such access")),
    }
}

#[test]
fn an_access_outside_memory_or_page_is_refused_with_the_vms_messages() {
    for pager in PagerKind::available() {
        let vm = Vm::builder(MemoryStore::new()).import("own", "f", Gas(1), access).build().unwrap();
        let contract = deploy_with(&vm, ASKER, 0, 16);
        let run = |what: i32, at: u32, length: i32| {
            let args = [Value::I32(what), Value::I32(at as i32), Value::I32(length)];
            vm.run(&Call::new(contract, "run").args(args).pager(pager)).dry().unwrap()
        };
        for (what, at, length, words) in [
            (0, 65_536, 1, "1 bytes at 65536 are not within the contract's memory of 65536 bytes"),
            (0, u32::MAX, 2, "2 bytes at 4294967295 are not within"),
            (1, 65_530, 7, "7 bytes at 65530 are not within"),
            (2, 16 << 16, 1, "page 16 is not one of the contract's 16 pages"),
            (2, 0, 0, "len 0 is not a length"),
            (3, 4_096, 1, "offset 4096 is not in a page: 0 to 4095"),
            (3, 4_095, 2, "2 bytes at offset 4095 go over the end of the page at 4096"),
            (3, 0, 8_192, "8192 bytes at offset 0 go over the end"),
            (9, 0, 0, "no such access"),
        ] {
            let receipt = run(what, at, length);
            let (kind, message) = halted(&receipt);
            assert_eq!(kind, HaltKind::Vmcall);
            assert!(message.starts_with("own.f: ") && message.contains(words), "{pager}: {message}");
        }
        for (what, at, length) in [(0, 65_536, 0), (1, 0, 65_536), (2, 15 << 16, 4_096), (3, 4_095, 1)] {
            assert_eq!(run(what, at, length).status, Status::Returned, "{what} {at} {length}");
        }
    }
    let without = r#"(module (import "own" "f" (func $f (param i32 i32 i32)))
      (func (export "run") (call $f (i32.const 0) (i32.const 0) (i32.const 1))))"#;
    let (vm, contract) = vm_importing(1, access, without);
    let receipt = vm.run(&Call::new(contract, "run")).dry().unwrap();
    assert_eq!(halted(&receipt).1, "own.f: the contract exports no memory of its own as `memory`");
}

#[test]
fn events_and_logs_of_a_custom_function_belong_to_its_contract() {
    let code = r#"(module (import "own" "f" (func $f (param i32))) (func (export "run") (param i32) (call $f (local.get 0))))"#;
    let function = |call: &mut HostCall<'_>, topics: u32| -> Result<(), Refusal> {
        call.log("about to emit")?;
        call.emit(&vec![[3; 32]; topics as usize], b"data", 8)
    };
    let (vm, contract) = vm_importing(1, function, code);
    let run = |topics| vm.run(&Call::new(contract, "run").args([Value::I32(topics)])).commit().unwrap();
    let receipt = run(2);
    let event = Event { contract, topics: vec![[3; 32]; 2], data: b"data".to_vec(), expires_after: 8 };
    assert_eq!((receipt.events, receipt.logs), (vec![event], vec!["about to emit".to_owned()]));
    let refused = run(5);
    assert_eq!(halted(&refused), (HaltKind::Vmcall, "own.f: 5 topics: an event has at most 4"));
    assert_eq!(refused.events, []);
}

#[test]
fn a_custom_function_has_the_registers_and_the_page_limit_of_its_call_and_may_revert_it() {
    let code = r#"(module (import "own" "f" (func $f (result i64))) (import "storage" "memory" (memory 1))
      (import "svm" "reg_write_be_i64" (func $write (param i64 i32 i32)))
      (import "svm" "reg_read_be_i64" (func $read (param i32 i32) (result i64)))
      (func (export "run") (result i64)
        (i64.store (i32.const 0) (i64.const 9))
        (call $write (i64.const 5) (i32.const 64) (i32.const 3))
        (i64.add (call $f) (call $read (i32.const 64) (i32.const 4)))))"#;
    let function = |call: &mut HostCall<'_>| -> Result<i64, Refusal> {
        match call.timestamp() {
            1 => return call.revert(b"sorry"),
            2 => return call.revert(&vec![0; MAX_DATA_BYTES + 1]),
            _ => {}
        }
        let five = call.register(64, 3)?.to_vec();
        assert!(call.register(64, 16).is_err() && call.set_register(64, 3, &[0; 9]).is_err());
        call.set_register(64, 4, &five)?;
        Ok(i64::from(call.page_limit().0))
    };
    let (vm, contract) = vm_importing(1, function, code);
    let run = |time| vm.run(&Call::new(contract, "run").timestamp(time)).commit().unwrap();
    assert_eq!(result(&run(0)), 65_536 + 5);
    let reverted = run(1);
    assert_eq!((&reverted.status, &reverted.output[..]), (&Status::Reverted, &b"sorry"[..]));
    assert_eq!((reverted.commit, stored(&vm, contract)), (None, 9));
    let Status::Halted(halt) = run(2).status else { panic!("the output is too long") };
    assert_eq!(halt.kind, HaltKind::Limit);
    assert!(halt.message.starts_with("own.f: 1048577 bytes of output"), "{}", halt.message);
}
