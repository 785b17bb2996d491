//! Validation of all sections except function bodies.

use std::mem;
use std::ops::Range;
use std::sync::Arc;

use wasmparser::{ExternalKind, FuncType, MemoryType, Operator, Payload, TypeRef};

use super::inspector::{Inspector, limit};
use super::shape::Mutability;
use super::work;
use crate::contract::allowed::ImportedFunction;
use crate::contract::error::{ContractError, Place};
use crate::contract::imports::{Inline, STORAGE_MEMORY, shown, type_text, value_type};
use crate::contract::metadata::{OwnMemory, Signature, StorageForm, StorageImport};
use crate::contract::names::RESERVED_PREFIX;
use crate::limits;
use crate::units::{PageCount, STORAGE_PAGES_PER_WASM_PAGE};

const SEGMENTS: &str = "data and element segments";

impl<'a> Inspector<'a> {
    /// Compares the number of items that a section declares with the limits, before any item is read.
    pub(super) fn check_counts(&mut self, payload: &Payload<'a>) -> Result<(), ContractError> {
        let check = |what, found: u32, maximum: u32, range: &Range<usize>| {
            limit(what, u64::from(found), u64::from(maximum), Place::at(range.start))
        };
        match payload {
            Payload::TypeSection(section) => check("types", section.count(), limits::MAX_TYPES, &section.range()),
            // Besides functions, a contract may import the storage memory.
            Payload::ImportSection(section) => {
                check("imports", section.count(), limits::MAX_FUNCTIONS + 1, &section.range())
            }
            Payload::FunctionSection(section) => {
                let functions = section.count().saturating_add(self.imported_types.len() as u32);
                check("functions", functions, limits::MAX_FUNCTIONS, &section.range())
            }
            Payload::TableSection(section) => check("tables", section.count(), limits::MAX_TABLES, &section.range()),
            Payload::MemorySection(section) => check("own memories", section.count(), 1, &section.range()),
            Payload::GlobalSection(section) => check("globals", section.count(), limits::MAX_GLOBALS, &section.range()),
            Payload::ExportSection(section) => check("exports", section.count(), limits::MAX_EXPORTS, &section.range()),
            Payload::ElementSection(section) => self.count_segments(section.count(), &section.range()),
            Payload::DataCountSection { count, range } => check(SEGMENTS, *count, limits::MAX_SEGMENTS, range),
            Payload::DataSection(section) => self.count_segments(section.count(), &section.range()),
            Payload::CodeSectionStart { count, range, .. } => check("functions", *count, limits::MAX_FUNCTIONS, range),
            _ => Ok(()),
        }
    }

    fn count_segments(&mut self, count: u32, range: &Range<usize>) -> Result<(), ContractError> {
        self.segments += u64::from(count);
        limit(SEGMENTS, self.segments, u64::from(limits::MAX_SEGMENTS), Place::at(range.start))
    }

    /// Records a section that the validator has accepted.
    pub(super) fn section(&mut self, payload: &Payload<'a>) -> Result<(), ContractError> {
        match payload {
            Payload::TypeSection(section) => {
                for ty in section.clone().into_iter_err_on_gc_types() {
                    let ty = ty.map_err(|error| self.invalid(&error, None))?;
                    self.function_type(ty, section.range().start)?;
                }
            }
            Payload::ImportSection(section) => {
                for import in section.clone().into_imports_with_offsets() {
                    let (offset, import) = import.map_err(|error| self.invalid(&error, None))?;
                    self.import(import.module, import.name, import.ty, offset)?;
                }
            }
            Payload::FunctionSection(section) => {
                for ty in section.clone() {
                    self.declared.push(ty.map_err(|error| self.invalid(&error, None))?);
                }
            }
            Payload::TableSection(section) => {
                for table in section.clone().into_iter_with_offsets() {
                    let (offset, table) = table.map_err(|error| self.invalid(&error, None))?;
                    let maximum = u64::from(limits::MAX_TABLE_ELEMENTS);
                    limit("elements of a table", table.ty.initial, maximum, Place::at(offset))?;
                    self.shape.tables.push(table.ty.initial);
                }
                self.shape.metadata.tables = self.shape.tables.len() as u32;
            }
            Payload::MemorySection(section) => {
                for memory in section.clone() {
                    let memory = memory.map_err(|error| self.invalid(&error, None))?;
                    self.own_memory(memory, section.range().start)?;
                }
            }
            Payload::GlobalSection(section) => {
                for global in section.clone() {
                    let global = global.map_err(|error| self.invalid(&error, None))?;
                    if let Ok(Operator::RefFunc { function_index }) = global.init_expr.get_operators_reader().read() {
                        self.add_escape(function_index, "referenced by `ref.func`")?;
                    }
                    // The last instruction is `end`.
                    let instructions = global.init_expr.get_operators_reader().into_iter().count() as u32;
                    self.shape.metadata.instance.globals += instructions.saturating_sub(1).max(1);
                    self.shape.metadata.mutable_globals += u32::from(global.ty.mutable);
                    self.shape.globals.push(if global.ty.mutable { Mutability::Mutable } else { Mutability::Constant });
                }
            }
            Payload::ExportSection(section) => {
                for export in section.clone() {
                    let export = export.map_err(|error| self.invalid(&error, None))?;
                    self.export(export.name, export.kind, export.index)?;
                }
            }
            Payload::ElementSection(section) => self.element_segments(section)?,
            Payload::DataSection(section) => self.data_segments(section)?,
            _ => {}
        }
        Ok(())
    }

    fn function_type(&mut self, ty: FuncType, offset: usize) -> Result<(), ContractError> {
        let maximum = u64::from(limits::MAX_PARAMETERS);
        limit("parameters of a type", ty.params().len() as u64, maximum, Place::at(offset))?;
        limit("results of a type", ty.results().len() as u64, maximum, Place::at(offset))?;
        let values = (ty.params().len() + ty.results().len()) as u64;
        self.shape.types.push(ty);
        self.add_work(work::of_type(values), Place::at(offset))
    }

    fn import(&mut self, module: &str, name: &str, ty: TypeRef, offset: usize) -> Result<(), ContractError> {
        if module.starts_with(RESERVED_PREFIX) {
            return Err(ContractError::ReservedName { kind: "import module", name: shown(module) });
        }
        match ty {
            TypeRef::Func(type_index) => {
                let Some(ty) = self.shape.types.get(type_index as usize) else {
                    let message = format!("unknown type {type_index}");
                    return Err(ContractError::Invalid { message, place: Place::at(offset) });
                };
                let function = self.allowed.find(module, name, ty)?;
                if let ImportedFunction::Inline(inline) = function {
                    self.inline(inline)?;
                }
                self.shape.imported_functions.push(function);
                self.imported_types.push(type_index);
                let functions = self.imported_types.len() as u64;
                limit("functions", functions, u64::from(limits::MAX_FUNCTIONS), Place::at(offset))
            }
            TypeRef::Memory(memory) => {
                self.allowed.check_other(module, name, "memory")?;
                self.storage(memory)
            }
            TypeRef::Table(_) => self.allowed.check_other(module, name, "table"),
            TypeRef::Global(_) => self.allowed.check_other(module, name, "global"),
            TypeRef::Tag(_) => self.allowed.check_other(module, name, "tag"),
            TypeRef::FuncExact(_) => self.allowed.check_other(module, name, "exact function"),
        }
    }

    /// Records a function that stands for an instruction: it determines the form of storage.
    fn inline(&mut self, inline: &'static Inline) -> Result<(), ContractError> {
        let form = self.shape.metadata.storage;
        let is_other = match inline.is_inside {
            true => matches!(form, StorageForm::Memory(_) | StorageForm::Intrinsics),
            false => form == StorageForm::Inside,
        };
        let first = *self.storage_import.get_or_insert(inline.name);
        if is_other {
            return Err(ContractError::StorageForms { first, second: inline.name });
        }
        if inline.needs_own_memory() {
            self.needs_own_memory.get_or_insert(inline.name);
        }
        if form == StorageForm::HostFunctions {
            let inside = inline.is_inside;
            self.shape.metadata.storage = if inside { StorageForm::Inside } else { StorageForm::Intrinsics };
        }
        Ok(())
    }

    /// Refuses a contract without an own memory if it imports a function that needs one.
    pub(super) fn check_own_memory(&self) -> Result<(), ContractError> {
        match self.needs_own_memory {
            Some(name) if self.own_memory_index.is_none() => Err(ContractError::NoOwnMemory { name }),
            _ => Ok(()),
        }
    }

    /// Notes a function that the host may call. One that stands for an instruction cannot be called in this way.
    pub(super) fn add_escape(&mut self, function: u32, how: &'static str) -> Result<(), ContractError> {
        if let Some(inline) = self.shape.inline(function) {
            return Err(ContractError::InlineReference { name: inline.name, how });
        }
        self.escaped.insert(function);
        Ok(())
    }

    fn storage(&mut self, memory: MemoryType) -> Result<(), ContractError> {
        let pages = |wasm_pages: u64| {
            let wasm_pages = u32::try_from(wasm_pages).unwrap_or(u32::MAX);
            PageCount(wasm_pages.saturating_mul(STORAGE_PAGES_PER_WASM_PAGE))
        };
        let import = StorageImport { minimum: pages(memory.initial), maximum: memory.maximum.map(pages) };
        let form = mem::replace(&mut self.shape.metadata.storage, StorageForm::Memory(import));
        let first = *self.storage_import.get_or_insert(STORAGE_MEMORY);
        match form {
            StorageForm::Memory(_) => Err(ContractError::StorageTwice),
            StorageForm::Inside => Err(ContractError::StorageForms { first, second: STORAGE_MEMORY }),
            StorageForm::HostFunctions | StorageForm::Intrinsics => Ok(()),
        }
    }

    fn own_memory(&mut self, memory: MemoryType, offset: usize) -> Result<(), ContractError> {
        let maximum = u64::from(limits::MAX_OWN_MEMORY_PAGES);
        limit("initial wasm pages of the own memory", memory.initial, maximum, Place::at(offset))?;
        self.own_memory_index = Some(u32::from(self.shape.metadata.storage.import().is_some()));
        let initial_wasm_pages = u32::try_from(memory.initial).unwrap_or(u32::MAX);
        self.shape.metadata.own_memory = Some(OwnMemory { initial_wasm_pages, exported: false, image: Arc::default() });
        Ok(())
    }

    fn export(&mut self, name: &str, kind: ExternalKind, index: u32) -> Result<(), ContractError> {
        if name.starts_with(RESERVED_PREFIX) {
            return Err(ContractError::ReservedName { kind: "export", name: shown(name) });
        }
        match kind {
            ExternalKind::Func => {
                self.add_escape(index, "exported")?;
                let signature = self.exported_signature(name, index)?;
                self.shape.metadata.exports.insert(name.to_owned(), signature);
            }
            ExternalKind::Memory if name == "memory" && self.own_memory_index == Some(index) => {
                if let Some(memory) = &mut self.shape.metadata.own_memory {
                    memory.exported = true;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn exported_signature(&self, name: &str, function: u32) -> Result<Signature, ContractError> {
        let imported = self.imported_types.len();
        let type_index = match self.imported_types.get(function as usize) {
            Some(index) => Some(*index),
            None => self.declared.get(function as usize - imported).copied(),
        };
        let Some(ty) = type_index.and_then(|index| self.shape.types.get(index as usize)) else {
            let message = format!("the export {:?} names function {function}, which does not exist", shown(name));
            return Err(ContractError::Invalid { message, place: Place::at(0) });
        };
        let passable =
            |types: &[wasmparser::ValType]| types.iter().map(|ty| value_type(*ty)).collect::<Option<Vec<_>>>();
        match (passable(ty.params()), passable(ty.results())) {
            (Some(params), Some(results)) => Ok(Signature { params, results }),
            _ => Err(ContractError::ExportType { name: shown(name), found: type_text(ty.params(), ty.results()) }),
        }
    }
}
