//! A host function as a contract imports it and as the prepared module links it.
//!
//! # Prices
//! One unit is about the time of one cheap instruction (0.3 to 0.7 ns). A host call takes 3 to 10 ns before its function does
//! anything: that is [`HOST_CALL`]. The other constants add the time of a look-up. The host charges for copied bytes when the
//! function runs.

use wasmparser::{FuncType, ValType};

use crate::contract::metadata::{ValueType, write_types};
use crate::limits;
use ValueType::{I32, I64};

/// The price of leaving the contract and returning to it.
pub const HOST_CALL: u32 = 16;
/// The price of a host call that finds a register.
pub const REGISTER_CALL: u32 = 20;
/// The price of a host call that finds a page of storage.
pub const STORAGE_CALL: u32 = 24;
/// The price of a host call that looks up an account.
pub const ACCOUNT_CALL: u32 = 48;

/// A function that a contract may import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HostFunction<'a> {
    /// The module from which it is imported, in the contract and in the prepared module.
    pub module: &'a str,
    /// Its name in the contract.
    pub name: &'a str,
    /// Its parameters.
    pub params: &'a [ValueType],
    /// Its results.
    pub results: &'a [ValueType],
    /// Its name in the prepared module: `name`, or `<name>/6` for the form with a slice index.
    pub link_name: &'a str,
    /// The gas of each call, also through a table.
    pub price: u32,
}

impl HostFunction<'_> {
    /// The part of the price that the prepared code charges before each call. The function itself charges the rest, before it
    /// does anything else.
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

/// The type of a parameter or result that a call can pass; `None` for other types.
pub(in crate::contract) fn value_type(ty: ValType) -> Option<ValueType> {
    match ty {
        ValType::I32 => Some(I32),
        ValType::I64 => Some(I64),
        _ => None,
    }
}

/// Writes a function type as `(i32, i64) -> (i32)`.
pub(in crate::contract) fn type_text<T: std::fmt::Display>(params: &[T], results: &[T]) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = write_types(&mut text, params, results);
    text
}

/// Shortens a name for messages: names can have 100,000 bytes.
pub(in crate::contract) fn shown(name: &str) -> String {
    const LONGEST: usize = 64;
    match name.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name.to_owned(),
    }
}
