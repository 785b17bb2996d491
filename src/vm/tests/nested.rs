//! Nested calls of other contracts and of the same contract.

use super::actor::{ACTOR, actors, script, word};
use super::*;
use crate::receipt::{Detail, Event};
use crate::store::FaultyStore;
use crate::units::{Gas, PageCount};

fn run(vm: &Vm, contracts: &[Address], pager: PagerKind, parts: &[&str]) -> Receipt {
    vm.run(&Call::new(contracts[0], "run").input(script(contracts, parts)).pager(pager)).commit().unwrap()
}

#[test]
fn a_reentered_contract_sees_the_writes_of_its_earlier_call_and_the_other_way_round() {
    for pager in PagerKind::available() {
        let (vm, contracts) = actors(2);
        let receipt = run(&vm, &contracts, pager, &["++s", "c", "1", "+", "c", "0", "+s+"]);
        assert_eq!((receipt.status.clone(), &receipt.results), (Status::Returned, &vec![Value::I64(4)]), "{pager}");
        assert_eq!((word(&vm, contracts[0], 0), word(&vm, contracts[0], 4096), word(&vm, contracts[1], 0)), (4, 2, 1));
        let touched: Vec<_> = receipt.contracts.iter().map(|contract| contract.address).collect();
        assert_eq!(touched, contracts, "in order of first touch");
        assert_eq!(receipt.contracts[0].pages_changed, 2);
        assert_eq!(vm.store().check().unwrap().problems, []);
    }
}

#[test]
fn a_failed_callee_has_no_effects_and_its_caller_keeps_its_own() {
    for pager in PagerKind::available() {
        for (end, outcome) in [("v", 1_000), ("t", 2_000)] {
            let (vm, contracts) = actors(3);
            let _ = run(&vm, &contracts, pager, &["+s"]);
            let receipt =
                run(&vm, &contracts, pager, &["+e", "c", "1", "+s", "c", "0", "++se", "c", "2", &format!("+s{end}")]);
            // The innermost call fails, which only its caller sees; the others go on.
            assert_eq!(receipt.results, [Value::I64(4)], "{pager}, {end}");
            assert_eq!([word(&vm, contracts[1], 0), word(&vm, contracts[2], 0)], [1, 0]);
            assert_eq!(receipt.events.len(), 2);
            let receipt = run(&vm, &contracts, pager, &["+", "c", "1", &format!("++s{end}")]);
            assert_eq!(receipt.results, [Value::I64(5 + outcome)], "{pager}, {end}");
            assert_eq!([word(&vm, contracts[1], 0), word(&vm, contracts[1], 4096)], [1, 1]);
            assert_eq!(vm.store().check().unwrap().problems, []);
        }
    }
}

#[test]
fn the_writes_of_a_call_are_undone_if_its_caller_fails() {
    for pager in PagerKind::available() {
        let (vm, contracts) = actors(2);
        let _ = run(&vm, &contracts, pager, &["+++s"]);
        // Contract 0 calls contract 1, which calls contract 0 and then traps.
        let fails = r#"(module
          (import "vellum" "input_len" (func $input_len (result i32)))
          (import "vellum" "input_copy" (func $input_copy (param i32 i32 i32)))
          (import "vellum" "call" (func $call (param i32 i32 i32 i32 i32 i64 i64) (result i32)))
          (memory (export "memory") 1) (data (i32.const 0) "run")
          (func (export "run")
            (call $input_copy (i32.const 100) (i32.const 0) (call $input_len))
            (drop (call $call (i32.const 100) (i32.const 0) (i32.const 3) (i32.const 120)
              (i32.sub (call $input_len) (i32.const 20)) (i64.const 0) (i64.const 0)))
            unreachable))"#;
        let traps = deploy(&vm, fails, 9);
        let all = [contracts[0], traps];
        let receipt = run(&vm, &all, pager, &["+", "c", "1", "0", "+++++s"]);
        assert_eq!(receipt.results, [Value::I64(4 + 2_000)], "{pager}");
        assert_eq!((word(&vm, contracts[0], 0), word(&vm, contracts[0], 4096)), (4, 1), "{pager}");
    }
}

#[test]
fn a_static_call_may_read_but_not_write() {
    for pager in PagerKind::available() {
        let (vm, contracts) = actors(2);
        let receipt = run(&vm, &contracts, pager, &["++", "q", "1", "c", "0", ""]);
        assert_eq!(receipt.results, [Value::I64(2)], "{pager}: a static call may read");
        for write in ["+", "s", "e"] {
            let receipt = run(&vm, &contracts, pager, &["+", "q", "1", write]);
            let Value::I64(result) = receipt.results[0] else { panic!() };
            assert_eq!(result / 1_000, 2, "{pager}: {write}");
            let receipt = run(&vm, &contracts, pager, &["q", "1", "c", "0", write]);
            let Value::I64(result) = receipt.results[0] else { panic!() };
            assert_eq!(result / 1_000, 0, "{pager}: the outer static call goes on");
        }
        assert_eq!([word(&vm, contracts[1], 0), word(&vm, contracts[1], 4096)], [0, 0]);
    }
}

#[test]
fn receipts_of_nested_calls_are_the_same_under_every_pager() {
    let scripts: [&[&str]; 5] = [
        &["+s", "c", "1", "+s", "c", "0", "+sv"],
        &["s", "q", "1", "+"],
        &["+", "c", "1", "t"],
        &["e", "c", "1", "e", "c", "2", "e+r"],
        &["+", "c", "0", "+", "c", "0", "+", "c", "0", "+v"],
    ];
    for parts in scripts {
        let mut first = None;
        for pager in PagerKind::available() {
            let (vm, contracts) = actors(3);
            let receipt = run(&vm, &contracts, pager, parts);
            assert_eq!(first.get_or_insert_with(|| receipt.clone()), &receipt, "{pager}: {parts:?}");
        }
    }
}

#[test]
fn events_name_the_contract_that_emitted_them() {
    let (vm, contracts) = actors(2);
    let receipt = run(&vm, &contracts, PagerKind::Soft, &["+e", "c", "1", "e"]);
    let event = |contract, word: u64| Event {
        contract,
        topics: Vec::new(),
        data: word.to_le_bytes().to_vec(),
        expires_after: 9,
    };
    assert_eq!(receipt.events, [event(contracts[0], 1), event(contracts[1], 0)]);
    assert_eq!(vm.receipt(receipt.commit.unwrap()).unwrap().unwrap(), receipt);
}

/// Calls itself until a call is refused. Returns the number of nested calls.
const SELF_CALLER: &str = r#"(module
  (import "vellum" "call" (func $call (param i32 i32 i32 i32 i32 i64 i64) (result i32)))
  (import "vellum" "self_address" (func $self (param i32)))
  (import "vellum" "output_copy" (func $output (param i32 i32 i32)))
  (import "vellum" "output_len" (func $output_len (result i32)))
  (memory (export "memory") 1) (data (i32.const 0) "deeper")
  (func (export "deeper") (result i32)
    (call $self (i32.const 100))
    (if (result i32) (call $call (i32.const 100) (i32.const 0) (i32.const 6) (i32.const 0) (i32.const 0) (i64.const 0) (i64.const 0))
      (then (i32.const 0))
      (else
        (call $output (i32.const 200) (i32.const 0) (call $output_len))
        (i32.add (i32.load (i32.const 200)) (i32.const 1))))))"#;

#[test]
fn calls_nest_up_to_the_documented_limit() {
    for pager in PagerKind::available() {
        let vm = vm_on(MemoryStore::new());
        let contract = deploy(&vm, SELF_CALLER, 0);
        let call = Call::new(contract, "deeper").gas(Gas(u64::MAX / 2)).pager(pager);
        assert_eq!(
            vm.run(&call).dry().unwrap().results,
            [Value::I32(crate::limits::MAX_CALL_NESTING as i32)],
            "{pager}"
        );
        let short = vm.run(&call.clone().gas(Gas(10_000_000))).dry().unwrap();
        assert_eq!(short.status, Status::Returned, "{pager}: the deepest runs out of gas, its caller goes on");
    }
}

#[test]
fn a_hundred_thousand_consecutive_calls_all_work() {
    let (vm, contracts) = actors(2);
    let caller = deploy(
        &vm,
        r#"(module
      (import "vellum" "input_copy" (func $input_copy (param i32 i32 i32)))
      (import "vellum" "call" (func $call (param i32 i32 i32 i32 i32 i64 i64) (result i32)))
      (memory (export "memory") 1) (data (i32.const 0) "run+")
      (func (export "f") (param $times i32) (result i32) (local $failed i32)
        (call $input_copy (i32.const 100) (i32.const 0) (i32.const 20))
        (loop $next
          (local.set $failed (i32.add (local.get $failed) (call $call (i32.const 100) (i32.const 0) (i32.const 3)
            (i32.const 3) (i32.const 1) (i64.const 0) (i64.const 0))))
          (local.set $times (i32.sub (local.get $times) (i32.const 1)))
          (br_if $next (local.get $times)))
        (local.get $failed)))"#,
        5,
    );
    let call = Call::new(caller, "f").args([Value::I32(100_000)]).input(contracts[1].0).gas(Gas(u64::MAX / 2));
    assert_eq!(vm.run(&call).commit().unwrap().results, [Value::I32(0)]);
    assert_eq!(word(&vm, contracts[1], 0), 100_000);
}

#[test]
fn a_contract_that_refuses_reentry_has_one_call_at_a_time() {
    for pager in PagerKind::available() {
        let (vm, contracts) = actors(1);
        let deployment = Deployment { nonce: 7, refuses_reentry: true, ..Deployment::default() };
        let closed = vm.deploy(ACTOR.as_bytes(), &deployment).unwrap().address;
        let all = [closed, contracts[0]];
        let call = Call::new(closed, "run").input(script(&all, &["+", "c", "1", "+", "c", "0", "+"])).pager(pager);
        let (receipt, trace) = vm.run(&call).trace(Detail::Calls).commit().unwrap();
        assert_eq!((receipt.results, word(&vm, closed, 0)), (vec![Value::I64(1)], 1), "{pager}");
        let [_, _, inner] = &trace.calls[..] else { panic!("{trace:?}") };
        let Status::Halted(halt) = &inner.status else { panic!("{inner:?}") };
        assert!(halt.message.contains("refuses re-entry"), "{halt:?}");
        assert_eq!((inner.depth, inner.gas_used), (2, Gas(0)));
        // Consecutive calls are not re-entry.
        assert_eq!(run(&vm, &[contracts[0], closed], pager, &["c", "1", "+"]).results, [Value::I64(1)]);
    }
}

#[test]
fn value_is_transferred_with_a_call_that_returns_and_undone_with_one_that_fails() {
    let (vm, contracts) = actors(1);
    let payer = r#"(module
      (import "vellum" "input_copy" (func $input_copy (param i32 i32 i32)))
      (import "vellum" "call" (func $call (param i32 i32 i32 i32 i32 i64 i64) (result i32)))
      (memory (export "memory") 1) (data (i32.const 0) "run+t")
      (func (export "pay") (param $value i64) (param $length i32) (result i32)
        (call $input_copy (i32.const 100) (i32.const 0) (i32.const 20))
        (call $call (i32.const 100) (i32.const 0) (i32.const 3) (i32.const 3) (local.get $length)
          (local.get $value) (i64.const 0))))"#;
    let payer = vm.deploy(payer.as_bytes(), &Deployment { balance: 100, ..Deployment::default() }).unwrap().address;
    let pay = |value: i64, length: i32| {
        let call = Call::new(payer, "pay").args([Value::I64(value), Value::I32(length)]).input(contracts[0].0);
        let receipt = vm.run(&call).commit().unwrap();
        let balance = |address| vm.now().unwrap().account(&address).unwrap().unwrap().balance;
        (receipt.results[0], balance(payer), balance(contracts[0]))
    };
    assert_eq!(pay(30, 1), (Value::I32(0), 70, 30));
    assert_eq!(pay(30, 2), (Value::I32(2), 70, 30), "the callee traps");
    assert_eq!(pay(71, 1), (Value::I32(2), 70, 30), "more than the balance");
    assert_eq!(pay(-1, 1), (Value::I32(2), 70, 30), "2^64 - 1 is more than the balance");
    vm.fund(&contracts[0], u64::MAX - 30).unwrap();
    assert_eq!(pay(1, 1), (Value::I32(2), 70, u64::MAX), "no account holds more than 2^64 - 1");
}

#[test]
fn a_store_failure_in_a_nested_call_ends_the_whole_transaction() {
    for pager in PagerKind::available() {
        let memory = MemoryStore::new();
        let faulty = FaultyStore::new(memory);
        // With a larger window, failures of pages that only the window reaches would not end the call.
        let builder = Vm::builder(faulty.clone()).module_cache_dir(None).fault_window(PageCount(1));
        let vm = builder.build().unwrap();
        let contracts: Vec<Address> = (0..2).map(|nonce| deploy(&vm, ACTOR, nonce)).collect();
        let _ = run(&vm, &contracts, pager, &["+", "c", "1", "+s"]);
        let call = || {
            vm.forget_frames(&contracts[0]);
            vm.forget_frames(&contracts[1]);
            let input = script(&contracts, &["+", "c", "1", "+sb", "0", "c", "0", "+"]);
            vm.run(&Call::new(contracts[0], "run").input(input).pager(pager)).commit()
        };
        let state = |vm: &Vm| {
            contracts
                .iter()
                .map(|contract| vm.now().unwrap().account(contract).unwrap().unwrap().state)
                .collect::<Vec<_>>()
        };
        let before = state(&vm);
        let mut failed = 0;
        for number in 1.. {
            faulty.fail_operation(number);
            let outcome = call();
            let done = faulty.operations() < number;
            faulty.fail_operation(0);
            if done {
                assert_eq!(outcome.unwrap().status, Status::Returned);
                break;
            }
            failed += 1;
            match outcome {
                Err(_) => {}
                Ok(receipt) => match receipt.status {
                    Status::Halted(halt) => assert_eq!(halt.kind, HaltKind::Store, "{pager}: operation {number}"),
                    other => panic!("{pager}: operation {number} failed, but the call {other:?}"),
                },
            }
            assert_eq!(state(&vm), before, "{pager}: operation {number}");
        }
        assert!(failed > 10, "{failed}");
        assert_eq!(vm.store().check().unwrap().problems, []);
    }
}

/// Emits events until `count` are emitted, then may call a contract.
const EMITTER: &str = r#"(module
  (import "vellum" "emit" (func $emit (param i32 i32 i32 i32 i64)))
  (import "vellum" "call" (func $call (param i32 i32 i32 i32 i32 i64 i64) (result i32)))
  (import "vellum" "input_copy" (func $input (param i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 100) "emit")
  (func (export "emit") (param $count i64)
    (loop
      (call $emit (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i64.const 1))
      (br_if 0 (i64.ne (local.tee $count (i64.sub (local.get $count) (i64.const 1))) (i64.const 0)))))
  (func (export "relay") (param $count i64) (result i32)
    (local $status i32)
    (call $input (i32.const 0) (i32.const 0) (i32.const 20))
    (i64.store (i32.const 200) (local.get $count))
    (local.set $status
      (call $call (i32.const 0) (i32.const 100) (i32.const 4) (i32.const 200) (i32.const 8) (i64.const 0) (i64.const 0)))
    (call $emit (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i64.const 1))
    (local.get $status)))"#;

#[test]
fn a_callee_that_uses_up_the_events_it_may_emit_leaves_its_caller_some() {
    let (vm, caller) = vm_with(EMITTER);
    let callee = deploy(&vm, EMITTER, 1);
    // All but 1/64 of 1,024 events.
    for (count, status, events) in [(1_008, 0, 1_009), (1_009, 2, 1)] {
        let call = Call::new(caller, "relay").args([Value::I64(count)]).input(callee.0.to_vec());
        let receipt = agreed(&vm, &call);
        assert_eq!(receipt.status, Status::Returned, "{receipt:?}");
        assert_eq!((receipt.results.clone(), receipt.events.len()), (vec![Value::I32(status)], events));
    }
    let receipt = agreed(&vm, &Call::new(caller, "emit").args([Value::I64(1_025)]));
    assert_eq!(halt_kind(&receipt), Some(HaltKind::Limit), "{receipt:?}");
}
