//! The index spaces of the prepared module.
//!
//! ```text
//! functions  [ imported ][ added: fault_read fault_write call_depth ][ defined ][ wrappers of imports ]
//! memories   [ storage ][ added: page table ][ own ]
//! globals    [ defined ][ added: depth, fault_read, fault_write ]
//! types      [ declared ][ added ]
//! ```
//!
//! The format requires imports first, so the indices of defined functions and of the own memory shift.

use std::collections::HashMap;

use wasm_encoder::ValType;
use wasm_encoder::reencode::{Error, Reencode};

use super::checks::Checks;
use crate::contract::validate::{Role, Shape};
use crate::limits;

/// The index of the storage memory, if the contract imports it.
const STORAGE: u32 = 0;

/// A function type of the encoder: parameters and results.
pub(super) type EncodedType = (Vec<ValType>, Vec<ValType>);

/// The indices of the prepared module.
#[derive(Debug)]
pub(super) struct Layout<'a> {
    pub shape: &'a Shape<'a>,
    /// The items that page checks refer to, if accesses are checked.
    pub paging: Option<Paging>,
    /// The function that traps when no call depth is left, if any function counts call depth.
    pub call_depth: Option<u32>,
    added_functions: u32,
    added_types: Vec<EncodedType>,
    type_indices: HashMap<EncodedType, u32>,
    /// Imported functions that have a wrapper, in the order of the wrappers.
    wrapped: Vec<u32>,
    wrapper_indices: HashMap<u32, u32>,
}

/// The items that page checks refer to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paging {
    pub checks: Checks,
    /// The storage memory.
    pub storage: u32,
    /// The page table, a memory.
    pub table: u32,
    pub fault_read: u32,
    pub fault_write: u32,
    pub fault_type: u32,
    /// The globals that hold the fault functions.
    pub fault_read_global: u32,
    pub fault_write_global: u32,
}

impl<'a> Layout<'a> {
    pub fn new(shape: &'a Shape<'a>, checks: Checks) -> Self {
        let mut next = shape.imported_functions.len() as u32;
        let first_added = next;
        let mut add = || {
            next += 1;
            next - 1
        };
        let checked = checks != Checks::None && shape.metadata.storage.is_some();
        // The page table follows the storage memory, the only memory that a contract imports.
        let globals = shape.globals.len() as u32;
        let paging = checked.then(|| Paging {
            checks,
            storage: STORAGE,
            table: STORAGE + 1,
            fault_read: add(),
            fault_write: add(),
            fault_type: shape.types.len() as u32,
            fault_read_global: globals + 1,
            fault_write_global: globals + 2,
        });
        let call_depth = shape.bodies.iter().any(|body| body.role == Role::Caller).then(&mut add);
        let mut layout = Self {
            shape,
            paging,
            call_depth,
            added_functions: next - first_added,
            added_types: Vec::new(),
            type_indices: HashMap::new(),
            wrapped: Vec::new(),
            wrapper_indices: HashMap::new(),
        };
        if let Some(paging) = layout.paging {
            let first = layout.added_type((vec![ValType::I64; 2], Vec::new()));
            debug_assert_eq!(first, paging.fault_type);
        }
        layout
    }

    /// Returns the index of the storage memory, which is the same in the contract and in the prepared module.
    pub fn storage(&self) -> Option<u32> {
        self.shape.metadata.storage.map(|_| STORAGE)
    }

    pub fn depth_global(&self) -> u32 {
        self.shape.globals.len() as u32
    }

    /// Returns the index of a type, which is added if it was not added before.
    pub fn added_type(&mut self, ty: EncodedType) -> u32 {
        let next = (self.shape.types.len() + self.added_types.len()) as u32;
        *self.type_indices.entry(ty).or_insert_with_key(|ty| {
            self.added_types.push(ty.clone());
            next
        })
    }

    pub fn added_types(&self) -> &[EncodedType] {
        &self.added_types
    }

    /// Returns the index of a function for a direct call.
    pub fn callee(&self, function: u32) -> u32 {
        if self.is_imported(function) { function } else { function + self.added_functions }
    }

    /// Returns the index of the function with this body.
    pub fn defined(&self, body: usize) -> u32 {
        self.shape.imported_functions.len() as u32 + self.added_functions + body as u32
    }

    pub fn is_imported(&self, function: u32) -> bool {
        (function as usize) < self.shape.imported_functions.len()
    }

    /// Returns the imported functions that have references besides direct calls.
    pub fn wrapped(&self) -> &[u32] {
        &self.wrapped
    }

    /// Returns the index of a function for a reference: an imported function is replaced by its wrapper, which charges the price.
    fn reference(&mut self, function: u32) -> u32 {
        if !self.is_imported(function) {
            return self.callee(function);
        }
        let next = self.defined(self.shape.bodies.len() + self.wrapped.len());
        *self.wrapper_indices.entry(function).or_insert_with(|| {
            self.wrapped.push(function);
            next
        })
    }
}

impl Reencode for Layout<'_> {
    type Error = std::convert::Infallible;

    fn function_index(&mut self, function: u32) -> Result<u32, Error> {
        Ok(self.reference(function))
    }

    fn memory_index(&mut self, memory: u32) -> Result<u32, Error> {
        let storage = self.storage() == Some(memory);
        Ok(if storage || self.paging.is_none() { memory } else { memory + 1 })
    }

    /// Declares a maximum for every memory except storage, so that growing fails at the same limit on every host.
    fn memory_type(&mut self, ty: wasmparser::MemoryType) -> Result<wasm_encoder::MemoryType, Error> {
        let limit = u64::from(limits::MAX_OWN_MEMORY_PAGES);
        Ok(wasm_encoder::MemoryType {
            minimum: ty.initial,
            maximum: Some(ty.maximum.map_or(limit, |maximum| maximum.min(limit))),
            memory64: false,
            shared: false,
            page_size_log2: None,
        })
    }

    fn table_type(&mut self, ty: wasmparser::TableType) -> Result<wasm_encoder::TableType, Error> {
        let limit = u64::from(limits::MAX_TABLE_ELEMENTS);
        Ok(wasm_encoder::TableType {
            element_type: self.ref_type(ty.element_type)?,
            minimum: ty.initial,
            maximum: Some(ty.maximum.map_or(limit, |maximum| maximum.min(limit))),
            table64: false,
            shared: false,
        })
    }
}
