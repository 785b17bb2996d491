//! Every function of ours that a contract may import: its type, the name under which the prepared module links it, and its
//! price. The list is that of the contract ABI; the storage memory, the one import that is no function, is named here too.
//! What an embedder adds to it is in [`Imports`](super::Imports).
//!
//! # Prices
//! One unit is about one cheap instruction (0.3 to 0.7 ns). A host call costs 3 to 10 ns before it does anything, so
//! the base is [`HOST_CALL`]; what the function looks up on top is in the other constants. Work that depends on a
//! length is charged by the host when it runs.

use wasmparser::{FuncType, ValType};

use super::metadata::{ValueType, write_types};
use crate::limits;
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
pub struct HostFunction<'a> {
    /// The module it is imported from, in the contract and in the prepared module.
    pub module: &'a str,
    /// Its name in the contract.
    pub name: &'a str,
    /// Its parameters.
    pub params: &'a [ValueType],
    /// Its results.
    pub results: &'a [ValueType],
    /// Its name in the prepared module: the name, or `<name>/6` for the form with a slice index.
    pub link_name: &'a str,
    /// Gas that each call costs, however it is reached.
    pub price: u32,
}

impl HostFunction<'_> {
    /// The part of its price that the prepared code takes at each call. What is above it the function takes when it is
    /// called, before it does anything.
    pub(crate) fn price_in_code(&self) -> u32 {
        self.price.min(limits::MAX_PRICE_IN_CODE)
    }

    pub(super) fn has_type(&self, ty: &FuncType) -> bool {
        let same = |ours: &[ValueType], theirs: &[ValType]| {
            ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(our, their)| value_type(*their) == Some(*our))
        };
        same(self.params, ty.params()) && same(self.results, ty.results())
    }

    pub(super) fn type_text(&self) -> String {
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
        pub const HOST_FUNCTIONS: &[HostFunction<'static>] = &[$(HostFunction {
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
    "vellum" "panic" (I32 I32) -> () HOST_CALL;
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

/// A name as it is shown: names may be 100,000 bytes long.
pub(super) fn shown(name: &str) -> String {
    const LONGEST: usize = 64;
    match name.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name.to_owned(),
    }
}
