//! Contracts call functions with parameters: what is taken off the input, what is added to the output, and what never begins.

use super::*;
use crate::limits::{CALL_DEPTH, MAX_DATA_BYTES};
use crate::receipt::CallTrace;

/// Calls what its input says: an address, the length of a name, the name, and the input of the call. Returns the gas that this
/// took, the status and the output; those of the second call where it is told to make two.
const ASKER: &str = r#"(module
  (import "storage" "memory" (memory $storage 1))
  (import "vellum" "input_len" (func $input_len (result i32)))
  (import "vellum" "input_copy" (func $input_copy (param i32 i32 i32)))
  (import "vellum" "call" (func $call (param i32 i32 i32 i32 i32 i64 i64) (result i32)))
  (import "vellum" "output_len" (func $output_len (result i32)))
  (import "vellum" "output_copy" (func $output_copy (param i32 i32 i32)))
  (import "vellum" "gas_left" (func $gas_left (result i64)))
  (import "vellum" "return" (func $return (param i32 i32)))
  (memory $own (export "memory") 2)
  (func $make_call (param $gas i64) (param $value i64) (local $length i32)
    (local.set $length (i32.load8_u $own (i32.const 20)))
    (i64.store $own (i32.const 65536) (call $gas_left))
    (i32.store $own (i32.const 65544) (call $call (i32.const 0) (i32.const 21) (local.get $length)
      (i32.add (i32.const 21) (local.get $length))
      (i32.sub (call $input_len) (i32.add (i32.const 21) (local.get $length)))
      (local.get $value) (local.get $gas)))
    (i64.store $own (i32.const 65536) (i64.sub (i64.load $own (i32.const 65536)) (call $gas_left))))
  (func (export "ask") (param $gas i64) (param $value i64) (param $twice i32)
    (call $input_copy (i32.const 0) (i32.const 0) (call $input_len))
    (if (local.get $twice) (then
      (call $make_call (i64.const 0) (i64.const 0))
      ;; The name of what is there becomes that of what is not.
      (i32.store8 $own (i32.const 21) (i32.const 45))))
    (call $make_call (local.get $gas) (local.get $value))
    (call $output_copy (i32.const 65548) (i32.const 0) (call $output_len))
    (call $return (i32.const 65536) (i32.add (i32.const 12) (call $output_len))))
  (func $down (param $levels i32)
    (if (local.get $levels)
      (then (call $down (i32.sub (local.get $levels) (i32.const 1))))
      (else (call $make_call (i64.const 0) (i64.const 0)))))
  (func (export "ask from below") (param $levels i32)
    (call $input_copy (i32.const 0) (i32.const 0) (call $input_len))
    (call $down (local.get $levels))))"#;

/// What a call that a contract made came to.
#[derive(Debug, PartialEq, Eq)]
struct Came {
    gas: u64,
    status: i32,
    output: Vec<u8>,
}

const GAS: Gas = Gas(10_000_000);

fn request(to: Address, name: &str, input: &[u8]) -> Vec<u8> {
    [&to.0[..], &[name.len() as u8], name.as_bytes(), input].concat()
}

fn asked(vm: &Vm, asker: Address, what: Vec<u8>, [gas, value]: [i64; 2]) -> (Came, Vec<CallTrace>) {
    let call = Call::new(asker, "ask").args([gas.into(), value.into(), 0.into()]).input(what).gas(GAS);
    let (receipt, trace) = vm.run(&call).trace(Detail::Calls).commit().unwrap();
    (came(&receipt), trace.calls)
}

fn came(receipt: &Receipt) -> Came {
    assert_eq!(receipt.status, Status::Returned);
    let (gas, rest) = receipt.output.split_first_chunk().unwrap();
    let (status, output) = rest.split_first_chunk().unwrap();
    Came { gas: u64::from_le_bytes(*gas), status: i32::from_le_bytes(*status), output: output.to_vec() }
}

/// Functions with all kinds of parameters and results. `mixed` keeps its arguments and its input in storage.
const CALLEE: &str = r#"(module
  (import "storage" "memory" (memory $storage 1))
  (import "vellum" "input_len" (func $input_len (result i32)))
  (import "vellum" "input_copy" (func $input_copy (param i32 i32 i32)))
  (import "vellum" "return" (func $return (param i32 i32)))
  (import "vellum" "revert" (func $revert (param i32 i32)))
  (memory $own (export "memory") 1) (data (memory $own) (i32.const 100) "output")
  (func (export "mixed") (param i32 i64 i32) (result i64 i32)
    (i32.store $storage (i32.const 0) (local.get 0))
    (i64.store $storage (i32.const 4) (local.get 1))
    (i32.store $storage (i32.const 12) (local.get 2))
    (call $input_copy (i32.const 0) (i32.const 0) (call $input_len))
    (memory.copy $storage $own (i32.const 16) (i32.const 0) (i32.const 16))
    (i64.add (local.get 1) (i64.extend_i32_s (local.get 0)))
    (i32.mul (call $input_len) (local.get 2)))
  (func (export "returns") (param i64) (result i64) (call $return (i32.const 100) (i32.const 6)) (local.get 0))
  (func (export "reverts") (param i64) (result i64) (call $revert (i32.const 100) (i32.const 6)) (local.get 0))
  (func (export "traps") (param i64) (result i64) unreachable)
  (func (export "nothing"))
  (func (export "seven") (result i64) (i64.const 7)))"#;

#[test]
fn arguments_are_taken_off_the_front_of_the_input_and_results_are_added_to_the_output() {
    for pager in PagerKind::available() {
        let vm = vm_on(MemoryStore::new());
        let (asker, callee) = (deploy(&vm, ASKER, 0), deploy(&vm, CALLEE, 0));
        let arguments = [Value::I32(-3), Value::I64(0x1122_3344_5566_7788), Value::I32(100)];
        let mut input = Vec::new();
        arguments.iter().for_each(|argument| argument.append_to(&mut input));
        input.extend(b"and the rest");
        let nested = Call::new(asker, "ask")
            .args([0_i64.into(), 0_i64.into(), 0.into()])
            .input(request(callee, "mixed", &input))
            .pager(pager);
        let (receipt, trace) = vm.run(&nested).trace(Detail::Calls).commit().unwrap();
        let stored = vm.now().unwrap().page(&callee, PageIndex(0)).unwrap().0;
        assert_eq!(stored[..28], input, "{pager}");
        let results = [Value::I64(0x1122_3344_5566_7785), Value::I32(1_200)];
        let mut output = Vec::new();
        results.iter().for_each(|result| result.append_to(&mut output));
        assert_eq!((came(&receipt).status, came(&receipt).output), (0, output.clone()), "{pager}");
        let inner = &trace.calls[1];
        assert_eq!((&inner.arguments[..], &inner.input[..]), (&arguments[..], &b"and the rest"[..]));
        assert_eq!((&inner.output, inner.input_read), (&output, 12));
        // A person passes the same arguments, and gets the same results as results.
        let direct = Call::new(callee, "mixed").args(arguments).input("and the rest").pager(pager);
        let (receipt, trace) = vm.run(&direct).trace(Detail::Calls).commit().unwrap();
        assert_eq!((&receipt.results[..], &receipt.output[..]), (&results[..], &[][..]), "{pager}");
        assert_eq!((&trace.calls[0].arguments[..], &trace.calls[0].input[..]), (&arguments[..], &b"and the rest"[..]));
        assert_eq!(vm.now().unwrap().page(&callee, PageIndex(0)).unwrap().0, stored, "{pager}");
    }
}

#[test]
fn what_a_function_gives_by_return_or_revert_stands_without_its_results() {
    let vm = vm_on(MemoryStore::new());
    let (asker, callee) = (deploy(&vm, ASKER, 0), deploy(&vm, CALLEE, 0));
    let came = |name| {
        let (came, _) = asked(&vm, asker, request(callee, name, &[5; 8]), [0, 0]);
        (came.status, came.output)
    };
    assert_eq!(came("returns"), (0, b"output".to_vec()));
    assert_eq!(came("reverts"), (1, b"output".to_vec()));
    assert_eq!(came("traps"), (2, Vec::new()));
    assert_eq!(came("nothing"), (0, Vec::new()));
    assert_eq!(came("seven"), (0, 7_i64.to_le_bytes().to_vec()), "what is left over is its input");
}

/// Adds its first argument to the variable at 0, and calls itself as often as its second argument says. Returns the variable and the
/// count.
const COUNTDOWN: &str = include_str!("../../../tests/contracts/countdown.wat");

#[test]
fn one_function_serves_people_contracts_and_calls_that_enter_it_again() {
    for pager in PagerKind::available() {
        let vm = vm_on(MemoryStore::new());
        let (asker, countdown) = (deploy(&vm, ASKER, 0), deploy(&vm, COUNTDOWN, 0));
        let direct = Call::new(countdown, "down").args([Value::I32(3), Value::I64(5)]).pager(pager);
        let (receipt, trace) = vm.run(&direct).trace(Detail::Calls).commit().unwrap();
        assert_eq!(receipt.results, [Value::I64(20), Value::I32(4)], "{pager}");
        assert_eq!(stored(&vm, countdown), 20);
        let passed = [3, 2, 1, 0].map(|times| vec![Value::I32(times), Value::I64(5)]);
        assert_eq!(trace.calls.iter().map(|call| call.arguments.clone()).collect::<Vec<_>>(), passed);
        let input = [&3_i32.to_le_bytes()[..], &5_i64.to_le_bytes()].concat();
        let ask = Call::new(asker, "ask").args([0_i64.into(), 0_i64.into(), 0.into()]);
        let receipt = vm.run(&ask.input(request(countdown, "down", &input)).pager(pager)).commit().unwrap();
        let came = came(&receipt);
        assert_eq!((came.status, came.output), (0, [&40_i64.to_le_bytes()[..], &4_i32.to_le_bytes()].concat()));
        assert_eq!(stored(&vm, countdown), 40, "{pager}");
    }
}

#[test]
fn a_call_that_never_begins_is_status_2_without_output_and_uses_no_gas() {
    let vm = vm_on(MemoryStore::new());
    let callee = deploy(&vm, CALLEE, 0);
    let closed = Deployment { refuses_reentry: true, balance: 100, ..Deployment::default() };
    let asker = vm.deploy(ASKER.as_bytes(), &closed).unwrap().address;
    let absent = Address([1; 20]);
    let person = Address([2; 20]);
    vm.fund(&person, 5).unwrap();
    let input = [7; 16];
    // The price of a call, and its input by the byte.
    let price = |input: usize| {
        let (came, _) = asked(&vm, asker, request(absent, "f", &vec![0; input]), [0, 0]);
        assert_eq!((came.status, came.output), (2, Vec::new()));
        came.gas
    };
    assert_eq!(price(100) - price(0), 100);
    let visit = visit_price(crate::contract::to_binary(CALLEE.as_bytes()).unwrap().len()).0;
    for (what, words, value) in [
        (request(absent, "mixed", &input), "no account", 0),
        (request(person, "mixed", &input), "no contract", 0),
        (request(callee, "mixer", &input), "exports no function \"mixer\"", 0),
        (
            request(callee, "mixed", &input[1..]),
            "takes (i32, i64, i32) -> (i64, i32), for which an input of 15 bytes",
            0,
        ),
        (request(callee, "mixed", &[]), "an input of 0 bytes is too short", 0),
        (request(callee, "mixed", &input), "balance of 100", 101),
        (request(asker, "ask", &input), "refuses re-entry", 0),
    ] {
        let length = what.len() - 21 - usize::from(what[20]);
        for gas in [0, 1_000, i64::MAX] {
            let (came, calls) = asked(&vm, asker, what.clone(), [gas, value]);
            // The caller pays for the first visit of a contract, whether its call begins or not.
            let visit = if what[..20] == callee.0 { visit } else { 0 };
            assert_eq!(came, Came { gas: price(length) + visit, status: 2, output: Vec::new() }, "{words}");
            let halt = calls[1].status.halt().unwrap();
            assert!(halt.message.contains(words), "{words}: {halt:?}");
            assert_eq!((calls[1].gas_used, &calls[1].arguments[..]), (Gas(0), &[][..]), "{words}");
            assert_eq!(calls[1].input.len(), length, "{words}");
        }
    }
    // One that begins and halts has used all that it was given.
    let (came, _) = asked(&vm, asker, request(callee, "mixed", &input), [0, 100]);
    assert_eq!((came.status, came.output.len()), (0, 12));
    let (came, _) = asked(&vm, asker, request(callee, "traps", &input), [1_000, 0]);
    assert_eq!(came, Came { gas: price(16) + visit + 1_000, status: 2, output: Vec::new() });
}

#[test]
fn a_call_that_is_too_deep_never_begins() {
    let vm = vm_on(MemoryStore::new());
    let (asker, callee) = (deploy(&vm, ASKER, 0), deploy(&vm, CALLEE, 0));
    let mut refused = 0;
    for levels in CALL_DEPTH - 20..CALL_DEPTH {
        let call = Call::new(asker, "ask from below").args([Value::I32(levels as i32)]);
        let (receipt, trace) = vm.run(&call.input(request(callee, "seven", b""))).trace(Detail::Calls).dry().unwrap();
        let Some(inner) = trace.calls.get(1) else {
            assert_eq!(halt_kind(&receipt), Some(HaltKind::CallDepth));
            continue;
        };
        assert_eq!(receipt.status, Status::Returned);
        let Some(halt) = inner.status.halt() else { continue };
        assert_eq!((halt.kind, inner.gas_used), (HaltKind::CallDepth, Gas(0)));
        refused += 1;
    }
    assert_eq!(refused, 2, "where its caller has one unit of depth left, and where it has none");
}

#[test]
fn a_call_that_never_begins_leaves_no_output_of_the_call_before_it() {
    let vm = vm_on(MemoryStore::new());
    let (asker, callee) = (deploy(&vm, ASKER, 0), deploy(&vm, CALLEE, 0));
    let ask = |twice| {
        let call = Call::new(asker, "ask").args([Value::I64(0), Value::I64(0), Value::I32(twice)]);
        let (receipt, trace) =
            vm.run(&call.input(request(callee, "seven", b""))).trace(Detail::Calls).commit().unwrap();
        (came(&receipt).status, came(&receipt).output.len(), trace.calls.len())
    };
    assert_eq!(ask(0), (0, 8, 2));
    assert_eq!(ask(1), (2, 0, 3));
}

#[test]
fn output_and_results_over_the_limit_halt_the_callee_alone() {
    // The function keeps its refusal back, so the output stays and the results come on top.
    let function = |call: &mut HostCall<'_>, length: u32| {
        let _ = call.revert::<()>(&vec![9; length as usize]);
    };
    let vm = Vm::builder(MemoryStore::new()).import("own", "f", Gas(1), function).build().unwrap();
    let asker = deploy(&vm, ASKER, 0);
    let callee = deploy(
        &vm,
        r#"(module (import "own" "f" (func $f (param i32))) (import "storage" "memory" (memory 1))
          (func (export "give") (param i32) (result i64)
            (i64.store (i32.const 0) (i64.const 1)) (call $f (local.get 0)) (i64.const 7)))"#,
        0,
    );
    let largest = MAX_DATA_BYTES as u32 - 8;
    for (length, status) in [(largest, 0), (largest + 1, 2), (largest + 8, 2)] {
        let input = request(callee, "give", &length.to_le_bytes());
        let call = Call::new(asker, "ask").args([0_i64.into(), 0_i64.into(), 1.into()]).input(input);
        let (receipt, trace) = vm.run(&call).trace(Detail::Calls).dry().unwrap();
        let inner = &trace.calls[1];
        match status {
            0 => assert_eq!((&inner.status, inner.output.len()), (&Status::Returned, MAX_DATA_BYTES)),
            _ => {
                let halt = inner.status.halt().unwrap();
                assert_eq!((halt.kind, inner.output.len(), inner.gas_used), (HaltKind::Limit, 0, inner.gas_given));
                assert!(halt.message.contains("bytes of output are more than the limit of 1048576"), "{halt:?}");
                assert_eq!(receipt.contracts[1].pages_changed, 0, "it is undone");
            }
        }
        assert_eq!(receipt.status, Status::Returned, "its caller goes on");
    }
}
