//! Every load and store, at every kind of address.

use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{
    CodeSection, ExportKind, ExportSection, Function, FunctionSection, ImportSection, InstructionSink, MemoryType,
    Module, TypeSection, ValType,
};
use wasmparser::{MemArg, Operator};
use wasmtime::Val;

use super::host::{Host, VARIANTS, Variant};
use crate::contract::Checks;
use crate::contract::access::{self, Direction};

/// An instruction with a memory argument, as the parser lists it.
struct Listed {
    name: &'static str,
    proposal: &'static str,
    operator: Operator<'static>,
    /// Number of operands and of results.
    arity: (u32, u32),
}

fn listed(offset: u64) -> Vec<Listed> {
    let memarg = MemArg { align: 0, max_align: 0, offset, memory: 0 };
    let mut all = Vec::new();
    macro_rules! list {
        ($(@$proposal:ident $operator:ident $({ $($argument:ident: $ty:ty),* })? => $visit:ident ($($arity:tt)*))*) => {
            $(list!(one $proposal $operator [$($($argument)*)?] ($($arity)*));)*
        };
        (one $proposal:ident $operator:ident [memarg] (arity $taken:literal -> $given:literal)) => {
            all.push(Listed {
                name: stringify!($operator),
                proposal: stringify!($proposal),
                operator: Operator::$operator { memarg },
                arity: ($taken, $given),
            });
        };
        (one $proposal:ident $operator:ident [memarg lane] (arity $taken:literal -> $given:literal)) => {
            all.push(Listed {
                name: stringify!($operator),
                proposal: stringify!($proposal),
                operator: Operator::$operator { memarg, lane: 0 },
                arity: ($taken, $given),
            });
        };
        (one $proposal:ident $operator:ident [memarg ordering] ($($arity:tt)*)) => {};
        (one $proposal:ident $operator:ident [ordering memarg] ($($arity:tt)*)) => {};
        (one $($other:tt)*) => {};
    }
    wasmparser::for_each_operator!(list);
    all
}

fn allowed(offset: u64) -> Vec<Listed> {
    listed(offset).into_iter().filter(|listed| ["mvp", "simd"].contains(&listed.proposal)).collect()
}

fn encode(operator: &Operator<'static>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let instruction = RoundtripReencoder.instruction(operator.clone()).expect("a valid instruction");
    wasm_encoder::Encode::encode(&instruction, &mut bytes);
    bytes
}

/// The width according to the format: the largest alignment that the instruction may declare.
fn natural_width(operator: &Operator<'static>) -> u32 {
    let bytes = encode(operator);
    let mut reader = wasmparser::OperatorsReader::new(wasmparser::BinaryReader::new(&bytes, 0));
    let decoded = reader.read().expect("an encoded instruction");
    let text = format!("{decoded:?}");
    let exponent = text.split("max_align: ").nth(1).and_then(|rest| rest.split(',').next()).unwrap();
    1 << exponent.parse::<u32>().unwrap()
}

#[test]
fn every_access_is_classified() {
    let all = allowed(0);
    assert_eq!(all.len(), 23 + 22, "scalar and vector loads and stores");
    for Listed { name, operator, arity: (operands, results), .. } in all {
        let access = access::of(&operator).unwrap_or_else(|| panic!("{name} is not classified as an access"));
        assert_eq!(access.width, natural_width(&operator), "{name}");
        assert_eq!(access.direction, if results == 0 { Direction::Write } else { Direction::Read }, "{name}");
        assert_eq!(access.operand.is_some(), operands == 2, "{name}");
        let first = name.split(['S', 'L']).next().unwrap();
        let expected = match (access.operand.is_some(), name.contains("Lane")) {
            (false, _) => "None".to_owned(),
            (true, true) => "Some(V128)".to_owned(),
            (true, false) => format!("Some({})", first.to_uppercase()),
        };
        assert_eq!(format!("{:?}", access.operand).to_uppercase(), expected.to_uppercase(), "{name}");
    }
}

/// A function `(address i32, value i64) -> i64` around one instruction of any type.
fn function(listed: &Listed) -> Function {
    let mut code = Vec::new();
    let mut sink = InstructionSink::new(&mut code);
    sink.local_get(0);
    let access = access::of(&listed.operator).expect("an access");
    match access.operand {
        None => {}
        Some(wasmparser::ValType::I32) => drop(sink.local_get(1).i32_wrap_i64()),
        Some(wasmparser::ValType::I64) => drop(sink.local_get(1)),
        Some(wasmparser::ValType::F32) => drop(sink.local_get(1).i32_wrap_i64().f32_reinterpret_i32()),
        Some(wasmparser::ValType::F64) => drop(sink.local_get(1).f64_reinterpret_i64()),
        Some(_) => drop(sink.local_get(1).i64x2_splat()),
    }
    code.extend(encode(&listed.operator));
    let mut sink = InstructionSink::new(&mut code);
    match (access.direction, &listed.name[..3]) {
        (Direction::Write, _) => drop(sink.i64_const(0)),
        (_, "I32") => drop(sink.i64_extend_i32_s()),
        (_, "I64") => {}
        (_, "F32") => drop(sink.i32_reinterpret_f32().i64_extend_i32_s()),
        (_, "F64") => drop(sink.i64_reinterpret_f64()),
        _ => {
            sink.local_tee(2).i64x2_extract_lane(0).local_get(2).i64x2_extract_lane(1).i64_const(3).i64_mul().i64_xor();
        }
    }
    sink.end();
    let mut function = Function::new([(1, ValType::V128)]);
    function.raw(code);
    function
}

/// One export for each instruction and offset.
pub fn module(offsets: &[u64], wasm_pages: u64) -> (Vec<u8>, Vec<String>) {
    let mut types = TypeSection::new();
    types.ty().function([ValType::I32, ValType::I64], [ValType::I64]);
    let mut imports = ImportSection::new();
    let memory =
        MemoryType { minimum: wasm_pages, maximum: None, memory64: false, shared: false, page_size_log2: None };
    imports.import("storage", "memory", memory);
    let (mut functions, mut exports, mut code) = (FunctionSection::new(), ExportSection::new(), CodeSection::new());
    let mut names = Vec::new();
    for offset in offsets {
        for listed in allowed(*offset) {
            let name = format!("{} offset={offset}", listed.name);
            exports.export(&name, ExportKind::Func, functions.len());
            functions.function(0);
            code.function(&function(&listed));
            names.push(name);
        }
    }
    let mut module = Module::new();
    module.section(&types).section(&imports).section(&functions).section(&exports).section(&code);
    (module.finish(), names)
}

#[test]
fn every_access_has_the_same_effect_and_price_with_and_without_checks() {
    const WASM_PAGES: u32 = 1;
    let size = u64::from(WASM_PAGES) << 16;
    let offsets = [0, 1, 4095, 4096, size - 8, size + 1, (1 << 32) - 8, (1 << 32) - 1];
    let (wasm, names) = module(&offsets, u64::from(WASM_PAGES));
    let mut hosts = VARIANTS.map(|variant| Host::new(&wasm, variant, WASM_PAGES));
    let edges = [0, 4096, 8192, size, 1 << 31, 1 << 32];
    let mut outcomes = [0_u32; 2];
    for (number, name) in names.iter().enumerate() {
        let offset: u64 = name.rsplit('=').next().unwrap().parse().unwrap();
        for edge in edges {
            for distance in [-17_i64, -16, -15, -8, -7, -4, -3, -2, -1, 0, 1] {
                // The address at the edge, and the one at which the offset leads to the edge.
                for target in [edge as i64 + distance, edge as i64 + distance - offset as i64] {
                    let Ok(address) = u32::try_from(target) else { continue };
                    let value = (number as i64 + 1).wrapping_mul(0x1234_5678_9abc_def1) ^ i64::from(address);
                    let arguments = [Val::I32(address as i32), Val::I64(value)];
                    let [original, unchecked, checked] = hosts.each_mut().map(|host| host.call(name, &arguments));
                    assert_eq!(original.result, unchecked.result, "{name} at {address}");
                    assert_eq!(unchecked, checked, "{name} at {address}");
                    outcomes[usize::from(checked.gas.is_some())] += 1;
                }
            }
        }
        let [original, unchecked, checked] = hosts.each_ref().map(Host::storage);
        assert!(original == unchecked && unchecked == checked, "{name}: storage differs");
        hosts[2].put_pages_away().unwrap();
    }
    assert!(outcomes.iter().all(|count| *count > 1000), "{outcomes:?} trapped and returned");
}

#[test]
fn a_fault_has_the_exact_range_and_occurs_once() {
    let wasm = wat::parse_str(
        r#"(module (import "storage" "memory" (memory 1))
            (func (export "read") (param i32) (result i64) (i64.load offset=4 (local.get 0)))
            (func (export "write") (param i32) (i32.store16 offset=4294967295 (local.get 0) (i32.const 1))))"#,
    )
    .unwrap();
    let mut host = Host::new(&wasm, Variant::Prepared(Checks::All), 1);
    host.call("read", &[Val::I32(4085)]);
    assert_eq!(host.faults(), [(1, 4089, 8)], "the access straddles two pages");
    host.call("read", &[Val::I32(4088)]);
    assert_eq!(host.faults(), [], "both pages are present");
    host.call("write", &[Val::I32(7)]);
    assert_eq!(host.faults(), [(3, 0x1_0000_0006, 2)], "the address does not wrap for the fault function");
}
