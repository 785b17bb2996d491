//! Every function a contract may import: its type, the name under which the prepared module links it, and its price.
//! The list is that of the contract ABI; the storage memory, the one import that is no function, is named here too.
//!
//! # Prices
//! One unit is about one cheap instruction (0.3 to 0.7 ns). A host call costs 3 to 10 ns before it does anything, so
//! the base is [`HOST_CALL`]; what the function looks up on top is in the other constants. Work that depends on a
//! length is charged by the host when it runs.

use std::fmt::Write as _;

use wasmparser::{FuncType, ValType};

use super::error::ContractError;
use super::metadata::{ValueType, write_types};
use ValueType::{I32, I64};

/// Module of the storage memory.
pub const STORAGE_MODULE: &str = "storage";
/// Name of the storage memory.
pub const STORAGE_MEMORY: &str = "memory";

/// Leaving the contract and coming back.
pub const HOST_CALL: u32 = 16;
/// [`HOST_CALL`], and finding a register.
pub const REGISTER_CALL: u32 = 20;
/// [`HOST_CALL`], and finding a page of storage.
pub const STORAGE_CALL: u32 = 24;
/// [`HOST_CALL`], and the part of looking up an account that is always there.
pub const ACCOUNT_CALL: u32 = 48;

/// A function that a contract may import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HostFunction {
    /// The module it is imported from, in the contract and in the prepared module.
    pub module: &'static str,
    /// Its name in the contract.
    pub name: &'static str,
    /// Its parameters.
    pub params: &'static [ValueType],
    /// Its results.
    pub results: &'static [ValueType],
    /// Its name in the prepared module: the name, or `<name>/6` for the form with a slice index.
    pub link_name: &'static str,
    /// Gas that each call costs, however it is reached.
    pub price: u32,
}

impl HostFunction {
    fn has_type(&self, ty: &FuncType) -> bool {
        let same = |ours: &[ValueType], theirs: &[ValType]| {
            ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(our, their)| value_type(*their) == Some(*our))
        };
        same(self.params, ty.params()) && same(self.results, ty.results())
    }

    fn type_text(&self) -> String {
        type_text(self.params, self.results)
    }
}

/// The type as a call can pass it, or nothing for any other.
pub(super) fn value_type(ty: ValType) -> Option<ValueType> {
    match ty {
        ValType::I32 => Some(I32),
        ValType::I64 => Some(I64),
        _ => None,
    }
}

/// `(i32, i64) -> (i32)`
pub(super) fn type_text<T: std::fmt::Display>(params: &[T], results: &[T]) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = write_types(&mut text, params, results);
    text
}

macro_rules! host_functions {
    ($($module:literal $name:literal ($($param:ident)*) -> ($($result:ident)*) $price:ident $(as $link:literal)?;)*) => {
        /// All of them, by module.
        pub const HOST_FUNCTIONS: &[HostFunction] = &[$(HostFunction {
            module: $module,
            name: $name,
            params: &[$($param),*],
            results: &[$($result),*],
            link_name: host_functions!(@link $name $($link)?),
            price: $price,
        }),*];
    };
    (@link $name:literal) => { $name };
    (@link $name:literal $link:literal) => { $link };
}

host_functions! {
    "svm" "mem_to_reg_copy" (I32 I32 I32 I32 I32) -> () REGISTER_CALL;
    "svm" "reg_to_mem_copy" (I32 I32 I32 I32 I32) -> () REGISTER_CALL;
    "svm" "storage_read_to_reg" (I32 I32 I32 I32 I32) -> () STORAGE_CALL;
    "svm" "storage_read_to_reg" (I32 I32 I32 I32 I32 I32) -> () STORAGE_CALL as "storage_read_to_reg/6";
    "svm" "storage_read_to_mem" (I32 I32 I32 I32 I32) -> () STORAGE_CALL;
    "svm" "storage_read_to_mem" (I32 I32 I32 I32 I32 I32) -> () STORAGE_CALL as "storage_read_to_mem/6";
    "svm" "storage_write_from_mem" (I32 I32 I32 I32 I32) -> () STORAGE_CALL;
    "svm" "storage_write_from_mem" (I32 I32 I32 I32 I32 I32) -> () STORAGE_CALL as "storage_write_from_mem/6";
    "svm" "storage_write_from_reg" (I32 I32 I32 I32 I32) -> () STORAGE_CALL;
    "svm" "storage_write_from_reg" (I32 I32 I32 I32 I32 I32) -> () STORAGE_CALL as "storage_write_from_reg/6";
    "svm" "reg_replace_byte" (I32 I32 I32 I32) -> () REGISTER_CALL;
    "svm" "reg_read_be_i64" (I32 I32) -> (I64) REGISTER_CALL;
    "svm" "reg_write_be_i64" (I64 I32 I32) -> () REGISTER_CALL;
    "ewasm" "storageMap" (I32 I32 I32) -> () STORAGE_CALL;
    "node" "vmcall_get_balance" (I32 I32) -> (I64) ACCOUNT_CALL;
    "node" "get_balance_from_reg" (I32 I32) -> (I64) ACCOUNT_CALL;
    "vellum" "input_len" () -> (I32) HOST_CALL;
    "vellum" "input_copy" (I32 I32 I32) -> () HOST_CALL;
    "vellum" "return" (I32 I32) -> () HOST_CALL;
    "vellum" "revert" (I32 I32) -> () HOST_CALL;
    "vellum" "caller" (I32) -> () HOST_CALL;
    "vellum" "origin" (I32) -> () HOST_CALL;
    "vellum" "self_address" (I32) -> () HOST_CALL;
    "vellum" "value" () -> (I64) HOST_CALL;
    "vellum" "balance_of" (I32) -> (I64) ACCOUNT_CALL;
    "vellum" "gas_left" () -> (I64) HOST_CALL;
    "vellum" "call" (I32 I32 I32 I32 I32 I64 I64) -> (I32) HOST_CALL;
    "vellum" "call_static" (I32 I32 I32 I32 I32 I64) -> (I32) HOST_CALL;
    "vellum" "emit" (I32 I32 I32 I32 I64) -> () HOST_CALL;
    "vellum" "output_len" () -> (I32) HOST_CALL;
    "vellum" "output_copy" (I32 I32 I32) -> () HOST_CALL;
    "vellum" "log" (I32 I32) -> () HOST_CALL;
    "vellum" "block_number" () -> (I64) HOST_CALL;
    "vellum" "timestamp" () -> (I64) HOST_CALL;
}

/// The host function that an import names.
///
/// # Errors
/// [`ContractError::UnknownImport`] and [`ContractError::ImportType`].
pub(super) fn find_function(module: &str, name: &str, ty: &FuncType) -> Result<&'static HostFunction, ContractError> {
    let mut named = HOST_FUNCTIONS.iter().filter(|known| known.module == module && known.name == name).peekable();
    if named.peek().is_none() && !is_storage(module, name) {
        return Err(unknown(module, name, func_type_text(ty)));
    }
    let mut expected = String::new();
    for known in named {
        if known.has_type(ty) {
            return Ok(known);
        }
        // Writing to a string does not fail.
        let _ = write!(expected, "{}{}", if expected.is_empty() { "" } else { " or " }, known.type_text());
    }
    if expected.is_empty() {
        expected.push_str("a memory");
    }
    Err(wrong_type(module, name, func_type_text(ty), expected))
}

/// Accepts the storage memory and no other import that is not a function.
///
/// # Errors
/// [`ContractError::UnknownImport`] and [`ContractError::ImportType`].
pub(super) fn check_other(module: &str, name: &str, kind: &'static str) -> Result<(), ContractError> {
    if is_storage(module, name) {
        return if kind == "memory" {
            Ok(())
        } else {
            Err(wrong_type(module, name, kind.to_owned(), "a memory".to_owned()))
        };
    }
    match HOST_FUNCTIONS.iter().find(|known| known.module == module && known.name == name) {
        Some(known) => Err(wrong_type(module, name, kind.to_owned(), known.type_text())),
        None => Err(unknown(module, name, kind.to_owned())),
    }
}

fn is_storage(module: &str, name: &str) -> bool {
    module == STORAGE_MODULE && name == STORAGE_MEMORY
}

fn func_type_text(ty: &FuncType) -> String {
    type_text(ty.params(), ty.results())
}

fn wrong_type(module: &str, name: &str, found: String, expected: String) -> ContractError {
    ContractError::ImportType { module: shown(module), name: shown(name), found, expected }
}

fn unknown(module: &str, name: &str, found: String) -> ContractError {
    let wanted = format!("{} {}", shown(module), shown(name));
    let nearest = HOST_FUNCTIONS
        .iter()
        .map(|known| (format!("{} {}", known.module, known.name), known.type_text()))
        .chain([(format!("{STORAGE_MODULE} {STORAGE_MEMORY}"), "memory".to_owned())])
        .min_by_key(|(known, _)| strsim::damerau_levenshtein(&wanted, known))
        .map(|(known, ty)| match known.split_once(' ') {
            Some((module, name)) => format!("{module:?} {name:?} of type {ty}"),
            None => known,
        })
        .unwrap_or_default();
    ContractError::UnknownImport { module: shown(module), name: shown(name), found, nearest }
}

/// A name as it is shown: names may be 100,000 bytes long.
pub(super) fn shown(name: &str) -> String {
    const LONGEST: usize = 64;
    match name.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name.to_owned(),
    }
}
