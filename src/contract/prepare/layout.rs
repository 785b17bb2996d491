//! The index spaces of the prepared module.
//!
//! ```text
//! functions  [ imported ][ added: fault_read fault_write call_depth ][ defined ][ wrappers of imports ]
//! memories   [ storage ][ added: page table ][ own ]       the storage memory is added, too, if the contract does not import it
//! globals    [ defined ][ added: depth, fault_read, fault_write ]
//! types      [ declared ][ added ]
//! ```
//!
//! The format requires imports first, so the indices of defined functions and of the own memory shift. Imported functions that stand
//! for instructions are gone.

use std::collections::HashMap;

use wasm_encoder::ValType;
use wasm_encoder::reencode::{Error, Reencode, utils};
use wasmparser::Operator;

use super::checks::Checks;
use crate::contract::allowed::ImportedFunction;
use crate::contract::imports::INLINE_STORAGE;
use crate::contract::metadata::StorageForm;
use crate::contract::validate::{Role, Shape};
use crate::limits;

/// The index of the storage memory, if instructions access storage.
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
    /// The index of each imported function.
    imported: Vec<u32>,
    /// The index of the first defined function.
    first_defined: u32,
    added_types: Vec<EncodedType>,
    type_indices: HashMap<EncodedType, u32>,
    /// Imported functions that have a wrapper, in the order of the wrappers.
    wrapped: Vec<u32>,
    wrapper_indices: HashMap<u32, u32>,
}

/// The memories of a contract whose storage lies inside its own memory.
#[derive(Debug, Clone, Copy)]
pub(super) struct Inside {
    /// The memory that instructions access: the own memory and the storage, with a gap between them.
    pub storage: u32,
    /// The own memory, whose size is that of the part before the gap.
    pub own: u32,
    /// The initial size of own memory, in bytes. It never becomes smaller.
    pub least_bytes: u32,
}

/// The items that page checks refer to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paging {
    pub checks: Checks,
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
        let mut next = 0;
        let mut imported = Vec::with_capacity(shape.imported_functions.len());
        for function in &shape.imported_functions {
            imported.push(next);
            next += u32::from(matches!(function, ImportedFunction::Host(_)));
        }
        let mut add = || {
            next += 1;
            next - 1
        };
        let checked = checks != Checks::None && shape.metadata.storage.is_mapped();
        // The page table follows the storage memory, the only other memory that is imported.
        let globals = shape.globals.len() as u32;
        let paging = checked.then(|| Paging {
            checks,
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
            imported,
            first_defined: next,
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

    fn form(&self) -> StorageForm {
        self.shape.metadata.storage
    }

    /// Returns the storage memory and the own memory, if storage lies inside own memory.
    pub fn inside(&self) -> Option<Inside> {
        let memory = self.shape.metadata.own_memory.as_ref().filter(|_| self.form() == StorageForm::Inside)?;
        let least_bytes = memory.initial_wasm_pages << 16;
        Some(Inside { storage: STORAGE, own: self.own(), least_bytes })
    }

    /// Returns the index of the own memory.
    fn own(&self) -> u32 {
        u32::from(self.form().is_mapped()) + u32::from(self.paging.is_some())
    }

    /// Returns the memory that loads, stores and bulk instructions on a memory of the contract access. If storage lies inside own
    /// memory, both are reached through the storage memory.
    pub fn accessed(&self, memory: u32) -> u32 {
        let is_storage = match (memory, self.form()) {
            (INLINE_STORAGE, _) => true,
            (memory, StorageForm::Memory(_) | StorageForm::Inside) => memory == 0,
            (_, StorageForm::HostFunctions | StorageForm::Intrinsics) => false,
        };
        if is_storage { STORAGE } else { self.own() }
    }

    /// Returns true if loads and stores on this memory of the prepared module access storage.
    pub fn is_storage(&self, accessed: u32) -> bool {
        self.form().is_mapped() && accessed == STORAGE
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
        match self.imported.get(function as usize) {
            Some(index) => *index,
            None => self.first_defined + function - self.imported.len() as u32,
        }
    }

    /// Returns the index of the function with this body.
    pub fn defined(&self, body: usize) -> u32 {
        self.first_defined + body as u32
    }

    pub fn is_imported(&self, function: u32) -> bool {
        (function as usize) < self.imported.len()
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

    /// Returns the index of a memory in a definition, an export or `memory.size`.
    fn memory_index(&mut self, memory: u32) -> Result<u32, Error> {
        let is_storage = memory == INLINE_STORAGE || (memory == 0 && self.form().import().is_some());
        Ok(if is_storage { STORAGE } else { self.own() })
    }

    fn mem_arg(&mut self, arg: wasmparser::MemArg) -> Result<wasm_encoder::MemArg, Error> {
        Ok(wasm_encoder::MemArg {
            offset: arg.offset,
            align: u32::from(arg.align),
            memory_index: self.accessed(arg.memory),
        })
    }

    fn instruction<'i>(&mut self, operator: wasmparser::Operator<'i>) -> Result<wasm_encoder::Instruction<'i>, Error> {
        use wasm_encoder::Instruction;
        Ok(match operator {
            Operator::MemoryCopy { dst_mem, src_mem } => {
                Instruction::MemoryCopy { src_mem: self.accessed(src_mem), dst_mem: self.accessed(dst_mem) }
            }
            Operator::MemoryFill { mem } => Instruction::MemoryFill(self.accessed(mem)),
            Operator::MemoryInit { data_index, mem } => Instruction::MemoryInit { mem: self.accessed(mem), data_index },
            operator => utils::instruction(self, operator)?,
        })
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
