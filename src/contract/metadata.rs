//! What is known of a contract without running it.

use std::collections::BTreeMap;
use std::fmt;

use crate::units::PageCount;

/// The type of a parameter or result that a call can pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ValueType {
    /// 32-bit integer.
    I32,
    /// 64-bit integer.
    I64,
}

impl fmt::Display for ValueType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::I32 => "i32",
            Self::I64 => "i64",
        })
    }
}

/// What a function takes and gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// Parameters in order.
    pub params: Vec<ValueType>,
    /// Results in order.
    pub results: Vec<ValueType>,
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_types(f, &self.params, &self.results)
    }
}

/// Writes `(i32, i64) -> (i32)`.
pub(super) fn write_types<T: fmt::Display>(f: &mut impl fmt::Write, params: &[T], results: &[T]) -> fmt::Result {
    for (list, open) in [(params, "("), (results, ") -> (")] {
        f.write_str(open)?;
        for (index, ty) in list.iter().enumerate() {
            write!(f, "{}{ty}", if index == 0 { "" } else { ", " })?;
        }
    }
    f.write_str(")")
}

/// The storage memory as the contract imports it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StorageImport {
    /// The least page limit the contract can live with, in storage pages.
    pub minimum: PageCount,
    /// The page limit it asks for, in storage pages.
    pub maximum: Option<PageCount>,
}

/// The memory that a contract defines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnMemory {
    /// Its size when an instance is made, in WebAssembly pages of 64 KiB.
    pub initial_wasm_pages: u32,
    /// Whether it is exported as `memory`, where host functions look for it.
    pub exported: bool,
    /// Whether an instruction of the contract writes or grows it. Host functions may write it besides.
    pub written_by_code: bool,
}

/// What is known of a contract without running it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Metadata {
    /// Exported functions by name.
    pub exports: BTreeMap<String, Signature>,
    /// The storage memory, if it is imported.
    pub storage: Option<StorageImport>,
    /// The memory that the contract defines, if any.
    pub own_memory: Option<OwnMemory>,
    /// Mutable globals; the prepared module exports them as `vellum:global:<n>`, n from 0.
    pub mutable_globals: u32,
    /// Tables; the prepared module exports them as `vellum:table:<n>`, n from 0.
    pub tables: u32,
    /// Whether the code has an instruction whose effect on an instance cannot be put back: `table.set`, `table.grow`,
    /// `table.fill`, `table.copy`, `table.init`, `elem.drop`, `data.drop`.
    pub single_use: bool,
}
