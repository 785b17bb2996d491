//! A host function as a contract imports it and as the prepared module links it.
//!
//! # Prices
//! One unit is about one cheap instruction (0.3 to 0.7 ns). A host call costs 3 to 10 ns before it does anything, so
//! the base is [`HOST_CALL`]; what the function looks up on top is in the other constants. Work that depends on a
//! length is charged by the host when it runs.

use wasmparser::{FuncType, ValType};

use crate::contract::metadata::{ValueType, write_types};
use crate::limits;
use ValueType::{I32, I64};

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

    pub(in crate::contract) fn has_type(&self, ty: &FuncType) -> bool {
        let same = |ours: &[ValueType], theirs: &[ValType]| {
            ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(our, their)| value_type(*their) == Some(*our))
        };
        same(self.params, ty.params()) && same(self.results, ty.results())
    }

    pub(in crate::contract) fn type_text(&self) -> String {
        type_text(self.params, self.results)
    }
}

/// The type as a call can pass it, or nothing for any other.
pub(in crate::contract) fn value_type(ty: ValType) -> Option<ValueType> {
    match ty {
        ValType::I32 => Some(I32),
        ValType::I64 => Some(I64),
        _ => None,
    }
}

/// `(i32, i64) -> (i32)`
pub(in crate::contract) fn type_text<T: std::fmt::Display>(params: &[T], results: &[T]) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = write_types(&mut text, params, results);
    text
}

/// A name as it is shown: names may be 100,000 bytes long.
pub(in crate::contract) fn shown(name: &str) -> String {
    const LONGEST: usize = 64;
    match name.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name.to_owned(),
    }
}
