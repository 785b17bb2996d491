//! Every instruction has the same effect on storage under every pager.

use super::*;
use crate::units::PAGE_SIZE;

const PAGES: u32 = 16;
const SIZE: usize = PAGES as usize * PAGE_SIZE;
const WIDTHS: [usize; 5] = [1, 2, 4, 8, 16];

/// A load and a store of each width. A vector consists of the same number twice.
const ALL_WIDTHS: &str = r#"(module
  (import "storage" "memory" (memory 1))
  (import "vellum" "revert" (func $revert (param i32 i32)))
  (func (export "pattern") (local $at i32)
    (loop
      (i32.store (local.get $at) (i32.mul (i32.add (local.get $at) (i32.const 1)) (i32.const 0x9e3779b1)))
      (br_if 0 (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 4))) (i32.const 65536)))))
  (func (export "load1") (param i32) (result i64) (i64.load8_u (local.get 0)))
  (func (export "load2") (param i32) (result i64) (i64.load16_u (local.get 0)))
  (func (export "load4") (param i32) (result i64) (i64.load32_u (local.get 0)))
  (func (export "load8") (param i32) (result i64) (i64.load (local.get 0)))
  (func (export "load16") (param i32) (result i64) (local $vector v128)
    (local.set $vector (v128.load (local.get 0)))
    (i64.xor (i64x2.extract_lane 0 (local.get $vector)) (i64x2.extract_lane 1 (local.get $vector))))
  (func (export "store1") (param i32 i64) (i64.store8 (local.get 0) (local.get 1)))
  (func (export "store2") (param i32 i64) (i64.store16 (local.get 0) (local.get 1)))
  (func (export "store4") (param i32 i64) (i64.store32 (local.get 0) (local.get 1)))
  (func (export "store8") (param i32 i64) (i64.store (local.get 0) (local.get 1)))
  (func (export "store16") (param i32 i64) (v128.store (local.get 0) (i64x2.splat (local.get 1))))
  (func (export "write_and_restore") (param i32) (local $before i64)
    (local.set $before (i64.load (local.get 0)))
    (i64.store (local.get 0) (i64.const -1))
    (i64.store (local.get 0) (local.get $before)))
  (func $deeper (export "deeper") (param i32) (result i32)
    (i32.store (i32.const 0) (local.get 0))
    (i32.add (call $deeper (i32.add (local.get 0) (i32.const 1))) (i32.load (i32.const 4096))))
  (func (export "divide") (param i32) (result i32)
    (i32.store (i32.const 0) (i32.const 1))
    (i32.div_u (i32.load (i32.const 4096)) (local.get 0)))
  (func (export "unreachable") (i32.store (i32.const 8) (i32.const 1)) unreachable)
  (func (export "far") (param i32) (result i32)
    (i32.store (i32.const 0) (i32.const 1))
    (i32.load offset=0x1fffff0 (local.get 0))))"#;

/// Returns a contract with varied bytes in its storage, and these bytes.
fn patterned() -> (Vm, Address, Vec<u8>) {
    let vm = vm_on(MemoryStore::new());
    let contract = deploy_with(&vm, ALL_WIDTHS, 0, PAGES);
    let _ = vm.run(&Call::new(contract, "pattern").gas(Gas(1 << 40))).commit().unwrap();
    let bytes = vm.now().unwrap().read(&contract, ByteOffset(0), SIZE as u64).unwrap();
    assert!(bytes.chunks(8).all(|chunk| chunk != [0; 8]));
    (vm, contract, bytes)
}

fn at(contract: Address, function: &str, at: usize) -> Call {
    Call::new(contract, function).args([Value::I32(at as i32)])
}

fn store(contract: Address, width: usize, offset: usize, value: i64) -> Call {
    Call::new(contract, format!("store{width}")).args([Value::I32(offset as i32), Value::I64(value)])
}

fn little_endian(bytes: &[u8]) -> i64 {
    let half = |bytes: &[u8]| bytes.iter().rev().fold(0_u64, |value, byte| value << 8 | u64::from(*byte));
    bytes.chunks(8).fold(0, |value, bytes| value ^ half(bytes)) as i64
}

/// Returns the offsets at which an access of a width straddles the end of a page, ends at it or begins at it.
fn around(end: usize, width: usize) -> std::ops::RangeInclusive<usize> {
    end - width..=end
}

#[test]
fn loads_of_every_width_over_page_ends_read_both_pages() {
    let (vm, contract, bytes) = patterned();
    for width in WIDTHS {
        for offset in [1, 7, 15].into_iter().flat_map(|page| around(page * PAGE_SIZE, width)) {
            let receipt = agreed(&vm, &at(contract, &format!("load{width}"), offset));
            assert_eq!(result(&receipt), little_endian(&bytes[offset..offset + width]), "{width} bytes at {offset}");
        }
    }
}

#[test]
fn stores_of_every_width_over_page_ends_change_both_pages() {
    let (vm, contract, mut bytes) = patterned();
    let mut pagers = PagerKind::available().cycle();
    for width in WIDTHS {
        for (number, offset) in [2, 9].into_iter().flat_map(|page| around(page * PAGE_SIZE, width)).enumerate() {
            let value = 0x0123_4567_89ab_cdef_i64.rotate_left(number as u32 * 8 + 4);
            let call = store(contract, width, offset, value);
            let dry = agreed(&vm, &call);
            let receipt = vm.run(&call.pager(pagers.next().unwrap())).commit().unwrap();
            assert_eq!(receipt.contracts[0].state_after, dry.contracts[0].state_after);
            bytes[offset..offset + width].copy_from_slice(&value.to_le_bytes().repeat(2)[..width]);
            let stored = vm.now().unwrap().read(&contract, ByteOffset(0), SIZE as u64).unwrap();
            assert!(stored == bytes, "{width} bytes at {offset}");
        }
    }
    assert_eq!(vm.store().check().unwrap().problems, []);
}

#[test]
fn an_access_partly_beyond_the_limit_traps_without_an_effect() {
    let (vm, contract, bytes) = patterned();
    let before = vm.now().unwrap().account(&contract).unwrap();
    for width in WIDTHS {
        for offset in SIZE - width + 1..=SIZE {
            for call in [at(contract, &format!("load{width}"), offset), store(contract, width, offset, -1)] {
                assert_eq!(halt_kind(&agreed(&vm, &call)), Some(HaltKind::Trap), "{width} bytes at {offset}");
                for pager in PagerKind::available() {
                    assert_eq!(halt_kind(&vm.run(&call.clone().pager(pager)).commit().unwrap()), Some(HaltKind::Trap));
                    let last = at(contract, "load8", SIZE - 8).pager(pager);
                    assert_eq!(result(&vm.run(&last).dry().unwrap()), little_endian(&bytes[SIZE - 8..]), "{pager}");
                }
            }
        }
        let inside = agreed(&vm, &store(contract, width, SIZE - width, -1));
        assert_eq!((inside.status, inside.contracts[0].pages_changed), (Status::Returned, 1));
    }
    assert_eq!(vm.now().unwrap().account(&contract).unwrap(), before);
}

#[test]
fn a_page_with_its_old_bytes_is_not_changed() {
    let (vm, contract, _) = patterned();
    let before = vm.now().unwrap().account(&contract).unwrap();
    for pager in PagerKind::available() {
        for offset in [0, 4_092, SIZE - 8] {
            let receipt = vm.run(&at(contract, "write_and_restore", offset).pager(pager)).commit().unwrap();
            assert_eq!((receipt.status, receipt.contracts[0].pages_changed), (Status::Returned, 0), "{pager}");
            assert_eq!(vm.now().unwrap().account(&contract).unwrap(), before, "{pager}: no new version");
        }
    }
}

/// Storage of no pages.
const NO_PAGES: &str = r#"(module
  (import "storage" "memory" (memory $s 0 0))
  (func (export "size") (result i32) (memory.size $s))
  (func (export "load") (param i32) (result i32) (i32.load8_u $s (local.get 0)))
  (func (export "store") (param i32) (i32.store8 $s (local.get 0) (i32.const 1)))
  (func (export "fill") (param i32) (memory.fill $s (i32.const 0) (i32.const 1) (local.get 0))))"#;

#[test]
fn storage_without_pages_can_be_asked_for_its_size_and_traps_otherwise() {
    let (vm, contract) = vm_with(NO_PAGES);
    for (function, argument, expected) in [
        ("size", None, None),
        ("fill", Some(0), None),
        ("fill", Some(1), Some(HaltKind::Trap)),
        ("load", Some(0), Some(HaltKind::Trap)),
        ("load", Some(-1), Some(HaltKind::Trap)),
        ("store", Some(0), Some(HaltKind::Trap)),
    ] {
        let receipt =
            agreed(&vm, &Call::new(contract, function).args(argument.map(Value::I32).into_iter().collect::<Vec<_>>()));
        assert_eq!(halt_kind(&receipt), expected, "{function}: {receipt:?}");
    }
}

#[test]
fn traps_are_the_same_while_handlers_of_all_pagers_are_installed() {
    let (vm, contract, _) = patterned();
    let cases = [
        (at(contract, "load4", SIZE), HaltKind::Trap),
        (at(contract, "load4", u32::MAX as usize), HaltKind::Trap),
        (at(contract, "far", SIZE), HaltKind::Trap),
        (at(contract, "far", u32::MAX as usize), HaltKind::Trap),
        (Call::new(contract, "unreachable"), HaltKind::Trap),
        (at(contract, "divide", 0), HaltKind::Trap),
        (at(contract, "deeper", 0).gas(Gas(1 << 40)), HaltKind::CallDepth),
    ];
    // Both handlers are installed as long as the pool keeps a region of their pagers.
    let _ = agreed(&vm, &at(contract, "load4", 0));
    for (call, kind) in cases {
        assert_eq!(halt_kind(&agreed(&vm, &call)), Some(kind), "{}", call.function);
        assert_eq!(agreed(&vm, &at(contract, "divide", 1)).status, Status::Returned);
    }
}

/// 16 MiB of storage, as much own memory, and a data segment of ten pages.
fn bulk_contract() -> String {
    let data = (0..40_960).map(|n| char::from(b'a' + (n % 23) as u8)).collect::<String>();
    format!(
        r#"(module
  (import "storage" "memory" (memory $storage 1))
  (memory $own 256)
  (data $data "{data}")
  (func (export "fill") (param i32 i32 i32) (memory.fill $storage (local.get 0) (local.get 1) (local.get 2)))
  (func (export "copy") (param i32 i32 i32) (memory.copy $storage $storage (local.get 0) (local.get 1) (local.get 2)))
  (func (export "out_and_in") (param i32 i32 i32)
    (memory.copy $own $storage (i32.const 5) (local.get 1) (local.get 2))
    (memory.copy $storage $own (local.get 0) (i32.const 5) (local.get 2)))
  (func (export "init") (param i32 i32 i32)
    (memory.init $storage $data (local.get 0) (local.get 1) (local.get 2))))"#
    )
}

#[test]
fn bulk_instructions_over_thousands_of_pages_are_the_same_under_every_pager() {
    const STORAGE: usize = 16 << 20;
    let vm = vm_on(MemoryStore::new());
    let contract = deploy_with(&vm, &bulk_contract(), 0, (STORAGE / PAGE_SIZE) as u32);
    let data: Vec<u8> = (0..40_960).map(|n| b'a' + (n % 23) as u8).collect();
    let mut bytes = vec![0; STORAGE];
    let mut pagers = PagerKind::available().cycle();
    let steps: [(&str, [usize; 3]); 8] = [
        ("init", [8_190, 3, 40_957]),
        ("fill", [5 << 20 | 77, 0x5a, 4 << 20]),
        ("init", [9 << 20, 0, 40_960]),
        ("copy", [4_096 * 3 + 1, 5 << 20, 9 << 20]),
        ("copy", [5 << 20, 4_096 * 3 + 1, 10 << 20]),
        ("out_and_in", [1 << 20 | 5, 4 << 20, 11 << 20]),
        ("copy", [0, STORAGE - (2 << 20), 2 << 20]),
        ("fill", [100, 0, STORAGE - 100]),
    ];
    for (function, [to, from, length]) in steps {
        let args = [to, from, length].map(|number| Value::I32(number as i32));
        let call = Call::new(contract, function).args(args).gas(Gas(1 << 40));
        let dry = agreed(&vm, &call);
        let receipt = vm.run(&call.pager(pagers.next().unwrap())).commit().unwrap();
        assert_eq!(
            (&receipt.status, &receipt.contracts[0].state_after),
            (&Status::Returned, &dry.contracts[0].state_after)
        );
        match function {
            "fill" => bytes[to..to + length].fill(from as u8),
            "init" => bytes[to..to + length].copy_from_slice(&data[from..from + length]),
            _ => bytes.copy_within(from..from + length, to),
        }
        assert!(
            vm.now().unwrap().read(&contract, ByteOffset(0), STORAGE as u64).unwrap() == bytes,
            "{function} {to} {from} {length}"
        );
    }
    assert_eq!(bytes.iter().filter(|byte| **byte != 0).count(), 100);
}
