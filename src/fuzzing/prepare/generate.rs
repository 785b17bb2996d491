//! Random modules with every feature that a contract may use.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use arbitrary::{Result, Unstructured};
use wasm_encoder::Instruction;
use wasm_encoder::reencode::{self, Reencode};
use wasm_smith::{Config, Module};
use wasmparser::{Operator, Parser};

use crate::contract::imports::{STORAGE_MEMORY, STORAGE_MODULE, host_functions};

/// Constants of generated code are reduced below this, twice the size of the smallest storage. Otherwise most constants
/// would be addresses beyond every memory.
const MOST_CONSTANT: i32 = 2 << 16;

/// Generates a random module that imports the storage memory and may be a contract.
pub fn module(u: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let shape = wat::parse_str(shape(u)?).map_err(|_| arbitrary::Error::IncorrectFormat)?;
    // Half of the modules test their operands before instructions that could trap, and so execute more.
    let disallow_traps = u.arbitrary()?;
    let module = Module::new(Config { disallow_traps, ..configuration(shape) }, u)?.to_bytes();
    with_near_constants(&module).map_err(|_| arbitrary::Error::IncorrectFormat)
}

fn configuration(shape: Vec<u8>) -> Config {
    Config {
        module_shape: Some(shape),
        allow_start_export: false,
        max_funcs: 12,
        max_globals: 8,
        max_instructions: 150,
        // The storage, and one own memory.
        max_memories: 2,
        max_memory32_bytes: 4 << 16,
        memory_max_size_required: true,
        max_tables: 2,
        max_table_elements: 20,
        table_max_size_required: true,
        max_data_segments: 4,
        max_element_segments: 4,
        // No contract may use these. Tables of functions need no reference types.
        reference_types_enabled: false,
        gc_enabled: false,
        exceptions_enabled: false,
        threads_enabled: false,
        relaxed_simd_enabled: false,
        memory64_enabled: false,
        tail_call_enabled: false,
        ..Config::default()
    }
}

/// Chooses imports and exports, as a module in text form. Imports are the storage memory and up to three host functions.
/// Exports are functions, globals and perhaps own memory.
fn shape(u: &mut Unstructured<'_>) -> Result<String> {
    let mut text = String::from("(module\n");
    let pages = u.int_in_range(1..=2)?;
    let _ = writeln!(text, "(import {STORAGE_MODULE:?} {STORAGE_MEMORY:?} (memory {pages}))");
    let host_functions: Vec<_> = host_functions().collect();
    let mut imported = BTreeSet::new();
    for _ in 0..u.int_in_range(0..=3)? {
        let host = u.choose(&host_functions)?;
        // Some functions have two types under one name; the host links only one of them.
        if !imported.insert(host.name) {
            continue;
        }
        let (params, results) = (types("param", host.params), types("result", host.results));
        let _ = writeln!(text, "(import {:?} {:?} (func {params} {results}))", host.module, host.name);
    }
    if u.arbitrary()? {
        text.push_str("(memory (export \"memory\") 1 3)\n");
    }
    for number in 0..u.int_in_range(0..=3)? {
        let ty = *u.choose(&["i32", "i64", "f32", "f64"])?;
        let _ = writeln!(text, "(global (export \"global{number}\") (mut {ty}) ({ty}.const 0))");
    }
    for number in 0..u.int_in_range(1..=4)? {
        let mut some = |kind| -> Result<String> {
            let count = u.int_in_range(0..=3)?;
            let chosen = (0..count).map(|_| u.choose(&["i32", "i64"]).copied()).collect::<Result<Vec<_>>>()?;
            Ok(types(kind, &chosen))
        };
        let (params, results) = (some("param")?, some("result")?);
        let _ = writeln!(text, "(func (export \"function{number}\") {params} {results} unreachable)");
    }
    text.push(')');
    Ok(text)
}

/// `(param i32 i64)`
fn types<T: std::fmt::Display>(kind: &str, types: &[T]) -> String {
    types.iter().fold(format!("({kind}"), |text, ty| format!("{text} {ty}")) + ")"
}

/// Reduces most constants to addresses within or near the memories.
struct NearConstants;

impl Reencode for NearConstants {
    type Error = std::convert::Infallible;

    fn instruction<'a>(
        &mut self,
        operator: Operator<'a>,
    ) -> std::result::Result<Instruction<'a>, reencode::Error<Self::Error>> {
        match operator {
            Operator::I32Const { value } if value & 7 != 0 => {
                Ok(Instruction::I32Const(value.rem_euclid(MOST_CONSTANT)))
            }
            other => reencode::utils::instruction(self, other),
        }
    }
}

fn with_near_constants(wasm: &[u8]) -> std::result::Result<Vec<u8>, reencode::Error> {
    let mut module = wasm_encoder::Module::new();
    NearConstants.parse_core_module(&mut module, Parser::new(0), wasm)?;
    Ok(module.finish())
}
