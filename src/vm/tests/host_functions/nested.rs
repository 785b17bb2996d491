//! Custom functions in place of the VM's own ones: in nested and static calls, and with undo.

use super::actor::{ACTOR, script, word};
use super::*;
use crate::vm::CallOutcome;

fn read(call: &mut HostCall<'_>, page: u32, offset: u32, length: u32, _: i32, to: u32) -> Result<(), Refusal> {
    let mut bytes = vec![0; length as usize];
    call.storage_read(PageIndex(page), offset, &mut bytes)?;
    call.memory_write(to, &bytes)
}

fn write(call: &mut HostCall<'_>, _: i32, from: u32, length: u32, page: u32, offset: u32) -> Result<(), Refusal> {
    let bytes = call.memory_read(from, length)?;
    call.storage_write(PageIndex(page), offset, &bytes)
}

fn emit(call: &mut HostCall<'_>, _: u32, _: u32, data: u32, length: u32, expires_after: u64) -> Result<(), Refusal> {
    let data = call.memory_read(data, length)?;
    call.emit(&[], &data, expires_after)
}

/// The callee, export and input of a nested call.
struct Target {
    contract: Address,
    name: String,
    input: Vec<u8>,
}

/// Reads the target of a nested call from own memory.
fn target(
    call: &mut HostCall<'_>,
    address: u32,
    name: u32,
    size: u32,
    input: u32,
    length: u32,
) -> Result<Target, Refusal> {
    let contract = Address(call.memory_read(address, 20)?.try_into().unwrap());
    let name = String::from_utf8(call.memory_read(name, size)?).map_err(|error| Refusal::new(error.to_string()))?;
    Ok(Target { contract, name, input: call.memory_read(input, length)? })
}

fn status(outcome: CallOutcome) -> i32 {
    match outcome {
        CallOutcome::Returned => 0,
        CallOutcome::Reverted => 1,
        CallOutcome::Halted => 2,
    }
}

#[expect(clippy::too_many_arguments, reason = "as many as `vellum.call` has")]
fn call(
    call: &mut HostCall<'_>,
    to: u32,
    name: u32,
    size: u32,
    input: u32,
    length: u32,
    value: u64,
    gas: u64,
) -> Result<i32, Refusal> {
    let Target { contract, name, input } = target(call, to, name, size, input, length)?;
    call.call(contract, &name, &input, value, Gas(gas)).map(status)
}

fn call_static(
    call: &mut HostCall<'_>,
    to: u32,
    name: u32,
    size: u32,
    input: u32,
    length: u32,
    gas: u64,
) -> Result<i32, Refusal> {
    let Target { contract, name, input } = target(call, to, name, size, input, length)?;
    call.call_static(contract, &name, &input, Gas(gas)).map(status)
}

/// Returns three actors, whose calls, slices and events use custom functions or those of the VM.
fn actors(custom: bool) -> (Vm, Vec<Address>) {
    let vm = Vm::builder(MemoryStore::new())
        .import("own", "storage_read_to_mem", Gas(24), read)
        .import("own", "storage_write_from_mem", Gas(24), write)
        .import("own", "emit", Gas(16), emit)
        .import("own", "call", Gas(16), call)
        .import("own", "call_static", Gas(16), call_static)
        .build()
        .unwrap();
    let mut code = ACTOR.to_owned();
    let names =
        ["svm storage_read_to_mem", "svm storage_write_from_mem", "vellum emit", "vellum call", "vellum call_static"];
    for (module, name) in names.iter().filter(|_| custom).filter_map(|name| name.split_once(' ')) {
        let import = format!("{module:?} {name:?}");
        assert!(code.contains(&import));
        code = code.replace(&import, &format!(r#""own" {name:?}"#));
    }
    let contracts = (0..3).map(|nonce| deploy(&vm, &code, nonce)).collect();
    (vm, contracts)
}

/// Slices, calls and events before, in and after nested calls that return, revert or trap, some of them static.
const SCRIPTS: [&[&str]; 10] = [
    &["+s"],
    &["s", "c", "1", "s", "c", "0", "s"],
    &["s", "c", "1", "s", "c", "0", "+st"],
    &["+s", "c", "1", "s", "c", "0", "sv"],
    &["s+", "c", "0", "s+v"],
    &["s+", "c", "0", "s", "c", "0", "s+t"],
    &["s", "q", "1", "s"],
    &["+", "q", "1", "c", "2", "s"],
    &["es", "q", "1", "e"],
    &["e+", "c", "1", "e+", "c", "2", "ert"],
];

#[test]
fn custom_functions_have_the_same_effects_as_the_vms_functions_under_every_pager() {
    for parts in SCRIPTS {
        let mut first = None;
        for pager in PagerKind::available() {
            let [(plain_vm, plain), (custom_vm, custom)] = [actors(false), actors(true)];
            // The second round uses machines and frames that the first one has kept.
            for round in 0..2 {
                let run = |vm: &Vm, contracts: &[Address]| {
                    let input = script(contracts, parts);
                    vm.run(&Call::new(contracts[0], "run").input(input).pager(pager)).commit().unwrap()
                };
                let (expected, receipt) = (run(&plain_vm, &plain), run(&custom_vm, &custom));
                assert_eq!(
                    (&receipt.status, &receipt.results),
                    (&expected.status, &expected.results),
                    "{pager} {parts:?}"
                );
                let data =
                    |receipt: &Receipt| receipt.events.iter().map(|event| event.data.clone()).collect::<Vec<_>>();
                assert_eq!(data(&receipt), data(&expected));
                for (custom, plain) in custom.iter().zip(&plain) {
                    let words = |vm, contract| [0, 8, 4_096, 4_104].map(|at| word(vm, contract, at));
                    assert_eq!(words(&custom_vm, *custom), words(&plain_vm, *plain), "{pager} {parts:?}");
                }
                if round == 0 {
                    assert_eq!(first.get_or_insert_with(|| receipt.clone()), &receipt, "{pager} {parts:?}");
                }
            }
            assert_eq!(custom_vm.store().check().unwrap().problems, []);
        }
    }
}

#[test]
fn a_custom_function_cannot_write_in_a_static_call() {
    let code = r#"(module (import "own" "f" (func $f (param i32)))
      (import "vellum" "input_copy" (func $input (param i32 i32 i32)))
      (memory (export "memory") 1)
      (func (export "run") (call $input (i32.const 0) (i32.const 0) (i32.const 1)) (call $f (i32.load8_u (i32.const 0)))))"#;
    let function = |call: &mut HostCall<'_>, what: i32| -> Result<(), Refusal> {
        let itself = call.self_address();
        match what {
            0 => call.storage_write(PageIndex(0), 0, b"x"),
            1 => call.emit(&[], b"x", 0),
            2 => call.call(itself, "run", &[9], 1, Gas(0)).map(|_| ()),
            3 => call.call(itself, "run", &[0], 0, Gas(0)).and_then(|outcome| {
                assert_eq!(outcome, CallOutcome::Halted, "the nested call is static, too");
                Err(Refusal::new("as expected"))
            }),
            _ if call.is_static() => Ok(()),
            _ => Err(Refusal::new("the call is not static")),
        }
    };
    for pager in PagerKind::available() {
        let (vm, contract) = vm_importing(1, function, code);
        let caller = deploy(&vm, ACTOR, 0);
        for (what, kind) in [
            (0, Some(HaltKind::StaticWrite)),
            (1, Some(HaltKind::StaticWrite)),
            (2, Some(HaltKind::StaticWrite)),
            (3, Some(HaltKind::Vmcall)),
            (4, None),
        ] {
            let mut input = script(&[contract], &["q", "0"]);
            input.push(what);
            let call = Call::new(caller, "run").input(input).pager(pager);
            let (receipt, trace) = vm.run(&call).trace(Detail::Calls).commit().unwrap();
            assert_eq!(receipt.status, Status::Returned);
            assert_eq!(trace.calls[1].status.halt().map(|halt| halt.kind), kind, "{pager}: {what}: {:?}", trace.calls);
            assert_eq!(vm.now().unwrap().account(&contract).unwrap().unwrap().version.0, 0);
        }
    }
}

#[test]
fn the_output_of_a_nested_call_is_available_to_the_function_and_the_contract() {
    let code = r#"(module (import "own" "f" (func $f (result i32)))
      (import "vellum" "output_len" (func $output_len (result i32)))
      (func (export "seven") (result i64) (i64.const 7))
      (func (export "run") (result i32) (i32.mul (call $f) (call $output_len))))"#;
    let function = |call: &mut HostCall<'_>| -> Result<i32, Refusal> {
        let itself = call.self_address();
        assert_eq!(call.call(itself, "eight", &[], 0, Gas(0))?, CallOutcome::Halted);
        assert_eq!(call.call(itself, "seven", &[], 0, Gas(0))?, CallOutcome::Returned);
        assert_eq!(call.output()?, 7_i64.to_le_bytes());
        let long = "x".repeat(1_025);
        let refused = call.call(itself, &long, &[], 0, Gas(0)).unwrap_err().to_string();
        assert!(refused.ends_with("own.f: a name of 1025 bytes is longer than 1024"), "{refused}");
        Ok(3)
    };
    let (vm, contract) = vm_importing(1, function, code);
    assert_eq!(result(&vm.run(&Call::new(contract, "run")).dry().unwrap()), 3 * 8);
}
