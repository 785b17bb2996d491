//! Storage inside a contract's own memory, under every pager.

use super::*;
use crate::limits::STORAGE_BASE;
use crate::units::PAGE_SIZE;

const PAGES: u32 = 16;
const WIDTHS: [usize; 5] = [1, 2, 4, 8, 16];

/// The first address behind own memory, of two wasm pages.
const OWN_END: u32 = 2 << 16;
const STORAGE_END: u32 = STORAGE_BASE + PAGES * PAGE_SIZE as u32;

const PROGRAM: &str = r#"(module
  (import "storage" "base" (func $base (result i32)))
  (import "storage" "size" (func $size (result i32)))
  (import "vellum" "self_address" (func $self (param i32)))
  (import "vellum" "call" (func $call (param i32 i32 i32 i32 i32 i64 i64) (result i32)))
  (import "vellum" "call_static" (func $call_static (param i32 i32 i32 i32 i32 i64) (result i32)))
  (import "vellum" "input_len" (func $input_len (result i32)))
  (import "vellum" "input_copy" (func $input_copy (param i32 i32 i32)))
  (import "vellum" "return" (func $return (param i32 i32)))
  (import "vellum" "log" (func $log (param i32 i32)))
  (import "ewasm" "storageMap" (func $map (param i32 i32 i32)))
  (import "svm" "storage_read_to_mem" (func $read (param i32 i32 i32 i32 i32)))
  (import "svm" "storage_write_from_mem" (func $write (param i32 i32 i32 i32 i32)))
  (memory (export "memory") 2)
  (data (i32.const 1000) "initial")
  (data (i32.const 2000) "addnestedgrows")
  (global $count (mut i32) (i32.const 0))
  (func (export "base") (result i32) (call $base))
  (func (export "size") (result i32) (call $size))
  (func (export "pages") (result i32) (memory.size))
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
  (func (export "grow_and_fill") (param i32) (result i32)
    (drop (memory.grow (local.get 0)))
    (memory.fill (i32.const 131072) (i32.const 7) (i32.shl (local.get 0) (i32.const 16)))
    (memory.size))
  (func $add (export "add") (param i64) (result i64)
    (i64.store (call $base) (i64.add (i64.load (call $base)) (local.get 0)))
    (i64.load (call $base)))
  (func (export "load1") (param i32) (result i64) (i64.load8_u (local.get 0)))
  (func (export "load2") (param i32) (result i64) (i64.load16_u (local.get 0)))
  (func (export "load4") (param i32) (result i64) (i64.load32_u (local.get 0)))
  (func (export "load8") (param i32) (result i64) (i64.load (local.get 0)))
  (func (export "load16") (param i32) (result i64) (i64x2.extract_lane 0 (v128.load (local.get 0))))
  (func (export "store1") (param i32 i64) (i64.store8 (local.get 0) (local.get 1)))
  (func (export "store2") (param i32 i64) (i64.store16 (local.get 0) (local.get 1)))
  (func (export "store4") (param i32 i64) (i64.store32 (local.get 0) (local.get 1)))
  (func (export "store8") (param i32 i64) (i64.store (local.get 0) (local.get 1)))
  (func (export "store16") (param i32 i64) (v128.store (local.get 0) (i64x2.splat (local.get 1))))
  (func (export "fill") (param i32 i32) (memory.fill (local.get 0) (i32.const 9) (local.get 1)))
  (func (export "copy") (param i32 i32 i32) (memory.copy (local.get 0) (local.get 1) (local.get 2)))
  (func (export "returns") (param i32 i32) (call $return (local.get 0) (local.get 1)))
  (func (export "logs") (param i32 i32) (call $log (local.get 0) (local.get 1)))
  (func (export "takes") (param i32) (call $input_copy (local.get 0) (i32.const 0) (call $input_len)))
  (func (export "maps") (param i32 i32 i32) (call $map (local.get 0) (local.get 1) (local.get 2)))
  (func (export "reads") (param i32 i32) (call $read (i32.const 0) (i32.const 0) (local.get 1) (i32.const 0) (local.get 0)))
  (func (export "writes") (param i32 i32) (call $write (i32.const 0) (local.get 0) (local.get 1) (i32.const 1) (i32.const 4)))
  (func (export "takes_statically") (param i32) (result i32)
    (call $self (i32.const 3000))
    (i32.store (i32.const 3100) (local.get 0))
    (call $call_static (i32.const 3000) (i32.const 3200) (i32.const 5) (i32.const 3100) (i32.const 8) (i64.const 0)))
  ;; Re-enters itself `depth` times. Each call fills pages of its own memory with its depth, grows by a wasm page, and counts in storage.
  (func $nested (export "nested") (param $depth i32) (param $pages i32) (result i64)
    (local $at i32) (local $status i32)
    (if (i32.ne (i32.load8_u (i32.const 1000)) (i32.const 105)) (then (return (i64.const -1))))
    (if (i32.ne (i32.load (i32.const 5000)) (i32.const 0)) (then (return (i64.const -2))))
    (if (i32.ne (memory.size) (i32.const 2)) (then (return (i64.const -3))))
    (if (global.get $count) (then (return (i64.const -4))))
    (global.set $count (local.get $depth))
    (i32.store8 (i32.const 1000) (i32.add (local.get $depth) (i32.const 1)))
    (drop (memory.grow (i32.const 1)))
    (i64.store (i32.const 131080) (i64.extend_i32_u (local.get $depth)))
    (local.set $at (i32.const 5000))
    (block $done (loop $fill
      (br_if $done (i32.eqz (local.get $pages)))
      (i32.store (local.get $at) (i32.add (local.get $depth) (i32.const 77)))
      (local.set $at (i32.add (local.get $at) (i32.const 4096)))
      (local.set $pages (i32.sub (local.get $pages) (i32.const 1)))
      (br $fill)))
    (drop (call $add (i64.const 1)))
    (if (local.get $depth) (then
      (call $self (i32.const 3000))
      (i32.store (i32.const 3100) (i32.sub (local.get $depth) (i32.const 1)))
      (i32.store (i32.const 3104) (i32.div_u (i32.sub (local.get $at) (i32.const 5000)) (i32.const 4096)))
      (local.set $status
        (call $call (i32.const 3000) (i32.const 2003) (i32.const 6) (i32.const 3100) (i32.const 8) (i64.const 0) (i64.const 0)))
      (if (local.get $status) (then (return (i64.const -5))))))
    (if (i32.ne (i32.load8_u (i32.const 1000)) (i32.add (local.get $depth) (i32.const 1))) (then (return (i64.const -6))))
    (if (i32.ne (memory.size) (i32.const 3)) (then (return (i64.const -7))))
    (if (i64.ne (i64.load (i32.const 131080)) (i64.extend_i32_u (local.get $depth))) (then (return (i64.const -8))))
    (if (i32.ne (global.get $count) (local.get $depth)) (then (return (i64.const -9))))
    (block $checked (loop $check
      (br_if $checked (i32.eq (local.get $at) (i32.const 5000)))
      (local.set $at (i32.sub (local.get $at) (i32.const 4096)))
      (if (i32.ne (i32.load (local.get $at)) (i32.add (local.get $depth) (i32.const 77))) (then (return (i64.const -10))))
      (br $check)))
    (i64.load (call $base))))"#;

fn program() -> (Vm, Address) {
    let vm = vm_on(MemoryStore::new());
    // The name of the export that `takes_statically` calls is written by hand, as no segment may follow it.
    let contract = deploy_with(
        &vm,
        &PROGRAM.replace("\"addnestedgrows\"", "\"addnestedgrows\") (data (i32.const 3200) \"takes\""),
        0,
        PAGES,
    );
    (vm, contract)
}

fn call(contract: Address, name: &str, arguments: &[u32]) -> Call {
    Call::new(contract, name).args(arguments.iter().map(|argument| Value::I32(*argument as i32)).collect::<Vec<_>>())
}

/// Returns whether a range lies in one part.
fn fits(start: u32, length: u32) -> bool {
    let end = u64::from(start) + u64::from(length);
    end <= u64::from(if start < STORAGE_BASE { OWN_END } else { STORAGE_END })
}

/// Addresses around the ends of both parts.
fn around(length: u32) -> impl Iterator<Item = u32> {
    let near = move |end: u32| end.saturating_sub(length + 1)..=end.saturating_add(1);
    [0, 4096, OWN_END, STORAGE_BASE, STORAGE_BASE + 4096, STORAGE_END, u32::MAX].into_iter().flat_map(near)
}

#[test]
fn storage_begins_at_the_base_and_has_the_size_of_the_page_limit() {
    let (vm, contract) = program();
    assert_eq!(result(&agreed(&vm, &call(contract, "base", &[]))), i64::from(STORAGE_BASE));
    assert_eq!(result(&agreed(&vm, &call(contract, "size", &[]))), i64::from(PAGES) * PAGE_SIZE as i64);
    let gas = |name| agreed(&vm, &call(contract, name, &[])).gas_used;
    assert_eq!((gas("base"), gas("size")), (gas("pages"), gas("pages")), "each costs as much as one cheap instruction");
}

#[test]
fn what_is_stored_there_persists_and_what_is_stored_before_it_does_not() {
    let (vm, contract) = program();
    for pager in PagerKind::available() {
        let before = stored(&vm, contract);
        let receipt = vm.run(&add(contract, 5).pager(pager)).commit().unwrap();
        assert_eq!(result(&receipt) as u64, before + 5);
        assert_eq!((receipt.contracts[0].pages_changed, stored(&vm, contract)), (1, before + 5), "{pager}");
        let _ = vm.run(&call(contract, "fill", &[0, OWN_END]).pager(pager)).commit().unwrap();
        assert_eq!(result(&agreed(&vm, &call(contract, "load1", &[1000]))), i64::from(b'i'));
        assert_eq!(result(&agreed(&vm, &call(contract, "load8", &[2000 + 4096]))), 0);
    }
}

#[test]
fn accesses_of_every_width_stay_within_one_part() {
    let (vm, contract) = program();
    let _ = vm
        .run(&call(contract, "fill", &[STORAGE_BASE, STORAGE_END - STORAGE_BASE]).gas(Gas(1 << 40)))
        .commit()
        .unwrap();
    for width in WIDTHS {
        for at in around(width as u32) {
            let load = agreed(&vm, &call(contract, &format!("load{width}"), &[at]));
            let store = Call::new(contract, format!("store{width}")).args([Value::I32(at as i32), Value::I64(-1)]);
            let store = agreed(&vm, &store);
            let expected = if fits(at, width as u32) { None } else { Some(HaltKind::Trap) };
            assert_eq!(halt_kind(&load), expected, "a load of {width} bytes at {at:#x}");
            assert_eq!(halt_kind(&store), expected, "a store of {width} bytes at {at:#x}");
        }
    }
}

#[test]
fn bulk_ranges_stay_within_one_part_even_if_they_are_empty() {
    let (vm, contract) = program();
    for length in [0, 1, 5, 4096, 4097] {
        for at in around(length).filter(|at| length < 4096 || at % 7 < 2) {
            let expected = |fits| if fits { None } else { Some(HaltKind::Trap) };
            let fill = agreed(&vm, &call(contract, "fill", &[at, length]));
            assert_eq!(halt_kind(&fill), expected(fits(at, length)), "{length} bytes at {at:#x}");
            let to = agreed(&vm, &call(contract, "copy", &[at, STORAGE_BASE + 8192, length]));
            assert_eq!(halt_kind(&to), expected(fits(at, length)), "{length} bytes to {at:#x}");
            let from = agreed(&vm, &call(contract, "copy", &[8192, at, length]));
            assert_eq!(halt_kind(&from), expected(fits(at, length)), "{length} bytes from {at:#x}");
        }
    }
    let whole = agreed(&vm, &call(contract, "fill", &[0, STORAGE_END]).gas(Gas(1 << 40)));
    assert_eq!(halt_kind(&whole), Some(HaltKind::Trap));
}

#[test]
fn own_memory_grows_in_front_of_storage() {
    let (vm, contract) = program();
    for _ in 0..2 {
        assert_eq!(result(&agreed(&vm, &call(contract, "grow", &[3]))), 2);
        assert_eq!(result(&agreed(&vm, &call(contract, "grow", &[1022]))), 2);
        assert_eq!(result(&agreed(&vm, &call(contract, "grow", &[1023]))), -1, "64 MiB is the limit");
        assert_eq!(result(&agreed(&vm, &call(contract, "pages", &[]))), 2);
        for pages in [1, 40, 200] {
            let grown = call(contract, "grow_and_fill", &[pages]).gas(Gas(1 << 40));
            assert_eq!(result(&agreed(&vm, &grown)), 2 + i64::from(pages));
            assert_eq!(halt_kind(&agreed(&vm, &call(contract, "load1", &[OWN_END]))), Some(HaltKind::Trap));
        }
    }
}

#[test]
fn a_nested_call_begins_with_own_memory_as_it_is_made_and_its_caller_finds_its_own_again() {
    let (vm, contract) = program();
    for (depth, pages) in [(0, 3), (1, 0), (1, 5), (4, 5), (1, 30), (3, 30), (40, 30)] {
        for _ in 0..3 {
            let receipt = agreed(&vm, &call(contract, "nested", &[depth, pages]).gas(Gas(1 << 40)));
            assert_eq!(result(&receipt), i64::from(depth) + 1, "{depth} deep, {pages} pages");
        }
    }
}

#[test]
fn host_functions_take_pointers_into_either_part() {
    let (vm, contract) = program();
    let text = b"written by the host";
    for (at, is_in_storage) in [(4090, false), (STORAGE_BASE + 4090, true)] {
        let takes = call(contract, "takes", &[at]).input(text.to_vec());
        assert_eq!(agreed(&vm, &takes).contracts[0].pages_changed, if is_in_storage { 2 } else { 0 });
    }
    let _ = vm.run(&call(contract, "takes", &[STORAGE_BASE + 4090]).input(text.to_vec())).commit().unwrap();
    let returned = agreed(&vm, &call(contract, "returns", &[STORAGE_BASE + 4090, text.len() as u32]));
    assert_eq!(returned.output, text);
    assert_eq!(agreed(&vm, &call(contract, "logs", &[STORAGE_BASE + 4090, 7])).logs, ["written"]);
    // A slice within storage, onto itself.
    let reads = vm.run(&call(contract, "reads", &[STORAGE_BASE + 8, 4000])).dry().unwrap();
    assert!(reads.is_returned(), "{reads:?}");
    let _ = agreed(&vm, &call(contract, "reads", &[STORAGE_BASE + 8, 4000]));
    let _ = agreed(&vm, &call(contract, "writes", &[STORAGE_BASE + 4090, 4000]));
    for (at, length) in [
        (OWN_END - 4, 8),
        (OWN_END, 1),
        (STORAGE_BASE - 4, 8),
        (STORAGE_END - 4, 8),
        (STORAGE_END, 1),
        (0, u32::MAX),
        (STORAGE_BASE, u32::MAX),
        (u32::MAX, 1),
    ] {
        for name in ["returns", "logs"] {
            let refused = agreed(&vm, &call(contract, name, &[at, length]));
            assert_eq!(halt_kind(&refused), Some(HaltKind::Vmcall), "{name} {at:#x} {length}");
        }
    }
    for at in [OWN_END, STORAGE_END, STORAGE_BASE] {
        let empty = agreed(&vm, &call(contract, "logs", &[at, 0]));
        assert!(empty.is_returned(), "an empty range at an end: {at:#x}");
    }
}

#[test]
fn a_host_function_writes_no_storage_in_a_static_call() {
    let (vm, contract) = program();
    let into = |at: u32| agreed(&vm, &call(contract, "takes_statically", &[at]));
    assert_eq!(result(&into(8192)), 0, "own memory may be written");
    assert_eq!(result(&into(STORAGE_BASE)), 2);
    assert_eq!(stored(&vm, contract), 0);
}

#[test]
fn windows_lie_in_own_memory() {
    let (vm, contract) = program();
    let _ = vm.run(&add(contract, 5)).commit().unwrap();
    assert!(agreed(&vm, &call(contract, "maps", &[4096, 0, 4096])).is_returned());
    let refused = agreed(&vm, &call(contract, "maps", &[STORAGE_BASE, 0, 4096]));
    assert_eq!(halt_kind(&refused), Some(HaltKind::Vmcall));
}

#[test]
fn a_page_limit_over_a_gibibyte_is_refused_with_both_numbers() {
    let vm = vm_on(MemoryStore::new());
    let refused = |pages| {
        let deployment = Deployment { max_pages: Some(PageCount(pages)), ..Deployment::default() };
        vm.deploy(PROGRAM.as_bytes(), &deployment).unwrap_err().to_string()
    };
    let message = refused((1 << 18) + 16);
    assert!(message.contains("262160") && message.contains("262144"), "{message}");
}
