//! The module `spectest`, of which scripts import. Contracts cannot, so each import becomes a definition.

use wasm_encoder::{Ieee32, Ieee64, Instruction, MemoryType, RefType, TableType};

pub const MEMORY: MemoryType =
    MemoryType { minimum: 1, maximum: Some(2), memory64: false, shared: false, page_size_log2: None };

pub const TABLE: TableType =
    TableType { element_type: RefType::FUNCREF, table64: false, minimum: 10, maximum: Some(20), shared: false };

const FUNCTIONS: [&str; 7] =
    ["print", "print_i32", "print_i64", "print_f32", "print_f64", "print_i32_f32", "print_f64_f64"];

/// Returns true for the name of a function. All of them have no results, and here no effects.
pub fn has_function(name: &str) -> bool {
    FUNCTIONS.contains(&name)
}

/// Returns the value of a global.
pub fn global(name: &str) -> Option<Instruction<'static>> {
    Some(match name {
        "global_i32" => Instruction::I32Const(666),
        "global_i64" => Instruction::I64Const(666),
        "global_f32" => Instruction::F32Const(Ieee32::from(666.6_f32)),
        "global_f64" => Instruction::F64Const(Ieee64::from(666.6_f64)),
        _ => return None,
    })
}
